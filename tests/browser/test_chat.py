"""What a person can do on the page, done in a real browser against the real app.

The `chat` fixture also asserts, after each test, that no script failed and that nothing was asked of
any other server.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import PHONE, Chat, sync_api

from chatbot.ui.words import words_for

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
    sync_api.expect(chat.page.locator(".trio-panel img").first).to_be_in_viewport()
    chat.page.wait_for_timeout(600)
    sync_api.expect(chat.page.locator(".trio-panel img").first).to_be_in_viewport()
    chat.shot("picture")


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


def test_the_words_behind_a_feeling_are_shown_on_request(chat: Chat) -> None:
    chat.send("I am so scared of the storm.")
    chat.wait_reply()
    chat.panel()
    reasons = chat.page.locator(".trio-row[data-stage='text-emotion'] .trio-reasons")
    reasons.get_by_role("button").click()
    reasons.locator("mark.trio-for", has_text="scared").wait_for(timeout=30_000)
    assert "scared" in reasons.locator(".trio-why-line").inner_text()
    chat.shot("reasons for a feeling")


def test_pictures_are_found_by_what_they_show(chat: Chat, samples: Path) -> None:
    for name in ("cat.jpg", "coffee.jpg"):
        chat.page.get_by_role("button", name=WORDS.page.new_chat).first.click()
        chat.drop(samples / name)
        chat.send()
        chat.wait_reply()
    chat.page.get_by_role("button", name=WORDS.history.sidebar.pictures, exact=True).click()
    sync_api.expect(chat.page.locator(".trio-shot").first).to_be_visible()
    chat.search("the photo of a kitten")
    sync_api.expect(chat.page.locator(".trio-shot").first).to_contain_text(
        re.compile("cat", re.I), timeout=30_000
    )
    chat.shot("pictures")
    chat.page.locator(".trio-shot").first.click()
    chat.page.locator(".trio-question.trio-found img").wait_for()
