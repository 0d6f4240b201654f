"""Questions on numbers, presence and places in photos, with what the detector found and without.

`python -m benchmarks.object_questions` asks 20 questions in English and Chinese on 15 photos of Flickr8k's
dev split, with the app's own captions, and the 100 of the part `pictures` of `benchmarks.mind`, on human
captions. The 20 were written from the photos before any reply to them was seen. Options: as there.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.mind import pictures, words
from benchmarks.mind.__main__ import ask_all, chosen_model, parser
from benchmarks.mind.prompts import Judge, Prompt, messages_of
from benchmarks.mind.record import Record
from chatbot.config.backends import chatbot_registry
from chatbot.config.settings import Settings
from chatbot.turn.events import FusedContext
from chatbot.turn.fusion import fuse
from chatbot.turn.prompt import user_message
from pipelines.core.registry import Registry
from pipelines.core.types import Evidence, EvidenceValue, Stage, Turn
from pipelines.image.decode import decode_image

TABLE = Path(__file__).with_suffix(".tsv")
Context = tuple[str, str, FusedContext, Judge]
"""Key, kind, what was understood, what judges the reply."""
YES, NO = "+", "-"
FORMS = ("captions alone", "with objects")
_UNSURE = re.compile(
    r"\b(can't|cannot|can not) (tell|say|know)\b|\bnot (sure|certain|clear|told)\b|\b(don't|do not) know\b|"
    r"看不[出清到]|不(知道|确定|清楚)|无法|没法|不能|说不"
)
_NEGATED = re.compile(r"\b(no|not|none|nobody|without|nothing)\b|n't\b|[没不无]")


def main() -> None:
    """Ask, judge, print; the replies go to runs/mind."""
    options = parser().parse_args()
    registry, photos = chatbot_registry(Settings()), options.data / "flickr8k"
    contexts = [*written(registry, photos / "hires"), *captioned(registry, photos / "dev", options.data)]
    model = chosen_model(options)
    prompts = [prompt for number in range(len(FORMS)) for prompt in prompts_of(contexts, number, model.told)]
    record = ask_all(model, prompts, Record(f"{model.name} objects"), options.parallel)
    verdicts = Counter((p.part, p.kind, *(record.entries[p.key]["broken"] or ["right"])) for p in prompts)
    print(json.dumps({", ".join(key): count for key, count in sorted(verdicts.items())}, indent=1))


def written(registry: Registry, photos: Path) -> list[Context]:
    """Return the 20 questions, understood as the app understands them."""
    found: list[Context] = []
    for at, row in enumerate(pictures.read_table(TABLE), start=1):
        turn = Turn(row["question"], (decode_image(photos / row["photo"]),))
        language = "zh" if words.han(row["question"]) else "en"
        stages: dict[Stage, Callable[..., EvidenceValue]] = {
            Stage.CAPTION: registry.get(Stage.CAPTION).caption,
            Stage.OCR: registry.get(Stage.OCR).read,
            Stage.DETECT: registry.get(Stage.DETECT).detect,
        }
        evidence = [_evidence(stage, work(turn.images[0])) for stage, work in stages.items()]
        judge = partial(broken, row["answers"].split(","))
        found.append((f"written-{at:02}", "written", fuse(turn, evidence, language), judge))
    return found


def captioned(registry: Registry, photos: Path, data: Path) -> list[Context]:
    """Return the questions of `benchmarks.mind`, each on a human caption and what is found in its photo."""
    detector = registry.get(Stage.DETECT)
    found: list[Context] = []
    for asked in pictures.picture_questions(data):
        seen = _evidence(Stage.DETECT, detector.detect(decode_image(photos / asked.photo)))
        context = FusedContext(asked.question, "", (asked.caption,), ("",), None, asked.language, (seen,))
        kind = "answerable" if asked.answers else "unanswerable"
        found.append((asked.key, kind, context, partial(pictures.broken, asked)))
    return found


def prompts_of(contexts: Sequence[Context], form: int, model: str) -> list[Prompt]:
    """Return the prompts of one of `FORMS`."""
    before, prompts = messages_of({"ask": ""}, model)[:-1], []
    for key, kind, known, judge in contexts:
        context = known
        if form == 0:
            seen = tuple(item for item in known.evidence if item.kind is not Stage.DETECT)
            context = replace(known, evidence=seen)
        last = {"role": "user", "content": user_message(context)}
        name = f"{key} {FORMS[form]}"
        prompts.append(Prompt(name, FORMS[form], kind, known.language, (*before, last), judge))  # type: ignore[arg-type]
    return prompts


def broken(answers: Sequence[str], reply: str) -> list[str]:
    """Return "wrong" or "unsure" of a reply that does not say what the photo shows.

    Args:
        answers: Words of which a right reply has one; or `YES` or `NO`: it begins so.
        reply: In English or Chinese.
    """
    plain = words.plain(reply).lower()
    if _UNSURE.search(plain):
        return ["unsure"]
    if set(answers) & {YES, NO}:
        first = (words.sentences(plain) or [""])[0]
        return [] if bool(_NEGATED.search(first)) == (NO in answers) else ["wrong"]
    latin = set(re.findall(r"[a-z0-9]+", plain))
    right = any(answer in latin if answer.isascii() else answer in plain for answer in answers)
    return [] if right else ["wrong"]


def _evidence(stage: Stage, value: EvidenceValue) -> Evidence:
    confidence = getattr(value, "confidence", None)
    return Evidence(stage, "picture 1", value, confidence, "", 0.0)


if __name__ == "__main__":
    main()
