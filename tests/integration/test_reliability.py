"""What is kept when the program dies, the disk is full, the folder is read-only, the clock jumps, or two share it.

The real server runs in a process of its own with scripted models (`tests/support/killed`); what
docs/reliability.md promises is read from the data folder afterwards, as the next start sees it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from chatbot.api.file_store import FileStore
from chatbot.call.sound_buffer import to_frame
from chatbot.history import History, Role, Status, TurnRecord
from chatbot.history.storage import DATABASE, MEDIA
from chatbot.web.auth.accounts import Accounts
from pipelines.speech.decode import decode_audio
from tests.support.hosted import PASSWORDS
from tests.support.killed import Pause, Program

resource = pytest.importorskip("resource", reason="signals and pipes of POSIX")
ME = "local"
PATIENCE = 240
"""Seconds until a test gives up on a busy machine."""
WORDS = tuple(f"Word{number} " for number in range(40))
LONG = {"generate": {"pieces": WORDS}}
SPEAKING = Pause("tests.support.scripted:Speaker.stream")
SAVING = Pause("chatbot.history.writer:TurnWriter._save_end")


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(out, "PNG")
    return out.getvalue()


def turns_on_disk(data: Path) -> list[tuple[str, str]]:
    """Return status and reply of every turn, read beside the server, oldest first."""
    with contextlib.closing(sqlite3.connect(data / DATABASE, timeout=20)) as database:
        return database.execute("SELECT status, reply FROM turns ORDER BY row").fetchall()


def wait_for_reply(data: Path, reply: str) -> None:
    """Wait until so much of the last turn's reply is on disk; the test's own time limit ends this."""
    while not ((found := turns_on_disk(data)) and found[-1][1].startswith(reply)):
        time.sleep(0.02)


def next_start(data: Path, user: str = ME) -> list[TurnRecord]:
    """Return the turns that the next start finds, once everything on disk agrees with itself."""
    with History(data) as history:
        found = history.conversations(user)
        turns = [turn for each in found for turn in history.path(user, each.id)]
        assert all(each.turns for each in found), "a conversation without a turn is in nobody's way"
        assert all(turn.status != Status.ANSWERING for turn in turns)
        for item in (item for turn in turns for item in turn.media):
            assert hashlib.sha256(item.path.read_bytes()).hexdigest() == item.sha256
        kept = {item.path for turn in turns for item in turn.media}
        assert {path for path in (data / MEDIA).glob("*/*/*") if path.is_file()} == kept
    with contextlib.closing(sqlite3.connect(data / DATABASE)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    return turns


@dataclass(frozen=True)
class Phase:
    """Where the program is killed, and what has to be there afterwards; `waits`: for so much on disk before."""

    pause: Pause | None
    status: Status | None
    reply: str = ""
    waits: str = ""
    understood: bool = False


PHASES = {
    "question arriving": Phase(Pause("chatbot.history.storage:Storage.attach", after=True), None),
    "question kept": Phase(Pause("chatbot.turn.service:TurnService.run"), Status.INTERRUPTED),
    "understanding": Phase(Pause("tests.support.scripted:Captioner.caption"), Status.INTERRUPTED),
    "writing": Phase(
        Pause("chatbot.turn.sentences:SentenceSplitter.feed", call=21),
        Status.INTERRUPTED,
        "".join(WORDS[:20]),
        waits="".join(WORDS[:20]),
        understood=True,
    ),
    "speaking": Phase(SPEAKING, Status.INTERRUPTED, "".join(WORDS), waits="".join(WORDS), understood=True),
    "saving the end": Phase(SAVING, Status.INTERRUPTED, "".join(WORDS), understood=True),
    "saving the voice": Phase(
        Pause("chatbot.history.storage:Storage.attach", call=2, after=True),
        Status.DONE,
        "".join(WORDS).strip(),
        understood=True,
    ),
}


@pytest.mark.parametrize("name", PHASES)
def test_a_kill_in_any_phase_of_a_turn_leaves_what_was_said(name: str, tmp_path: Path) -> None:
    phase = PHASES[name]
    with Program(tmp_path, scripts=LONG, pause=phase.pause) as program:
        browser = program.browser()
        asked = program.ask("Remember the lighthouse.", [browser.upload("sea.png", picture())], browser)
        program.wait_for_pause()
        if phase.waits:
            wait_for_reply(program.data, phase.waits)
        program.kill()
        asked.wait()
        assert asked.broken is not None
    turns = next_start(program.data)
    if phase.status is None:
        assert turns == []
        return
    (turn,) = turns
    assert (turn.text, turn.status, turn.reply_text) == (
        "Remember the lighthouse.",
        phase.status,
        phase.reply,
    )
    assert [(item.role, item.path.read_bytes()) for item in turn.media] == [(Role.PICTURE, picture())]
    assert (turn.context is not None) == phase.understood
    with History(program.data) as history:
        assert turn.id in [hit.turn for hit in history.search(ME, "lighthouse")]
        with history.retry_turn(ME, turn.id) as again:
            assert history.turn(ME, again.turn).siblings == 2


def test_a_half_uploaded_file_of_a_program_is_not_there_and_a_broken_stream_has_no_end(
    tmp_path: Path,
) -> None:
    uploading = Pause("chatbot.api.file_store:replace_file", call=2)
    with (
        Program(tmp_path, pause=uploading) as program,
        httpx.Client(base_url=program.url, timeout=PATIENCE) as http,
    ):
        files = {"file": ("a.png", picture())}
        whole = http.post("v1/files", files=files, data={"purpose": "user_data"}).json()["id"]
        broken = in_background(lambda: http.post("v1/files", files=files, data={"purpose": "user_data"}))
        program.wait_for_pause()
        program.kill()
        assert isinstance(broken.result(PATIENCE), httpx.HTTPError)
        assert [file.id for file in FileStore(program.data / "files").all(ME)] == [whole]

    writing = Pause("chatbot.turn.sentences:SentenceSplitter.feed", call=21)
    with Program(tmp_path, pause=writing, scripts=LONG) as program:
        lines: list[str] = []
        body = {"model": "trio", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}

        def read() -> None:
            with httpx.stream(
                "POST", f"{program.url}v1/chat/completions", json=body, timeout=PATIENCE
            ) as reply:
                lines.extend(reply.iter_lines())

        broken = in_background(read)
        program.wait_for_pause()
        program.kill()
        assert isinstance(broken.result(PATIENCE), httpx.HTTPError)
        assert not any("[DONE]" in line or '"stop"' in line for line in lines)
    assert next_start(program.data) == [], "a program keeps its own conversation"


def in_background(act: Callable[[], object]) -> Future[object]:
    """Return what an act returns, or the HTTP error that it raises, as a value."""
    result: Future[object] = Future()

    def run() -> None:
        try:
            result.set_result(act())
        except httpx.HTTPError as error:
            result.set_result(error)

    threading.Thread(target=run, daemon=True).start()
    return result


CALLS = {
    "the person speaks": Phase(Pause("chatbot.call.call_session:CallSession.hear", call=3, after=True), None),
    "the question is kept": Phase(
        Pause("chatbot.history.create_turn:create_turn", after=True), Status.INTERRUPTED
    ),
    "the answer is heard": Phase(None, Status.INTERRUPTED, "Hello", waits="Hello"),
    "the answer is saved": Phase(SAVING, Status.INTERRUPTED, "Hello there. How are you?"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_kill_in_a_call_leaves_what_was_said_and_heard(name: str, tmp_path: Path, samples: Path) -> None:
    phase = CALLS[name]
    with Program(tmp_path, pause=phase.pause, scripts={"speak": {"samples": 24_000}}) as program:
        talking = in_background(lambda: call(program, samples, played=0.75 if phase.waits else 2.0))
        if phase.pause:
            program.wait_for_pause()
        else:
            wait_for_reply(program.data, phase.waits)
        program.kill()
        talking.result(PATIENCE)
    turns = next_start(program.data)
    assert len(turns) == (phase.status is not None)
    for turn in turns:
        assert (turn.status, turn.reply_text) == (phase.status, phase.reply)
        (sound,) = turn.question_media
        assert sound.name == "call.wav" and sound.bytes > 16_000 * 2


def call(program: Program, samples: Path, played: float) -> None:
    """Press, speak for two seconds, release, and hear so much of the answer, in seconds."""
    with contextlib.suppress(ConnectionClosed), connect(f"ws://127.0.0.1:{program.port}/call") as socket:
        socket.send(json.dumps({"type": "start", "push": True}))
        socket.send(json.dumps({"type": "press"}))
        sound = decode_audio(samples / "jfk.flac").samples[:32_000]
        for begin in range(0, len(sound), 512):
            socket.send(to_frame(0, sound[begin : begin + 512], 16_000)[8:])
        socket.send(json.dumps({"type": "release"}))
        for message in socket:
            if isinstance(message, str) and json.loads(message)["type"] == "done":
                for seconds in (played / 2, played):
                    socket.send(json.dumps({"type": "played", "turn": 1, "seconds": seconds}))


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a file system of its own; skip where this account may not."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "trio-test", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"this account may not mount: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def full_disk(how: str, disk: Path, process: int) -> Iterator[None]:
    """Leave no room on a disk, or for a process."""
    if how == "a limit on the size of files":
        resource.prlimit(process, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        yield
        resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield
    ballast.unlink()


@pytest.mark.parametrize("how", ["a small disk", "a limit on the size of files"])
def test_a_full_disk_takes_no_question_ends_no_answer_and_loses_nothing(how: str, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        disk = tmp_path / "disk"
        if how == "a small disk":
            stack.enter_context(small_disk(disk, 8))
        program = stack.enter_context(Program(tmp_path, disk / "data", scripts=LONG, pause=SPEAKING))
        first = program.ask("The first question.")
        program.wait_for_pause()
        with full_disk(how, disk, program.process.pid):
            program.go_on()
            first.wait()
            assert WORDS[-1].strip() in first.shown() and "free disk space" in first.shown()
            assert turns_on_disk(program.data)[0][0] == Status.ANSWERING
            assert "free disk space" in program.ask("The second question.").wait()
            assert len(turns_on_disk(program.data)) == 1
            upload = {"files": {"file": ("a.png", picture())}, "data": {"purpose": "user_data"}}
            refused = httpx.post(f"{program.url}v1/files", timeout=PATIENCE, **upload)
            assert refused.status_code == 507 and "disk" in refused.json()["error"]["message"]
        while turns_on_disk(program.data)[0][0] != Status.DONE:
            time.sleep(0.02)
        program.ask("The third question.").wait()
        program.end()
        turns = next_start(program.data)
    assert [(turn.text, turn.status, turn.reply_text) for turn in turns] == [
        ("The third question.", Status.DONE, "".join(WORDS).strip()),
        ("The first question.", Status.DONE, "".join(WORDS).strip()),
    ]


def test_a_read_only_folder_is_said_at_the_start_and_is_needed_for_the_history_alone(tmp_path: Path) -> None:
    with Program(tmp_path) as program:
        program.ask("Hello.").wait()
        program.end()
    files = sorted(program.data.rglob("*"))
    for path in [program.data, *files]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        said = Program(tmp_path, as_others=True).wait_until_ended()
        assert "cannot be used" in said and "TRIO_DATA_DIR" in said
        with Program(tmp_path, as_others=True, settings={"history": False}) as forgetful:
            assert "How are you?" in forgetful.ask("Hello again.").wait()
    finally:
        for path in [program.data, *files]:
            path.chmod(0o700 if path.is_dir() else 0o600)
    assert [turn.text for turn in next_start(program.data)] == ["Hello."]


def test_a_clock_that_jumps_costs_a_login_and_nothing_else(tmp_path: Path) -> None:
    users = Accounts(tmp_path / "users")
    users.add("ann", PASSWORDS["ann"])
    year = 365 * 86_400.0
    with Program(tmp_path, settings={"auth": tmp_path / "users"}) as program:
        for number, jump in enumerate((0.0, 10 * year, -10 * year)):
            program.clock.value = jump
            browser = program.browser()
            assert browser.log_in("ann").status_code == 303
            program.ask(f"Question {number}.", browser=browser).wait()
            if number == 0:
                old = browser
            assert (old.http.get("config").status_code == 200) == (number == 0)
        program.clock.value = 0.0
        assert old.http.get("config").status_code == 200, "the login counts again once the clock is right"
        program.end()
    turns = next_start(program.data, "ann")
    assert [turn.text for turn in turns] == ["Question 2.", "Question 1.", "Question 0."]
    assert {turn.status for turn in turns} == {Status.DONE}


def test_two_programs_on_one_folder_leave_one_another_s_turns_alone(tmp_path: Path) -> None:
    with Program(tmp_path, pause=SPEAKING, scripts=LONG) as first, Program(tmp_path, scripts=LONG) as second:
        asked = first.ask("To the first.")
        first.wait_for_pause()
        assert WORDS[-1].strip() in second.ask("To the second.").wait()
        assert [status for status, _ in turns_on_disk(first.data)] == [Status.ANSWERING, Status.DONE]
        with History(first.data):
            assert turns_on_disk(first.data)[0][0] == Status.ANSWERING, "another start leaves it alone too"
        first.kill()
        asked.wait()
        with History(first.data):
            assert [status for status, _ in turns_on_disk(first.data)] == [Status.INTERRUPTED, Status.DONE]
        second.ask("Once more to the second.").wait()
        second.end()
    assert [turn.text for turn in next_start(first.data)] == [
        "Once more to the second.",
        "To the second.",
        "To the first.",
    ]
