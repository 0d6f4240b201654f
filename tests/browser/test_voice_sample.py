"""Listening to a voice in the settings."""

from __future__ import annotations

from typing import Any

from conftest import Chat, sync_api

from chatbot.ui.words import words_for

SAID = words_for("en").settings
NAMES = words_for("en").labels.language
PLAYING = "() => document.querySelector('.trio-drawer audio').paused === false"
SILENT = "() => document.querySelector('.trio-drawer audio').paused"
OTHER = """async () => {
  const other = document.createElement("audio");
  other.id = "other";
  other.src = document.querySelector(".trio-drawer audio").src;
  document.body.append(other);
  await other.play();
}"""
expect = sync_api.expect


def button(form: Any, language: str) -> Any:
    return form.get_by_role("button", name=SAID.hear(NAMES(language)))


def test_a_voice_is_heard_until_a_second_press_or_another_player(scripted: Chat) -> None:
    page, form = scripted.page, scripted.settings()
    chinese, english = button(form, "zh"), button(form, "en")
    chinese.click()
    page.wait_for_function(PLAYING)
    expect(chinese).to_have_attribute("aria-pressed", "true")
    expect(chinese).to_have_attribute("aria-busy", "false")
    scripted.shot("voice sample")
    chinese.click()
    page.wait_for_function(SILENT)
    expect(chinese).to_have_attribute("aria-pressed", "false")
    chinese.click()
    page.wait_for_function(PLAYING)
    english.click()
    expect(chinese).to_have_attribute("aria-pressed", "false")
    page.wait_for_function(PLAYING)
    expect(english).to_have_attribute("aria-pressed", "true")
    page.evaluate(OTHER)
    page.wait_for_function(SILENT)
    expect(english).to_have_attribute("aria-pressed", "false")
    chinese.click()
    page.wait_for_function(PLAYING)
    assert page.evaluate("document.querySelector('#other').paused"), "one voice at a time"
    scripted.close_settings()
    page.wait_for_function(SILENT)


def test_another_choice_ends_it_and_a_voice_that_fails_says_why(scripted: Chat) -> None:
    page, form = scripted.page, scripted.settings()
    button(form, "zh").click()
    page.wait_for_function(PLAYING)
    form.locator("select[name='voice:zh']").select_option("zm_yunxi")
    page.wait_for_function(SILENT)
    expect(button(form, "zh")).to_have_attribute("aria-pressed", "false")
    speed = form.locator("input[name='speed']")
    speed.fill("2")
    button(form, "zh").click()
    line = form.locator(".trio-not-heard")
    expect(line).to_contain_text("could not be played")
    expect(button(form, "zh")).to_have_attribute("aria-pressed", "false")
    scripted.shot("voice sample failed")
    speed.fill("1")
    button(form, "zh").click()
    page.wait_for_function(PLAYING)
    expect(line).to_be_hidden()
