"""The page in Chinese: nothing English is left, and a change of language loses nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Chat

from chatbot.ui.words import words_for

CHINESE, ENGLISH = words_for("zh"), words_for("en")
CAPTION = "A cat on a mat."
CHINESE_BROWSER = {"locale": "zh-CN", "viewport": {"width": 1280, "height": 860}}
TITLES = {"中文": CHINESE.settings.title, "English": ENGLISH.settings.title}
ALLOWED = re.compile(
    r"Trio|English|Hugging Face|\bEsc\b|\bs\b|JPEG|PNG|WebP|GIF|BMP|TIFF|WAV|MP3|FLAC|Ogg|Opus|WebM|M4A|AVIF|HEIC|AAC|AMR|WMA|AIFF|MP4|MOV|MKV|AVI|TS|MPG|\bMB\b|\bO\b|\w+\.(jpg|png|flac)"
)
SEEN = """() => {
  const found = [];
  const outside = "script, style, noscript, svg, .trio-plain, blockquote, [lang=en]:not(html)";
  const visible = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (walker.currentNode.textContent.trim() && !parent.closest(outside) && visible(parent))
      found.push(walker.currentNode.textContent.trim());
  }
  for (const e of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    if (e.closest(outside) || !visible(e)) continue;
    for (const name of ["aria-label", "title", "placeholder", "alt"])
      if (e.getAttribute(name)) found.push(e.getAttribute(name));
  }
  return found;
}"""


def english_left(chat: Chat, *content: str) -> list[str]:
    """Return what the page shows, or tells a screen reader, in Latin letters; `content` is the person's."""
    return [text for text in page_words(chat, *content) if re.search(r"[A-Za-z]", ALLOWED.sub("", text))]


def page_words(chat: Chat, *content: str) -> list[str]:
    """Return what the page shows, or tells a screen reader, without `content` and conversations' titles."""
    titles = chat.page.locator("#trio-list .trio-open").all_inner_texts()
    said = sorted([*content, *titles], key=len, reverse=True)
    found: list[str] = []
    for text in chat.page.evaluate(SEEN):
        for known in said:
            text = text.replace(known, "")
        found.append(text)
    return found


@pytest.mark.parametrize("scripted", [CHINESE_BROWSER], indirect=True)
def test_a_chinese_browser_gets_a_chinese_page_with_no_english_left(scripted: Chat, samples: Path) -> None:
    chat = scripted
    chat.page.get_by_text(CHINESE.page.welcome).wait_for()
    assert chat.page.evaluate("document.documentElement.lang") == "zh-CN"
    assert english_left(chat) == []
    chat.shot("chinese-empty")
    chat.attach(samples / "cat.jpg", samples / "jfk.flac")
    assert english_left(chat, "cat.jpg", "jfk.flac") == []
    chat.send("你好！")
    reply = chat.wait_reply()
    chat.panel()
    assert english_left(chat, *reply.splitlines(), "cat.jpg", "jfk.flac", CAPTION) == []
    chat.shot("chinese-page")
    chat.settings().locator(".trio-advanced summary").click()
    chat.page.select_option("[name='backend:ocr']", "absent")
    chat.page.get_by_role("alert").wait_for()
    assert english_left(chat, *reply.splitlines(), "cat.jpg", "jfk.flac", CAPTION, "no_such_package") == []
    chat.close_settings()
    chat.page.click("[data-action='help']")
    assert english_left(chat, *reply.splitlines(), "cat.jpg", "jfk.flac", CAPTION, "no_such_package") == []


def test_a_change_of_language_keeps_the_conversation_and_is_remembered(
    scripted: Chat, scripted_url: str
) -> None:
    chat = scripted
    chat.send("I am so happy today!")
    reply = chat.wait_reply()
    choose_language(chat, "中文")
    chat.page.get_by_text(CHINESE.panel.evidence, exact=True).wait_for()
    assert chat.reply_text() == reply
    chat.panel()
    assert english_left(chat, *reply.splitlines()) == []
    chat.open(scripted_url)
    chat.page.get_by_text(CHINESE.page.welcome).wait_for()
    assert english_left(chat) == []
    choose_language(chat, "English")
    chat.page.get_by_text(ENGLISH.page.welcome).wait_for()
    assert not any(re.search(r"[\u4e00-\u9fff]", text.replace("中文", "")) for text in page_words(chat))


def seen(chat: Chat) -> list[Any]:
    return list(chat.page.evaluate(SEEN))


def choose_language(chat: Chat, name: str) -> None:
    """Choose the page's language as a person does."""
    chat.settings().locator("[name='language']").select_option(label=name)
    chat.page.locator(".trio-drawer h2", has_text=TITLES[name]).wait_for()
    chat.close_settings()
