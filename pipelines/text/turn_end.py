"""Whether somebody who pauses has finished what they were saying, judged from the words: `TurnEnd`.

A linear model on the last words (or characters, where a script has no spaces) of a transcript, trained on
sentences and on the same sentences cut short (`python -m training turn-end`). The idea of asking the words
beside the silence is LiveKit's (https://docs.livekit.io/agents/build/turns/turn-detector/).
"""

from __future__ import annotations

import re
import zlib
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pipelines.core.linear import LinearHead
from pipelines.core.weights import WeightStore
from pipelines.text.stops import STOPS, split_sentences

WEIGHTS = "turn-end"
LABELS = ("unfinished", "finished")
BUCKETS = 1 << 15
UNFINISHED = 0.2
"""A lower chance of being finished counts as unfinished."""
FINISHED = 0.8
_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_UNITS = re.compile(rf"[{_WIDE}]|[^\W_{_WIDE}]+(?:['’][^\W_{_WIDE}]+)*")  # noqa: RUF001
_IS_WIDE = re.compile(f"[{_WIDE}]")
_ENDS = tuple(STOPS.replace("…", ""))
_QUESTIONS = ("?", "？")  # noqa: RUF001
_GOES_ON = (*",，、;；:：-—…", "..")  # noqa: RUF001
_LONGEST, _LONGEST_WIDE = 3, 4
_COUNTED = 12
_CLAUSES = frozenset(
    ("what", "how", "why", "where", "when", "who", "which", "if", "because", "while", "that", "although")
    + ("as", "since", "before", "after", "unless", "until")
)


class Ending(StrEnum):
    """What the words say about a pause."""

    FINISHED = "finished"
    UNSURE = "unsure"
    UNFINISHED = "unfinished"


def units_of(text: str) -> list[str]:
    """Return the words in lower case, and each character of a script without spaces."""
    return [unit.lower().replace("’", "'") for unit in _UNITS.findall(text)]  # noqa: RUF001


def buckets_of(text: str) -> NDArray[np.int64]:
    """Return the buckets, below `BUCKETS`, of what stands at the end of a text, each once, in order."""
    units = units_of(text)
    if not units:
        return np.zeros(0, np.int64)
    wide = bool(_IS_WIDE.match(units[-1]))
    count = len(units)
    found = ["bias", f"count {min(count, _COUNTED)}", f"first {min(count, 4)} {units[0]}"]
    longest = min(count, _LONGEST_WIDE if wide else _LONGEST)
    found += ["last " + " ".join(units[-n:]) for n in range(1, longest + 1)]
    if count > 1:
        found.append(f"before last {units[-2]}")
    if not wide:
        found.append(f"ends in {units[-1][-3:]}")
        found += [f"clause {unit}" for unit in _CLAUSES.intersection(units)]
    return np.unique([zlib.crc32(f"{wide:d}{name}".encode()) % BUCKETS for name in found]).astype(np.int64)


def vector(buckets: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return float32 (32768,), one in every bucket of the text."""
    out = np.zeros(BUCKETS, np.float32)
    out[buckets] = 1.0
    return out


class TurnEnd:
    """Judges what was said before a pause. `head`: what `python -m training turn-end` wrote."""

    def __init__(self, head: LinearHead) -> None:
        self._head = head

    @classmethod
    def read(cls, store: WeightStore) -> TurnEnd:
        """Return the verified judge. Raises ModelError."""
        return cls(LinearHead.read(store.path(WEIGHTS) / "head.npz"))

    def chance(self, text: str) -> float:
        """Return the chance, 0 to 1, that the words are a whole thing said; 0 for none."""
        buckets = buckets_of(text)
        return self._head.classify(vector(buckets)).scores["finished"] if len(buckets) else 0.0

    def judge(self, text: str) -> Ending:
        """Return what the words say.

        A recogniser writes a comma, no full stop or three, where the voice stays up in mid-sentence. Some
        write no marks at all: a missing one alone decides nothing. "How are you" could go on, but has been
        asked where a question mark stands.
        """
        last = (split_sentences(text.strip()) or [""])[-1]
        chance = self.chance(last)
        if last.endswith(_QUESTIONS):
            return Ending.FINISHED if chance > 0.5 else Ending.UNSURE
        if last.endswith(_GOES_ON) or chance < UNFINISHED:
            return Ending.UNFINISHED
        if last.endswith(_ENDS):
            return Ending.FINISHED if chance > FINISHED else Ending.UNSURE
        return Ending.UNSURE if chance > 0.5 else Ending.UNFINISHED
