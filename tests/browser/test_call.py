"""The voice call in a real browser: a microphone that plays a file, the real detector, a real loudspeaker clock.

The page is a small one made here; `chatbot.ui.theme.HEAD` brings the page's own security policy.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import soundfile
import uvicorn
from conftest import ROOT, sync_api

from chatbot.config.settings import Settings
from chatbot.turn.engine import Chatbot
from chatbot.ui.call.call_words import call_words
from chatbot.ui.call.panel import call_panel, call_value, files_router
from chatbot.ui.theme import HEAD, STYLES, theme
from pipelines.core.types import Stage
from pipelines.speech.decode import decode_audio
from tests.support.called import Kept, calls_app
from tests.support.scripted import scripted_registry

ENGLISH, CHINESE = call_words("en"), call_words("zh")

LONG = (
    "I was a lighthouse keeper once, and every night I lit the lamp and wrote down the ships that went by. "
    * 3
)
SAID = "Costs were the gallons of sack to the pennyworth of debt."
WAIT_MS = 60_000
sync_api.expect.set_options(timeout=WAIT_MS)
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
NOTE_STATES = """() => {
  window.states = [];
  document.addEventListener("trio-call-state", (event) => window.states.push(event.detail.state));
}"""


def scripted_bot() -> Chatbot:
    """The real engine on scripted models, quick on any machine: the microphone's file does not wait for them."""
    pieces = [word + " " for word in LONG.split()]
    options: dict[Stage, dict[str, Any]] = {
        Stage.TRANSCRIBE: {"text": SAID, "seconds": 0.3},
        Stage.SPEECH_EMOTION: {"label": "calm"},
        Stage.GENERATE: {"pieces": pieces, "seconds": 0.03},
        Stage.SPEAK: {"samples": 3 * 24_000},
    }
    return Chatbot(Settings(), scripted_registry(options))


def speech(samples: Path, name: str, begin: float, end: float) -> Any:
    sound = decode_audio(samples / f"{name}.flac").samples
    return sound[round(begin * 16000) : round(end * 16000)]


def microphone(path: Path, *parts: Any) -> Path:
    """Write what the fake microphone hears: sound, or seconds of silence."""
    room = np.random.default_rng(0)
    pieces = [
        p if isinstance(p, np.ndarray) else room.standard_normal(round(p * 16000)) * 3e-4 for p in parts
    ]
    soundfile.write(path, np.repeat(np.concatenate(pieces), 3), 48000, subtype="PCM_16")
    return path


@dataclass
class Overlay:
    """The call's overlay as a person sees it."""

    page: Any
    shots: Path
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, url: str) -> None:
        self.page.goto(url)
        self.page.wait_for_selector("#trio-call")
        self.page.wait_for_function("document.querySelector('link[href$=\"call.css\"]')")
        self.page.evaluate(NOTE_STATES)
        self.page.click("#trio-call")

    @property
    def dialog(self) -> Any:
        return self.page.get_by_role("dialog")

    def wait(self, state: str, *, shot: str | None = None) -> None:
        self.page.wait_for_function("(state) => window.states.includes(state)", arg=state, timeout=WAIT_MS)
        if shot:
            self.page.screenshot(path=str(self.shots / f"call-{shot}.png"))

    def states(self) -> list[str]:
        return list(self.page.evaluate("window.states"))

    def fits(self) -> bool:
        """Whether nothing is cut off: every button lies in the window, and nothing scrolls sideways."""
        return bool(
            self.page.evaluate(
                """() => document.documentElement.scrollWidth <= innerWidth &&
                [...document.querySelectorAll("dialog button")].filter((b) => b.checkVisibility()).every((b) => {
                  const { left, right, top, bottom } = b.getBoundingClientRect();
                  return left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight;
                })"""
            )
        )

    def button(self, name: str) -> Any:
        return self.dialog.get_by_role("button", name=name, exact=True)


@pytest.fixture(scope="module")
def call_host() -> Kept:
    return Kept()


@pytest.fixture(scope="module")
def call_url(chromium_path: str, call_host: Kept) -> Iterator[str]:
    app = calls_app(scripted_bot(), call_host)
    app.include_router(files_router())
    with gr.Blocks(title="Call", analytics_enabled=False) as page:
        panel = call_panel("en")
        chinese = gr.Button("中文", elem_id="chinese")
        chinese.click(lambda: call_value("zh"), None, panel)
        ended = gr.Textbox(elem_id="ended")
        panel.submit(lambda: "the call has ended", None, ended)
    gr.mount_gradio_app(app, page, path="/", theme=theme(), css_paths=STYLES, head=HEAD, footer_links=[])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = server.force_exit = True
    thread.join(20)


@pytest.fixture
def call(
    playwright: Any,
    chromium_path: str,
    call_url: str,
    shots: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Overlay]:
    """A browser of its own, whose microphone hears the parts that the test's parameter makes."""
    given = getattr(request, "param", {})
    sound = given.get("sound", lambda samples: (20.0,))(ROOT / "assets" / "samples")
    arguments = ["--no-sandbox", "--use-fake-device-for-media-stream=device-count=1"]
    arguments.append(
        f"--use-file-for-fake-audio-capture={microphone(tmp_path / 'microphone.wav', *sound)}%noloop"
    )
    if not given.get("refused"):
        arguments.append("--use-fake-ui-for-media-stream")
    browser = playwright.chromium.launch(executable_path=chromium_path, args=arguments)
    options = given.get("window", {"viewport": {"width": 1280, "height": 860}})
    context = browser.new_context(permissions=[] if given.get("refused") else ["microphone"], **options)
    overlay = Overlay(context.new_page(), shots)
    overlay.page.on("request", lambda r: overlay.requests.append(r.url))
    overlay.page.on("websocket", lambda s: overlay.requests.append(s.url))
    overlay.page.on("pageerror", lambda e: overlay.errors.append(str(e)))
    overlay.page.on(
        "console", lambda m: overlay.errors.append(m.text) if "Content Security" in m.text else None
    )
    overlay.open(call_url)
    yield overlay
    browser.close()
    assert overlay.errors == []
    own = call_url.removeprefix("http://")
    assert [
        url for url in overlay.requests if own not in url and not url.startswith(("data:", "blob:"))
    ] == []


def one_turn(samples: Path) -> tuple[Any, ...]:
    return 1.5, speech(samples, "lj", 0, 4), 30.0


def interruption(samples: Path) -> tuple[Any, ...]:
    return 1.5, speech(samples, "lj", 0, 4), 5.5, speech(samples, "jfk", 5.2, 10.7), 30.0


@pytest.mark.parametrize("call", [{"sound": one_turn}], indirect=True)
def test_a_turn_goes_from_listening_to_speaking(call: Overlay) -> None:
    call.wait("listening", shot="listening")
    call.wait("hearing")
    call.page.wait_for_function("document.querySelector('.trio-call-partial p')?.textContent.trim()")
    call.wait("hearing", shot="hearing")
    call.wait("thinking", shot="thinking")
    call.wait("speaking")
    call.page.wait_for_timeout(1500)
    call.wait("speaking", shot="speaking")
    order = ["connecting", "listening", "hearing", "thinking", "speaking"]
    assert [state for state in call.states() if state != "connecting"][:4] == order[1:]
    assert call.fits()
    assert call.page.inner_text(".trio-call-you p") == SAID
    assert "tone of voice: calm 80 %" in call.page.locator(".trio-call-chips li").all_inner_texts()
    assert "lighthouse keeper" in call.page.inner_text(".trio-call-trio p")


@pytest.mark.parametrize("call", [{"sound": interruption}], indirect=True)
def test_speaking_over_the_reply_stops_it(call: Overlay, call_host: Kept) -> None:
    call.wait("speaking")
    call.page.wait_for_function(
        "window.states.indexOf('hearing', window.states.indexOf('speaking')) > 0", timeout=WAIT_MS
    )
    assert ENGLISH["stopped"] in call.page.inner_text(".trio-call-trio")
    call.page.wait_for_function(
        "window.states.lastIndexOf('speaking') > window.states.lastIndexOf('hearing')", timeout=WAIT_MS
    )
    kept = [turn for turn in call_host.turns(name="") if turn.reply_text]
    assert kept, "what was heard of the reply was not kept"
    for turn in kept:
        assert turn.context is not None and turn.context.transcript == SAID
        assert LONG.startswith(turn.reply_text) and len(turn.reply_text) < len(LONG.strip())


@pytest.mark.parametrize("call", [{"sound": one_turn}], indirect=True)
def test_interrupt_mute_and_end(call: Overlay) -> None:
    call.wait("speaking")
    call.button(ENGLISH["interrupt"]).click()
    call.page.wait_for_function("window.states.at(-1) === 'listening'")
    call.button(ENGLISH["mute"]).click()
    call.page.wait_for_function("window.states.at(-1) === 'muted'")
    call.page.screenshot(path=str(call.shots / "call-muted.png"))
    call.button(ENGLISH["unmute"]).click()
    call.page.wait_for_function("window.states.at(-1) === 'listening'")
    call.button(ENGLISH["end"]).click()
    sync_api.expect(call.dialog).to_have_count(0)
    sync_api.expect(call.page.locator("#ended textarea, #ended input")).to_have_value("the call has ended")


@pytest.mark.parametrize("call", [{"sound": one_turn, "window": PHONE}], indirect=True)
def test_push_to_talk_with_the_space_bar_on_a_phone(call: Overlay) -> None:
    call.wait("listening")
    call.button(ENGLISH["push"]).click()
    call.page.wait_for_function("window.states.at(-1) === 'idle'")
    call.page.screenshot(path=str(call.shots / "call-push-phone.png"))
    call.page.keyboard.down("Space")
    call.page.wait_for_function("window.states.at(-1) === 'hearing'")
    call.page.wait_for_timeout(4500)
    call.page.keyboard.up("Space")
    call.page.wait_for_function("window.states.at(-1) === 'speaking'", timeout=WAIT_MS)
    call.page.screenshot(path=str(call.shots / "call-speaking-phone.png"))
    assert call.fits()
    assert call.page.inner_text(".trio-call-you p") == SAID


@pytest.mark.parametrize("call", [{"refused": True}], indirect=True)
def test_a_refused_microphone_says_what_to_do(call: Overlay) -> None:
    call.wait("trouble", shot="refused")
    alert = call.dialog.get_by_role("alert")
    sync_api.expect(alert).to_contain_text(ENGLISH["denied_title"])
    sync_api.expect(alert).to_contain_text(ENGLISH["denied_chrome"])
    sync_api.expect(call.button(ENGLISH["retry"])).to_be_focused()
    assert call.fits()
    call.button(ENGLISH["close"]).click()
    sync_api.expect(call.dialog).to_have_count(0)


@pytest.mark.parametrize(
    ("break_it", "title"),
    [
        ("Object.defineProperty(window, 'isSecureContext', { value: false })", "insecure_title"),
        (
            "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'))",
            "missing_title",
        ),
        (
            "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotReadableError'))",
            "taken_title",
        ),
        ("delete window.AudioWorkletNode", "old_title"),
    ],
)
def test_every_other_trouble_has_its_own_help(call: Overlay, break_it: str, title: str) -> None:
    call.wait("listening")
    call.page.keyboard.press("Escape")
    sync_api.expect(call.dialog).to_have_count(0)
    call.page.evaluate(f"void ({break_it})")
    call.page.click("#trio-call")
    alert = call.dialog.get_by_role("alert")
    sync_api.expect(alert).to_contain_text(ENGLISH[title])
    assert "{port}" not in alert.inner_text()


def test_keyboard_language_and_names(call: Overlay) -> None:
    call.wait("listening")
    assert call.dialog.get_attribute("aria-labelledby") == "trio-call-title"
    sync_api.expect(call.button(ENGLISH["mute"])).to_be_focused()
    for _ in range(12):
        call.page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        assert call.page.evaluate(inside), "the focus left the call"
    call.page.evaluate("document.querySelector('#chinese').click()")
    sync_api.expect(call.dialog.get_by_role("button", name=CHINESE["end"], exact=True)).to_be_visible()
    sync_api.expect(call.page.locator(".trio-call-state")).to_have_text(CHINESE["listening"])
    call.page.evaluate("document.body.classList.add('dark')")
    call.page.screenshot(path=str(call.shots / "call-chinese-dark.png"))
    call.page.keyboard.press("Escape")
    sync_api.expect(call.dialog).to_have_count(0)


def test_the_chips_of_a_turn_go_with_its_words(call: Overlay) -> None:
    chips = call.page.evaluate(
        """async (words) => {
          const { View } = await import(new URL("call/files/view.js", document.baseURI));
          const view = new View(words), shown = () => view.find(".trio-call-chips").childElementCount;
          const counts = [];
          for (const partial of [true, false]) {
            view.heard("The words of one turn", { partial: false });
            view.chip({ kind: "sentiment", label: "positive", confidence: 0.9 });
            counts.push(shown());
            view.heard("The words of the next", { partial });
            counts.push(shown());
          }
          return counts;
        }""",
        ENGLISH,
    )
    assert chips == [1, 0, 1, 0]


def test_the_worklet_resamples_without_aliases(call: Overlay) -> None:
    levels = call.page.evaluate(
        """async () => {
          const level = async (rate, frequency) => {
            const context = new OfflineAudioContext(1, rate, rate);
            await context.audioWorklet.addModule(new URL("call/files/worklet.js", document.baseURI));
            const tone = new OscillatorNode(context, { frequency });
            const node = new AudioWorkletNode(context, "trio-microphone");
            const frames = [];
            node.port.onmessage = ({ data }) => frames.push(data);
            tone.connect(node).connect(context.destination);
            tone.start();
            await context.startRendering();
            await new Promise((done) => setTimeout(done, 200));
            return [frames.length, Math.max(...frames.slice(2).map((frame) => frame.level))];
          };
          return [await level(48000, 1000), await level(44100, 1000), await level(48000, 9500), await level(16000, 1000)];
        }"""
    )
    (at_48, kept_48), (at_44, kept_44), (_, alias), (at_16, kept_16) = levels
    assert {at_48, at_44, at_16} <= {30, 31}
    for kept in (kept_48, kept_44, kept_16):
        assert kept == pytest.approx(2**-0.5, abs=0.01)
    assert alias < 0.005
