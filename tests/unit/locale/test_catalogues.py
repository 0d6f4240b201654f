"""The catalogues have every marked text of the code and no other, in every language. `make messages` mends them."""

from __future__ import annotations

import io
import pickle
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from chatbot.locale import LANGUAGES, translation_for
from chatbot.locale.translation import DOMAIN, FOLDER, SOURCE
from chatbot.ui.call import call_words
from chatbot.ui.words.en import ENGLISH
from chatbot.ui.words.gradio_names import GRADIO_NAMES
from chatbot.web.auth import login_words
from pipelines.core.marks import InContext, Plural, _, ngettext, pgettext

ROOT = Path(__file__).resolve().parents[3]
OTHERS = [language for language in LANGUAGES if language != SOURCE]
Key = tuple[str | None, Any]


def file(language: str, ending: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.{ending}"


def read(path: Path) -> Catalog:
    with path.open("rb") as opened:
        return read_po(opened, domain=DOMAIN)


def messages(catalog: Catalog) -> dict[Key, Message]:
    return {(message.context, message.id): message for message in catalog if message.id}


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def places(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(text) if name is not None}


def marked(value: Any) -> Iterator[Key]:
    """Yield the texts of a shape as a catalogue has them."""
    if isinstance(value, str):
        yield getattr(value, "context", None), str(value)
    elif isinstance(value, Plural):
        yield None, (value.one, value.several)
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in ("gradio", "translation"):
                yield from marked(getattr(value, field.name))
    else:
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from marked(item)


TEMPLATE = read(FOLDER / f"{DOMAIN}.pot")


def test_the_template_has_the_texts_of_the_code(tmp_path: Path) -> None:
    found = tmp_path / "found.pot"
    command = ["pybabel", "--quiet", "extract", "--mapping-file", str(ROOT / "pyproject.toml")]
    command += [
        "--keywords",
        "said",
        "--omit-header",
        "--output-file",
        str(found),
        str(ROOT / "chatbot"),
        str(ROOT / "pipelines"),
    ]
    CommandLineInterface().run(command)
    assert messages(read(found)).keys() == messages(TEMPLATE).keys(), "run: make messages"
    assert len(messages(TEMPLATE)) > 500


def test_every_language_has_a_catalogue_and_a_name() -> None:
    assert {path.parents[1].name for path in FOLDER.glob(f"*/*/{DOMAIN}.po")} == set(OTHERS)
    assert len(set(LANGUAGES.values())) == len(LANGUAGES)


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_missing_stale_or_guessed(language: str) -> None:
    catalog = read(file(language, "po"))
    assert messages(catalog).keys() == messages(TEMPLATE).keys(), "run: make messages"
    assert not catalog.obsolete
    for key, message in messages(catalog).items():
        assert not message.fuzzy and all(text.strip() for text in forms(message.string)), key


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalogue_is_the_written_one(language: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, read(file(language, "po")))
    assert file(language, "mo").read_bytes() == compiled.getvalue(), "run: make messages"


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_places_of_its_english(language: str) -> None:
    for key, message in messages(read(file(language, "po"))).items():
        english = [places(text) for text in forms(message.id)]
        for text in forms(message.string):
            if isinstance(message.id, str):
                assert Counter(re.findall(r"\{\w*\}", text)) == Counter(re.findall(r"\{\w*\}", message.id)), (
                    key
                )
            assert places(text) in english, key


def test_every_word_of_the_page_is_marked() -> None:
    shown = (ENGLISH, GRADIO_NAMES, call_words.ENGLISH, login_words.ENGLISH)
    assert not {key for shape in shown for key in marked(shape)} - messages(TEMPLATE).keys()


@dataclass(frozen=True)
class Shape:
    """Words in every place that a text may stand."""

    plain: str
    other: str
    table: Mapping[str, str]
    row: tuple[str, ...]
    number: Plural
    nothing: str = ""


def test_a_shape_is_translated_whole_and_its_keys_are_not() -> None:
    shape = Shape(
        _("Voice"),
        pgettext("who speaks", "Voice"),
        {"Close": _("Close")},
        (_("Cancel"), "no such text"),
        ngettext("{count} person", "{count} people"),
    )
    said = translation_for("zh").all_of(shape)
    assert (said.plain, said.other, said.nothing) == ("语音", "音色", "")
    assert (said.table, said.row) == ({"Close": "关闭"}, ("取消", "no such text"))
    assert (said.number.of(1), said.number.of(2)) == ("1 个人", "2 个人")
    english = translation_for("en").all_of(shape)
    assert english.plain == english.other == "Voice" and type(english.other) is str
    assert [english.number.of(count) for count in (0, 1, 2)] == ["0 people", "1 person", "2 people"]


def test_what_is_no_words_is_refused() -> None:
    with pytest.raises(TypeError, match="int has no texts"):
        translation_for("zh").all_of(3)


def test_a_context_survives_a_copy() -> None:
    copy = pickle.loads(pickle.dumps(pgettext("who speaks", "Voice")))
    assert isinstance(copy, InContext) and (copy, copy.context) == ("Voice", "who speaks")
