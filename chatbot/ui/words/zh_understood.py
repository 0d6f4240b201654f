"""What Trio understood, in Simplified Chinese."""

from __future__ import annotations

from chatbot.ui.words.understood_words import (
    CardWords,
    CorrectionWords,
    DraftWords,
    PlotWords,
    TimelineWords,
    UnderstoodWords,
)
from chatbot.ui.words.zh_objects import OBJECTS
from chatbot.ui.words.zh_reasons import REASONS

UNDERSTOOD = UnderstoodWords(
    card=CardWords(
        words_sound="文字情绪：{label}",
        voice_sounds="语气：{label}",
        not_understood="未能理解",
        recording="您的录音",
        picture_alt="您的图片：{caption}",
        show_all="显示全文（还有 {count} 个字符）",
        seconds="{seconds} 秒",
        taken_over="沿用上一次的结果",
        differ="文字与语气不一致",
        shares="各来源的权重",
        untranslated="原文",
    ),
    timeline=TimelineWords(
        title="时间线",
        stage="步骤",
        start="开始",
        course="时间段",
        duration="用时",
        at_once="最多有 {count} 个步骤同时运行。",
    ),
    plot=PlotWords(
        title="对话情绪变化",
        pleasant="愉快",
        unpleasant="不愉快",
        point="第 {number} 条消息：{label}，置信度 {confidence}；愉悦度 {valence}（−1 到 1）",
        rose="比开始时更愉快：{first} → {last}",
        fell="不如开始时愉快：{first} → {last}",
        stayed="与开始时差不多：{first} → {last}",
    ),
    correction=CorrectionWords(
        edit="更正",
        edit_transcript="更正转写文字",
        edit_caption="更正{source}的描述",
        transcript="您说的话",
        caption="图片的内容",
        effect="Trio 会按您的更正重新回答，之前的回复会保留。",
        again="重新回答",
        cancel="取消",
        by_you="您已更正",
        original="Trio 最初的理解",
        nothing="无",
        empty="请先填写更正内容。",
        same="与 Trio 的理解相同，请先修改。",
        too_long="更正内容最多 {limit} 个字符，请缩短。",
        unreadable="此消息的文件已无法读取：{names}。请连同文件重新发送。",
    ),
    why=REASONS,
    objects=OBJECTS,
    draft=DraftWords(
        looking="正在看…",
        listening="正在听…",
        unsure="不确定图中内容",
        probably="可能是：{caption}",
        text="文字：“{text}”",
        separator="；",
    ),
)
