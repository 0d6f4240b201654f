"""Replies to 360 fixed prompts before and after Trio's adapter: `python -m benchmarks.dialogue`.

300 are made by the rules of the training questions, of other data; 60 were written by hand, in freer words
(benchmarks/free_questions.py). Both models get the app's own prompts: the plain one with examples of the
turn's kind, the trained one without. Writes docs/results/dialogue.json and docs/dialogue-examples.md with one
pair in every 15 of the 300 and one in every 3 of the 60.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from tqdm import tqdm

from benchmarks.common import DATA, DOCS, write_result
from benchmarks.free_questions import chats_of, free_questions, measure_free
from chatbot.backends import chatbot_registry
from chatbot.generators.protocol import Generator, Message
from chatbot.prompt import FEELING_EXAMPLES, PICTURE_EXAMPLES, PLAIN_EXAMPLES
from chatbot.settings import Settings
from pipelines.core.manifest import ASSETS
from pipelines.core.types import Stage
from training.dialogue.data import Chat, fixed_prompts
from training.dialogue.measure import measure

EXAMPLES = DOCS / "dialogue-examples.md"
STRIDE, FREE_STRIDE = 15, 3
MODELS = {"before": "smollm2", "after": "trio"}
Pair = tuple[Chat, str, str]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    data: Path = parser.parse_args().data
    prompts, questions = fixed_prompts(data), free_questions(data)
    asked = chats_of(questions)
    perplexity = json.loads((ASSETS / "dialogue-adapter" / "perplexity.json").read_text("utf-8"))
    found, replies, free = {}, {}, {}
    for time, name in MODELS.items():
        registry = chatbot_registry(Settings(backends={Stage.GENERATE: name}))
        generator = registry.get(Stage.GENERATE)
        replies[time], free[time] = answer(generator, prompts), answer(generator, asked)
        found[time] = {
            **measure(prompts, replies[time]),
            "human_reply_perplexity": perplexity[time],
            "free": measure_free(questions, free[time]),
        }
        registry.unload()
    ruled = list(zip(prompts, replies["before"], replies["after"], strict=True))
    freer = list(zip(asked, free["before"], free["after"], strict=True))
    EXAMPLES.write_text(examples(ruled[::STRIDE], freer[::FREE_STRIDE]), encoding="utf-8")
    write_result("dialogue", found)


def answer(generator: Generator, prompts: list[Chat]) -> list[str]:
    """Return the replies, greedy."""
    settings = Settings()
    return [
        "".join(
            generator.stream(
                messages_of(chat, few_shot=generator.few_shot),
                temperature=0.0,
                max_tokens=settings.max_reply_tokens,
            )
        ).strip()
        for chat in tqdm(prompts, unit="reply")
    ]


def messages_of(chat: Chat, *, few_shot: bool) -> list[Message]:
    """Return a prompt's messages, with the app's examples after the system message where wanted."""
    messages = [cast(Message, dict(message)) for message in chat.messages]
    if not few_shot:
        return messages
    last = chat.messages[-1]["content"]
    examples = PICTURE_EXAMPLES if chat.caption else FEELING_EXAMPLES if "(feels " in last else PLAIN_EXAMPLES
    shown: list[Message] = []
    for question, reply in examples:
        shown += [{"role": "user", "content": question}, {"role": "assistant", "content": reply}]
    return [messages[0], *shown, *messages[1:]]


def examples(ruled: Sequence[Pair], freer: Sequence[Pair]) -> str:
    """Return a page with prompts and both replies to each."""
    lines = [
        "# Replies before and after the adapter",
        "",
        f"Every {STRIDE}th of the 300 fixed prompts of `python -m benchmarks.dialogue`, unpicked.",
        "*Before*: the packaged model with examples in its prompt; *after*: the same model with Trio's",
        "adapter, without.",
        "",
        *_shown(ruled),
        "## Questions in freer words",
        "",
        f"Every {FREE_STRIDE}rd of the 60 that were written by hand, unpicked; the captions of the last six",
        "do not hold the answer.",
        "",
        *_shown(freer),
    ]
    return "\n".join(lines)


def _shown(pairs: Sequence[Pair]) -> list[str]:
    lines = []
    for chat, old, new in pairs:
        said = " / ".join(m["content"].replace("\n", " · ") for m in chat.messages[1:])
        lines += [f"**{said}**", "", f"- before: {' '.join(old.split())}"]
        lines += [f"- after: {' '.join(new.split())}", ""]
    return lines


if __name__ == "__main__":
    main()
