"""A reply asked for again of another model, and what both have written."""

from __future__ import annotations

from conftest import DESKTOP, PHONE, Chat, pytest, sync_api

from chatbot.ui.words import words_for

expect = sync_api.expect
SECOND, FIRST = "Second 2B", "scripted"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scripted", [DESKTOP, PHONE], indirect=True, ids=["desktop", "phone"])
def test_another_model_answers_again_and_each_version_says_whose_it_is(scripted: Chat, language: str) -> None:
    page, said = scripted.page, words_for(language).history.actions
    if language != "en":
        scripted.settings().locator("[name=language]").select_option(language)
        scripted.close_settings()
    scripted.send("Hello!")
    scripted.wait_reply()
    opener = page.get_by_role("button", name=said.retry_with_another)
    opener.click()
    menu = page.get_by_role("group", name=said.retry_with_another)
    choice = menu.get_by_role("button", name=SECOND)
    expect(choice).to_be_focused()
    expect(menu).to_be_in_viewport(ratio=1)
    assert scripted.violations() == []
    scripted.shot(f"another-model-{language} {page.viewport_size['width']}")
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(choice).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_text(said.version(2, 2)).wait_for()
    scripted.wait_reply()
    expect(menu).to_be_hidden()
    expect(page.locator("#trio-chat .trio-writer")).to_have_text(SECOND)
    assert "Second 2B (scripted)" in scripted.panel()
    scripted.shot(f"another-model-wrote-{language} {page.viewport_size['width']}")
    page.get_by_role("button", name=said.previous).click()
    expect(page.locator("#trio-chat .trio-writer")).to_have_text(FIRST)
    page.get_by_role("button", name=said.retry, exact=True).click()
    page.get_by_text(said.version(3, 3)).wait_for()
    scripted.wait_reply()
    expect(page.locator("#trio-chat .trio-writer")).to_have_text(FIRST)


def test_the_menu_leaves_out_the_model_that_was_chosen(scripted: Chat) -> None:
    form = scripted.settings()
    form.locator("select[name='backend:generate']").select_option("second")
    expect(form.locator("select[name='backend:generate'] option:checked")).to_have_text(SECOND)
    scripted.close_settings()
    scripted.send("Hello!")
    scripted.wait_reply()
    scripted.page.get_by_role("button", name=words_for("en").history.actions.retry_with_another).click()
    expect(scripted.page.locator("#trio-again button").first).to_have_text(FIRST)
    expect(scripted.page.locator("#trio-again button", has_text=SECOND)).to_have_count(0)


@pytest.mark.parametrize("scripted", [DESKTOP], indirect=True, ids=["desktop"])
def test_the_head_names_the_model_and_leads_to_its_choice(scripted: Chat) -> None:
    page = scripted.page
    model = page.get_by_role("button", name=f"{words_for('en').tools.writer_label} {FIRST}")
    model.click()
    chosen = page.locator("select[name='backend:generate']")
    expect(chosen).to_be_focused()
    expect(chosen).to_be_in_viewport(ratio=1)
    scripted.shot("model-from-the-head")
    chosen.select_option("second")
    expect(page.locator(".trio-model")).to_contain_text(SECOND)
    scripted.close_settings()
    scripted.send("Hello!")
    scripted.wait_reply()
    assert "Second 2B (scripted)" in scripted.panel()
