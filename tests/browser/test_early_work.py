"""What lies in the box is understood before it is sent, and the line above it says so."""

from __future__ import annotations

from pathlib import Path

from conftest import Chat, sync_api

expect = sync_api.expect


def test_an_attached_picture_is_described_before_it_is_sent(scripted: Chat, samples: Path) -> None:
    line = scripted.page.locator("#trio-draft-line")
    expect(line).to_be_hidden()
    scripted.attach(samples / "cat.jpg")
    expect(line).to_contain_text("A cat on a mat", timeout=20_000)
    scripted.shot("draft understood")
    scripted.page.locator("#trio-box .thumbnail-item").hover()
    scripted.page.locator("#trio-box .delete-button").click()
    expect(line).to_be_hidden(timeout=20_000)
    scripted.attach(samples / "cat.jpg")
    expect(line).to_contain_text("A cat on a mat", timeout=20_000)
    scripted.send("What is this?")
    scripted.wait_reply()
    expect(line).to_be_hidden()
    assert "A cat on a mat" in scripted.panel()


def test_a_recording_shows_its_words_before_it_is_sent(scripted: Chat, samples: Path) -> None:
    scripted.attach(samples / "jfk.flac")
    line = scripted.page.locator("#trio-draft-line")
    expect(line).to_contain_text("Ask not what your country can do for you.", timeout=20_000)
    scripted.send()
    scripted.wait_reply()
    expect(line).to_be_hidden()
    scripted.page.reload()
    scripted.wait_reply()
    expect(scripted.page.locator("#trio-box .thumbnail-item")).to_have_count(0)
