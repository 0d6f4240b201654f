"""What the model is asked beside a conversation, in the person's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.generators.protocol import Message
from chatbot.turn.summary_prompts import NAMES


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


_TRANSLATOR = (
    "You translate captions of pictures into {language}. Reply with the translation alone, one sentence."
)
_CHINESE_TRANSLATOR = "你是一名翻译，把图片的英文说明译成通顺、准确的中文，一句话，只写译文。"
_CHINESE_SHOTS: Sequence[tuple[str, str]] = (
    ("A brown dog is running through shallow water.", "一只棕色的狗在浅水中奔跑。"),
    ("A man in a red shirt is climbing up a rock face.", "一名穿红色衬衫的男子正在攀爬岩壁。"),
    ("Two girls in swimsuits are playing in a fountain.", "两个穿泳衣的女孩在喷泉里玩耍。"),
)


def translation_messages(caption: str, language: str) -> list[Message]:
    """Return what a model is told to translate a caption into a language (ISO 639-1)."""
    chinese = language == "zh"
    system = _CHINESE_TRANSLATOR if chinese else _TRANSLATOR.format(language=NAMES.get(language, language))
    shown: list[Message] = [{"role": "system", "content": system}]
    for given, written in _CHINESE_SHOTS if chinese else ():
        shown += [{"role": "user", "content": given}, {"role": "assistant", "content": written}]
    return [*shown, {"role": "user", "content": caption}]
