"""What a person can do on the page, done in a real browser against the real app.

The `chat` fixture also asserts, after each test, that no script failed and that nothing was asked of
any other server.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from conftest import PHONE, Chat, watched

from chatbot.ui.words import words_for
from pipelines.core.types import Stage

WORDS = words_for("en")
LONG = "Tell me a long story about a lighthouse keeper, with many sentences."
SPOKEN_REPLY = "#trio-chat audio.trio-spoken"


def test_a_typed_message_is_answered_in_streamed_text_and_in_order_by_voice(chat: Chat) -> None:
    chat.shot("empty")
    chat.send(LONG)
    lengths: set[int] = set()
    heard = []
    for _ in range(600):
        lengths.add(len(chat.reply_text()))
        heard.append(chat.voice())
        if chat.page.locator(".trio-panel").count():
            break
        chat.page.wait_for_timeout(30)
    text = chat.wait_reply()
    assert len(text.split()) >= 5
    assert len(lengths) >= 3, "the text came all at once"
    chat.page.wait_for_function(
        "document.querySelector('#trio-voice [data-state]').dataset.state === 'playing'"
    )
    first, _ = chat.voice(), chat.page.wait_for_timeout(700)
    second = chat.voice()
    assert second.clock - first.clock >= 0.5, "the voice stands still"
    for (_, end), (start, _) in zip(second.schedule, second.schedule[1:], strict=False):
        assert start >= end - 1e-6, "two sentences sound at once"
    assert "Voice" in chat.panel()
    chat.shot("text reply")


def test_the_whole_reply_can_be_played_again_and_the_voice_stopped(chat: Chat) -> None:
    chat.send("Say hello to my friend Anna, please.")
    chat.wait_reply()
    chat.page.wait_for_selector(".trio-player:not([hidden])")
    chat.page.get_by_role("button", name=WORDS.page.stop_voice).click()
    assert chat.voice().state == "idle"
    sources = chat.page.locator(SPOKEN_REPLY).evaluate_all("all => all.map(a => a.src)")
    assert len(sources) == 1
    seconds = chat.page.evaluate(
        "async (url) => { const a = new Audio(url); await a.play(); "
        "await new Promise((done) => setTimeout(done, 500)); const played = a.currentTime; a.pause(); "
        "return [a.duration, played]; }",
        sources[0],
    )
    spoken = sum(end - start for start, end in chat.voice().schedule)
    assert seconds[0] >= spoken > 0
    assert seconds[1] > 0.2


def test_speech_can_be_switched_off(chat: Chat) -> None:
    chat.settings().get_by_label(WORDS.settings.speak).uncheck()
    chat.close_settings()
    chat.send("Good morning!")
    chat.wait_reply()
    assert chat.voice().schedule == []
    assert chat.page.locator(SPOKEN_REPLY).count() == 0


def test_a_dropped_picture_is_shown_and_described(chat: Chat, samples: Path) -> None:
    picture = next(samples.glob("*.jp*g"), None) or next(samples.glob("*.png"))
    chat.drop(picture)
    chat.send("What is in this picture?")
    image = chat.page.locator("#trio-chat .user-row img")
    image.wait_for()
    assert chat.page.evaluate("e => e.naturalWidth", image.element_handle()) > 50
    chat.wait_reply()
    panel = chat.panel()
    assert "Picture 1" in panel
    caption = chat.page.locator(".trio-panel blockquote").first.inner_text()
    assert len(caption.split()) >= 3
    assert re.search(r"\d+ %", panel)
    chat.shot("picture")


def test_an_uploaded_picture_without_text_is_answered(chat: Chat, samples: Path) -> None:
    chat.attach(next(samples.glob("*.jp*g"), None) or next(samples.glob("*.png")))
    chat.send()
    assert chat.wait_reply()
    assert WORDS.panel.titles[Stage.TRANSCRIBE] not in chat.panel()
    assert "Picture 1" in chat.panel()


def test_a_recording_from_the_microphone_is_heard_right(chat: Chat) -> None:
    chat.record(9.0)
    chat.send()
    chat.wait_reply()
    heard = chat.page.locator(".trio-panel blockquote").first
    chat.panel()
    transcript = heard.inner_text().lower()
    for word in ("fellow", "american", "ask", "country"):
        assert word in transcript
    assert chat.page.locator("#trio-chat .user-row audio").count() == 1
    chat.shot("voice")


def test_picture_voice_and_text_make_one_turn(chat: Chat, samples: Path) -> None:
    chat.drop(samples / "cat.jpg")
    chat.attach(samples / "jfk.flac")
    chat.send("What animal do you see?")
    assert chat.wait_reply()
    panel = chat.panel()
    assert "country" in panel and "cat" in panel and "Mood of this message" in panel
    chat.page.locator("#trio-chat .trio-panel").last.scroll_into_view_if_needed()
    chat.shot("reply")


def test_silence_is_told_apart_from_speech(chat: Chat, tmp_path: Path) -> None:
    import numpy as np
    import soundfile

    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros(32000, np.float32), 16000)
    chat.attach(silence)
    chat.send()
    chat.page.wait_for_selector(".trio-panel", state="attached", timeout=60_000)
    assert "speech" in chat.page.locator("#trio-chat .bot-row").last.inner_text().lower()
    chat.send("Can you read me now?")
    chat.page.wait_for_function("document.querySelectorAll('.trio-panel').length === 2", timeout=60_000)


def test_stop_keeps_the_part_that_was_said_and_frees_the_page(chat: Chat) -> None:
    chat.send(LONG)
    chat.page.wait_for_function(
        "[...document.querySelectorAll('.bot-row .message-content')].some(e => e.innerText.trim().length > 10)",
        timeout=60_000,
    )
    chat.page.click("#trio-box .stop-button")
    part = chat.wait_reply()
    assert part
    assert chat.page.locator(".trio-stopped").count() == 1
    assert chat.voice().state == "idle"
    chat.page.wait_for_timeout(600)
    assert chat.voice().state == "idle", "the voice came back after Stop"
    assert chat.reply_text() == part
    chat.shot("stopped")
    chat.send("Thank you. What is your name?")
    assert chat.wait_reply(2)


def test_retry_answers_the_last_message_again(chat: Chat) -> None:
    chat.send("What makes a good cup of tea?")
    chat.wait_reply()
    chat.page.click("#trio-chat [data-act='retry']")
    chat.page.wait_for_selector("#trio-box .stop-button")
    assert chat.wait_reply()
    assert chat.page.locator("#trio-chat .user-row").count() == 1


def test_an_empty_message_gets_a_hint(chat: Chat) -> None:
    chat.send()
    chat.page.get_by_text(WORDS.messages.empty).wait_for()
    assert chat.page.locator("#trio-chat .message-row").count() == 0
    chat.send("Hello!")
    chat.wait_reply()
    assert chat.page.get_by_text(WORDS.messages.empty).count() == 0


def test_a_broken_file_is_named_and_the_text_still_answered(chat: Chat, tmp_path: Path) -> None:
    broken = tmp_path / "holiday.png"
    broken.write_text("this is not a picture")
    chat.attach(broken)
    chat.send("Do you like the sea?")
    assert chat.wait_reply()
    notice = chat.page.locator(".trio-notice").inner_text()
    assert "holiday.png" in notice
    assert str(tmp_path) not in notice
    chat.shot("error")


def test_markup_in_a_message_is_shown_and_never_run(chat: Chat) -> None:
    hostile = '<img src=x onerror="window.hacked=1"> <b>bold</b> {{this}} ${window.hacked=2} **stars**'
    chat.send(hostile)
    chat.wait_reply()
    assert chat.page.locator("#trio-chat .user-row .trio-plain").inner_text() == hostile
    assert chat.page.locator("#trio-chat .user-row img").count() == 0
    assert chat.page.evaluate("window.hacked") is None


def test_an_open_panel_stays_open_while_the_next_reply_comes(chat: Chat) -> None:
    chat.send("Hello!")
    chat.wait_reply()
    chat.panel()
    chat.send("And how are you?")
    chat.wait_reply(2)
    assert chat.page.locator(".trio-panel").first.is_visible()


def test_new_chat_forgets_and_a_reload_works(chat: Chat, app_url: str) -> None:
    chat.send("My name is Ada.")
    chat.wait_reply()
    chat.page.click("#trio-sidebar [data-act='new']")
    chat.page.get_by_text(WORDS.page.welcome).wait_for()
    assert chat.voice().state == "idle"
    chat.open(app_url)
    chat.page.reload()
    chat.page.wait_for_selector(".trio-status.trio-ready")
    chat.send("Good evening!")
    assert chat.wait_reply()


def test_two_people_do_not_see_each_other(chat: Chat, browser: Any, app_url: str, shots: Path) -> None:
    context = browser.new_context()
    other = watched(context.new_page(), shots)
    other.open(app_url)
    chat.send("My secret word is marzipan.")
    other.send("Tell me about rivers.")
    chat.wait_reply()
    other.wait_reply()
    assert "marzipan" not in other.page.locator("#trio-chat").inner_text()
    assert "rivers" not in chat.page.locator("#trio-chat .user-row").inner_text()
    assert other.outside() == []
    context.close()


@pytest.mark.parametrize("chat", [PHONE], indirect=True)
def test_a_phone_needs_no_sideways_scrolling(chat: Chat, samples: Path) -> None:
    def widths() -> list[int]:
        script = "() => [document.documentElement, ...document.querySelectorAll('#trio-chat, .bubble-wrap')]"
        return list(chat.page.evaluate(f"({script})().map((e) => e.scrollWidth - e.clientWidth)"))

    assert max(widths()) <= 0
    chat.attach(next(samples.glob("*.jp*g"), None) or next(samples.glob("*.png")))
    chat.send("What do you see? " + "Supercalifragilisticexpialidocious" * 4)
    chat.wait_reply()
    chat.panel()
    assert max(widths()) <= 0
    for name in ("#trio-clear", "#trio-box [data-testid='submit-button']"):
        box = chat.page.locator(name).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 844
    chat.shot("phone")


@pytest.mark.parametrize(
    "chat", [{"color_scheme": "dark"}, {"color_scheme": "light"}], indirect=True, ids=["dark", "light"]
)
def test_text_is_readable_in_both_colour_schemes(chat: Chat) -> None:
    chat.send("I am so happy today!")
    chat.wait_reply()
    chat.panel()
    script = """() => {
      const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
      const rgba = (colour) => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
      };
      const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
      const behind = (e) => {
        for (; e; e = e.parentElement) {
          const colour = rgba(getComputedStyle(e).backgroundColor);
          if (colour[3] > 250) return colour;
        }
        return [255, 255, 255, 255];
      };
      const poor = [];
      for (const e of document.querySelectorAll('.gradio-container *')) {
        const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
        if (!text || !e.checkVisibility() || e.closest('style, svg, .sr-only')) continue;
        const [a, b] = [light(rgba(getComputedStyle(e).color)), light(behind(e))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) poor.push([ratio.toFixed(2), e.className, e.textContent.trim().slice(0, 40)]);
      }
      return poor;
    }"""
    assert chat.page.evaluate(script) == []
    chat.shot("panel")


def test_the_words_behind_a_feeling_are_shown_on_request(chat: Chat) -> None:
    chat.send("I am so scared of the storm.")
    chat.wait_reply()
    chat.panel()
    reasons = chat.page.locator(".trio-row[data-stage='text-emotion'] .trio-reasons")
    reasons.get_by_role("button").click()
    reasons.locator("mark.trio-for", has_text="scared").wait_for(timeout=30_000)
    assert "scared" in reasons.locator(".trio-why-line").inner_text()
    chat.shot("reasons for a feeling")
