"""Replies to 300 fixed prompts before and after Trio's adapter: `python -m benchmarks.dialogue`.

Both models get the app's own prompts: the plain one with examples of the turn's kind, the trained one
without. Writes docs/results/dialogue.json and docs/dialogue-examples.md with 20 pairs, one in every 15.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, cast

from tqdm import tqdm

from chatbot.backends import chatbot_registry
from chatbot.generators.protocol import Generator, Message
from chatbot.prompt import FEELING_EXAMPLES, PICTURE_EXAMPLES, PLAIN_EXAMPLES
from chatbot.settings import Settings
from pipelines.core.manifest import ASSETS
from pipelines.core.types import Stage
from training.dialogue.data import Chat, fixed_prompts
from training.dialogue.measure import measure

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results" / "dialogue.json"
EXAMPLES = ROOT / "docs" / "dialogue-examples.md"
STRIDE = 15


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    prompts = fixed_prompts(parser.parse_args().data)
    registry = chatbot_registry(Settings())
    replies = {name: answer(registry.get(Stage.GENERATE, name), prompts) for name in ("smollm2", "trio")}
    before, after = (measure(prompts, replies[name]) for name in ("smollm2", "trio"))
    perplexity = json.loads((ASSETS / "dialogue-adapter" / "perplexity.json").read_text("utf-8"))
    before["human_reply_perplexity"], after["human_reply_perplexity"] = (
        perplexity["before"],
        perplexity["after"],
    )
    found = {"before": before, "after": after}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    EXAMPLES.write_text(examples(prompts, replies["smollm2"], replies["trio"]), encoding="utf-8")
    print(json.dumps(found, indent=1))


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


def examples(prompts: list[Chat], before: list[str], after: list[str]) -> str:
    """Return a page with every 15th prompt and both replies."""
    lines = [
        "# Replies before and after the adapter",
        "",
        "Every 15th of the 300 fixed prompts of `python -m benchmarks.dialogue`, unpicked. *Before*: the",
        "packaged model with examples in its prompt; *after*: the same model with Trio's adapter, without.",
        "",
    ]
    rows: list[Any] = list(zip(prompts, before, after, strict=True))
    for chat, old, new in rows[::STRIDE]:
        said = " / ".join(m["content"].replace("\n", " · ") for m in chat.messages[1:])
        lines += [
            f"**{said}**",
            "",
            f"- before: {' '.join(old.split())}",
            f"- after: {' '.join(new.split())}",
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
