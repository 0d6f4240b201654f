"""The page in Simplified Chinese."""

from __future__ import annotations

from chatbot.ui.words import settings_words, tool_words
from chatbot.ui.words.catalogue import LabelWords, MessageWords, PageWords, PanelWords, StatusWords, Words
from chatbot.ui.words.zh_history import HISTORY
from chatbot.ui.words.zh_problems import CHINESE_PROBLEMS
from chatbot.ui.words.zh_understood import UNDERSTOOD
from pipelines.core.types import Stage

PAGE = PageWords(
    tagline="会读、会看、会听、会说的聊天机器人",
    privacy="Trio 在本机运行，您发送的内容不会离开这台电脑。",
    privacy_sent="发送到 {host}，用于{stages}。",
    privacy_rest="其余内容都留在这台电脑上。",
    conversation="对话",
    box_label="您的消息",
    box_placeholder="给 Trio 发消息…",
    retry="重新回答",
    new_chat="新对话",
    stop_voice="停止朗读",
    speaking="正在朗读",
    welcome="今天想聊点什么？",
    welcome_more=(
        "输入文字、添加图片、录一段语音，也可以一起发送。Trio 会用文字和语音回复，并告诉您它的理解。"
    ),
    samples=(
        "描述这张图片",
        "听一段 1961 年的录音",
        "牌子上写了什么？",
        "我刚拿到梦寐以求的工作！该怎么庆祝？",
    ),
    sample_kinds=("图片", "录音", "图片和问题", "文字"),
    samples_label="试试这些示例",
)

STATUS = StatusWords(
    ready="就绪",
    warming_up="正在加载模型：{done}/{total}…",
    not_available="不可用：{names}",
    separator="、",
)

MESSAGES = MessageWords(
    empty="还没有内容可发送。请输入文字、添加图片或录一段语音。",
    busy="Trio 还在回复。请等它说完，或按“停止”。",
    waiting="Trio 正在回复其他人，您的消息排在第 {position} 位。",
    nothing_to_retry="还没有可以重新回答的消息。",
    nothing_to_continue="这条回复无法继续。请发一条新消息继续提问。",
    cut="回复已达到长度上限。",
    stopped="已停止",
    crashed="出了点问题，这条消息没有得到回复。请点“重新回答”再试一次；详情见日志。",
    failed_title="Trio 未能回复",
    voice_note_title="未朗读",
    unusable_file="{name} 无法使用",
    no_picture_or_sound="这个文件既不是图片，也不是录音。",
    unreadable="无法读取这个文件。",
    allowed=(
        "支持的格式：图片（JPEG、PNG、WebP、GIF、BMP、TIFF、AVIF、HEIC）和录音（WAV、MP3、"
        "FLAC、Ogg、Opus、WebM、M4A、AAC、AMR、WMA、AIFF，以及 MP4、MOV、MKV、AVI、TS、MPG 中"
        "的声音）。"
    ),
    too_many="一条消息最多可带 {limit} 个文件，这个文件没有添加。",
    too_long="一条消息的录音总时长不能超过 {minutes} 分钟，这段录音没有添加。",
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
        Stage.SPEECH_EMOTION: "语气分析",
        Stage.EMBED: "语义理解",
        Stage.FEELINGS: "情绪与倾向分析",
        Stage.SENTIMENT: "情感倾向分析",
        Stage.TEXT_EMOTION: "文字情绪分析",
        Stage.IMAGE_FEATURES: "图像特征提取",
        Stage.CAPTION: "图片描述",
        Stage.OCR: "图片文字识别",
        Stage.SPEAK: "朗读",
        Stage.GENERATE: "生成回复",
    },
    text="文字",
    voice="录音",
    voice_words="说话内容",
    voice_sound="语气",
    picture_number="图片 {number}",
)

PANEL = PanelWords(
    title="Trio 的理解",
    nothing="没有可显示的内容：回复在 Trio 理解之前就结束了。",
    mood="这条消息的情绪",
    timing="用时",
    no_speech="录音中没有说话声。",
    no_text="图片中没有文字。",
    thinking="正在思考",
    writing="正在回复",
    for_seconds="… {seconds} 秒",
    confidence="置信度",
    first_text="首字延迟",
    first_sound="语音延迟",
    text_complete="文字用时",
    whole_turn="总用时",
    share="权重 {share}",
    disagreement="文字情绪为{words}，语气却是{voice}。",
    fact="{name}：{value}",
    titles={
        Stage.TRANSCRIBE: "转写文字",
        Stage.SPEECH_EMOTION: "语气",
        Stage.SENTIMENT: "情感倾向",
        Stage.TEXT_EMOTION: "文字情绪",
        Stage.CAPTION: "图片描述",
        Stage.OCR: "图片中的文字",
    },
    titles_of_pictures={Stage.CAPTION: "{source}的描述", Stage.OCR: "{source}中的文字"},
    doings={
        Stage.TRANSCRIBE: "正在转写录音",
        Stage.SPEECH_EMOTION: "正在分析语气",
        Stage.SENTIMENT: "正在分析情感倾向",
        Stage.TEXT_EMOTION: "正在分析文字情绪",
        Stage.CAPTION: "正在查看{source}",
        Stage.OCR: "正在识别{source}中的文字",
    },
    your_text="您的消息",
    your_voice="您的录音",
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
