"""What Trio says of errors: an id and values, put into a language where it is shown, never read back from English."""

from __future__ import annotations

import ast
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.api.errors import api_error
from chatbot.history import NotFoundError
from chatbot.ui.words import words_for
from chatbot.web.admission.limits import Kind, TooMuchError
from pipelines.cluster.wire import Wire
from pipelines.core import errors
from pipelines.core.errors import DecodeError, EmptyInputError, LimitError, MissingPackageError
from pipelines.core.openai_client.errors import refused
from pipelines.core.openai_client.options import EndpointOptions
from pipelines.core.packed_errors import pack_error, unpack_error
from pipelines.core.said import Said, as_sentence, changed, pack_text, phrase, said, unpack_text
from pipelines.core.types import Stage

ROOT = Path(__file__).resolve().parents[3]
HAN = re.compile(r"[\u4e00-\u9fff]")
KINDS = {name for name in vars(errors) if name.endswith("Error")}
KINDS |= {"ArchiveError", "HistoryError", "QueueFullError", "RefusedError"}
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
        "models",
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
chinese, english = words_for("zh"), words_for("en")


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    for root in ("pipelines", "chatbot"):
        for path in sorted((ROOT / root).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                    yield f"{path.relative_to(ROOT).as_posix()}:{node.lineno}", node


def written_out(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def test_every_error_of_the_parts_is_marked() -> None:
    raised = [(place, call) for place, call in calls(*KINDS) if not any(part in place for part in ELSEWHERE)]
    assert len(raised) > 200
    for place, call in raised:
        shown = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "fix")]
        assert not any(written_out(text) for text in shown), f"{place}: write said(...), then make messages"


def test_every_text_is_written_out_and_has_its_values() -> None:
    for place, call in calls("said"):
        (template,) = call.args
        assert isinstance(template, ast.Constant) and isinstance(template.value, str), place
        assert set(re.findall(r"\{(\w+)\}", template.value)) == {word.arg for word in call.keywords}, place


def test_a_whole_error() -> None:
    error = LimitError(
        said("The picture is too large"),
        given="a. b.png, 9000 x 9000",
        allowed=said("{count} megapixels", count=50),
        fix=said("Resize it and send it again"),
    )
    assert chinese.say(error.said) == (
        "图片太大。详情：a. b.png, 9000 x 9000。允许：5000 万像素。请缩小后重新发送。"
    )
    assert (
        english.say(error.said)
        == str(error)
        == (
            "The picture is too large. Given: a. b.png, 9000 x 9000. Allowed: 50 megapixels. "
            "Resize it and send it again."
        )
    )


@pytest.mark.parametrize(
    "name",
    [
        "Allowed: ",
        "Given: x. Allowed: y",
        "The picture is too large.",
        "{what}",
        "{name.__class__}",
        "{0}",
        "%s",
        "{{}}",
        r"\1",
        "\ud800.png",
    ],
)
def test_the_name_of_a_file_changes_nothing(name: str) -> None:
    error = DecodeError(said("The picture is damaged or incomplete"), given=name, allowed="PNG")
    assert str(error) == f"The picture is damaged or incomplete. Given: {name}. Allowed: PNG."
    assert chinese.say(error.said) == f"图片已损坏或不完整。详情：{name}。允许：PNG。"
    lacking = errors.ModelError(said("The model {model} is incomplete", model=name))
    assert chinese.say(lacking.said) == f"模型 {name} 不完整。"


def test_parts_may_be_missing() -> None:
    damaged = said("The recording is damaged")
    for more, told in (
        ({}, "录音已损坏。"),
        ({"given": "x.wav"}, "录音已损坏。详情：x.wav。"),
        ({"allowed": "WAV"}, "录音已损坏。允许：WAV。"),
        ({"fix": said("Record again")}, "录音已损坏。请重新录音。"),
        ({"given": "x", "allowed": "WAV"}, "录音已损坏。详情：x。允许：WAV。"),
        ({"given": "x", "fix": said("Record again")}, "录音已损坏。详情：x。请重新录音。"),
        ({"allowed": "WAV", "fix": said("Record again")}, "录音已损坏。允许：WAV。请重新录音。"),
    ):
        assert chinese.say(DecodeError(damaged, **more).said) == told
    assert chinese.say(EmptyInputError(said("Record again")).said) == "请重新录音。"


def test_an_error_inside_an_error() -> None:
    inner = LimitError(
        said("The recording is too long"), given="x.wav, 2:00:00", allowed=said("{count} minutes", count=30)
    )
    error = errors.BackendError(said("The recording could not be transcribed"), given=phrase(inner.said))
    assert chinese.say(error.said) == (
        "无法转写这段录音。详情：录音太长。详情：x.wav, 2:00:00。允许：30 分钟。"
    )
    assert phrase("As it was said before.") == "As it was said before"


def test_places_may_change_their_order() -> None:
    error = MissingPackageError(
        said(
            "The backend {backend} of {stage} needs packages that are not installed",
            backend="'x'",
            stage="caption",
        ),
        given=said("missing {packages}", packages="torch"),
        fix=said("Install them with: {command}", command="pip install torch"),
    )
    assert chinese.say(error.said) == (
        "caption 的后端 'x' 需要尚未安装的软件包。详情：缺少 torch。安装命令：pip install torch。"
    )


def test_errors_with_words_of_their_own() -> None:
    missing = NotFoundError("message", "7")
    assert chinese.say(missing.said) == "未找到消息。详情：'7'。可能已被删除，请刷新列表。"
    assert (
        str(missing) == "The message was not found. Given: '7'. It may have been deleted; refresh the list."
    )
    slow = TooMuchError(Kind.TURNS, said("{amount} per {time}", amount=12, time="60 s"), 5)
    assert chinese.say(slow.said) == "您发送的消息过多。允许：每 60 s 12。请在 5 秒后重试。"
    assert "too many messages" in str(slow) and "in 5 seconds" in str(slow)


def test_what_is_not_marked_stays() -> None:
    for text in ("", "llama says no.", "The picture is too large.", "Something else"):
        assert chinese.say(text) == text


def test_a_text_that_the_catalogue_lacks_is_english_with_its_values() -> None:
    assert chinese.say(Said("An old {thing}", (("thing", said("file")),))) == "An old 文件"


def test_an_error_passes_from_process_to_process_with_its_id() -> None:
    error = LimitError(
        said("The file takes too long to read"),
        given="Allowed: .png",
        allowed=said("{seconds} s", seconds=60),
    )
    there = [unpack_error(json.loads(json.dumps(pack_error(error)))), pickle.loads(pickle.dumps(error))]
    wire = Wire()
    there.append(unpack_error(wire.decode(wire.encode(pack_error(error)))))
    for same in there:
        assert type(same) is LimitError and same.said == error.said
        assert chinese.say(same.said) == "读取此文件耗时过长。详情：Allowed: .png。允许：60 秒。"
    assert wire.decode(wire.encode(error.said)) == error.said


class Options(EndpointOptions):
    stage = Stage.TRANSCRIBE


def test_an_error_of_another_trio_is_said_too() -> None:
    options = Options.read({"url": "http://other:7860/v1", "api_key": "secret"})
    told = DecodeError(
        said("The recording is damaged"), given="Allowed: secret.wav", fix=said("Record again")
    )
    body = api_error(told).body()
    assert body["error"]["message"] == str(told)
    error = refused(options, 400, json.dumps(body).encode(), "audio")
    assert chinese.say(error.said) == (
        "服务器 other:7860 拒绝了请求（400）。详情：录音已损坏。详情：Allowed: ***.wav。请重新录音。"
    )
    assert str(told).rstrip(".").replace("secret", "***") in str(error)


@pytest.mark.parametrize(
    "odd", [None, 3, "x", [], {"template": "x" * 2000, "values": []}, {"template": "{a}"}]
)
def test_a_server_that_only_looks_like_trio_is_told_word_by_word(odd: object) -> None:
    options = Options.read({"url": "http://other:7860/v1"})
    body = {"error": {"message": "No.", "said": odd}}
    error = refused(options, 400, json.dumps(body).encode(), "audio")
    assert chinese.say(error.said) == "服务器 other:7860 拒绝了请求（400）。详情：No。"


def test_a_text_comes_back_from_json() -> None:
    for text in (
        "plain",
        said("file"),
        LimitError(said("{count} files", count=3), fix=said("Check the name")).said,
    ):
        assert unpack_text(json.loads(json.dumps(pack_text(text)))) == text
    for broken in (
        {},
        {"template": "x"},
        {"template": "x", "values": [["a"]]},
        {"template": "x", "values": 3},
    ):
        with pytest.raises((LookupError, TypeError, ValueError)):
            unpack_text(broken)


def test_only_what_fills_a_text_in_is_changed() -> None:
    error = DecodeError(
        said("The recording is damaged"), given="/home/me/damaged.wav (damaged)", fix="damaged"
    )
    told = changed(error.said, lambda value: value.replace("damaged", "x"))
    assert str(told) == "The recording is damaged. Given: /home/me/x.wav (x). x."
    assert changed("a damaged file", str.upper) == "A DAMAGED FILE"
    assert str(as_sentence(said("file"))) == "file."
