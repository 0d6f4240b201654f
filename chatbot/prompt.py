"""What was understood, as a chat for a small language model: short and grounded.

A model of 135 M parameters follows the shape of examples far better than rules. One that was trained on
Trio's turns (`few_shot` is False) needs no examples; another gets those of the turn's kind.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.events import Exchange, FusedContext
from chatbot.generators.protocol import Generator, Message
from pipelines.core.errors import LimitError, SettingsError
from pipelines.core.types import Caption, Image
from pipelines.text.turns import LOOK, SYSTEM, turn_text

NEUTRAL = frozenset({"neutral", "calm"})
FEELING_CONFIDENCE = 0.45
UNSURE = 0.25
"""A caption below this confidence is a guess."""
Example = tuple[str, str]
PICTURE_EXAMPLES: tuple[Example, ...] = (
    (
        "Picture: A man in a blue jacket rides a red bicycle down a street.\nWhat do you see?",
        "I see a man in a blue jacket. He is riding a red bicycle down a street.",
    ),
    ('Picture: A sign.\nText in the picture: "CAFE LUNA"\nWhat does it say?', 'It says "CAFE LUNA".'),
    (
        "Picture: A bowl of fruit on a wooden table.\nDescribe the picture.",
        "There is a bowl of fruit. It stands on a wooden table.",
    ),
    ("Picture: A woman holds a small dog.\nWhat is she holding?", "She is holding a small dog."),
)
FEELING_EXAMPLES: tuple[Example, ...] = (
    (
        "(feels sad) My best friend moved away today.",
        "I am sorry, that must hurt. It is hard when a good friend leaves. Do you want to tell me about it?",
    ),
    (
        "(feels happy) We won the match!",
        "That is great news, congratulations! What was the best moment of it?",
    ),
    (
        "(feels angry) My neighbour was loud again all night.",
        "That sounds very annoying. Anybody would be angry after such a night. Did you talk to them?",
    ),
)
PLAIN_EXAMPLES: tuple[Example, ...] = (
    ("Hi!", "Hi! What can I do for you?"),
    ("What is your name?", "My name is Trio."),
    ("How many legs does a spider have?", "A spider has eight legs."),
    (
        "What can I cook with eggs?",
        "You can make an omelette. Beat two eggs, add salt and fry them in butter.",
    ),
)


def build_messages(
    context: FusedContext,
    history: Sequence[Exchange],
    generator: Generator,
    max_reply_tokens: int,
    language: str,
    instructions: str = "",
    images: Sequence[Image] = (),
) -> list[Message]:
    """Return the prompt; the oldest turns of `history` are left out where they do not fit.

    A generator of several languages is told which one (`language`) to answer in. `instructions` follow
    Trio's own. A generator that sees gets the turn's `images` in place of their captions; of pictures of
    earlier turns it gets the captions, as every generator does.

    Raises:
        LimitError: if the message alone does not fit the model's context.
    """
    told = f" Answer in the language {language!r} (ISO 639-1)." if len(generator.languages) > 1 else ""
    head: list[Message] = [
        {"role": "system", "content": SYSTEM + told + (f"\n{instructions}" if instructions else "")}
    ]
    shown = tuple(images) if generator.sees else ()
    if generator.few_shot:
        for question, answer in examples_for(context):
            head += _pair(question, answer)
    last: list[Message] = [_last_message(context, shown)]
    room = generator.context_tokens - max_reply_tokens - generator.count_tokens(head + last)
    if room < 0:
        raise LimitError(
            "The message is too long for the model that writes the replies",
            given=f"about {generator.count_tokens(last)} tokens",
            allowed=f"about {generator.count_tokens(last) + room} tokens",
            fix="Send a shorter message, or several",
        )
    past: list[Message] = []
    for exchange in reversed(history):
        pair = _pair(_past_message(exchange), exchange.reply)
        room -= generator.count_tokens(pair)
        if room < 0:
            break
        past = pair + past
    return head + past + last


def reply_language(context: FusedContext, generator: Generator, wanted: str | None) -> str:
    """Return the ISO 639-1 code of the reply: `wanted`, else the person's, else the generator's own.

    Raises:
        SettingsError: if the generator cannot write the language that is wanted.
    """
    if wanted is not None and wanted not in generator.languages:
        raise SettingsError(
            f"The model {generator.model} cannot reply in that language",
            given=wanted,
            allowed=", ".join(generator.languages),
            fix="Choose another language for replies, or another model, in the settings",
        )
    if wanted is not None:
        return wanted
    return context.language if context.language in generator.languages else generator.languages[0]


def examples_for(context: FusedContext) -> tuple[Example, ...]:
    """Return the examples of the turn's kind; those of another kind would leak into the reply."""
    if any(context.captions) or any(text.strip() for text in context.ocr):
        return PICTURE_EXAMPLES
    return FEELING_EXAMPLES if _feeling(context) else PLAIN_EXAMPLES


def user_message(context: FusedContext) -> str:
    """Return one turn as the model reads it: pictures, their text, the feeling, the words."""
    return turn_text(context.words, _captions(context), context.ocr, _feeling(context))


def _last_message(context: FusedContext, images: Sequence[Image]) -> Message:
    if not images:
        return {"role": "user", "content": user_message(context)}
    unnamed = [""] * len(context.captions)
    content = turn_text(context.words or LOOK, unnamed, context.ocr, _feeling(context))
    return {"role": "user", "content": content, "images": images}


def _captions(context: FusedContext) -> list[str]:
    """Return the captions; one that is hardly sure is told as a guess."""
    found = {e.source: e.value for e in context.evidence if isinstance(e.value, Caption)}
    captions = []
    for number, text in enumerate(context.captions, start=1):
        caption = found.get(f"picture {number}")
        sure = caption.confidence if caption is not None else None
        unsure = sure is not None and sure < UNSURE
        if text and unsure and not text.startswith("Perhaps"):
            text = f"Perhaps {text[0].lower()}{text[1:]}"
        captions.append(text)
    return captions


def _past_message(exchange: Exchange) -> str:
    return user_message(exchange.context) if exchange.context is not None else exchange.user


def _pair(question: str, answer: str) -> list[Message]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def _feeling(context: FusedContext) -> str | None:
    emotion = context.emotion
    if emotion is None or not context.words or emotion.label in NEUTRAL:
        return None
    return emotion.label if emotion.confidence >= FEELING_CONFIDENCE else None
