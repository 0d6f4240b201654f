"""The overlay's words: the same keys in every language, and a word for everything that is asked for."""

from __future__ import annotations

import re

from chatbot.ui.call.call_words import call_words
from chatbot.ui.call.panel import FILES, FOLDER, call_value

SCRIPTS = {name: (FOLDER / name).read_text("utf-8") for name in FILES}


def test_the_scripts_ask_for_no_other_word_and_no_word_is_left_over() -> None:
    scripts = "".join(SCRIPTS.values())
    states = ("idle", "connecting", "listening", "hearing", "thinking", "speaking", "muted", "trouble")
    asked = set(states) | {f"hint_{s}" for s in states}
    asked |= set(re.findall(r'data-word="(\w+)"', scripts)) | set(re.findall(r"words\.(\w+)", scripts))
    asked |= set(re.findall(r'\$\{button\("(\w+)"\)\}', scripts)) | {"hint_nothing", "button"}
    troubles = set(re.findall(r'(?:Trouble|fail)\("(\w+)"', scripts))
    troubles |= set(re.findall(r'(?:Error|\d): "(\w+)"', scripts)) | {"lost"}
    asked |= {f"{kind}_{part}" for kind in troubles for part in ("title", "body")}
    asked |= {f"denied_{name}" for name in ("chrome", "edge", "firefox", "safari", "mobile", "other")}
    known = {key for key in call_words("en") if not key.startswith(("label_", "kind_"))}
    assert known <= asked
    optional = {f"hint_{s}" for s in states} | {"denied_body"}
    assert asked - known <= optional


def test_the_files_ask_nothing_of_other_servers() -> None:
    assert not re.findall(
        r"https?://|//[a-z]+\.", re.sub(r"^\s*//.*$", "", "".join(SCRIPTS.values()), flags=re.M)
    )


def test_an_unknown_language_is_english() -> None:
    assert call_value("fr")["language"] == "en"
    assert call_value("zh")["words"]["title"] != call_value("en")["words"]["title"]


def test_what_the_settings_say_of_the_voice_reaches_the_call() -> None:
    value = call_value("zh", speed=1.2, voices={"zh": "zm_yunxi"}, hot_words="陆小满")
    assert (value["speed"], value["voices"], value["hot_words"]) == (1.2, {"zh": "zm_yunxi"}, "陆小满")
    assert "const { conversation, speed, voices, hot_words } = this.value;" in SCRIPTS["call.js"]
    assert 'say("start", { conversation, speed, voices, hot_words,' in SCRIPTS["call.js"]
