"""How long the person waits in a call: from the end of the speech to the first sound of the answer.

Sound goes over a real WebSocket at the pace of a microphone. Beside it, in turns: the same call without
the head start, the same without partial transcripts, and the same sound recorded and sent whole at the moment
at which the speech ends, which no person could. `python -m benchmarks.call` prints and writes
docs/results/call.json.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from numpy.typing import NDArray
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect

from chatbot.call.call_settings import SAMPLE_RATE, CallSettings
from chatbot.call.socket import call_router
from chatbot.call.sound_buffer import to_frame
from chatbot.call.speech_detector import WINDOW, SileroStream, SpeechDetector, SpeechEnd, open_silero
from chatbot.config.settings import Settings
from chatbot.history.call_conversations import CallConversations
from chatbot.history.conversation_stores import ConversationStores
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import SpeechChunk
from chatbot.turn.service import TurnService
from chatbot.web.auth.identity import LOCAL, set_user
from pipelines.core.memory import return_freed_memory
from pipelines.core.types import Audio, Turn
from pipelines.speech.decode import decode_audio

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results" / "call.json"
CLIPS = ("lj", "librivox")
REPEATS = 5
LEAD_SECONDS = 0.5
SILENCE_SECONDS = 240.0
_HEADER = 8
NEVER = 1e9
Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Clip:
    """Real speech after a moment of silence. `end`: sample at which the speech ends."""

    name: str
    samples: Samples
    end: int


@dataclass(frozen=True)
class Waited:
    """Seconds from the end of the speech to the first sound; partial transcripts on the way."""

    first_sound: float
    partials: int


def load_clip(bot: Chatbot, name: str, settings: CallSettings) -> Clip:
    """Return a sample with the end of its speech as the detector finds it."""
    room = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32) * np.float32(3e-4)
    speech = decode_audio(ROOT / "assets" / "samples" / f"{name}.flac").samples
    samples = np.concatenate([room[: round(LEAD_SECONDS * SAMPLE_RATE)], speech])
    detector = SpeechDetector(
        SileroStream(open_silero(bot.registry.store)),
        start=settings.start,
        pause=settings.pause,
        head_start=settings.head_start,
    )
    ends = [e.at for e in detector.feed(np.concatenate([samples, room])) if isinstance(e, SpeechEnd)]
    assert len(ends) == 1, f"{name} is not one turn"
    return Clip(name, samples, ends[0])


class Everybody:
    """Lets everybody call: there is no gate here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on."""
        set_user(scope, LOCAL)
        await self._app(scope, receive, send)


@contextmanager
def serving(bot: Chatbot, settings: CallSettings) -> Iterator[str]:
    """Serve calls; yields the address."""
    app, stores = FastAPI(), ConversationStores(None)
    app.include_router(call_router(TurnService(bot), CallConversations(stores), settings))
    app.add_middleware(Everybody)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"ws://127.0.0.1:{port}/call"
    finally:
        server.should_exit = True
        thread.join()
        stores.close()


async def one_call(url: str, clip: Clip, conversation: str) -> Waited:
    """Say the clip in real time and wait for the first sound."""
    async with connect(url, max_size=None) as line:
        await line.send(json.dumps({"type": "start", "conversation": conversation}))
        begun = time.perf_counter()
        speaking = asyncio.create_task(_speak(line, clip.samples, begun))
        partials = 0
        try:
            async for message in line:
                if isinstance(message, bytes):
                    return Waited(time.perf_counter() - begun - clip.end / SAMPLE_RATE, partials)
                kind = json.loads(message)["type"]
                partials += kind == "partial"
                if kind in ("failed", "nothing", "error"):
                    raise RuntimeError(message)
        finally:
            speaking.cancel()
    raise RuntimeError("the call ended without a sound")


async def _speak(line: ClientConnection, samples: Samples, begun: float) -> None:
    """Send the samples, then silence, each window when a microphone would have it."""
    silence = np.zeros(round(SILENCE_SECONDS * SAMPLE_RATE), np.float32)
    sound = np.concatenate([samples, silence])
    for at in range(0, len(sound), WINDOW):
        await asyncio.sleep(max(0.0, begun + (at + WINDOW) / SAMPLE_RATE - time.perf_counter()))
        await line.send(to_frame(0, sound[at : at + WINDOW], SAMPLE_RATE)[_HEADER:])


def sent_whole(bot: Chatbot, clip: Clip) -> float:
    """Return the seconds from sending the recording to the first sound."""
    begun = time.perf_counter()
    events = bot.respond(Turn(audio=Audio(clip.samples, SAMPLE_RATE)))
    for event in events:
        if isinstance(event, SpeechChunk):
            return time.perf_counter() - begun
    raise RuntimeError("the turn ended without a sound")


def measure(bot: Chatbot, repeats: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield, after each round of every way with every clip, how many rounds there were and their medians."""
    settings = CallSettings()
    ways = {
        "call": settings,
        "call, no head start": replace(settings, head_start=NEVER),
        "call, no partials": replace(settings, partial_every=NEVER),
    }
    clips = [load_clip(bot, name, settings) for name in CLIPS]
    found: dict[str, list[dict[str, float]]] = {clip.name: [] for clip in clips}
    partials: dict[str, list[int]] = {clip.name: [] for clip in clips}
    with ExitStack() as stack:
        urls = {way: stack.enter_context(serving(bot, changed)) for way, changed in ways.items()}
        for number in range(1, repeats + 1):
            for clip in clips:
                row = {}
                for way in _turned(["sent whole", *urls], number):
                    if way == "sent whole":
                        row[way] = sent_whole(bot, clip)
                        continue
                    waited = asyncio.run(one_call(urls[way], clip, f"{way} {clip.name} {number}"))
                    row[way] = waited.first_sound
                    if way == "call":
                        partials[clip.name].append(waited.partials)
                print(clip.name, {way: round(seconds, 2) for way, seconds in row.items()}, flush=True)
                found[clip.name].append(row)
            yield number, {clip.name: _summary(clip, found[clip.name], partials[clip.name]) for clip in clips}


def _turned(ways: list[str], number: int) -> list[str]:
    """Return the ways, another one first each round: who comes later finds the prompt already read."""
    at = number % len(ways)
    return ways[at:] + ways[:at]


def _summary(clip: Clip, rows: list[dict[str, float]], partials: list[int]) -> dict[str, Any]:
    return {
        "speech_seconds": round(clip.end / SAMPLE_RATE - LEAD_SECONDS, 2),
        "first_sound": {way: round(statistics.median(row[way] for row in rows), 3) for way in rows[0]},
        "ratio_to_sent_whole": _ratio(rows, "sent whole"),
        "ratio_to_no_head_start": _ratio(rows, "call, no head start"),
        "ratio_to_no_partials": _ratio(rows, "call, no partials"),
        "partials_a_turn": statistics.median(partials),
        "all": [{way: round(seconds, 3) for way, seconds in row.items()} for row in rows],
    }


def _ratio(rows: list[dict[str, float]], other: str) -> float:
    return round(statistics.median(row["call"] / row[other] for row in rows), 2)


def main() -> None:
    """Measure, print and write; what is there is written after every round."""
    return_freed_memory()
    load = os.getloadavg()[0]
    with Chatbot(Settings()) as bot:
        status = bot.wait_until_warm()
        assert status.ready, status.errors
        for rounds, clips in measure(bot, REPEATS):
            result = {
                "machine": f"{platform.machine()}, 2 cores",
                "load_average": [round(load, 1), round(os.getloadavg()[0], 1)],
                "repeats": rounds,
                "pause": CallSettings().pause,
                "head_start": CallSettings().head_start,
                "clips": clips,
            }
            RESULTS.parent.mkdir(parents=True, exist_ok=True)
            RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(RESULTS.read_text("utf-8"))


if __name__ == "__main__":
    main()
