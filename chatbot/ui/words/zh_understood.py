"""What Trio understood, in Simplified Chinese."""

from __future__ import annotations

from chatbot.ui.words.understood_words import (
    CardWords,
    CorrectionWords,
    PlotWords,
    TimelineWords,
    UnderstoodWords,
)
from chatbot.ui.words.zh_objects import OBJECTS
from chatbot.ui.words.zh_reasons import REASONS

UNDERSTOOD = UnderstoodWords(
    card=CardWords(
        words_sound="话语听起来{label}。",
        voice_sounds="语气听起来{label}。",
        not_understood="未能理解",
        recording="您的录音",
        picture_alt="您的图片：{caption}",
        show_all="显示全文，还有 {count} 个字符",
        seconds="{seconds} 秒",
        taken_over="沿用上一次回答的结果",
        differ="话语与语气不一致",
        shares="各来源所占比重",
    ),
    timeline=TimelineWords(
        title="各步骤的时间",
        stage="步骤",
        start="开始",
        course="过程",
        duration="用时",
        at_once="最多有 {count} 个步骤同时进行。",
    ),
    plot=PlotWords(
        title="整段对话的情绪",
        pleasant="愉快",
        unpleasant="不愉快",
        point="第 {number} 条消息：{label}，把握 {confidence}，愉快程度 {valence}（满分 1）",
        rose="现在（{last}）比开始时（{first}）更愉快。",
        fell="现在（{last}）不如开始时（{first}）愉快。",
        stayed="现在（{last}）与开始时（{first}）差不多愉快。",
    ),
    correction=CorrectionWords(
        edit="更正",
        edit_transcript="更正听到的话",
        edit_caption="更正{source}的描述",
        transcript="您说的话",
        caption="图片的内容",
        effect="Trio 会按您的更正重新回答，之前的回答会保留。",
        again="重新回答",
        cancel="取消",
        by_you="已由您更正",
        original="Trio 原来的理解",
        nothing="什么都没有",
        empty="请写下正确的内容。",
        same="这与 Trio 的理解相同，请先修改。",
        too_long="更正最多 {limit} 个字符，请缩短。",
        unreadable="这条消息的文件已无法读取：{names}。请连同文件重新发送。",
    ),
    why=REASONS,
    objects=OBJECTS,
)
