"""What the model is asked beside a conversation that it has read already: a title, follow-up questions.

The request stands after the conversation, as the next message would. So nothing but the request is read anew,
and the next prompt finds the conversation read, its last reply included.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.generators.protocol import Generator, Message
from chatbot.turn.aside_prompts import words_of
from chatbot.turn.events import Exchange
from chatbot.turn.options import TurnOptions
from chatbot.turn.prompt import first_messages
from chatbot.turn.summary import main_language
from chatbot.turn.summary_prompts import NAMES
from pipelines.core.cancel import CancelToken
from pipelines.text.columns import columns

TITLE_TOKENS, TITLE_COLUMNS, TITLE_WORDS = 32, 48, 8
"""What is longer is no title. A Chinese character takes two columns."""
QUESTIONS, QUESTIONS_TOKENS, QUESTION_COLUMNS = 3, 96, 80
TEMPERATURE = 0.3
_MARKS = re.compile(r"^\s*(?:[-*•·#]+|\d{1,2}[.)、])\s*")
_NAMED = re.compile(r"^(?:title|标题|題目|题目)\s*[:：]\s*", re.IGNORECASE)
_REFUSAL = re.compile(
    r"^(?:i(?:['’]m| am)? (?:sorry|afraid|can(?:no|['’])t|unable)|sorry|as an ai|抱歉|对不起|我无法|我不能)",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"\b(?:would you like|do you want|how can i help|how may i)\b|需要我|要不要我|您想|你想", re.IGNORECASE
)
_ITSELF = re.compile(r"\b(?:trio|qwen)\b", re.IGNORECASE)
AROUND = " \t\"'`*_“”‘’«»„「」『』《》〈〉【】"


def written_title(
    generator: Generator, options: TurnOptions, history: Sequence[Exchange], cancel: CancelToken
) -> str | None:
    """Let the model write a conversation's title; None where it writes none that can be used.

    Args:
        generator: The model that has answered.
        options: How it answers in this conversation.
        history: What was said.
        cancel: Ends it.

    Raises:
        Cancelled: when the token is cancelled.
        TrioError: if the model fails.
    """
    language = main_language(history)
    request = words_of(language).title.format(language=NAMES.get(language, language))
    return title_from(_asked(generator, options, history, request, TITLE_TOKENS, cancel))


def written_questions(
    generator: Generator, options: TurnOptions, history: Sequence[Exchange], cancel: CancelToken
) -> tuple[str, ...]:
    """Let the model write what the person could ask next; () where nothing can be used."""
    language = main_language(history[-3:])
    request = words_of(language).questions.format(language=NAMES.get(language, language))
    text = _asked(generator, options, history, request, QUESTIONS_TOKENS, cancel)
    return questions_from(text, [exchange.user for exchange in history])


def _asked(
    generator: Generator,
    options: TurnOptions,
    history: Sequence[Exchange],
    request: str,
    most: int,
    cancel: CancelToken,
) -> str:
    """Return what the model writes; "" where there is no room for the question."""
    asked: Message = {"role": "user", "content": request}
    messages = [*first_messages(history, generator, options), asked]
    if generator.count_tokens(messages) + most > generator.context_tokens:
        return ""
    pieces = generator.stream(messages, temperature=TEMPERATURE, max_tokens=most, cancel=cancel)
    text = "".join(pieces)
    cancel.raise_if_cancelled()
    return text


def title_from(text: str) -> str | None:
    """Return the title in what a model wrote, without what stands around it; None where there is none."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        return None
    title = _NAMED.sub("", _MARKS.sub("", lines[0]).strip(AROUND)).strip(AROUND)
    title = " ".join(title.rstrip(".。!！").strip(AROUND).split())
    long = columns(title) > TITLE_COLUMNS or len(title.split()) > TITLE_WORDS
    return None if not title or long or refuses(title) or _ITSELF.search(title) else title


def refuses(text: str) -> bool:
    """Whether a model says that it does not do what it was asked."""
    return _REFUSAL.match(text) is not None


def questions_from(text: str, said: Sequence[str]) -> tuple[str, ...]:
    """Return the questions in what a model wrote: short ones of the person, that they have not asked."""
    asked = {_plain(question) for question in said}
    found: dict[str, str] = {}
    for line in text.splitlines():
        question = " ".join(_MARKS.sub("", line).strip(AROUND).split())
        good = question.endswith(("?", "？")) and columns(question) <= QUESTION_COLUMNS
        if good and _plain(question) not in asked and not _OFFER.search(question):
            found.setdefault(_plain(question), question)
    return tuple(found.values())[:QUESTIONS]


def _plain(question: str) -> str:
    return " ".join(question.casefold().rstrip("?？ ").split())
