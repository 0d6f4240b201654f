"""Profiles, options of stages, secrets, and what the doctor says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chatbot.cli.doctor import examine, to_text
from chatbot.cli.doctor_stages import check_stage, import_note, torch_notes
from chatbot.cli.main import app
from chatbot.config.backends import CHATBOT_TABLE, chatbot_registry
from chatbot.config.privacy import destinations
from chatbot.config.profiles import PROFILES, chosen_backends
from chatbot.config.settings import Settings, load_settings
from pipelines.core.errors import SettingsError
from pipelines.core.hosts import host_of, is_this_machine
from pipelines.core.registry import BackendSpec, Registry, merged
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore
from tests.support.fake_openai import KEY, error, fake_server
from tests.support.scripted import scripted_registry

MIXED = """
profile = "server"

[backends]
transcribe = "whisper-base"
caption = "auto"

[options.generate]
url = "http://gpu.example:8000/v1"
model = "qwen3"
api_key = "sk-secret-of-the-test"
vision = true

[options.speak]
url = "http://localhost:8880/v1"
voice = "af_heart"

[options.transcribe.openai]
url = "https://api.openai.com/v1"
model = "whisper-1"
"""


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "trio.toml"
    monkeypatch.setenv("TRIO_CONFIG", str(path))
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return path


def settings(file: Path, text: str = MIXED) -> Settings:
    file.write_text(text)
    return load_settings()


def test_profiles_mix(file: Path) -> None:
    registry = chatbot_registry(settings(file))
    names = {stage: registry.name(stage) for stage in registry.table}
    assert (names[Stage.GENERATE], names[Stage.SPEAK]) == ("openai", "openai")
    assert (names[Stage.TRANSCRIBE], names[Stage.CAPTION]) == ("whisper-base", "auto")
    assert names[Stage.OCR] == "rapidocr"


def test_options_reach_the_back_end_that_they_are_for(file: Path) -> None:
    registry = chatbot_registry(settings(file))
    assert registry.options(Stage.SPEAK) == {
        "url": "http://localhost:8880/v1",
        "voice": "af_heart",
    }
    assert registry.options(Stage.TRANSCRIBE) == {"threads": load_settings().threads}
    assert registry.options(Stage.TRANSCRIBE, "openai")["model"] == "whisper-1"
    assert registry.options(Stage.GENERATE, "qwen-0.5b") == {
        "threads": registry.options(Stage.GENERATE, "qwen-1.5b")["threads"]
    }
    assert registry.build(Stage.GENERATE, "openai").model == "qwen3 (server gpu.example:8000)"


def test_the_embedded_profile_changes_nothing() -> None:
    assert chosen_backends("embedded", {}) == {}
    registry = chatbot_registry(load_settings())
    assert all(registry.spec(stage).kind == "embedded" for stage in registry.table)


def test_the_server_profile_names_rows_of_the_table() -> None:
    for stage, name in PROFILES["server"].items():
        assert CHATBOT_TABLE[stage][name].kind == "server"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('profile = "best"', "profile"),
        (
            '[options.generate]\nurl = "http://x/v1"',
            r"'qwen-0.5b' of generate does not have these options.*url.*threads",
        ),
        ("[options.ocr]\nspeed = 3", r"'rapidocr' of ocr.*Allowed: threads"),
        ('[options.generate.openai]\nurll = "x"', r"'openai' of generate.*urll.*api_key_env"),
        ('[options.generate]\nopenai = "http://x/v1"', r"\[options.generate.openai\]"),
        ('[options.fly]\nurl = "x"', "options"),
        ('[options]\ngenerate = "sk-secret-of-the-test"', "options"),
    ],
)
def test_bad_options_are_refused_with_what_is_allowed(file: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        chatbot_registry(settings(file, text))
    assert KEY not in str(caught.value)


def test_options_come_from_the_environment_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIO_PROFILE", "server")
    monkeypatch.setenv("TRIO_OFFLINE", "1")
    monkeypatch.setenv("TRIO_OPTIONS", json.dumps({"generate": {"api_key": KEY}}))
    monkeypatch.setenv("TRIO_OPTIONS__GENERATE__URL", "http://localhost:1/v1")
    monkeypatch.setenv("TRIO_OPTIONS__GENERATE__RETRIES", "4")
    chosen = settings(file, '[options.generate]\nmodel = "m"\nretries = 1\n')
    assert (chosen.profile, chosen.offline) == ("server", True)
    given = chatbot_registry(chosen).options(Stage.GENERATE)
    assert given["api_key"].get_secret_value() == KEY
    assert (given["url"], given["model"], given["offline"]) == ("http://localhost:1/v1", "m", True)
    backend: Any = chatbot_registry(chosen).build(Stage.GENERATE, "openai")
    assert backend.options.retries == 4


def test_no_secret_is_shown_anywhere(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    chosen = settings(file)
    registry = chatbot_registry(chosen)
    backend = registry.build(Stage.GENERATE, "openai")
    report = examine(registry, None, chosen.profile)
    shown = [repr(chosen), str(chosen), repr(vars(backend)), to_text(report), json.dumps(report.to_json())]
    assert all(KEY not in text for text in [*shown, caplog.text])
    assert "api_key = (hidden)" in to_text(report)


def test_what_leaves_this_computer_is_known_by_stage(file: Path) -> None:
    registry = chatbot_registry(settings(file))
    assert destinations(registry) == {Stage.GENERATE: "gpu.example:8000"}
    assert destinations(registry, {Stage.GENERATE: "qwen-1.5b", Stage.TRANSCRIBE: "openai"}) == {
        Stage.TRANSCRIBE: "api.openai.com"
    }
    file.unlink()
    assert destinations(chatbot_registry(load_settings())) == {}


@pytest.mark.parametrize(
    ("url", "host", "here"),
    [
        ("http://localhost:11434/v1", "localhost:11434", True),
        ("http://127.0.0.2/v1", "127.0.0.2", True),
        ("http://[::1]:80/v1", "[::1]:80", True),
        ("http://trio.localhost/v1", "trio.localhost", True),
        ("http://localhost.example.com/v1", "localhost.example.com", False),
        ("http://me:secret@10.0.0.1:8/v1", "10.0.0.1:8", False),
        ("http://0.0.0.0/v1", "0.0.0.0", False),
        ("http://a:b/v1", "", False),
        ("auto", "", False),
    ],
)
def test_a_host_is_shown_without_secrets_and_known_to_be_here_or_not(url: str, host: str, here: bool) -> None:
    assert host_of(url) == host
    if host or not here:
        assert is_this_machine(url) is here


def test_the_doctor_asks_the_servers(file: Path) -> None:
    with fake_server() as server:
        text = f'[backends]\ngenerate = "openai"\n[options.generate]\nurl = "{server.url}"\n'
        registry = chatbot_registry(settings(file, text))
        check = check_stage(registry, Stage.GENERATE)
        assert check.problem is None and check.sent_to == server.url[7:-3]
        server.script["/v1/models"] = [error(401, "who?")]
        check = check_stage(registry, Stage.GENERATE)
        assert "rejected the API key" in str(check.problem) and "OPENAI_API_KEY" in str(check.fix)
    check = check_stage(registry, Stage.GENERATE)
    assert "is not responding" in str(check.problem) and "Start it" in str(check.fix)


def test_the_doctor_says_where_options_come_from(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:word@localhost:1/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    registry = chatbot_registry(load_settings(profile="server"))
    options = check_stage(registry, Stage.GENERATE).options
    assert options["api_key"] == "(hidden) (from OPENAI_API_KEY)"
    assert options["url"] == "http://(hidden)@localhost:1 (from OPENAI_BASE_URL)"


def test_the_doctor_tells_the_profile_and_what_is_missing(file: Path) -> None:
    text = to_text(examine(chatbot_registry(load_settings(profile="server")), None, "server"))
    assert "Profile server" in text and "Everything stays on this computer." in text
    assert "no url is set" in text and "[options.speak.openai]" in text


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def test_the_command_line_chooses_the_profile(file: Path) -> None:
    report = json.loads(run("--profile", "server", "doctor", "--json").stdout)
    assert report["profile"] == "server" and not report["healthy"]
    backends = {stage["stage"]: stage["backend"] for stage in report["stages"]}
    assert (backends["generate"], backends["ocr"]) == ("openai", "rapidocr")
    assert "quality" in str(run("--profile", "best", "doctor").exception)


def test_offline_refuses_other_machines_and_downloads(file: Path) -> None:
    file.write_text(MIXED)
    report = json.loads(run("--offline", "doctor", "--json").stdout)
    (generate,) = (stage for stage in report["stages"] if stage["stage"] == "generate")
    assert "offline" in generate["problem"] and "gpu.example:8000" in generate["problem"]
    assert "offline" in str(run("--offline", "models", "pull").exception)


def test_tables_are_merged_in_order_and_two_rows_of_one_name_are_refused() -> None:
    row = BackendSpec("a:B", "embedded", "d")
    first, second = {Stage.OCR: {"a": row}}, {Stage.OCR: {"b": row}, Stage.SPEAK: {"a": row}}
    table = merged(first, second)
    assert list(table[Stage.OCR]) == ["a", "b"] and list(table) == [Stage.OCR, Stage.SPEAK]
    with pytest.raises(ValueError, match="ocr has two back-ends called a"):
        merged(first, first)


def test_a_package_that_cannot_be_loaded_is_named_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torchvision.py").write_text("raise OSError('operator torchvision::nms does not exist')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    note = str(import_note("torchvision"))
    assert "OSError: operator torchvision::nms" in note
    assert "pip install --force-reinstall --no-deps torchvision" in note
    assert import_note("json") is None and import_note("no_such_package_at_all") is None


def test_packages_of_torch_are_tried_only_where_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatbot.cli.doctor_stages.import_note", lambda package: f"{package} is broken")
    assert torch_notes(scripted_registry()) == []
    needing = {Stage.OCR: {"hub": BackendSpec("a:B", "huggingface", "d", packages=("transformers",))}}
    assert torch_notes(Registry(needing, WeightStore())) == ["torchvision is broken", "torchaudio is broken"]
