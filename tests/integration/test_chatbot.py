"""The command line and the whole turn on real weights."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from chatbot.config.settings import Settings, load_settings
from chatbot.turn.engine import Chatbot
from chatbot.turn.events import Done, SpeechChunk, TextDelta
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry
from pipelines.core.types import Stage, Turn

pytestmark = pytest.mark.usefixtures("registry")  # skipped where the models have not been pulled
FIELDS = {
    "reply",
    "transcript",
    "captions",
    "ocr",
    "objects",
    "sentiment",
    "text_emotion",
    "danger",
    "speech_emotion",
    "fused",
    "timings",
    "models",
}


def chatbot(*arguments: str, **kwargs: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "chatbot", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=200, **kwargs)  # type: ignore[call-overload, no-any-return]


def test_ask_with_everything(samples: Path, tmp_path: Path) -> None:
    voice = tmp_path / "reply.wav"
    given = [
        "--text",
        "What animal is it?",
        "--image",
        str(samples / "cat.jpg"),
        "--audio",
        str(samples / "jfk.flac"),
    ]
    result = chatbot("ask", *given, "--voice", str(voice), "--json")
    assert result.returncode == 0, result.stderr
    record = json.loads(result.stdout)
    assert set(record) >= FIELDS
    assert "country" in record["transcript"] and "cat" in record["captions"][0]
    assert record["reply"] and record["fused"]["label"]
    timings = record["timings"]
    assert timings["first_text"] <= timings["first_audio"] <= timings["total"]
    assert soundfile.info(voice).duration > 0.3
    assert set(record["models"]) >= {"transcribe", "speech-emotion", "caption", "ocr", "generate", "speak"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "empty"),
        (["--text", "  "], "empty"),
        (["--image", "README.md"], "not a readable picture"),
        (["--audio", "README.md"], "not a readable recording"),
        (["--image", "nowhere.png"], "file was not found"),
    ],
)
def test_ask_with_bad_input_says_what_is_wrong(arguments: list[str], said: str) -> None:
    result = chatbot("ask", "--json", *arguments)
    assert result.returncode == 1
    assert said in json.loads(result.stdout)["error"].lower()
    assert "Traceback" not in result.stderr


def test_batch_goes_on(samples: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [
        {"id": "a", "text": "Hello!"},
        {"id": "b", "image": str(samples / "sign.png")},
        {"id": "c", "audio": "x"},
    ]
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    out.write_text('{"id": "a", "reply": "kept"}\n')
    result = chatbot("batch", str(source), str(out))
    assert result.returncode == 0, result.stderr
    records = {row["id"]: row for row in map(json.loads, out.read_text().splitlines())}
    assert records["a"]["reply"] == "kept"
    assert "EXIT" in records["b"]["ocr"][0] and records["b"]["reply"]
    assert "file was not found" in records["c"]["error"].lower()
    assert "1 answered, 1 failed, 1 already done" in result.stderr


def test_chat_in_the_terminal(samples: Path) -> None:
    script = f"/image {samples / 'cat.jpg'}\nWhat do you see?\n/image nothing.png\n/help\n/quit\n"
    result = chatbot("chat", input=script)
    assert result.returncode == 0, result.stderr
    assert "picture 1, caption: A cat" in result.stdout
    assert "The file was not found" in result.stdout


def test_doctor_knows_every_stage() -> None:
    result = chatbot("doctor", "--json")
    report = json.loads(result.stdout)
    assert {stage["stage"] for stage in report["stages"]} == {str(stage) for stage in Stage}
    assert report["healthy"] and result.returncode == 0
    assert all(len(f["sha256"]) == 64 for stage in report["stages"] for f in stage["files"])


def test_doctor_says_how_to_fix_what_is_missing(tmp_path: Path) -> None:
    import os

    result = chatbot("doctor", env={**os.environ, "TRIO_MODELS_DIR": str(tmp_path)})
    assert result.returncode == 1
    assert "python -m chatbot models pull" in result.stdout


def test_models_are_listed_and_verified() -> None:
    assert "whisper-base" in chatbot("models", "list").stdout
    assert chatbot("models", "verify", "minilm").stdout.strip() == "ok  minilm"
    unknown = chatbot("models", "verify", "nothing")
    assert unknown.returncode == 1 and "no model with that name" in unknown.stderr


def test_speech_begins_before_the_text_ends(registry: Registry) -> None:
    from chatbot.config.backends import chatbot_registry

    settings = Settings(mind="small", temperature=0.0, max_reply_tokens=300)
    bot = Chatbot(settings, chatbot_registry(settings))
    bot.wait_until_warm()
    events = list(bot.respond(Turn("Why is the sky blue? Explain it in four sentences.")))
    done = events[-1]
    assert isinstance(done, Done)
    kinds = [type(event) for event in events]
    last_text = len(kinds) - 1 - kinds[::-1].index(TextDelta)
    assert kinds.index(SpeechChunk) < last_text
    timings = done.reply.timings
    assert timings.first_audio is not None and timings.text_done is not None
    assert timings.first_audio < timings.text_done


def test_stop_reaches_the_real_generator(registry: Registry) -> None:
    settings = load_settings(max_reply_tokens=1000)
    bot, token = Chatbot(settings), CancelToken()
    seen = 0
    for event in bot.respond(
        Turn("Count from one to five hundred in words."),
        cancel=token,
        options=settings.turn_options(speak=False),
    ):
        if isinstance(event, TextDelta):
            seen += 1
            if seen == 5:
                token.cancel()
    assert isinstance(event, Done) and event.reply.stopped
    assert seen <= 6
