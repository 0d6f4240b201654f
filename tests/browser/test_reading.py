"""What a reply looks like and sounds like: formats, one voice at a time, the quiet row under it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conftest import Chat, sync_api

from chatbot.ui.words import words_for

WORDS = words_for("en")
expect = sync_api.expect


def style(part: Any, name: str, pseudo: str = "") -> str:
    return str(part.evaluate(f"e => getComputedStyle(e, '{pseudo}').getPropertyValue('{name}')"))


def test_code_tables_tasks_formulas_and_arabic_are_shown_as_they_are_meant(scripted: Chat) -> None:
    scripted.send("Show your formats")
    scripted.wait_reply()
    reply = scripted.page.locator("#trio-chat .bot .prose").last
    assert style(reply.locator(".copy_code_button .check"), "opacity") == "0", (
        "the tick says that it was copied"
    )
    assert reply.locator(".katex").count() == 2
    assert "costs $5 or $10" in reply.inner_text()
    done, open_ = reply.locator("input[type=checkbox]").all()
    assert style(done, "background-color") != style(open_, "background-color")
    assert style(open_, "border-top-style") == "solid"
    expect(reply.locator("p", has_text="مرحبا")).to_have_css("direction", "rtl")
    assert style(reply.locator("p", has_text="مرحبا"), "text-align") == "start"
    assert style(reply.locator("td").first, "overflow-wrap") == "normal"
    scripted.shot("formats")


def test_the_arrow_down_never_lies_on_text(scripted: Chat) -> None:
    scripted.page.set_viewport_size({"width": 700, "height": 520})
    for number in range(1, 3):
        scripted.send(f"Question {number}")
        scripted.wait_reply(number)
    arrow = scripted.page.locator("#trio-chat .scroll-down-button-container button")
    for _ in range(10):  # what loads late under the reply takes the chat to its end once more
        scripted.page.locator("#trio-chat .bubble-wrap").evaluate("e => e.scrollTo(0, 0)")
        scripted.page.wait_for_timeout(700)
        if arrow.is_visible():
            break
    expect(arrow).to_be_visible()
    covered = arrow.evaluate(
        """(arrow) => {
          const over = arrow.getBoundingClientRect(), covered = [];
          const end = document.querySelector("#trio-chat .bubble-wrap").getBoundingClientRect().bottom;
          const range = document.createRange();
          for (const text of document.querySelectorAll("#trio-chat .prose, #trio-chat .trio-plain")) {
            range.selectNodeContents(text);
            for (const line of range.getClientRects())
              if (line.left < over.right && line.right > over.left && line.bottom > over.top && line.top < Math.min(over.bottom, end))
                covered.push(text.textContent.slice(0, 40));
          }
          return covered;
        }"""
    )
    assert covered == []


def test_two_players_never_sound_at_once(scripted: Chat) -> None:
    scripted.send("Hello!")
    scripted.wait_reply()
    scripted.page.wait_for_timeout(500)
    sounding = scripted.page.evaluate(
        """async () => {
          const play = () => {
            const bytes = new Uint8Array(44 + 48000);
            const view = new DataView(bytes.buffer);
            const write = (at, text) => [...text].forEach((c, i) => { bytes[at + i] = c.charCodeAt(0); });
            write(0, "RIFF"); view.setUint32(4, 48036, true); write(8, "WAVEfmt "); view.setUint32(16, 16, true);
            view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, 8000, true);
            view.setUint32(28, 16000, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
            write(36, "data"); view.setUint32(40, 48000, true);
            const audio = document.createElement("audio");
            audio.src = URL.createObjectURL(new Blob([bytes], { type: "audio/wav" }));
            document.querySelector("#trio-chat").append(audio);
            return audio.play().then(() => audio);
          };
          const first = await play(), second = await play();
          await new Promise((done) => setTimeout(done, 200));
          return [first.paused, second.paused];
        }"""
    )
    assert sounding == [True, False]


def test_listen_brings_the_player_of_the_reply(scripted: Chat) -> None:
    scripted.send("Hello!")
    scripted.wait_reply()
    player = scripted.page.locator("audio.trio-spoken")
    expect(player).to_be_hidden()
    scripted.page.get_by_role("button", name=WORDS.history.actions.listen).click()
    expect(player).to_be_visible()


def test_the_speed_of_the_player_counts_for_every_reply_and_is_remembered(scripted: Chat) -> None:
    listen = scripted.page.get_by_role("button", name=WORDS.history.actions.listen)
    speed = scripted.page.get_by_role("combobox", name=WORDS.history.actions.playback_speed)
    rates = "() => [...document.querySelectorAll('audio.trio-spoken')].map((audio) => audio.playbackRate)"
    scripted.send("Hello!")
    scripted.wait_reply()
    expect(speed).to_be_hidden()
    listen.click()
    expect(speed).to_have_value("1")
    speed.select_option("1.5")
    assert scripted.page.evaluate(rates) == [1.5]
    scripted.send("Hello again!")
    scripted.wait_reply(2)
    scripted.page.reload()
    expect(listen).to_have_count(2)
    listen.last.click()
    expect(speed.last).to_have_value("1.5")
    assert scripted.page.evaluate(rates) == [1.5, 1.5]
    scripted.shot("speed")


def test_the_buttons_of_a_question_wait_for_the_pointer(scripted: Chat) -> None:
    scripted.send("Hello!")
    scripted.wait_reply()
    buttons = scripted.page.locator("#trio-chat .user-row .trio-acts")
    scripted.page.mouse.move(5, 5)
    expect(buttons).to_have_css("opacity", "0")
    scripted.page.locator("#trio-chat .trio-question").hover()
    expect(buttons).to_have_css("opacity", "1")


def test_a_long_message_of_the_person_folds_and_unfolds(scripted: Chat) -> None:
    scripted.send("Short.")
    scripted.wait_reply()
    expect(scripted.page.locator(".trio-unfold")).to_have_count(0)
    scripted.send("\n".join(f"line {number}" for number in range(1, 31)))
    scripted.wait_reply(2)
    message = scripted.page.locator("#trio-chat .trio-plain").last
    line = float(style(message, "line-height").removesuffix("px"))
    button = scripted.page.get_by_role("button", name=WORDS.history.actions.show_all)
    assert round(message.bounding_box()["height"] / line) == 12
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    assert round(message.bounding_box()["height"] / line) == 30
    less = scripted.page.get_by_role("button", name=WORDS.history.actions.show_less)
    expect(less).to_have_attribute("aria-expanded", "true")
    less.click()
    assert round(message.bounding_box()["height"] / line) == 12


def test_a_picture_opens_large_over_the_page(scripted: Chat, samples: Path) -> None:
    scripted.attach(samples / "cat.jpg")
    scripted.send("What do you see?")
    scripted.wait_reply()
    address = scripted.page.url
    picture = scripted.page.locator("#trio-chat a.trio-picture")
    box = scripted.page.get_by_role("dialog", name="cat.jpg")
    for close in (
        lambda: scripted.page.keyboard.press("Escape"),
        lambda: box.get_by_role("button", name=WORDS.tools.close).click(),
        lambda: box.click(position={"x": 5, "y": 400}),
    ):
        picture.focus()
        scripted.page.keyboard.press("Enter")
        large = box.get_by_role("img", name="cat.jpg")
        expect(large).to_be_visible()
        scripted.page.wait_for_function(
            "() => document.querySelector('.trio-lightbox img').naturalWidth > 50"
        )
        expect(large).to_be_in_viewport(ratio=1)
        close()
        expect(box).to_be_hidden()
        expect(picture).to_be_focused()
    assert scripted.page.url == address
