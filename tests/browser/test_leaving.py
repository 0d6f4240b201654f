"""A page that is left, loaded anew or cut off loses nothing: the reply goes on, and drafts stay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import App, Chat, sync_api, watched

from chatbot.ui.words import words_for
from tests.support.scripted_page import REPLY

WORDS = words_for("en")
WHOLE = "".join(REPLY).strip()
expect = sync_api.expect


def box(chat: Chat) -> Any:
    return chat.page.locator("#trio-box textarea")


def new_conversation(chat: Chat) -> None:
    chat.page.click("#trio-sidebar [data-act='new']")
    chat.page.get_by_text(WORDS.page.welcome).wait_for()
    chat.page.wait_for_url(re.compile(r"^[^?]*$"))


def begin_long_reply(chat: Chat) -> None:
    chat.send("Tell me patiently about the lighthouse.")
    chat.page.get_by_text(REPLY[0].strip()).wait_for(timeout=30_000)
    chat.page.wait_for_url(re.compile(r"\?c=\w+"))


def test_a_reload_goes_on_showing_the_reply(scripted: Chat) -> None:
    begin_long_reply(scripted)
    scripted.page.reload()
    stop = scripted.page.locator("#trio-box .stop-button")
    expect(stop).to_be_visible(timeout=10_000)
    scripted.shot("reload")
    scripted.page.get_by_text(REPLY[-1].strip()).wait_for(timeout=30_000)
    scripted.wait_reply()
    assert scripted.reply_text() == WHOLE
    assert scripted.page.locator(".trio-stopped").count() == 0


def test_a_tab_asks_once_for_the_reply_that_it_is_about_to_show(scripted: Chat) -> None:
    events = scripted.page.evaluate("() => window.gradio_config.dependencies")
    watch = next(e["id"] for e in events if [name for _, name in e["targets"]] == ["watch"])
    follows = {e["id"] for e in events if e["trigger_after"] is not None}
    asked, held = [], []

    def hold(route: Any) -> None:
        asked.append(route.request.post_data_json["fn_index"])
        if asked[-1] in follows:
            held.append(route)
        else:
            route.continue_()

    scripted.page.route("**/queue/join*", hold)
    scripted.send("Hello")
    scripted.page.wait_for_timeout(3000)
    assert held
    assert watch not in asked
    for route in held:
        route.continue_()
    scripted.page.unroute("**/queue/join*")
    scripted.wait_reply()


def test_after_a_reload_the_reply_can_be_stopped(scripted: Chat) -> None:
    begin_long_reply(scripted)
    scripted.page.reload()
    scripted.page.locator("#trio-box .stop-button").click(timeout=10_000)
    scripted.page.get_by_text(WORDS.messages.stopped, exact=True).wait_for()


def test_a_closed_tab_lets_the_reply_end(scripted: Chat, shots: Path) -> None:
    begin_long_reply(scripted)
    address, context = scripted.page.url, scripted.page.context
    scripted.page.close()
    later = watched(context.new_page(), shots)
    later.page.wait_for_timeout(1500)
    later.open(address)
    later.wait_reply()
    assert later.reply_text() == WHOLE


def test_another_conversation_lets_the_reply_end(scripted: Chat) -> None:
    begin_long_reply(scripted)
    new_conversation(scripted)
    scripted.page.go_back()
    scripted.wait_reply()
    assert scripted.reply_text() == WHOLE


def test_back_and_forward_go_from_conversation_to_conversation(scripted: Chat) -> None:
    questions = scripted.page.locator("#trio-chat .trio-question .trio-plain")
    scripted.send("First question")
    scripted.wait_reply()
    new_conversation(scripted)
    scripted.send("Second question")
    scripted.wait_reply()
    scripted.page.wait_for_url(re.compile(r"\?c=\w+"))
    for shown in ([], ["First question"]):
        scripted.page.go_back()
        expect(questions).to_have_text(shown)
    for shown in ([], ["Second question"]):
        scripted.page.go_forward()
        expect(questions).to_have_text(shown)


def test_drafts_stay_with_their_conversation_and_outlive_a_reload(scripted: Chat, samples: Path) -> None:
    files = scripted.page.locator("#trio-box .thumbnail-item")
    scripted.send("Kept here")
    scripted.wait_reply()
    scripted.page.wait_for_url(re.compile(r"\?c=\w+"))
    box(scripted).fill("half a thought")
    scripted.attach(samples / "cat.jpg")
    new_conversation(scripted)
    expect(box(scripted)).to_have_value("")
    expect(files).to_have_count(0)
    box(scripted).fill("another one")
    scripted.page.go_back()
    expect(box(scripted)).to_have_value("half a thought")
    expect(files).to_have_count(1)
    scripted.page.reload()
    expect(box(scripted)).to_have_value("half a thought")
    expect(files).to_have_count(1)
    scripted.shot("draft after a reload")
    scripted.send()
    scripted.wait_reply(2)
    assert scripted.page.locator("#trio-chat .user-row img").count() == 1
    expect(box(scripted)).to_have_value("")
    scripted.page.reload()
    scripted.wait_reply(2)
    expect(box(scripted)).to_have_value("")


def test_what_is_written_while_a_conversation_begins_stays(scripted: Chat) -> None:
    scripted.send("Think slowly, please.")
    expect(box(scripted)).to_have_value("")
    box(scripted).fill("and then")
    scripted.page.wait_for_url(re.compile(r"\?c=\w+"))
    scripted.page.wait_for_timeout(500)
    expect(box(scripted)).to_have_value("and then")
    scripted.page.click("#trio-box .stop-button")
    scripted.page.get_by_text(WORDS.messages.stopped, exact=True).wait_for()


def test_a_message_sent_from_further_up_is_seen(scripted: Chat) -> None:
    scripted.page.set_viewport_size({"width": 1280, "height": 520})
    for number in range(1, 3):
        scripted.send(f"Question {number}")
        scripted.wait_reply(number)
    wrap = scripted.page.locator("#trio-chat .bubble-wrap")
    wrap.evaluate("e => e.scrollTo(0, 0)")
    scripted.page.wait_for_timeout(300)
    scripted.send("Think slowly, please.")
    last = scripted.page.locator("#trio-chat .trio-question", has_text="Think slowly")
    expect(last).to_be_in_viewport()
    expect(scripted.page.locator(".trio-live")).to_be_in_viewport()
    scripted.page.click("#trio-box .stop-button")
    scripted.page.get_by_text(WORDS.messages.stopped, exact=True).wait_for()


def test_the_hint_that_trio_still_replies_goes_with_the_reply(scripted: Chat) -> None:
    scripted.send("Hello!")
    scripted.wait_reply()
    scripted.send("Tell me patiently about the lighthouse.")
    scripted.page.locator("#trio-box .stop-button").wait_for()
    scripted.page.click("#trio-chat [data-act='retry']")
    hint = scripted.page.get_by_text(WORDS.messages.busy)
    hint.wait_for()
    scripted.wait_reply(2)
    expect(hint).to_have_count(0)


def test_history_switched_off_is_said_and_marked(scripted: Chat) -> None:
    scripted.send("Kept")
    scripted.wait_reply()
    marks = scripted.page.locator(".trio-temporary")
    expect(marks).to_have_count(0)
    scripted.settings().get_by_label(WORDS.settings.history).uncheck()
    scripted.close_settings()
    scripted.page.get_by_text(WORDS.messages.now_temporary).wait_for()
    scripted.send("Secret")
    scripted.wait_reply()
    expect(marks).to_have_text(WORDS.messages.temporary)
    assert "?c=" not in scripted.page.url
    scripted.shot("temporary")


def test_focus_goes_to_the_box_after_a_sample(scripted: Chat) -> None:
    scripted.page.get_by_role("button", name=WORDS.page.samples[3]).click()
    scripted.wait_reply()
    expect(box(scripted)).to_be_focused()


def test_a_reply_that_is_ready_in_a_background_tab_is_counted_in_the_title(scripted: Chat) -> None:
    def look(hidden: bool) -> None:
        scripted.page.evaluate(
            """(hidden) => {
              Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
              document.dispatchEvent(new Event("visibilitychange"));
            }""",
            hidden,
        )

    for _ in range(2):
        box(scripted).fill("Answer patiently, please.")
        scripted.page.keyboard.press("Enter")
        scripted.page.locator("#trio-box .stop-button").wait_for()
        expect(scripted.page).to_have_title("Trio")
        look(hidden=True)
        expect(scripted.page).to_have_title("(1) Trio", timeout=30_000)
        look(hidden=False)
        expect(scripted.page).to_have_title("Trio")
    scripted.send("And what you see is not counted.")
    scripted.wait_reply(3)
    expect(scripted.page).to_have_title("Trio")


@pytest.fixture
def own_app(chromium_path: str, tmp_path: Path) -> Iterator[App]:
    app = App(tmp_path, ["-m", "tests.support.scripted_page"])
    app.start()
    yield app
    app.stop()


@pytest.mark.timeout(600)
def test_a_server_that_is_gone_is_said_and_comes_back_by_itself(
    own_app: App, browser: Any, shots: Path
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    chat = watched(context.new_page(), shots)
    chat.open(own_app.url)
    chat.send("Think slowly, please.")
    thinking = chat.page.locator(".trio-live .trio-pending", has_text=WORDS.panel.thinking)
    thinking.wait_for(timeout=30_000)
    chat.page.wait_for_url(re.compile(r"\?c=\w+"))
    box(chat).fill("not lost")
    own_app.kill()
    chat.page.get_by_text(WORDS.tools.offline).wait_for(timeout=20_000)
    expect(chat.page.locator("#trio-status")).to_be_hidden()
    expect(thinking).to_have_count(1)
    expect(thinking).to_be_hidden()
    expect(chat.page.locator(".toast-wrap")).to_be_hidden()
    chat.shot("server gone")
    own_app.start()
    chat.page.get_by_text(WORDS.history.actions.interrupted).wait_for(timeout=60_000)
    expect(chat.page.get_by_text(WORDS.tools.offline)).to_be_hidden()
    expect(box(chat)).to_have_value("not lost")
    context.close()
