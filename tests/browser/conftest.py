"""A real Chromium on the real page: `app.py` in its own process, with real models.

Set TRIO_BROWSER_URL to test a page that is already running, and TRIO_SCREENSHOTS to keep the pictures.
"""

from __future__ import annotations

import base64
import contextlib
import mimetypes
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180.0
REPLY_MS = 90_000
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DROP = """([data, name, type]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  const target = document.querySelector("#trio-box [role='group']");
  for (const kind of ["dragenter", "dragover", "drop"])
    target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


@dataclass(frozen=True)
class Voice:
    """The state of the player: what it has scheduled on the audio clock, in seconds."""

    state: str
    schedule: list[tuple[float, float]]
    clock: float


@dataclass
class Chat:
    """The page as a person uses it."""

    page: Any
    shots: Path
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, url: str, *, ready: bool = True) -> None:
        """Go to the page and, where wanted, wait until the models are warm."""
        self.page.goto(url)
        self.page.wait_for_selector("#trio-box textarea")
        if ready:
            self.page.wait_for_selector(".trio-status.trio-ready", timeout=REPLY_MS)

    def attach(self, *files: Path) -> None:
        """Choose files with the upload button, besides those that lie in the box."""
        before = self.page.locator("#trio-box .thumbnail-item").count()
        with self.page.expect_file_chooser() as chooser:
            self.page.click("#trio-box [data-testid='upload-button']")
        chooser.value.set_files([str(file) for file in files])
        self.wait_files(before + len(files))

    def drop(self, file: Path) -> None:
        """Drop a file on the box with a real DataTransfer."""
        data = base64.b64encode(file.read_bytes()).decode("ascii")
        self.page.evaluate(DROP, [data, file.name, mimetypes.guess_type(file.name)[0] or ""])
        self.wait_files(1)

    def wait_files(self, count: int) -> None:
        """Wait until so many files lie in the box, uploaded."""
        sync_api.expect(self.page.locator("#trio-box .thumbnail-item")).to_have_count(count, timeout=20_000)
        sync_api.expect(self.page.locator("#trio-box .loader")).to_have_count(0, timeout=20_000)

    def record(self, seconds: float) -> None:
        """Record from the microphone and attach the recording."""
        self.page.click("#trio-box [data-testid='microphone-button']")
        overlay = self.page.locator("#trio-box .recording-overlay")
        stop = overlay.get_by_role("button", name="Stop recording")
        start = overlay.get_by_role("button", name="Start recording")
        start.click(timeout=20_000)  # until the devices are known, Gradio shows the other button
        stop.wait_for(timeout=20_000)
        self.page.wait_for_timeout(seconds * 1000)
        stop.click()
        overlay.get_by_role("button", name="Attach audio").click(timeout=20_000)
        self.wait_files(1)

    def send(self, text: str = "") -> None:
        """Type, and press the button."""
        if text:
            self.page.fill("#trio-box textarea", text)
        self.page.click("#trio-box [data-testid='submit-button']")

    def wait_reply(self, count: int = 1) -> str:
        """Wait until the chat holds so many finished replies; return the last one's text."""
        panels = self.page.locator("#trio-chat .trio-panel")
        sync_api.expect(panels).to_have_count(count, timeout=REPLY_MS)
        sync_api.expect(self.page.locator("#trio-box .stop-button")).to_have_count(0, timeout=10_000)
        return self.reply_text()

    def reply_text(self) -> str:
        """Return the text of the last reply so far, without notices and panel."""
        last = self.page.locator("#trio-chat .bot-row").last.locator(".message-content")
        return "\n".join(last.all_inner_texts()).strip()

    def panel(self) -> str:
        """Open the last panel and return what it says."""
        panel = self.page.locator("#trio-chat .trio-panel").last
        if panel.is_hidden():
            self.page.locator("#trio-chat [data-act='evidence']").last.click()
        return cast(str, panel.inner_text())

    def voice(self) -> Voice:
        """Return what the player is doing."""
        state, schedule, clock = self.page.evaluate(
            "() => { const e = document.querySelector('#trio-voice [data-schedule]');"
            " return [e.dataset.state, JSON.parse(e.dataset.schedule), e.trioClock()]; }"
        )
        return Voice(state, [(start, end) for start, end in schedule], clock)

    def settings(self) -> Any:
        """Open the settings, and return their form."""
        if self.page.locator(".trio-drawer[open]").count() == 0:
            self.page.click("[data-action='settings']")
        form = self.page.locator(".trio-drawer[open] form")
        form.wait_for()
        return form

    def close_settings(self) -> None:
        """Close the settings with the keyboard."""
        self.page.keyboard.press("Escape")
        sync_api.expect(self.page.locator(".trio-drawer[open]")).to_have_count(0)

    def search(self, words: str) -> None:
        """Type in the search of the conversations."""
        self.page.locator("#trio-search").locator("input, textarea").fill(words)

    def violations(self) -> list[str]:
        """Return what axe-core finds against WCAG 2.1 A and AA."""
        from axe_playwright_python.sync_playwright import Axe

        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
        return [
            f"{rule['id']}: {node['target']}: {node['html'][:160]} {node['failureSummary'][:300]}"
            for rule in Axe().run(self.page, options=options).response["violations"]
            for node in rule["nodes"]
        ]

    def shot(self, name: str) -> None:
        """Keep a picture of the page."""
        self.page.screenshot(path=str(self.shots / f"{name.replace(' ', '-')}.png"))

    def outside(self) -> list[str]:
        """Return every request that went anywhere but to the page's own server."""
        own = urlsplit(self.page.url).netloc
        return [url for url in self.requests if urlsplit(url).netloc not in {own, ""}]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The installed Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    return path


@dataclass
class App:
    """The page in its own process, with its own data folder and port; it can be killed and started again."""

    folder: Path
    command: Sequence[str] = ("app.py",)
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def log(self) -> Path:
        return self.folder / "app.log"

    def start(self) -> None:
        """Start and wait for the page."""
        if not self.port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
        environment = {
            **os.environ,
            "GRADIO_SERVER_NAME": "127.0.0.1",
            "GRADIO_SERVER_PORT": str(self.port),
            "GRADIO_TEMP_DIR": str(self.folder / "cache"),
            "TRIO_DATA_DIR": str(self.folder / "data"),
            **self.settings,
        }
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while self.url not in self.log.read_text():
            assert self.process.poll() is None, f"{self.command} ended at once:\n{self.log.read_text()}"
            assert time.monotonic() < deadline, f"{self.command} did not start:\n{self.log.read_text()}"
            time.sleep(0.2)

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it as a person does."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()


@pytest.fixture(scope="session")
def app_url(chromium_path: str, request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[str]:
    """The address of the page, served by `app.py` in its own process."""
    if running := os.environ.get("TRIO_BROWSER_URL"):
        yield running
        return
    request.getfixturevalue("registry")  # skips with a reason where models have not been pulled
    with served(["app.py"], tmp_path_factory) as url:
        yield url


@pytest.fixture(scope="session")
def scripted_url(chromium_path: str, tmp_path_factory: Any) -> Iterator[str]:
    """The address of the same page with scripted models: quick, and without weights."""
    if running := os.environ.get("TRIO_SCRIPTED_URL"):
        yield running
        return
    with served(["-m", "tests.support.scripted_page"], tmp_path_factory) as url:
        yield url


@contextlib.contextmanager
def served(command: list[str], tmp_path_factory: Any) -> Iterator[str]:
    """Run a program that serves the page, and end it."""
    app = App(tmp_path_factory.mktemp("app"), command)
    try:
        app.start()
        yield app.url
        assert app.process is not None
        assert app.process.poll() is None, f"{command} died during the tests:\n{app.log.read_text()}"
    finally:
        app.stop()


@pytest.fixture(scope="session")
def spoken(samples: Path, tmp_path_factory: Any) -> Path:
    """What the fake microphone hears, as a WAV file at 48 kHz: a second of silence, then real speech."""
    import av
    import numpy as np
    import soundfile

    resampler = av.AudioResampler(format="s16", layout="mono", rate=48000)
    with av.open(str(samples / "jfk.flac")) as container:
        frames = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
    sound = np.concatenate([frame.to_ndarray()[0] for frame in [*frames, *resampler.resample(None)]])
    path: Path = tmp_path_factory.mktemp("voice") / "spoken.wav"
    soundfile.write(
        path, np.concatenate([np.zeros(24000, np.int16), sound, np.zeros(480000, np.int16)]), 48000
    )
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """Playwright itself."""
    with sync_api.sync_playwright() as running:
        yield running


def _launch(playwright: Any, path: str, sound: Path) -> Any:
    return playwright.chromium.launch(
        executable_path=path,
        args=[
            "--no-sandbox",
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream=device-count=1",
            f"--use-file-for-fake-audio-capture={sound}%noloop",
        ],
    )


@pytest.fixture(scope="session")
def browser(playwright: Any, chromium_path: str, spoken: Path) -> Iterator[Any]:
    """A headless Chromium with a fresh profile, whose microphone hears `spoken`."""
    running = _launch(playwright, chromium_path, spoken)
    yield running
    running.close()


@pytest.fixture(scope="session")
def shots(tmp_path_factory: Any) -> Path:
    """Where the tests keep pictures of the page: TRIO_SCREENSHOTS, else a temporary folder."""
    if wanted := os.environ.get("TRIO_SCREENSHOTS"):
        return Path(wanted)
    folder: Path = tmp_path_factory.mktemp("screenshots")
    return folder


def watched(page: Any, shots: Path) -> Chat:
    """Return a `Chat` that notes every request and every script error."""
    chat = Chat(page, shots)
    page.on("request", lambda request: chat.requests.append(request.url))
    page.on("pageerror", lambda error: chat.errors.append(str(error)))
    return chat


@pytest.fixture
def chat(browser: Any, app_url: str, shots: Path, request: pytest.FixtureRequest) -> Iterator[Chat]:
    """The page in a window of its own, ready; 1280 x 860 unless a test asks for another."""
    with window(browser, app_url, shots, getattr(request, "param", DESKTOP)) as chat:
        yield chat


@pytest.fixture
def scripted(browser: Any, scripted_url: str, shots: Path, request: pytest.FixtureRequest) -> Iterator[Chat]:
    """As `chat`, with scripted models."""
    with window(browser, scripted_url, shots, getattr(request, "param", DESKTOP)) as chat:
        yield chat


@contextlib.contextmanager
def window(browser: Any, url: str, shots: Path, options: dict[str, Any]) -> Iterator[Chat]:
    """Open the page in a window of its own; afterwards, no script failed and nothing was asked elsewhere."""
    context = browser.new_context(permissions=["microphone", "camera"], **options)
    chat = watched(context.new_page(), shots)
    chat.open(url)
    yield chat
    context.close()
    assert chat.errors == []
    assert chat.outside() == []
