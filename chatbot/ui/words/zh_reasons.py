"""Reasons under a finding, in Simplified Chinese."""

from __future__ import annotations

from chatbot.ui.words.reason_words import ReasonWords

REASONS = ReasonWords(
    why="为什么？",
    why_stage="为什么？查看理由：{stage}",
    looking="正在寻找理由……",
    step="已遮住 {done} 处，共 {total} 处",
    stop="停止",
    method="Trio 依次遮住每个部分，看结果有多依赖它。",
    word_for="“{word}”最能说明{label}：去掉它，把握会降低 {points} 个百分点。",
    no_word="没有哪个词单独起决定作用，而是所有词一起。",
    place="这句描述最依赖图片的这一部分：{where}。",
    no_place="无论遮住图片的哪一部分，描述都不变。",
    moment="在第 {start} 到 {end} 秒，语气最能说明{label}。",
    no_moment="没有哪个时刻单独起决定作用，而是整段语气。",
    speaks_for="支持",
    speaks_against="反对",
    rows=("上方", "中部", "下方"),
    columns=("左侧", "中间", "右侧"),
    place_name="{row}{column}",
    gone="无法再解释：当时的内容已不存在。",
)
