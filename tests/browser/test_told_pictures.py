"""What a picture shows, told in the person's language once the page is idle."""

from __future__ import annotations

from pathlib import Path

from conftest import Chat, sync_api

from chatbot.ui.words import words_for
from tests.support.scripted_page import CAPTION, CHINESE_CAPTION

CHINESE = words_for("zh")
expect = sync_api.expect


def test_a_caption_is_told_in_chinese_with_the_original_one_press_away(scripted: Chat, samples: Path) -> None:
    page = scripted.page
    scripted.settings().locator("select[name='language']").select_option("zh")
    scripted.close_settings()
    scripted.attach(samples / "cat.jpg")
    scripted.send("你看到了什么？")
    scripted.wait_reply()
    page.locator("#trio-chat [data-act='evidence']").last.click()
    seen = page.locator("#trio-chat .trio-panel [data-stage='caption']")
    expect(seen.locator("blockquote")).to_have_text(CHINESE_CAPTION, timeout=20_000)
    original = seen.get_by_text(CAPTION, exact=True)
    expect(original).to_be_hidden()
    seen.get_by_text(CHINESE.understood.card.untranslated, exact=True).click()
    expect(original).to_be_visible()
    expect(page.locator("#trio-chat .trio-thumb")).to_have_attribute(
        "alt", CHINESE.understood.card.alt(CHINESE_CAPTION)
    )
    scripted.shot("told picture")
    page.reload()
    page.wait_for_selector("#trio-chat .trio-panel", state="attached")
    expect(seen.locator("blockquote")).to_have_text(CHINESE_CAPTION)
