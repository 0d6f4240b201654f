"""The title that the model writes, and the questions under the last reply."""

from __future__ import annotations

from conftest import DESKTOP, PHONE, Chat, pytest, sync_api

from chatbot.ui.words import words_for
from tests.support.scripted_page import QUESTIONS, REPLY, TITLE

WORDS = words_for("en")
FIRST, *_ = QUESTIONS.splitlines()
expect = sync_api.expect


@pytest.mark.parametrize("scripted", [DESKTOP, PHONE], indirect=True, ids=["desktop", "phone"])
def test_questions_come_under_the_last_reply_and_a_press_sends_one(scripted: Chat) -> None:
    page = scripted.page
    scripted.send("hello i want to sail to Brest")
    scripted.wait_reply()
    row = page.get_by_role("group", name=WORDS.page.follow_ups_label)
    expect(row.get_by_role("button")).to_have_text(QUESTIONS.splitlines(), timeout=20_000)
    expect(page.locator("#trio-list [aria-current]")).to_have_text(TITLE)
    expect(page.get_by_text(REPLY[-1])).to_be_in_viewport(ratio=1)
    scripted.shot(f"follow-ups {page.viewport_size['width']}")
    page.fill("#trio-box textarea", "A draft")
    row.get_by_role("button").first.focus()
    page.keyboard.press("Tab")
    expect(row.get_by_role("button").nth(1)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(row).to_be_hidden()
    expect(page.locator("#trio-chat .user-row").last).to_contain_text(FIRST)
    expect(page.locator("#trio-box textarea")).to_have_value("A draft")
    scripted.wait_reply(2)
    expect(row.get_by_role("button")).to_have_count(2, timeout=20_000)


def test_who_reads_the_end_still_sees_it_when_the_questions_come(scripted: Chat) -> None:
    page = scripted.page
    page.set_viewport_size({"width": 700, "height": 480})
    for number, text in enumerate(("hello i want to sail to Brest", "And back?"), start=1):
        scripted.send(text)
        scripted.wait_reply(number)
    row = page.get_by_role("group", name=WORDS.page.follow_ups_label)
    expect(row.get_by_role("button").first).to_be_visible(timeout=20_000)
    chat = page.locator("#trio-chat .bubble-wrap")
    page.wait_for_timeout(600)
    assert chat.evaluate("e => e.scrollHeight > e.clientHeight")
    assert chat.evaluate("e => e.scrollHeight - e.scrollTop - e.clientHeight") < 24


def test_questions_can_be_switched_off(scripted: Chat) -> None:
    scripted.send("hello i want to sail to Brest")
    scripted.wait_reply()
    row = scripted.page.get_by_role("group", name=WORDS.page.follow_ups_label)
    expect(row).to_be_visible(timeout=20_000)
    scripted.settings().get_by_label(WORDS.settings.follow_ups).uncheck()
    scripted.close_settings()
    expect(row).to_be_hidden()
    scripted.page.reload()
    scripted.page.wait_for_selector("#trio-chat .trio-panel", state="attached")
    expect(row).to_be_hidden()
