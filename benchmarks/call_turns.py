"""Whether a call waits for somebody who thinks, and how soon it answers somebody who has finished.

Read clips (../shared/data/asr), each with its longest pause stretched to 1.5 s, and clips put one behind the
other with such a pause, on the sound's own clock, with the real detector and the real transcripts. How soon
an answer's words and sound are there is set: a quick machine and a slow one. Beside it the same recordings
with one fixed pause. `python -m benchmarks.call_turns` prints and writes docs/results/call_turns.json.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.common import DATA, DOCS, put_table, write_result
from chatbot.call.call_session import CallSession
from chatbot.call.call_settings import SAMPLE_RATE, CallSettings
from chatbot.call.messages import Effect, Sound, StartTurn
from chatbot.call.speech_detector import RELEASE, THRESHOLD, WINDOW, SileroStream, open_silero
from chatbot.config.settings import Settings
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import EvidenceReady, SpeechChunk, TurnEvent
from pipelines.core.registry import Registry
from pipelines.core.types import Audio, Evidence, Stage, Transcript
from pipelines.speech.decode import decode_audio
from pipelines.speech.voice_end import VoiceEnd
from pipelines.text.turn_end import Ending, TurnEnd

PAUSE_SECONDS = 1.5
LONGEST_SECONDS = 15.0
RECORDINGS = 100
_EDGE = 2
_INSIDE = 0.2, 0.85
Samples = NDArray[np.float32]
Judge = Callable[[str], Ending]
Voice = Callable[[Audio], float]


@dataclass(frozen=True)
class Recording:
    """Speech, a pause and more speech. `pause` and `end`: samples at which the speech stops and ends."""

    name: str
    language: str
    samples: Samples
    pause: int
    resume: int
    end: int


@dataclass(frozen=True)
class Pace:
    """Seconds from the beginning of an answer to its transcript and to its first sound."""

    words: float
    sound: float


PACES = {"quick": Pace(0.2, 0.5), "slow": Pace(0.6, 1.5)}


@dataclass(frozen=True)
class Turn:
    """What a call did.

    `cut`: it spoke in the pause. `delay`: seconds from the end to the answer's sound; None if there was none.
    """

    cut: bool
    delay: float | None


def room(seconds: float) -> Samples:
    """Return noise 70 dB below full scale, the same every time."""
    noise = np.random.default_rng(0).standard_normal(round(seconds * SAMPLE_RATE))
    return (noise * 10 ** (-70 / 20)).astype(np.float32)


def with_pause(name: str, language: str, before: Samples, after: Samples) -> Recording:
    """Return two stretches of speech with the pause between them."""
    samples = np.concatenate([room(0.5), before, room(PAUSE_SECONDS), after])
    pause = len(room(0.5)) + len(before)
    return Recording(name, language, samples, pause, pause + len(room(PAUSE_SECONDS)), len(samples))


def recordings(registry: Registry, folder: Path) -> Iterator[Recording]:
    """Yield a recording for each clip, then pairs of clips, `RECORDINGS` in all."""
    silero = open_silero(registry.store)
    lines = [line.split("\t") for line in (folder / "transcripts.tsv").read_text("utf-8").splitlines()]
    clips = []
    for name, language, _ in lines:
        speech, voiced = _spoken(SileroStream(silero), decode_audio(folder / name).samples)
        if len(speech) <= LONGEST_SECONDS * SAMPLE_RATE:
            clips.append((name, language, speech))
            begin, end = _longest_pause(voiced, speech)
            yield with_pause(name, language, speech[:begin], speech[end:])
    for (name, language, first), (_, other, second) in itertools.pairwise(clips):
        if language == other:
            yield with_pause(f"{name} and the next", language, first, second)


def _spoken(stream: SileroStream, sound: Samples) -> tuple[Samples, NDArray[np.float64]]:
    """Return the sound between its first and last voiced window, and the probability of each window."""
    windows = len(sound) // WINDOW
    voiced = np.array([stream(sound[at * WINDOW : (at + 1) * WINDOW]) for at in range(windows)])
    where = np.flatnonzero(voiced >= THRESHOLD)
    first, last = max(0, where[0] - _EDGE), min(windows, where[-1] + 1)
    return sound[first * WINDOW : last * WINDOW], voiced[first:last]


def _longest_pause(voiced: NDArray[np.float64], speech: Samples) -> tuple[int, int]:
    """Return the samples at which the longest pause inside begins and ends, else the quietest place."""
    begin, end = (round(len(voiced) * part) for part in _INSIDE)
    quiet, found = 0, (0, begin)
    for at in range(begin, end):
        quiet = quiet + 1 if voiced[at] < RELEASE else 0
        found = max(found, (quiet, at + 1))
    if found[0]:
        return (found[1] - found[0]) * WINDOW, found[1] * WINDOW
    levels = [float(np.square(speech[at * WINDOW : (at + 1) * WINDOW]).mean()) for at in range(begin, end)]
    quietest = (begin + int(np.argmin(levels))) * WINDOW
    return quietest, quietest


class Listened:
    """Transcripts of the app's recogniser, each made once."""

    def __init__(self, registry: Registry) -> None:
        self._transcriber = registry.get(Stage.TRANSCRIBE)
        self._kept: dict[bytes, Transcript] = {}

    def __call__(self, audio: Audio) -> Transcript:
        """Return what is said."""
        key = audio.samples.tobytes()
        if key not in self._kept:
            self._kept[key] = self._transcriber.transcribe(audio)
        return self._kept[key]


def call(
    recording: Recording,
    session: CallSession,
    listened: Callable[[Audio], Transcript],
    pace: Pace,
    voice: Callable[[Audio], float] | None = None,
) -> Turn:
    """Return what a call does with a recording; `voice` judges the voice before a pause, if anything does."""
    session.open()
    coming: list[tuple[float, int, TurnEvent]] = []
    cut, sound = False, np.concatenate([recording.samples, room(4.0)])
    for at in range(0, len(sound), WINDOW):
        now = (at + WINDOW) / SAMPLE_RATE
        effects: list[Effect] = []
        while coming and coming[0][0] <= now:
            _, number, event = coming.pop(0)
            effects += session.engine(number, event)
        effects += session.hear(sound[at : at + WINDOW])
        for effect in effects:
            if isinstance(effect, StartTurn):
                if voice is not None:
                    session.voice(effect.turn, voice(effect.audio))
                transcript = listened(effect.audio)
                evidence = Evidence(Stage.TRANSCRIBE, "voice", transcript, None, "", pace.words)
                spoken = SpeechChunk(Audio(room(1.0), SAMPLE_RATE), "One.")
                coming.append((now + pace.words, effect.turn, EvidenceReady(evidence)))
                coming.append((now + pace.sound, effect.turn, spoken))
                coming.sort(key=lambda row: row[0])
            elif isinstance(effect, Sound):
                if now * SAMPLE_RATE >= recording.end:
                    return Turn(cut, now - recording.end / SAMPLE_RATE)
                cut = True
    if cut:  # what is left is too short to be heard over the answer
        return Turn(cut, None)
    raise RuntimeError(f"{recording.name}: the turn was never answered")


def summary(turns: list[Turn]) -> dict[str, Any]:
    """Return cut-ins, and the median and worst delay in seconds."""
    delays = [turn.delay for turn in turns if turn.delay is not None]
    return {
        "recordings": len(turns),
        "cut_ins": sum(turn.cut for turn in turns),
        "delay_median": round(statistics.median(delays), 2),
        "delay_worst": round(max(delays), 2),
    }


def measure(registry: Registry, folder: Path, limit: int) -> dict[str, Any]:
    """Return the figures of each pace and way, by language."""
    silero, listened = open_silero(registry.store), Listened(registry)
    words, voice = TurnEnd.read(registry.store).judge, VoiceEnd.read(registry.store).chance
    fixed = CallSettings()
    longest = replace(fixed, pause=fixed.thinking)
    ways: Mapping[str, tuple[CallSettings, Judge | None, Voice | None]] = {
        "words and voice": (fixed, words, voice),
        "words": (fixed, words, None),
        f"{fixed.pause} s": (fixed, None, None),
        f"{fixed.thinking} s": (longest, None, None),
    }
    rows = [row for row, _ in zip(recordings(registry, folder), range(limit), strict=False)]
    found: dict[str, dict[str, dict[str, list[Turn]]]] = {pace: {way: {} for way in ways} for pace in PACES}
    for row in tqdm(rows, unit="recording"):
        for name, pace in PACES.items():
            for way, (settings, judge, heard) in ways.items():
                session = CallSession(SileroStream(silero), settings, judge)
                turn = call(row, session, listened, pace, heard)
                found[name][way].setdefault(row.language, []).append(turn)
    return {
        pace: {way: {name: summary(turns) for name, turns in rows.items()} for way, rows in ways.items()}
        for pace, ways in found.items()
    }


def table(found: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]]) -> list[str]:
    """Return the page's table."""
    heads = ("machine", "turns end by", "cut-ins, English", "Mandarin", "answered after: median (worst)")
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for name, ways in found.items():
        pace = PACES[name]
        for way, rows in ways.items():
            both = [rows["en"], rows["zh"]]
            cuts = " | ".join(f"{row['cut_ins']} of {row['recordings']}" for row in both)
            after = ", ".join(f"{row['delay_median']} s ({row['delay_worst']} s)" for row in both)
            lines.append(f"| {name}: first sound after {pace.sound} s | {way} | {cuts} | {after} |")
    return lines


def main() -> None:
    """Measure, print and write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--limit", type=int, default=RECORDINGS)
    given = options.parse_args()
    with Chatbot(Settings()) as bot:
        found = measure(bot.registry, given.data / "asr", given.limit)
    write_result("call_turns", {"pause": PAUSE_SECONDS, "paces": found})
    put_table(DOCS / "voice-call.md", "turns", table(found))


if __name__ == "__main__":
    main()
