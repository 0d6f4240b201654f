"""A process that answers is killed with SIGKILL: question, files and the reply so far are kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from chatbot.history import History, Status

ME = "local"
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys, time
from pathlib import Path
import numpy as np
from chatbot.turn.engine import Chatbot
from chatbot.turn.protocols import TurnContext, TurnRequest
from chatbot.turn.service import TurnService
from chatbot.history import History, MediaSource, Role
from chatbot.config.settings import load_settings
from pipelines.core.types import Image, Stage, Turn
from tests.support.scripted import scripted_registry

history = History(Path(sys.argv[1]))
conversation = history.create("local").id
words = [word for number in range(100_000) for word in ("Once ", "upon ", "a ", f"time {number} ")]
options = {Stage.GENERATE: {"pieces": words, "seconds": 0.01}}
chatbot = Chatbot(load_settings(), scripted_registry(options))
media = [MediaSource(Role.PICTURE, "cat.png", b"the bytes of a cat")]
writer = history.begin_turn("local", conversation, text="Tell me a story.", media=media)
print(conversation, flush=True)
turn = Turn("Tell me a story.", (Image(np.zeros((4, 4, 3), np.uint8)),))
context = TurnContext("local", conversation, chatbot.settings.turn_options(speak=False), saver=writer)
for event in TurnService(chatbot).run(TurnRequest(turn), context):
    pass
"""


def test_nothing_said_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        conversation = process.stdout.readline().strip()
        with History(tmp_path) as watcher:
            while not watcher.path(ME, conversation)[0].reply_text.startswith("Once upon a time"):
                assert process.poll() is None
                time.sleep(0.02)
            seen = watcher.path(ME, conversation)[0]
            assert seen.status == Status.ANSWERING
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    finally:
        process.kill()
        process.wait()
    with History(tmp_path) as history:
        (turn,) = history.path(ME, conversation)
        assert turn.status == Status.INTERRUPTED
        assert turn.reply_text.startswith(seen.reply_text) and turn.reply_text.startswith("Once upon a time")
        assert turn.text == "Tell me a story."
        assert [item.path.read_bytes() for item in turn.media] == [b"the bytes of a cat"]
        assert turn.context is not None and turn.context.captions == ("A cat on a mat.",)
        assert [hit.turn for hit in history.search(ME, "once upon")] == [turn.id]
        (exchange,) = history.exchanges(ME, conversation)
        assert exchange.reply == turn.reply_text
        with history.retry_turn(ME, turn.id) as writer:
            assert history.turn(ME, writer.turn).siblings == 2
