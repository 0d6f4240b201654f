"""A model that is not there yet, downloaded from the settings."""

from __future__ import annotations

from playwright.sync_api import expect

from chatbot.ui.words import words_for
from tests.browser.conftest import Chat

SAID = words_for("en").settings


def test_a_model_is_downloaded_stopped_and_chosen_when_it_is_there(scripted: Chat) -> None:
    form = scripted.settings()
    writer = form.locator("select[name='backend:generate']")
    writer.select_option("larger")
    form.get_by_text("larger has not been downloaded yet.").wait_for()
    assert writer.input_value() == "scripted", "nothing is chosen that cannot answer"
    scripted.shot("download-offered")
    form.locator("[data-download='generate']").click()
    bar = form.locator(".trio-download progress")
    expect(bar).to_be_visible()
    scripted.shot("download-running")
    form.get_by_role("button", name=SAID.stop_download, exact=True).click()
    form.get_by_text("The download of larger was stopped.").wait_for()
    writer.select_option("larger")
    form.locator("[data-download='generate']").click()
    expect(bar).to_be_visible()
    scripted.page.reload()  # it goes on without this tab, and is seen again
    form = scripted.settings()
    expect(form.locator(".trio-download progress")).to_be_visible()
    expect(form.locator("select[name='backend:generate']")).to_have_value("larger", timeout=30_000)
    expect(form.locator(".trio-download")).to_have_count(0)
    scripted.close_settings()
    scripted.send("Hello!")
    scripted.wait_reply()
