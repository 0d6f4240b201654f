"""Cut replies, instructions for one conversation and the clock of what goes on, in a real browser."""

from __future__ import annotations

import re

from conftest import Chat, sync_api

from chatbot.ui.words import words_for
from tests.support.scripted_page import REPLY

WORDS = words_for("en")
expect = sync_api.expect


def test_a_cut_reply_goes_on_in_place_also_after_a_reload(scripted: Chat) -> None:
    scripted.send("Tell me a long story.")
    scripted.wait_reply()
    first = "".join(REPLY[:2]).strip()
    assert first in scripted.reply_text()
    assert REPLY[2].strip() not in scripted.reply_text()
    expect(scripted.page.get_by_text(WORDS.messages.cut)).to_be_visible()
    scripted.shot("reply cut")
    scripted.page.wait_for_url(re.compile(r"\?c=\w+"))
    scripted.page.reload()
    scripted.wait_reply()
    scripted.page.locator("[data-act='continue']").click()
    expect(scripted.page.get_by_text(WORDS.messages.cut)).to_have_count(0, timeout=30_000)
    scripted.wait_reply()
    assert "".join(REPLY).strip() in scripted.reply_text()
    assert scripted.page.locator(".trio-versions").count() == 0
    assert scripted.page.locator("audio.trio-spoken").count() == 1


def test_the_page_says_what_goes_on_and_for_how_long(scripted: Chat) -> None:
    scripted.send("Think slowly, please.")
    thinking = scripted.page.locator(".trio-live .trio-pending", has_text=WORDS.panel.thinking)
    expect(thinking).to_have_text(re.compile(rf"{WORDS.panel.thinking}… \d+ s"), timeout=60_000)
    scripted.page.click("#trio-box .stop-button")
    expect(thinking).to_have_count(0)


def test_instructions_are_shown_and_kept_with_their_conversation(scripted: Chat) -> None:
    page = scripted.page
    button = page.locator("#trio-instructions button")
    button.click()
    page.locator(".trio-dialog textarea").fill("Speak like a sailor.")
    page.locator(".trio-dialog [type=submit]").click()
    expect(page.locator("#trio-instructions .trio-on")).to_have_count(1)
    scripted.send("Good morning!")
    scripted.wait_reply()
    scripted.shot("instructions")
    page.wait_for_url(re.compile(r"\?c=\w+"))
    page.reload()
    scripted.wait_reply()
    expect(button).to_contain_text(WORDS.history.actions.instructed)
    button.click()
    assert page.locator(".trio-dialog textarea").input_value() == "Speak like a sailor."
    page.keyboard.press("Escape")
    page.get_by_role("button", name=WORDS.page.new_chat).first.click()
    expect(page.locator("#trio-instructions .trio-on")).to_have_count(0)
