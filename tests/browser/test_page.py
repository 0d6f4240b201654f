"""The page itself, with scripted models: accessibility, keys, files from anywhere, settings, sizes."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import DESKTOP, PHONE, Chat, sync_api

from chatbot.ui.words import words_for

expect = sync_api.expect
EN, ZH = words_for("en"), words_for("zh")
DARK = {**DESKTOP, "color_scheme": "dark"}
CHINESE = {**DESKTOP, "locale": "zh-CN"}
SMALL = {**PHONE, "viewport": {"width": 320, "height": 640}}
GIVE = """([files, kind]) => {
  const transfer = new DataTransfer();
  for (const [data, name, type] of files) {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  const options = { bubbles: true, cancelable: true };
  const event = kind === "paste" ? new ClipboardEvent(kind, { ...options, clipboardData: transfer })
    : new DragEvent(kind, { ...options, dataTransfer: transfer });
  document.body.dispatchEvent(event);
}"""


def give(chat: Chat, kind: str, *files: Path) -> None:
    data = [[base64.b64encode(f.read_bytes()).decode("ascii"), f.name, "image/jpeg"] for f in files]
    chat.page.evaluate(GIVE, [data, kind])


def sideways(chat: Chat) -> int:
    script = (
        "[document.documentElement, ...document.querySelectorAll('#trio-chat, .bubble-wrap, dialog[open]')]"
    )
    return int(chat.page.evaluate(f"Math.max(...{script}.map((e) => e.scrollWidth - e.clientWidth))"))


def crowded(chat: Chat) -> list[str]:
    """Return the parts of the head that lie on one another, or stick out of the page."""
    script = """() => {
      const parts = [...document.querySelectorAll("#trio-head :is(button, h1, .trio-mark, .trio-status)")]
        .filter((part) => part.checkVisibility() && part.getBoundingClientRect().width > 2)
        .map((part) => [part.getBoundingClientRect(), part.ariaLabel || part.textContent || part.className]);
      const wrong = parts.filter(([box]) => box.left < 0 || box.right > innerWidth).map(([, name]) => `${name} sticks out`);
      parts.forEach(([a, one], at) => parts.slice(at + 1).forEach(([b, other]) => {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 1) wrong.push(`${one} and ${other}`);
      }));
      return wrong;
    }"""
    return list(chat.page.evaluate(script))


@pytest.mark.parametrize(
    "scripted",
    [DESKTOP, DARK, CHINESE, PHONE, SMALL],
    indirect=True,
    ids=["light", "dark", "chinese", "phone", "small"],
)
def test_every_state_of_the_page_meets_wcag_aa_and_fits(scripted: Chat, samples: Path) -> None:
    chat, found = scripted, {}

    def look(state: str) -> None:
        chat.page.wait_for_timeout(300)
        if wrong := chat.violations():
            found[state] = wrong
        assert sideways(chat) <= 0, state
        assert crowded(chat) == [], state

    look("empty")
    chat.send("Tell me a long story about a lighthouse keeper.")
    chat.wait_reply()
    chat.attach(samples / "cat.jpg", samples / "coffee.jpg")
    look("attached")
    chat.send("And now a joke, please. " + "Supercalifragilisticexpialidocious" * 4)
    chat.wait_reply(2)
    chat.panel()
    look("reply with open panel")
    chat.settings()
    look("settings")
    chat.close_settings()
    chat.page.keyboard.press("Shift+Tab")
    if chat.page.locator("[data-action='help']").is_visible():
        chat.page.click("[data-action='help']")
        look("help")
    assert found == {}


def test_a_sample_of_the_empty_page_is_sent_with_one_click(scripted: Chat) -> None:
    scripted.page.get_by_role("button", name=EN.page.samples[2]).click()
    assert scripted.wait_reply()
    assert scripted.page.locator("#trio-chat .user-row img").count() == 1
    assert not scripted.page.locator(".trio-welcome").is_visible()


def test_files_can_be_dropped_and_pasted_anywhere_several_at_once(scripted: Chat, samples: Path) -> None:
    give(scripted, "dragenter", samples / "cat.jpg")
    scripted.page.get_by_text(EN.tools.drop).wait_for()
    give(scripted, "drop", samples / "cat.jpg", samples / "coffee.jpg")
    assert not scripted.page.get_by_text(EN.tools.drop).is_visible()
    scripted.wait_files(2)
    give(scripted, "paste", samples / "astronaut.jpg")
    scripted.wait_files(3)
    scripted.send("What do you see?")
    scripted.wait_reply()
    assert scripted.page.locator("#trio-chat .user-row img").count() == 3


def test_a_picture_is_taken_with_the_camera(scripted: Chat) -> None:
    page = scripted.page
    page.get_by_role("button", name=EN.tools.camera, exact=True).click()
    page.get_by_role("button", name=EN.tools.camera_take, exact=True).click(timeout=20_000)
    page.get_by_role("button", name=EN.tools.camera_again, exact=True).click()
    page.get_by_role("button", name=EN.tools.camera_take, exact=True).click(timeout=20_000)
    page.get_by_role("button", name=EN.tools.camera_use, exact=True).click()
    scripted.wait_files(1)
    scripted.send()
    scripted.wait_reply()
    assert scripted.page.locator("#trio-chat .user-row img").count() == 1


def test_without_a_camera_the_page_says_so(scripted: Chat) -> None:
    refuse = (
        "() => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NAME'); }; }"
    )
    for name, said in (("NotFoundError", EN.tools.camera_none), ("NotAllowedError", EN.tools.camera_denied)):
        scripted.page.evaluate(refuse.replace("NAME", name))
        scripted.page.get_by_role("button", name=EN.tools.camera, exact=True).click()
        scripted.page.get_by_text(said).wait_for()
        scripted.page.keyboard.press("Escape")


def test_everything_can_be_done_with_the_keyboard(scripted: Chat) -> None:
    page = scripted.page
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.matches('#trio-box textarea')")
    page.keyboard.type("Tell me a story.")
    page.keyboard.press("Enter")
    page.wait_for_selector("#trio-box .stop-button")
    page.keyboard.press("Escape")
    scripted.wait_reply()
    page.get_by_text(EN.messages.stopped, exact=True).wait_for()
    page.keyboard.press("Control+Shift+O")
    page.get_by_text(EN.page.welcome).wait_for()
    page.keyboard.press("Control+,")
    assert page.evaluate("document.activeElement.closest('.trio-drawer') !== null")
    page.keyboard.press("Escape")
    assert page.locator(".trio-drawer[open]").count() == 0
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.get_by_role("dialog", name=EN.tools.help_title).wait_for()
    page.keyboard.press("Enter")
    assert page.locator("dialog[open]").count() == 0


def test_the_first_stop_of_the_tab_key_skips_to_the_message_box(scripted: Chat) -> None:
    scripted.page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); }")
    scripted.page.keyboard.press("Tab")
    assert scripted.page.evaluate("document.activeElement.textContent") == EN.tools.skip
    scripted.page.keyboard.press("Enter")
    assert scripted.page.evaluate("document.activeElement.matches('#trio-box textarea')")


def test_focus_returns_to_the_button_that_opened_the_settings(scripted: Chat) -> None:
    scripted.settings()
    scripted.close_settings()
    assert scripted.page.evaluate("document.activeElement.dataset.action") == "settings"


def test_settings_are_remembered_and_reach_the_turn(scripted: Chat, scripted_url: str) -> None:
    form = scripted.settings()
    form.get_by_label(EN.settings.theme_dark).check()
    form.get_by_label(EN.settings.speak).uncheck()
    form.get_by_label(EN.settings.length_short).check()
    form.locator(".trio-advanced summary").click()
    form.locator("[name='backend:caption']").select_option("other")
    sync_api.expect(form.locator("[name='profile']")).to_have_value("own")
    scripted.close_settings()
    assert is_dark(scripted)
    scripted.open(scripted_url)
    scripted.page.wait_for_function("document.body.classList.contains('dark')")
    form = scripted.settings()
    assert form.get_by_label(EN.settings.theme_dark).is_checked()
    assert form.get_by_label(EN.settings.length_short).is_checked()
    assert form.locator("[name='backend:caption']").input_value() == "other"
    scripted.close_settings()
    scripted.send("Hello!")
    scripted.wait_reply()
    assert scripted.voice().schedule == []


def test_a_model_that_cannot_run_says_why_and_is_not_taken(scripted: Chat) -> None:
    form = scripted.settings()
    form.locator(".trio-advanced summary").click()
    form.locator("[name='backend:ocr']").select_option("absent")
    alert = form.get_by_role("alert")
    alert.wait_for()
    assert "pip install no-such-package" in alert.inner_text()
    assert form.locator("[name='backend:ocr']").input_value() == "scripted"


@pytest.mark.parametrize("scripted", [DESKTOP, PHONE], indirect=True, ids=["wide", "phone"])
def test_the_sidebar_stands_beside_the_chat_or_over_it_and_can_be_hidden(scripted: Chat) -> None:
    page, wide = scripted.page, scripted.page.viewport_size["width"] > 960
    toggle = page.locator("[data-action='sidebar']")
    entry = page.locator("#trio-search")
    assert entry.is_visible() is wide
    toggle.click()
    sync_api.expect(entry).to_be_visible(visible=not wide)
    assert toggle.get_attribute("aria-expanded") == str(not wide).lower()
    assert sideways(scripted) <= 0
    if not wide:
        page.keyboard.press("Escape")
        sync_api.expect(entry).to_be_visible(visible=False)


@pytest.mark.parametrize("key", ["Control+k", "Meta+k"])
def test_a_key_goes_to_the_search_of_the_conversations(scripted: Chat, key: str) -> None:
    page = scripted.page
    entry = page.get_by_label(EN.history.sidebar.search, exact=True)
    page.get_by_role("button", name=EN.history.sidebar.pictures, exact=True).click()
    page.get_by_label(EN.history.sidebar.search_pictures, exact=True).wait_for()
    page.locator("[data-action='sidebar']").click()
    expect(page.locator("#trio-sidebar")).to_be_hidden()
    page.locator("#trio-box textarea").focus()
    page.keyboard.press(key)
    expect(entry).to_be_focused()
    expect(entry).to_be_in_viewport()
    assert entry.get_attribute("aria-keyshortcuts") == "Control+K Meta+K"
    hint = entry.evaluate("e => getComputedStyle(e.closest('#trio-search'), '::after').content")
    assert hint == "none", "the hint makes room for what is typed"
    page.locator("#trio-box textarea").focus()
    assert "Ctrl K" in entry.evaluate("e => getComputedStyle(e.closest('#trio-search'), '::after').content")


def is_dark(chat: Chat) -> Any:
    return chat.page.evaluate("document.body.classList.contains('dark')")


def test_the_page_can_be_installed_as_an_app(scripted: Chat) -> None:
    devtools = scripted.page.context.new_cdp_session(scripted.page)
    wrong = {
        error["errorId"] for error in devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    }
    assert wrong <= {"in-incognito"}, "the test's browser is private, and nothing else may stand in the way"
    manifest = json.loads(devtools.send("Page.getAppManifest")["data"])
    assert manifest["name"] == "Trio" and manifest["display"] == "standalone"
