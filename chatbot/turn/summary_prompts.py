"""What the model is asked when it makes notes of a conversation, in the person's language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SummaryWords:
    """What is asked of the model. `extract` takes {said} and {language}, `shorten` {notes} and {language}."""

    system: str
    extract: str
    shorten: str


NAMES = {
    "en": "English",
    "zh": "Chinese",
    "es": "Spanish",
    "fr": "French",
    "de": "German",
    "it": "Italian",
    "pt": "Portuguese",
    "ru": "Russian",
    "ja": "Japanese",
    "ko": "Korean",
}
ENGLISH = SummaryWords(
    "You take notes of a conversation between a person and the assistant Trio.",
    "{said}\n\n---\nNote in {language} what Trio must remember of this, in at most eight short lines: the "
    "person's name and facts about them, their family and plans; what was decided; what pictures showed; "
    "questions that are still open. Write “The person …”. Facts from above only; no advice, no greeting.",
    "{notes}\n\n---\nWrite these notes anew in {language}, in at most twelve short lines. Keep every name, "
    "number, date and decision; put together what belongs together; leave small talk out.",
)
CHINESE = SummaryWords(
    "你负责为用户和助手 Trio 的对话做笔记。",
    "{said}\n\n---\n用中文记下 Trio 以后必须记住的内容，最多八行，每行一件事：用户的名字、关于用户及其家人的事实、"
    "用户的计划；作出的决定；图片里有什么；还没有回答的问题。以“用户”称呼对方。"
    "只写上面出现过的事实，不要建议，不要寒暄。",
    "{notes}\n\n---\n用中文重写这份笔记，最多十二行。保留所有名字、数字、日期和决定，合并相关内容，去掉闲聊。",
)


def words_of(language: str) -> SummaryWords:
    """Return what is asked for notes in a language (ISO 639-1): in Chinese for Chinese, else in English."""
    return CHINESE if language == "zh" else ENGLISH
