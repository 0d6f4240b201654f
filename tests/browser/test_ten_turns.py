"""A person's conversation of ten turns with the real models: typed, spoken, shown, corrected, found again, exported.

Only what a person would call right is asked of a reply: that there is one, without an error, and with what was
understood beside it; and of all of them but two that they are in the person's language, because the small model slips,
and where depends on the processor. English on a desktop and Chinese on a phone are always tried; TRIO_TALKS=all (or a
list such as "en-phone,zh-desktop") tries the others. TRIO_SCREENSHOTS keeps a picture of every turn.
"""

from __future__ import annotations

import os
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import DESKTOP, PHONE, Chat, sync_api

from chatbot.ui.words import Words, words_for

expect = sync_api.expect
DEVICES = {"desktop": DESKTOP, "phone": PHONE}
EVERY = ("en-desktop", "zh-phone", "en-phone", "zh-desktop")
USUAL = EVERY[:2]
SLIPS = 2
HAN = re.compile(r"[一-鿿]")
LETTER = re.compile(r"[A-Za-z一-鿿]")
QUOTED = re.compile(r"[\"“「『].*?[\"”」』]", re.DOTALL)
"""What a reply repeats of a sign is in the sign's language."""


@dataclass(frozen=True)
class Script:
    """What a person says; `searched` is a word of the first message, in another form than it was written."""

    locale: str
    name: str
    follow_up: str
    picture: str
    about_picture: str
    recording: str
    corrected: str
    sign: str
    feeling: str
    everyday: str
    memory: str
    goodbye: str
    searched: str


SCRIPTS = {
    "en": Script(
        "en-US",
        name="Hi! My name is Nora, and I love sailing.",
        follow_up="Why do people like it?",
        picture="What do you see in this picture?",
        about_picture="Which animal is it?",
        recording="lj.flac",
        corrected="What is the capital of France?",
        sign="What does this sign say?",
        feeling="I am a little sad today, my boat is broken.",
        everyday="Give me one tip for a rainy day.",
        memory="What is my name?",
        goodbye="Thank you, good night!",
        searched="SAILING",
    ),
    "zh": Script(
        "zh-CN",
        name="你好！我叫诺拉，我很喜欢划船。",
        follow_up="大家为什么喜欢它？",
        picture="这张图片里有什么？",
        about_picture="它是什么动物？",
        recording="aishell.flac",
        corrected="法国的首都是哪里？",
        sign="这个牌子上写着什么？",
        feeling="我今天有点难过，我的船坏了。",
        everyday="下雨天做什么好？给我一个建议。",
        memory="我叫什么名字？",
        goodbye="谢谢你，晚安！",
        searched="划船",
    ),
}


def chosen() -> list[str]:
    """Return the talks that are tried: the usual ones, all, or those that are named."""
    wanted = os.environ.get("TRIO_TALKS", "")
    if wanted == "all":
        return list(EVERY)
    return [talk for talk in EVERY if talk in wanted.split(",")] if wanted else list(USUAL)


def options(talk: str) -> dict[str, Any]:
    language, _, device = talk.partition("-")
    return {**DEVICES[device], "locale": SCRIPTS[language].locale}


@dataclass
class Talk:
    """One conversation, turn by turn."""

    chat: Chat
    name: str
    turns: int = 0
    foreign: list[str] = field(default_factory=list)

    @property
    def words(self) -> Words:
        return words_for(self.name[:2])

    @property
    def phone(self) -> bool:
        return self.name.endswith("phone")

    def prepare(self) -> None:
        """Ask for short replies, the likeliest ones: what is tried is the page, on two cores."""
        form = self.chat.settings()
        form.get_by_text(self.words.settings.length_short, exact=True).click()
        form.locator("[name=temperature]").fill("0")
        self.chat.close_settings()

    def mute(self) -> None:
        """Have no more replies read aloud: the voice takes most of a turn on two cores."""
        self.chat.settings().get_by_label(self.words.settings.speak).uncheck()
        self.chat.close_settings()

    def say(self, text: str, *files: Path) -> str:
        """Attach, type, send; return the reply once it is there and right."""
        if files:
            self.chat.attach(*files)
        self.chat.send(text)
        self.turns += 1
        return self.answered(f"turn-{self.turns:02}")

    def answered(self, step: str) -> str:
        """Wait for the last reply; it is no error, and has its evidence. Notes one in another language."""
        text = self.chat.wait_reply(self.turns)
        last = self.chat.page.locator("#trio-chat .bot-row").last
        expect(last.locator(".trio-notice.trio-warning, .trio-interrupted")).to_have_count(0)
        expect(last.locator("[data-act='evidence']")).to_be_visible()
        self.picture(step)
        own = QUOTED.sub("", text)
        letters = LETTER.findall(own)
        assert len(letters) >= 2, f"no words: {text!r}"
        chinese = len(HAN.findall(own)) > len(letters) / 2
        if chinese is not self.name.startswith("zh"):
            self.foreign.append(text)
        return text

    def picture(self, step: str) -> None:
        self.chat.shot(f"ten-turns-{self.name}-{step}")

    def sidebar(self) -> None:
        """Show the list of conversations, which a phone hides."""
        if self.phone:
            self.chat.page.locator("[data-action='sidebar']").click()
        expect(self.chat.page.locator("#trio-sidebar")).to_be_visible()

    def correct_what_was_heard(self, text: str) -> None:
        """Put the transcript right in the panel, and have the turn answered again."""
        said, panel = self.words.understood.correction, self.chat.page.locator("#trio-chat .trio-panel").last
        self.chat.panel()
        form = panel.locator(".trio-row[data-stage='transcribe'] .trio-edit")
        form.locator(":scope > summary").click()
        panel.get_by_label(said.transcript, exact=True).fill(text)
        form.get_by_role("button", name=said.again).click()
        self.chat.page.get_by_text(self.words.history.actions.version(2, 2)).wait_for()
        self.answered("corrected")
        expect(panel.locator("[data-stage='transcribe'] blockquote")).to_have_text(text)


@pytest.mark.timeout(900)  # ten replies, also where the machine is busy
@pytest.mark.parametrize(
    ("chat", "name"), [(options(talk), talk) for talk in chosen()], ids=chosen(), indirect=["chat"]
)
def test_ten_turns_of_a_conversation(chat: Chat, name: str, samples: Path, tmp_path: Path) -> None:
    script, talk = SCRIPTS[name[:2]], Talk(chat, name)
    page = chat.page
    expect(page.get_by_text(talk.words.page.welcome)).to_be_visible()
    talk.prepare()
    talk.say(script.name)
    talk.say(script.follow_up)
    talk.mute()
    talk.say(script.picture, samples / "cat.jpg")
    talk.say(script.about_picture)
    if name == "en-desktop":
        chat.record(5.0)
        talk.say("")
    else:
        talk.say("", samples / script.recording)
    talk.correct_what_was_heard(script.corrected)
    talk.say(script.sign, samples / "sign.png")
    if name == "zh-desktop":
        chat.shot("chinese")
    talk.say(script.feeling)
    talk.say(script.everyday)
    talk.say(script.memory)
    talk.say(script.goodbye)
    assert len(talk.foreign) <= SLIPS, talk.foreign

    talk.sidebar()
    page.locator("#trio-search").locator("input, textarea").fill(script.searched)
    hits = page.locator(".trio-hit", has_text=talk.words.history.sidebar.places["words"])
    found = hits.filter(has=page.locator("mark", has_text=re.compile(script.searched, re.IGNORECASE))).first
    found.wait_for()
    talk.picture("found")
    found.click()
    first = page.locator("#trio-chat .trio-question").first
    expect(first).to_contain_text(script.name)
    expect(first).to_be_in_viewport()

    page.reload()
    chat.wait_reply(talk.turns)
    talk.sidebar()
    page.locator("#trio-search").locator("input, textarea").fill("")
    entry = page.locator(".trio-entry", has=page.locator("[aria-current=true]"))
    entry.hover()
    with page.expect_download() as download:
        entry.locator("a[download]").click()
    download.value.save_as(tmp_path / "talk.zip")
    with zipfile.ZipFile(tmp_path / "talk.zip") as archive:
        kept = "".join(archive.read(n).decode() for n in archive.namelist() if n.endswith((".json", ".md")))
        assert any(n.lower().endswith((".jpg", ".jpeg")) for n in archive.namelist())
    for said in (script.name, script.corrected, script.memory):
        assert said in kept
