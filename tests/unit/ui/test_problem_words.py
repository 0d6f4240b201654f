"""Errors on the page are in its language: every one that the parts can raise has a Chinese saying."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.history import NotFoundError
from chatbot.ui.words import words_for
from chatbot.web.admission.limits import Kind, TooMuchError
from pipelines.core import errors
from pipelines.core.errors import DecodeError, EmptyInputError, LimitError, MissingPackageError

ROOT = Path(__file__).resolve().parents[3]
HAN = re.compile(r"[\u4e00-\u9fff]")
KINDS = {name for name in vars(errors) if name.endswith("Error")} | {
    "HistoryError",
    "ArchiveError",
    "QueueFullError",
}
ELSEWHERE = (
    "foundations",
    "chatbot/api/",
    "chatbot/cluster/deploy",
    "chatbot/cluster/ray_head",
    "chatbot/cluster/plan",
)
ELSEWHERE += tuple(
    f"chatbot/cli/{name}"
    for name in (
        "main",
        "cluster",
        "history",
        "hub",
        "mcp",
        "global_options",
        "user",
        "batch",
        "turn_files",
        "terminal",
    )
)
"""Parts whose errors never reach the page: commands, and the API, which speaks English."""
ELSEWHERE += ("pipelines/cli", "pipelines/stages", "pipelines/textfile", "core/foundation")
ELSEWHERE += (
    "auth/accounts",
    "web/listening",
    "auth/login_sessions",
    "config/settings",
    "history/import_rows",
)
chinese, english = words_for("zh").problems, words_for("en").problems


def sources() -> Iterator[tuple[str, ast.Call]]:
    for root in ("pipelines", "chatbot"):
        for path in sorted((ROOT / root).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            if any(part in place for part in ELSEWHERE):
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in KINDS:
                    yield f"{place}:{node.lineno}", node


def literal(node: ast.expr) -> str | None:
    """Return a text as it might come out, its holes filled; None where it is not written there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x1" for part in node.values)
    return None


def sentences() -> list[tuple[str, str]]:
    found = []
    for place, call in sources():
        given = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "fix")]
        found += [(place, text) for node in given if (text := literal(node)) is not None]
    return found


def test_there_are_many_errors() -> None:
    assert len(sentences()) > 80


@pytest.mark.parametrize(("place", "text"), sentences(), ids=lambda value: str(value)[:60])
def test_every_error_of_the_parts_is_said_in_chinese(place: str, text: str) -> None:
    said = chinese.say(f"{text}.")
    assert said != f"{text}." and HAN.search(said), f"{place}: add it to chatbot/ui/words/zh_problems.py"


def test_a_whole_error() -> None:
    error = LimitError(
        "The picture is too large",
        given="a. b.png, 9000 x 9000",
        allowed="50 megapixels",
        fix="Resize it and send it again",
    )
    said = "图片太大。详情：a. b.png, 9000 x 9000。允许：5000 万像素。请缩小后重新发送。"
    assert chinese.say(str(error)) == said
    assert english.say(str(error)) == str(error)


def test_parts_may_be_missing() -> None:
    assert chinese.say(str(EmptyInputError("Record again"))) == "请重新录音。"
    assert (
        chinese.say(str(DecodeError("The recording is damaged", given="x.wav")))
        == "录音已损坏。详情：x.wav。"
    )
    assert (
        chinese.say(str(DecodeError("The recording is damaged", allowed="WAV"))) == "录音已损坏。允许：WAV。"
    )
    assert (
        chinese.say(str(DecodeError("The recording is damaged", fix="Record again")))
        == "录音已损坏。请重新录音。"
    )


def test_an_error_inside_an_error() -> None:
    inner = str(LimitError("The recording is too long", given="x.wav, 2:00:00", allowed="30 minutes")).rstrip(
        "."
    )
    error = errors.BackendError("The recording could not be transcribed", given=inner)
    assert (
        chinese.say(str(error)) == "无法转写这段录音。详情：录音太长。详情：x.wav, 2:00:00。允许：30 分钟。"
    )


def test_places_may_change_their_order() -> None:
    error = MissingPackageError(
        "The backend 'x' of caption needs packages that are not installed",
        given="missing torch",
        fix="Install them with: pip install torch",
    )
    assert (
        chinese.say(str(error))
        == "caption 的后端 'x' 需要尚未安装的软件包。详情：缺少 torch。安装命令：pip install torch。"
    )


def test_errors_with_words_of_their_own() -> None:
    assert (
        chinese.say(str(NotFoundError("message", "7"))) == "未找到消息。详情：'7'。可能已被删除，请刷新列表。"
    )
    slow = TooMuchError(Kind.TURNS, "12 per 60 seconds", 5)
    assert chinese.say(str(slow)) == "您发送的消息过多。允许：每 60 秒 12。请在 5 秒后重试。"


@pytest.mark.parametrize(
    "text", ["", "llama says no.", "The picture is too large", "The picture is too large and odd."]
)
def test_what_is_not_known_stays(text: str) -> None:
    assert chinese.say(text) == text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            errors.ModelMissingError("The model a/b is not on this computer", given="not downloaded yet"),
            "这台电脑上没有模型 a/b。详情：尚未下载。",
        ),
        (
            DecodeError("The ZIP file is not a Trio export", given="conversation.json is missing"),
            "此 ZIP 不是 Trio 的导出文件。详情：缺少 conversation.json。",
        ),
        (
            errors.ModelError("There is not enough disk space for x", given="12 MB free in /d"),
            "磁盘空间不足，无法存放 x。详情：/d 剩余 12 MB。",
        ),
    ],
)
def test_what_an_error_gives_is_said_too(error: errors.TrioError, said: str) -> None:
    assert chinese.say(str(error)) == said
