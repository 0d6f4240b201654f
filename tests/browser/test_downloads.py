"""A model that is not there yet, downloaded from the settings."""

from __future__ import annotations

from playwright.sync_api import expect

from chatbot.ui.words import words_for
from tests.browser.conftest import Chat

SAID = words_for("en").settings


def test_a_model_of_the_hub_is_two_presses_away_and_answers_the_next_message(scripted: Chat) -> None:
    form = scripted.settings()
    writer = form.locator("select[name='backend:generate']")
    writer.select_option(label="Gone 8B")
    form.get_by_text("Gone 8B could not be downloaded. The hub has no model owner/gone").wait_for()
    expect(form.locator("[data-download]")).to_have_count(0)
    scripted.shot("hub-refused")
    writer.select_option(label="Tiny 4B")
    get = form.locator("[data-download='generate'][data-name='tiny']")
    expect(get).to_have_text("Download (3 MB)")
    expect(form.locator(".trio-refusal")).to_contain_text("licence: apache-2.0")
    expect(get).to_be_in_viewport(ratio=1)
    scripted.shot("hub-offered")
    get.click()
    expect(form.locator(".trio-download progress")).to_be_visible()
    form.get_by_text("Downloading Tiny 4B: ").wait_for()
    form.get_by_role("button", name=SAID.stop_download, exact=True).click()
    form.get_by_text("The download of Tiny 4B was stopped.").wait_for()
    writer.select_option(label="Tiny 4B")
    get.click()
    expect(form.locator(".trio-download progress")).to_be_visible()
    form.get_by_text("Downloading Tiny 4B: ").wait_for()
    scripted.shot("hub-running")
    expect(writer).to_have_value("tiny", timeout=30_000)
    scripted.close_settings()
    scripted.send("Hello!")
    scripted.wait_reply()
    scripted.page.get_by_role("button", name=words_for("en").history.actions.retry_with_another).click()
    expect(scripted.page.locator("#trio-again button").first).to_have_text("scripted")
    expect(scripted.page.locator("#trio-again button", has_text="Tiny 4B")).to_have_count(0)


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
