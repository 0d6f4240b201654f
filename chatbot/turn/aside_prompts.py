"""What the model is asked beside a conversation, in the person's language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AsideWords:
    """What is asked of the model; both take {language}."""

    title: str
    questions: str


ENGLISH = AsideWords(
    "Give our conversation a title in {language}. Reply with the title alone, a few words.",
    "Write three short questions in {language} that I could ask you next about this: one on each line, in my "
    "words, at most ten words each, none that I have asked already. Write only the questions.",
)
CHINESE = AsideWords(
    "给我们的对话起一个标题，几个字就好，只回复标题。",
    "请用中文写出我接下来可以问你的三个简短问题：每行一个，用我的口吻，每个不超过二十个字，不重复我已经问过的。只写问题本身。",
)


def words_of(language: str) -> AsideWords:
    """Return what is asked in a language (ISO 639-1): in Chinese for Chinese, else in English."""
    return CHINESE if language == "zh" else ENGLISH
