"""Accounts, logins and what they are refused for."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient
from typer.testing import CliRunner

from chatbot.cli.main import app as cli
from chatbot.cli.server.web_app import create_app
from chatbot.config.settings import load_settings
from chatbot.turn.engine import Chatbot
from chatbot.web.auth.accounts import Accounts
from chatbot.web.auth.identity import current_user
from chatbot.web.auth.login import after, login_router
from chatbot.web.auth.login_sessions import COOKIE, session_key
from chatbot.web.auth.login_throttle import LoginThrottle
from chatbot.web.gate import Gate
from chatbot.web.hosting import hosting_of
from pipelines.core.errors import InputError, SettingsError, TrioError
from tests.support.scripted import scripted_registry

PASSWORD = "correct horse battery"


@pytest.fixture
def users(tmp_path: Path) -> Accounts:
    accounts = Accounts(tmp_path / "users")
    accounts.add("ann", PASSWORD)
    return accounts


def gated(users: Accounts, folder: Path, scheme: str = "http") -> TestClient:
    """Return a client of something behind the gate: /config says who asks."""
    settings = load_settings(auth=users.file, data_dir=folder / "data")
    hosting = hosting_of(settings, "127.0.0.1")
    assert hosting.sessions is not None
    app = FastAPI()
    app.include_router(login_router(hosting.sessions, throttle=LoginThrottle(lambda: 0.0)))
    app.add_middleware(Gate, hosting=hosting, body_mb=1)
    app.state.hosting = hosting

    @app.get("/config")
    def config(request: Request) -> str | None:
        return current_user(request)

    return TestClient(app, f"{scheme}://testserver", follow_redirects=False)


@pytest.fixture
def client(tmp_path: Path, users: Accounts) -> TestClient:
    return gated(users, tmp_path)


def log_in(client: TestClient, name: str = "ann", password: str = PASSWORD, **more: str) -> int:
    return client.post("/login", data={"name": name, "password": password, **more}).status_code


def test_the_file_is_private_salted_and_written_whole(users: Accounts) -> None:
    users.add("bob", PASSWORD)
    text = users.file.read_text()
    assert stat.S_IMODE(users.file.stat().st_mode) == 0o600
    assert PASSWORD not in text
    first, second = text.splitlines()
    assert first.startswith("ann:$argon2id$")
    assert first.partition(":")[2] != second.partition(":")[2], "equal passwords have different salts"
    assert [file.name for file in users.file.parent.glob(".users.*")] == []


def test_passwords_are_checked(users: Accounts) -> None:
    assert users.verify("ann", PASSWORD)
    for name, password in (
        ("ann", PASSWORD + "x"),
        ("ann", ""),
        ("bob", PASSWORD),
        ("", ""),
        ("ann", "x" * 5000),
    ):
        assert not users.verify(name, password)


def test_an_unknown_name_costs_a_hash_too(users: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    class Hasher:
        def verify(self, stored: str, _: str) -> bool:
            checked.append(stored)
            return True

    monkeypatch.setattr(users, "_hasher", Hasher())
    assert not users.verify("nobody", PASSWORD)
    assert len(checked) == 1
    assert checked[0].startswith("$argon2id$")


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\nb", "../x", "x" * 65, "local"])
def test_bad_names_are_refused(users: Accounts, name: str) -> None:
    with pytest.raises(InputError, match="username is invalid"):
        users.add(name, PASSWORD)


def test_other_mistakes_are_explained(users: Accounts, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="already"):
        users.add("ann", PASSWORD)
    with pytest.raises(InputError, match="8 to 1024") as caught:
        users.add("bob", "xyzzy")
    assert "xyzzy" not in str(caught.value)
    for change in (lambda: users.remove("bob"), lambda: users.set_password("bob", PASSWORD)):
        with pytest.raises(InputError, match="user was not found"):
            change()
    assert users.names() == ["ann"]
    (tmp_path / "broken").write_text("ann:secret\n")
    with pytest.raises(SettingsError, match="line 1") as broken:
        Accounts(tmp_path / "broken").names()
    assert "ann:secret" not in str(broken.value)


def test_the_key_is_kept_and_private(tmp_path: Path) -> None:
    key = session_key(tmp_path / "data")
    file = tmp_path / "data" / "session.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert session_key(tmp_path / "data") == key
    file.chmod(0o644)
    session_key(tmp_path / "data")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_bytes(b"short")
    with pytest.raises(SettingsError, match="damaged"):
        session_key(tmp_path / "data")


def test_login_gives_a_safe_cookie_and_logout_ends_every_copy_of_it(client: TestClient) -> None:
    assert client.get("/config").status_code == 401
    answer = client.post("/login", data={"name": "ann", "password": PASSWORD, "next": "/?a=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?a=1")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=1209600" in cookie
    assert "secure" not in cookie
    assert client.get("/config").status_code == 200
    stolen = client.cookies[COOKIE]
    assert "ann" in client.get("/login").text
    assert client.post("/logout").status_code == 303
    assert client.get("/config").status_code == 401
    assert client.get("/config", headers={"cookie": f"{COOKIE}={stolen}"}).status_code == 401


def test_the_cookie_is_secure_under_https(tmp_path: Path, users: Accounts) -> None:
    client = gated(users, tmp_path, "https")
    answer = client.post("/login", data={"name": "ann", "password": PASSWORD})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_login_ends_with_the_password_or_the_user(client: TestClient, users: Accounts) -> None:
    log_in(client)
    token = client.app.state.hosting.sessions.token("ann")  # type: ignore[attr-defined]
    bearer = {"authorization": f"Bearer {token}"}
    users.set_password("ann", PASSWORD + "!")
    assert client.get("/config").status_code == 401
    assert TestClient(client.app).get("/config", headers=bearer).status_code == 401
    assert log_in(client, password=PASSWORD + "!") == 303
    users.remove("ann")
    assert client.get("/config").status_code == 401


def test_forged_and_old_cookies_count_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    log_in(client)
    good = client.cookies[COOKIE]
    other = (
        good[:-2] + ("A" if good[-2] != "A" else "B") + good[-1]
    )  # the last letter has bits that do not count
    for forged in ("", "x", other, "WyJhbm4iXQ.x.y"):
        assert client.get("/config", headers={"cookie": f"{COOKIE}={forged}"}).status_code == 401
    import itsdangerous

    later = itsdangerous.timed.time.time() + 15 * 86_400
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda _: int(later))
    assert client.get("/config").status_code == 401


def test_a_wrong_password_says_as_little_as_an_unknown_name(client: TestClient) -> None:
    wrong = client.post("/login", data={"name": "ann", "password": "wrong password"})
    unknown = client.post("/login", data={"name": "eve", "password": "wrong password"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace('value="ann"', "") == unknown.text.replace('value="eve"', "")
    assert 'role="alert"' in wrong.text


def test_too_many_tries_must_wait_even_with_the_right_password(client: TestClient) -> None:
    codes = [log_in(client, password="wrong password") for _ in range(6)]
    assert codes == [401] * 5 + [429]
    answer = client.post("/login", data={"name": "ann", "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


def test_waits_grow_and_other_people_are_not_locked_out() -> None:
    now = 0.0
    throttle = LoginThrottle(lambda: now)
    waits = []
    for _ in range(12):
        now += throttle.seconds("ann", "10.0.0.1")
        throttle.tried("ann", "10.0.0.1")
        waits.append(throttle.seconds("ann", "10.0.0.1"))
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128]
    assert throttle.seconds("ann", "10.0.0.2") == 0
    assert throttle.seconds("bob", "10.0.0.1") == 0
    for number in range(40):
        throttle.tried(f"name {number}", "10.0.0.3")
    assert throttle.seconds("bob", "10.0.0.3") > 0, "one address that tries many names waits"
    for number in range(100):
        throttle.tried("cid", f"10.1.0.{number}")
    assert 0 < throttle.seconds("cid", "10.0.0.9") <= 10, "a name is slowed down, never locked"
    now += 7200
    assert throttle.seconds("ann", "10.0.0.1") == 0


def test_right_passwords_count_for_nothing() -> None:
    throttle = LoginThrottle(lambda: 0.0)
    for _ in range(100):
        throttle.tried("ann", "10.0.0.1")
        throttle.succeeded("ann", "10.0.0.1")
    assert throttle.seconds("ann", "10.0.0.1") == 0


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/", "/"),
        ("/?x=1&y=%20", "/?x=1&y=%20"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("javascript:alert(1)", "/"),
        ("/login?next=/login", "/"),
        ("", "/"),
    ],
)
def test_the_login_leads_nowhere_else(client: TestClient, asked: str, given: str) -> None:
    assert after(asked) == given
    answer = client.post("/login", data={"name": "ann", "password": PASSWORD, "next": asked})
    assert answer.headers["location"] == given


def test_the_form_is_in_the_persons_language_and_needs_no_script(client: TestClient) -> None:
    page = client.get("/login", headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"})
    assert '<html lang="zh-Hans">' in page.text
    assert "密码" in page.text
    english = client.get("/login?next=%22%3E%3Cscript%3E", headers={"accept-language": "fr, en;q=0.5"})
    assert '<html lang="en">' in english.text
    assert "<script" not in english.text
    assert '<label for="password">' in english.text
    assert "default-src 'none'" in english.headers["content-security-policy"]


def test_names_are_escaped(client: TestClient) -> None:
    answer = client.post("/login", data={"name": '"><script>alert(1)</script>', "password": "wrong"})
    assert "<script" not in answer.text


def test_without_accounts_there_is_no_login(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    with TestClient(
        create_app(Chatbot(settings, scripted_registry()), settings), "http://localhost"
    ) as client:
        assert client.get("/login").status_code == 404
        assert client.get("/config").status_code == 200
    assert not (tmp_path / "session.key").exists()


def run(tmp_path: Path, *arguments: str, text: str = "") -> tuple[int, str]:
    runner = CliRunner()
    result = runner.invoke(cli, ["user", *arguments, "--file", str(tmp_path / "users")], input=text)
    if result.exception and isinstance(result.exception, TrioError):
        return 1, str(result.exception)
    return result.exit_code, result.output


def test_users_are_kept_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIO_DATA_DIR", str(tmp_path / "data"))
    assert run(tmp_path, "add", "ann", text=PASSWORD + "\n") == (0, "ann can now log in.\n")
    assert run(tmp_path, "add", "bob", text="short\n")[0] == 1
    assert run(tmp_path, "list") == (0, "ann\n")
    assert Accounts(tmp_path / "users").verify("ann", PASSWORD)
    assert run(tmp_path, "passwd", "ann", text="another password\n")[0] == 0
    assert Accounts(tmp_path / "users").verify("ann", "another password")
    code, token = run(tmp_path, "token", "ann")
    assert code == 0
    assert len(token.strip()) > 40
    assert run(tmp_path, "remove", "ann")[0] == 0
    assert "user was not found" in run(tmp_path, "remove", "ann")[1]
    assert run(tmp_path, "list") == (0, "")
