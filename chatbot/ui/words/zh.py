"""The page in Simplified Chinese."""

from __future__ import annotations

from chatbot.ui.words import settings_words, tool_words
from chatbot.ui.words.catalogue import LabelWords, MessageWords, PageWords, PanelWords, StatusWords, Words
from chatbot.ui.words.zh_history import HISTORY
from chatbot.ui.words.zh_problems import CHINESE_PROBLEMS
from chatbot.ui.words.zh_understood import UNDERSTOOD
from pipelines.core.types import Stage

PAGE = PageWords(
    tagline="能读、能看、能听、能说的聊天机器人",
    privacy="在本机运行，您发送的内容不会离开这台电脑。",
    privacy_sent="发送到 {host}：{stages}。",
    privacy_rest="其余留在这台电脑上。",
    conversation="对话",
    box_label="您的消息",
    box_placeholder="输入、发图或直接说…",
    retry="重新回答",
    new_chat="新对话",
    stop_voice="停止朗读",
    speaking="正在朗读",
    welcome="用您喜欢的方式说",
    welcome_more=(
        "输入消息、拖入图片或录下声音，可以单独发送，也可以一起发送。"
        "Trio 会用文字和语音回答，并告诉您它理解了什么。"
    ),
    samples=(
        "说说这张图片",
        "听一段 1961 年的声音",
        "牌子上写了什么？",
        "我刚得到一直想要的工作！该怎么庆祝？",
    ),
    sample_kinds=("图片", "录音", "图片和问题", "文字"),
    samples_label="试试这些",
)

STATUS = StatusWords(
    ready="就绪",
    warming_up="模型加载中：已就绪 {done}/{total}…",
    not_available="不可用：{names}",
    separator="、",
)

MESSAGES = MessageWords(
    empty="还没有可以发送的内容：请输入文字、拖入图片或录一段声音。",
    busy="Trio 还在回答。请等它说完，或先按“停止”。",
    waiting="正在回答其他人。您的消息排在第 {position} 位。",
    nothing_to_retry="还没有可以重新回答的消息。",
    nothing_to_continue="无法接着写这条回复。请发一条新消息继续提问。",
    cut="回复已达到长度上限。",
    stopped="已停止",
    failed_title="这次没有回答",
    voice_note_title="未朗读",
    unusable_file="{name} 无法使用",
    no_picture_or_sound="只能读取图片和录音，这个文件两者都不是。",
    unreadable="无法读取这个文件。",
    allowed=(
        "支持的图片格式：JPEG、PNG、WebP、GIF、BMP、TIFF、AVIF、HEIC；录音格式：WAV、MP3、FLAC、Ogg、Opus、WebM、M4A、"
        "AAC、AMR、WMA、AIFF，以及 MP4、MOV、MKV、AVI、TS、MPG 中的声音。"
    ),
    too_many="一条消息最多带 {limit} 个文件，这个文件未被采用。",
    too_long="一条消息的录音总长不能超过 {minutes} 分钟，这段录音未被采用。",
)

LABELS = LabelWords(
    emotions={
        "neutral": "中性",
        "calm": "平静",
        "happy": "高兴",
        "loving": "喜爱",
        "sad": "悲伤",
        "angry": "愤怒",
        "fearful": "恐惧",
        "disgusted": "厌恶",
        "surprised": "惊讶",
        "joy": "喜悦",
        "love": "喜爱",
        "sadness": "悲伤",
        "anger": "愤怒",
        "fear": "恐惧",
        "surprise": "惊讶",
        "disgust": "厌恶",
        "positive": "正面",
        "negative": "负面",
    },
    languages={
        "ar": "阿拉伯语",
        "de": "德语",
        "en": "英语",
        "es": "西班牙语",
        "fr": "法语",
        "hi": "印地语",
        "it": "意大利语",
        "ja": "日语",
        "ko": "韩语",
        "nl": "荷兰语",
        "pl": "波兰语",
        "pt": "葡萄牙语",
        "ru": "俄语",
        "sv": "瑞典语",
        "tr": "土耳其语",
        "uk": "乌克兰语",
        "zh": "中文",
    },
    stages={
        Stage.TRANSCRIBE: "语音识别",
        Stage.SPEECH_EMOTION: "语音情绪",
        Stage.EMBED: "文字语义",
        Stage.FEELINGS: "文字感受",
        Stage.SENTIMENT: "文字情感",
        Stage.TEXT_EMOTION: "文字情绪",
        Stage.IMAGE_FEATURES: "图片特征",
        Stage.CAPTION: "图片描述",
        Stage.OCR: "图片文字",
        Stage.SPEAK: "语音",
        Stage.GENERATE: "回复",
    },
    text="文字",
    voice="语音",
    voice_words="语音内容",
    voice_sound="语音语调",
    picture_number="图片 {number}",
)

PANEL = PanelWords(
    title="Trio 的理解",
    nothing="没有可显示的内容：还没理解任何内容，这一轮就结束了。",
    mood="这条消息的情绪",
    timing="用时",
    no_speech="录音中没有听到说话声。",
    no_text="图片中没有文字。",
    thinking="正在思考",
    writing="正在书写",
    for_seconds="… {seconds} 秒",
    confidence="置信度",
    first_text="首字",
    first_sound="首次出声",
    text_complete="文字完成",
    whole_turn="整轮",
    share="占 {share}",
    disagreement="话语听起来{words}，但语气听起来{voice}。",
    fact="{name}：{value}",
    titles={
        Stage.TRANSCRIBE: "听到的话",
        Stage.SPEECH_EMOTION: "说话的语气",
        Stage.SENTIMENT: "文字的情感",
        Stage.TEXT_EMOTION: "文字的情绪",
        Stage.CAPTION: "图片的内容",
        Stage.OCR: "图片中的文字",
    },
    titles_of_pictures={Stage.CAPTION: "{source} 的内容", Stage.OCR: "{source} 中的文字"},
    doings={
        Stage.TRANSCRIBE: "正在听您说的话",
        Stage.SPEECH_EMOTION: "正在听您的语气",
        Stage.SENTIMENT: "正在判断文字的情感",
        Stage.TEXT_EMOTION: "正在体会文字的情绪",
        Stage.CAPTION: "正在看{source}",
        Stage.OCR: "正在读{source} 里的文字",
    },
    your_text="您的文字",
    your_voice="您的语音",
)

GRADIO = {
    "chatbot conversation": "对话内容",
    "Select example *: *": "试试示例 *：*",
    "File: *": "文件：*",
    "Multimedia input field": "消息输入区",
    "Uploaded files": "已添加的文件",
    "Upload a file": "添加文件",
    "File thumbnail": "文件缩略图",
    "Remove file": "移除文件",
    "Record audio": "录音",
    "Select input device": "选择录音设备",
    "Start recording": "开始录音",
    "Stop recording": "停止录音",
    "Attach audio": "添加录音",
    "Attach recording": "添加录音",
    "Cancel recording": "取消录音",
    "Submit": "发送",
    "Stop": "停止",
    "Audio": "音频",
    "Image": "图片",
    "Play": "播放",
    "Pause": "暂停",
    "Clear": "清除",
    "Download": "下载",
    "Close": "关闭",
    "number input for *": "*：数值",
    "range slider for *": "*：滑块",
    "user's message: a component of type image": "您发送的图片",
    "user's message: a component of type audio": "您发送的录音",
    "user's message: a component of type html": "您发送的文字",
    "user's message: *": "您的消息：*",
    "bot's message: a component of type audio": "Trio 回复的语音",
    "bot's message: a component of type html": "Trio 回复的说明",
    "bot's message: *": "Trio 的回复：*",
}

CHINESE = Words(
    "zh-CN",
    PAGE,
    STATUS,
    MESSAGES,
    LABELS,
    PANEL,
    HISTORY,
    UNDERSTOOD,
    settings_words.CHINESE,
    tool_words.CHINESE,
    GRADIO,
    CHINESE_PROBLEMS,
)
