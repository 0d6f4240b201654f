"""Kept conversations, in a real browser on the page with scripted models."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import App, Chat, sync_api, watched

from chatbot.history.storage import DATABASE
from chatbot.history.stored import Status
from chatbot.ui.words import words_for

WORDS = words_for("en").history
NAMES, SAID = WORDS.sidebar, WORDS.actions
expect = sync_api.expect
SLOWLY = "Tell me patiently about a lighthouse keeper."
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def chat(scripted: Chat) -> Chat:
    """What is kept does not depend on who writes."""
    return scripted


def entry(chat: Chat, title: str) -> Any:
    return chat.page.locator(".trio-entry", has_text=title).first


def tool(chat: Chat, title: str, action: str) -> Any:
    """Show the tools of a conversation as the mouse does, and return one."""
    entry(chat, title).hover()
    return entry(chat, title).locator(f"[aria-label^='{action}']")


def answer(chat: Chat, text: str) -> None:
    """Fill the dialog's field and press its button."""
    chat.page.locator(".trio-dialog textarea").fill(text)
    chat.page.locator(".trio-dialog [type=submit]").click()


def questions(chat: Chat) -> list[str]:
    return list(chat.page.locator("#trio-chat .trio-question .trio-plain").all_inner_texts())


def test_a_reload_continues_and_a_new_chat_leaves_the_old_one_in_the_list(chat: Chat) -> None:
    chat.send("My boat is called Marigold.")
    reply = chat.wait_reply()
    chat.page.wait_for_url(re.compile(r"\?c=\w+"))
    chat.page.reload()
    chat.wait_reply()
    assert questions(chat) == ["My boat is called Marigold."]
    assert reply in chat.reply_text()
    entry(chat, "Marigold").wait_for()
    chat.page.get_by_role("button", name=words_for("en").page.new_chat).first.click()
    chat.page.get_by_text(words_for("en").page.welcome).wait_for()
    assert "?c=" not in chat.page.url
    entry(chat, "Marigold").locator(".trio-open").click()
    chat.wait_reply()
    assert entry(chat, "Marigold").locator("[aria-current=true]").count() == 1
    chat.send("What is a boat?")
    chat.wait_reply(2)
    chat.shot("conversations")


def test_the_voice_can_be_played_after_a_reload(chat: Chat) -> None:
    chat.send("Good morning to you!")
    chat.wait_reply()
    chat.page.reload()
    chat.wait_reply()
    audio = chat.page.locator("audio.trio-spoken")
    played = audio.evaluate(
        "async (a) => { await a.play(); await new Promise((done) => setTimeout(done, 400)); return a.currentTime }"
    )
    assert played > 0


def test_rename_search_and_delete(chat: Chat) -> None:
    title = f"Harbour talk {uuid.uuid4().hex[:6]}"
    chat.send("Which fish live near the pier at Zanzibar?")
    chat.wait_reply()
    tool(chat, "Zanzibar", NAMES.rename).click()
    answer(chat, title)
    entry(chat, title).wait_for()
    chat.search("zanzibar")
    chat.page.locator(".trio-hit mark", has_text=re.compile("zanzibar", re.I)).first.wait_for()
    chat.shot("search")
    chat.page.get_by_role("button", name=words_for("en").page.new_chat).first.click()
    chat.page.locator(".trio-hit").first.click()
    chat.wait_reply()
    assert "Zanzibar" in questions(chat)[0]
    chat.search("")
    tool(chat, title, NAMES.delete).click()
    chat.page.locator(".trio-dialog [data-cancel]").click()
    assert entry(chat, title).is_visible()
    tool(chat, title, NAMES.delete).click()
    chat.page.locator(".trio-dialog [type=submit]").click()
    expect(chat.page.locator(".trio-entry", has_text=title)).to_have_count(0)
    chat.page.get_by_text(words_for("en").page.welcome).wait_for()


def test_edit_makes_a_branch_and_both_can_be_seen(chat: Chat) -> None:
    chat.send("What is the moon?")
    chat.wait_reply()
    chat.send("And the sun?")
    chat.wait_reply(2)
    chat.page.get_by_role("button", name=SAID.edit).first.click()
    answer(chat, "What is a star?")
    expect(chat.page.locator("#trio-chat .trio-question")).to_have_count(1)
    chat.wait_reply()
    assert questions(chat) == ["What is a star?"]
    chat.shot("branch")
    chat.page.get_by_role("button", name=SAID.previous).click()
    chat.wait_reply(2)
    assert questions(chat) == ["What is the moon?", "And the sun?"]
    chat.page.get_by_role("button", name=SAID.following).click()
    chat.wait_reply(1)
    assert questions(chat) == ["What is a star?"]


def test_an_early_turn_can_be_answered_again_and_the_last_one_taken_back(chat: Chat) -> None:
    chat.send("Tell me about rivers.")
    chat.wait_reply()
    chat.send("And lakes?")
    chat.wait_reply(2)
    chat.page.get_by_role("button", name=SAID.undo).click()
    chat.wait_reply(1)
    chat.page.get_by_role("button", name=SAID.redo).click()
    chat.wait_reply(2)
    chat.page.get_by_role("button", name=SAID.retry, exact=True).first.click()
    chat.page.get_by_text(SAID.version(2, 2)).wait_for()
    chat.wait_reply(1)
    assert questions(chat) == ["Tell me about rivers."]


def test_a_dislike_and_its_reason_stay(chat: Chat) -> None:
    chat.send("Say something short.")
    chat.wait_reply()
    chat.page.get_by_role("button", name=SAID.dislike).click()
    answer(chat, "Much too long")
    chat.page.locator(".trio-reason", has_text="Much too long").wait_for()
    chat.page.reload()
    chat.page.locator(".trio-reason", has_text="Much too long").wait_for()
    assert chat.page.get_by_role("button", name=SAID.dislike).get_attribute("aria-pressed") == "true"
    chat.shot("dislike")
    chat.page.get_by_role("button", name=SAID.dislike).click()
    expect(chat.page.locator(".trio-reason")).to_have_count(0)


def test_the_reply_is_copied(chat: Chat) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.send("Hello again!")
    chat.wait_reply()
    chat.page.locator("#trio-chat .bot-row").get_by_role("button", name=SAID.copy).click()
    chat.page.locator(f"[data-done='{SAID.copied}']").wait_for()
    assert chat.page.evaluate("navigator.clipboard.readText()") in chat.reply_text()


def test_export_delete_and_import(chat: Chat, samples: Path, tmp_path: Path) -> None:
    chat.drop(samples / "cat.jpg")
    chat.send("Who sits here, do you think?")
    chat.wait_reply()
    with chat.page.expect_download() as download:
        tool(chat, "Who sits here", NAMES.export).click()
    download.value.save_as(tmp_path / "talk.zip")
    tool(chat, "Who sits here", NAMES.delete).click()
    chat.page.locator(".trio-dialog [type=submit]").click()
    chat.page.get_by_text(words_for("en").page.welcome).wait_for()
    chat.page.locator("#trio-import input[type=file], input[type=file][accept*=zip]").first.set_input_files(
        tmp_path / "talk.zip"
    )
    chat.page.get_by_text(NAMES.imported(1)).wait_for()
    entry(chat, "Who sits here").locator(".trio-open").click()
    chat.wait_reply()
    image = chat.page.locator("#trio-chat .trio-picture img")
    image.wait_for()
    chat.page.wait_for_function(
        "() => document.querySelector('#trio-chat .trio-picture img').naturalWidth > 50"
    )


def test_somebody_else_s_or_a_missing_conversation_gives_a_hint(chat: Chat, scripted_url: str) -> None:
    chat.open(f"{scripted_url}?c=0123456789")
    chat.page.get_by_text(SAID.missing).wait_for()
    chat.page.get_by_text(words_for("en").page.welcome).wait_for()


def test_markup_in_titles_and_snippets_is_shown_and_never_run(chat: Chat) -> None:
    chat.send('<img src=x onerror="window.hacked=1"> {{this}} ${window.hacked=2} quokka')
    chat.wait_reply()
    expect(chat.page.locator(".trio-entry img")).to_have_count(0)
    chat.search("quokka")
    chat.page.locator(".trio-hit mark").first.wait_for()
    assert chat.page.locator(".trio-hit img").count() == 0
    assert chat.page.evaluate("window.hacked") is None


def test_the_keyboard_reaches_everything_in_the_list(chat: Chat) -> None:
    chat.send("Penguins, please.")
    chat.wait_reply()
    chat.page.wait_for_timeout(1500)  # the list is read again after the reply
    entry(chat, "Penguins").locator(".trio-open").focus()
    chat.page.keyboard.press("Tab")
    assert chat.page.evaluate("document.activeElement.ariaLabel").startswith(NAMES.pin)
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator(":focus")).to_have_accessible_name(re.compile(f"^{NAMES.unpin}"))
    entry(chat, "Penguins").locator(".trio-open").focus()
    for _ in range(2):
        chat.page.keyboard.press("Tab")
    assert chat.page.evaluate("document.activeElement.ariaLabel").startswith(NAMES.rename)
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator(".trio-dialog textarea")).to_be_focused()
    chat.page.keyboard.press("Escape")
    assert chat.page.evaluate("document.activeElement.ariaLabel").startswith(NAMES.rename)
    chat.page.locator("[data-action='sidebar']").click()
    expect(chat.page.locator("#trio-sidebar")).to_be_hidden()
    chat.page.reload()
    expect(chat.page.locator("#trio-sidebar")).to_be_hidden()


@pytest.mark.parametrize("scripted", [PHONE], indirect=True)
def test_on_a_phone_the_list_is_a_drawer(chat: Chat) -> None:
    chat.send("A word about umbrellas.")
    chat.wait_reply()
    expect(chat.page.locator("#trio-sidebar")).to_be_hidden()
    chat.page.locator("[data-action='sidebar']").click()
    expect(chat.page.locator("#trio-sidebar")).to_be_visible()
    chat.page.wait_for_timeout(400)
    chat.shot("drawer")
    entry(chat, "umbrellas").locator(".trio-open").click()
    expect(chat.page.locator("#trio-sidebar")).to_be_hidden()


@pytest.fixture
def own_app(chromium_path: str, tmp_path: Path) -> Iterator[App]:
    app = App(tmp_path, ("-m", "tests.support.scripted_page"))
    app.start()
    yield app
    app.stop()


def reply_on_disk(app: App) -> str:
    """Return what has reached the disk of the reply that is being written."""
    with contextlib.closing(sqlite3.connect(app.folder / "data" / DATABASE, timeout=20)) as database:
        rows = database.execute("SELECT reply FROM turns WHERE status = ?", [Status.ANSWERING]).fetchall()
    return str(rows[0][0]) if rows else ""


def test_a_program_that_is_killed_loses_nothing(own_app: App, browser: Any, shots: Path) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    chat = watched(context.new_page(), shots)
    chat.open(own_app.url)
    chat.send("Hello!")
    chat.wait_reply()
    chat.send(SLOWLY)
    kept = ""
    while len(kept) < 40:  # the test's own time limit ends this
        chat.page.wait_for_timeout(50)
        kept = reply_on_disk(own_app)
    assert chat.reply_text()
    address = chat.page.url
    own_app.kill()
    chat.page.close()  # an open page reloads itself once the server is back, in the middle of our own request
    own_app.start()
    chat = watched(context.new_page(), shots)
    chat.open(address)
    chat.page.get_by_text(SAID.interrupted).wait_for(timeout=20_000)
    assert questions(chat) == ["Hello!", SLOWLY]
    assert re.findall(r"\w+", chat.reply_text())[:5] == re.findall(r"\w+", kept)[:5]
    chat.shot("interrupted")
    chat.page.get_by_role("button", name=SAID.retry, exact=True).last.click()
    chat.page.get_by_text(SAID.version(2, 2)).wait_for()
    chat.wait_reply(2)
    context.close()
