"""What the model is asked beside a conversation, in the person's language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AsideWords:
    """What is asked of the model; both take {language}."""

    title: str
    questions: str


ENGLISH = AsideWords(
    "Write a title for our conversation so far in {language}: two to six words that say what it is about. "
    "Write only the title, without quotation marks and without a full stop.",
    "Write three short questions in {language} that I could ask you next about this: one on each line, in my "
    "words, at most ten words each, none that I have asked already. Write only the questions.",
)
CHINESE = AsideWords(
    "请用中文给我们到目前为止的对话写一个标题，用几个词概括主题，最多十二个字。只写标题，不加引号，不加句号。",
    "请用中文写出我接下来可以问你的三个简短问题：每行一个，用我的口吻，每个不超过二十个字，不重复我已经问过的。只写问题本身。",
)


def words_of(language: str) -> AsideWords:
    """Return what is asked in a language (ISO 639-1): in Chinese for Chinese, else in English."""
    return CHINESE if language == "zh" else ENGLISH
