"""Sending and its small print, done in a real browser on the page with scripted models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Chat, sync_api, watched

from chatbot.ui.words import words_for
from pipelines.core.types import Stage

WORDS = words_for("en")
expect = sync_api.expect
SPOKEN_REPLY = "#trio-chat audio.trio-spoken"


def test_speech_can_be_switched_off(scripted: Chat) -> None:
    scripted.settings().get_by_label(WORDS.settings.speak).uncheck()
    scripted.close_settings()
    scripted.send("Good morning!")
    scripted.wait_reply()
    assert scripted.voice().schedule == []
    assert scripted.page.locator(SPOKEN_REPLY).count() == 0


def test_names_to_listen_for_are_kept_as_they_are_typed(scripted: Chat) -> None:
    form = scripted.settings()
    names = form.get_by_label(WORDS.settings.hot_words)
    names.press_sequentially("Siobhán, ")
    held: list[Any] = []
    scripted.page.route("**/gradio_api/**", lambda route: held.append(route))
    form.locator("input[name='speed']").evaluate(
        "control => { control.value = '1.2'; control.dispatchEvent(new Event('change', { bubbles: true })); }"
    )
    names.press_sequentially("陆小满")
    answered, held[:] = held[:], []
    for route in answered:
        route.continue_()
    expect(form.locator("output[for='trio-set-speed']")).to_have_text("1.2")  # the form was drawn anew
    assert names.input_value() == "Siobhán, 陆小满", "no later answer has come"
    for route in held:
        route.continue_()
    scripted.page.unroute("**/gradio_api/**")
    expect(names).to_have_value("Siobhán, 陆小满")
    scripted.shot("names-to-listen-for")
    scripted.close_settings()
    scripted.page.wait_for_timeout(500)
    scripted.page.reload()
    scripted.page.locator("#trio-box textarea").wait_for()
    expect(scripted.settings().get_by_label(WORDS.settings.hot_words)).to_have_value("Siobhán, 陆小满")


def test_an_uploaded_picture_without_text_is_answered(scripted: Chat, samples: Path) -> None:
    scripted.attach(next(samples.glob("*.jp*g"), None) or next(samples.glob("*.png")))
    scripted.send()
    assert scripted.wait_reply()
    assert WORDS.panel.titles[Stage.TRANSCRIBE] not in scripted.panel()
    assert "Picture 1" in scripted.panel()


def test_retry_answers_the_last_message_again(scripted: Chat) -> None:
    scripted.send("What makes a good cup of tea?")
    scripted.wait_reply()
    scripted.page.click("#trio-chat [data-act='retry']")
    scripted.page.wait_for_selector("#trio-box .stop-button")
    assert scripted.wait_reply()
    assert scripted.page.locator("#trio-chat .user-row").count() == 1


def test_an_empty_message_gets_a_hint(scripted: Chat) -> None:
    scripted.send()
    scripted.page.get_by_text(WORDS.messages.empty).wait_for()
    assert scripted.page.locator("#trio-chat .message-row").count() == 0
    scripted.send("Hello!")
    scripted.wait_reply()
    assert scripted.page.get_by_text(WORDS.messages.empty).count() == 0


def test_markup_in_a_message_is_shown_and_never_run(scripted: Chat) -> None:
    hostile = '<img src=x onerror="window.hacked=1"> <b>bold</b> {{this}} ${window.hacked=2} **stars**'
    scripted.send(hostile)
    scripted.wait_reply()
    assert scripted.page.locator("#trio-chat .user-row .trio-plain").inner_text() == hostile
    assert scripted.page.locator("#trio-chat .user-row img").count() == 0
    assert scripted.page.evaluate("window.hacked") is None


def test_an_open_panel_stays_open_while_the_next_reply_comes(scripted: Chat) -> None:
    scripted.send("Hello!")
    scripted.wait_reply()
    scripted.panel()
    scripted.send("And how are you?")
    scripted.wait_reply(2)
    assert scripted.page.locator(".trio-panel").first.is_visible()


def test_new_chat_forgets_and_a_reload_works(scripted: Chat, scripted_url: str) -> None:
    scripted.send("My name is Ada.")
    scripted.wait_reply()
    scripted.page.click("#trio-sidebar [data-act='new']")
    scripted.page.get_by_text(WORDS.page.welcome).wait_for()
    assert scripted.voice().state == "idle"
    scripted.open(scripted_url)
    scripted.page.reload()
    scripted.page.wait_for_selector(".trio-status.trio-ready")
    scripted.send("Good evening!")
    assert scripted.wait_reply()


def test_two_people_do_not_see_each_other(
    scripted: Chat, browser: Any, scripted_url: str, shots: Path
) -> None:
    context = browser.new_context()
    other = watched(context.new_page(), shots)
    other.open(scripted_url)
    scripted.send("My secret word is marzipan.")
    other.send("Tell me about rivers.")
    scripted.wait_reply()
    other.wait_reply()
    assert "marzipan" not in other.page.locator("#trio-chat").inner_text()
    assert "rivers" not in scripted.page.locator("#trio-chat .user-row").inner_text()
    assert other.outside() == []
    context.close()


@pytest.mark.parametrize(
    "scripted", [{"color_scheme": "dark"}, {"color_scheme": "light"}], indirect=True, ids=["dark", "light"]
)
def test_text_is_readable_in_both_colour_schemes(scripted: Chat) -> None:
    scripted.send("I am so happy today!")
    scripted.wait_reply()
    scripted.panel()
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
    assert scripted.page.evaluate(script) == []
    scripted.shot("panel")
