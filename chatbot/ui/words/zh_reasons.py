"""Reasons under a finding, in Simplified Chinese."""

from __future__ import annotations

from chatbot.ui.words.reason_words import ReasonWords

REASONS = ReasonWords(
    why="为什么？",
    why_stage="为什么？{stage}",
    looking="正在查找原因…",
    step="已检查 {done}/{total} 处",
    stop="停止",
    method="Trio 逐一遮住各个部分，看结果变化多大。",
    word_for="“{word}”最能体现{label}：去掉它，置信度下降 {points} 个百分点。",
    no_word="没有哪个词起决定作用，是所有词共同的结果。",
    place="描述主要取决于图片的这一部分：{where}。",
    no_place="无论遮住图片的哪一部分，描述都不变。",
    moment="第 {start} 到 {end} 秒的语气最能体现{label}。",
    no_moment="没有哪个时刻起决定作用，是整段录音共同的结果。",
    speaks_for="支持该结果",
    speaks_against="不支持该结果",
    rows=("上方", "中部", "下方"),
    columns=("左侧", "中间", "右侧"),
    place_name="{row}{column}",
    gone="原消息已不存在，无法再解释。",
)
