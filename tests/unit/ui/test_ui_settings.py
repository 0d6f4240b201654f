"""The settings: what is remembered, what can be chosen, and what a choice does to a turn."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

import pytest

from chatbot.turn.options import TurnOptions
from chatbot.ui.choices import choices_of
from chatbot.ui.preference_handlers import PreferenceHandlers
from chatbot.ui.preferences import VERSION, Preferences, read_preferences
from chatbot.ui.settings_alerts import Refusal
from chatbot.ui.words import words_for
from pipelines.backends_server import server_spec
from pipelines.core.registry import BackendSpec, Registry
from pipelines.core.types import Stage
from tests.support.scripted import scripted_registry

WORDS = words_for("en")
FAR_AWAY = server_spec("tests.support.scripted:Generator", "Far away")
ALL = Preferences(
    language="zh",
    theme="dark",
    history=False,
    reply_language="en",
    max_reply_tokens=60,
    temperature=0.5,
    speak=False,
    speed=1.3,
    follow_ups=True,
    hot_words="Siobhán, 陆小满",
    backends={Stage.OCR: "other"},
    voices={"zh": "zm_yunxi"},
)


@pytest.fixture
def registry() -> Registry:
    """Scripted back-ends, and others of the hub and of servers, of which some cannot run here."""
    given = scripted_registry()
    table = {stage: dict(rows) for stage, rows in given.table.items()}
    table[Stage.OCR]["other"] = table[Stage.OCR]["scripted"]
    table[Stage.OCR]["hub"] = BackendSpec("no.module:None", "huggingface", "A larger <reader>")
    table[Stage.CAPTION]["vlm"] = BackendSpec("no.module:None", "huggingface", "A larger captioner")
    table[Stage.GENERATE]["openai"] = FAR_AWAY
    table[Stage.TRANSCRIBE]["openai"] = FAR_AWAY
    table[Stage.SPEAK]["scripted"] = replace(
        table[Stage.SPEAK]["scripted"], voices={"zh": ("zf_xiaoyi", "zm_yunxi")}
    )
    table[Stage.SPEAK]["far"] = BackendSpec(
        "no.module:None", "embedded", "Far away", packages=("no_such_package",), install="pip install far"
    )
    options = {Stage.GENERATE: {"openai": {"url": "https://far.example:8443/v1"}}}
    return Registry(table, given.store, options=options)


@pytest.fixture
def remembering(registry: Registry) -> PreferenceHandlers:
    return PreferenceHandlers(registry, TurnOptions(temperature=0.2, speed=1.1))


def test_every_choice_comes_back_from_the_browser() -> None:
    assert read_preferences(ALL.stored()) == ALL
    left_out = {
        name for name in Preferences.model_fields if getattr(ALL, name) == getattr(Preferences(), name)
    }
    assert left_out == {"version"}, "ALL chooses otherwise everywhere"


def test_every_choice_has_a_control(remembering: PreferenceHandlers) -> None:
    form = remembering.form(WORDS, Preferences())["form"]
    controls = {name.partition(":")[0] for name in re.findall(r'name="([\w:-]+)"', form)}
    several = {"backend": "backends", "voice": "voices"}
    shown = {several.get(name, name) for name in controls}
    assert shown - {"profile"} == set(Preferences.model_fields) - {"version"}


@pytest.mark.parametrize("stored", [None, "zh", [], 3, {**ALL.stored(), "version": VERSION + 1}])
def test_what_is_no_store_of_this_version_counts_as_nothing(stored: object) -> None:
    assert read_preferences(stored) == Preferences()


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("language", "xx"),
        ("language", 3),
        ("theme", "pink"),
        ("speed", 99),
        ("temperature", "hot"),
        ("max_reply_tokens", 0),
        ("reply_language", "English, please"),
        ("backends", {"no-stage": "x"}),
        ("voices", ["zm_yunxi"]),
    ],
)
def test_a_value_that_cannot_be_used_costs_only_itself(name: str, bad: object) -> None:
    found = read_preferences({**ALL.stored(), name: bad})
    usual = getattr(Preferences(), name)
    assert found == ALL.model_copy(update={name: usual})


def test_choices_become_the_options_of_a_turn_and_the_rest_is_as_usual(
    remembering: PreferenceHandlers,
) -> None:
    options = remembering.options(ALL.stored())
    voices = {"zh": "zm_yunxi"}
    assert options == TurnOptions(
        0.5,
        60,
        False,
        1.3,
        "en",
        {Stage.OCR: "other"},
        voices,
        follow_ups=True,
        hot_words=ALL.hot_words or "",
    )
    assert remembering.options(None) == remembering.usual


def test_a_back_end_that_is_gone_is_left_out(remembering: PreferenceHandlers) -> None:
    stored = Preferences(backends={Stage.OCR: "of-last-year"}).stored()
    assert remembering.options(stored).backends == {}


def change(
    remembering: PreferenceHandlers, before: Preferences, **given: Any
) -> tuple[Preferences, list[Refusal]]:
    """Change controls; colons in their names are written as two underscores, the last is the changed one."""
    values = {key.replace("__", ":"): value for key, value in given.items()}
    return remembering.change({**values, "changed": list(values)[-1]}, before.stored())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "light"),
        ("history", True),
        ("speak", None),
        ("follow_ups", None),
        ("speed", 0.9),
        ("reply_language", None),
    ],
)
def test_a_change_of_one_control_changes_one_choice(
    remembering: PreferenceHandlers, name: str, value: Any
) -> None:
    sent = {"speak": True, "follow_ups": False, "reply_language": ""}.get(name, value)
    after, refusals = change(remembering, ALL, **{name: sent})
    assert after == ALL.model_copy(update={name: value})
    assert refusals == []


def test_the_form_sends_numbers_as_text_where_browsers_do(remembering: PreferenceHandlers) -> None:
    after, _ = change(remembering, Preferences(), max_reply_tokens="240")
    assert after.max_reply_tokens == 240


def test_what_is_as_usual_stays_open(remembering: PreferenceHandlers) -> None:
    after, _ = change(remembering, ALL, speak=True, speed=1.1, temperature=0.2, max_reply_tokens="600")
    assert (after.speak, after.speed, after.temperature, after.max_reply_tokens) == (None,) * 4


def test_two_changes_that_are_on_their_way_at_once_both_count(remembering: PreferenceHandlers) -> None:
    after, _ = change(remembering, Preferences(), theme="dark", speak=False, backend__ocr="other")
    assert (after.theme, after.speak, after.backends) == ("dark", False, {Stage.OCR: "other"})


def test_a_model_is_chosen_and_given_back(remembering: PreferenceHandlers) -> None:
    after, refusals = change(remembering, Preferences(), backend__ocr="other")
    assert (after.backends, refusals) == ({Stage.OCR: "other"}, [])
    after, _ = change(remembering, after, backend__ocr="scripted")
    assert after.backends == {}


def test_a_model_that_cannot_run_is_refused_with_the_command_that_helps(
    remembering: PreferenceHandlers,
) -> None:
    before = Preferences(backends={Stage.OCR: "other"})
    after, (refusal,) = change(remembering, before, backend__speak="far")
    assert after == before
    assert (refusal.stage, refusal.name) == (Stage.SPEAK, "far")
    assert "no_such_package" in str(refusal.why)
    assert "pip install far" in remembering.form(WORDS, after, [refusal])["form"]


def test_one_name_refused_at_two_stages_is_said_at_both(
    registry: Registry, remembering: PreferenceHandlers
) -> None:
    cast(Any, registry.table[Stage.OCR])["far"] = registry.table[Stage.SPEAK]["far"]
    after, refusals = change(remembering, Preferences(), backend__speak="far", backend__ocr="far")
    assert after == Preferences()
    assert {refusal.stage for refusal in refusals} == {Stage.SPEAK, Stage.OCR}
    assert remembering.form(WORDS, after, refusals)["form"].count('role="alert"') == 2


def test_hostile_values_change_nothing(remembering: PreferenceHandlers) -> None:
    for given in ({}, {"changed": "version", "version": 9}, {"changed": "backend:none", "backend:none": "x"}):
        after, refusals = remembering.change(given, ALL.stored())
        assert (after, refusals) == (ALL, [])


def test_a_profile_takes_what_can_run_here_and_the_rest_is_embedded(registry: Registry) -> None:
    choices = choices_of(registry, {})
    assert set(choices.profiles()) == {"embedded", "quality", "server"}
    assert choices.profiles()["quality"] == {**choices.chosen, Stage.CAPTION: "vlm"}
    assert choices.profiles()["server"] == {**choices.chosen, Stage.GENERATE: "openai"}
    assert choices.profile_of({}) == "embedded"
    assert choices.profile_of({Stage.CAPTION: "vlm"}) == "quality"
    assert choices.profile_of({Stage.OCR: "other"}) is None


def test_a_server_without_an_address_is_not_offered(
    registry: Registry, remembering: PreferenceHandlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    stages = choices_of(registry, {}).stages
    assert [row.name for row in stages[Stage.TRANSCRIBE]] == ["scripted"]
    assert [row.name for row in stages[Stage.GENERATE]] == ["scripted", "openai"]
    chosen = choices_of(registry, {Stage.TRANSCRIBE: "openai"}).stages[Stage.TRANSCRIBE]
    assert "no url is set" in [str(part) for part in chosen[-1].problem or ()]
    form = remembering.form(words_for("zh"), Preferences(backends={Stage.TRANSCRIBE: "openai"}))["form"]
    assert "未设置 url" in form and "no url is set" not in form
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:1/v1")
    assert len(choices_of(registry, {}).stages[Stage.TRANSCRIBE]) == 2


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_what_leaves_this_computer_and_where_it_goes(
    remembering: PreferenceHandlers, language: str
) -> None:
    words = words_for(language)
    said = remembering.client_words(words, Preferences())["privacy"]
    assert said == words.page.privacy and said in remembering.form(words, Preferences())["form"]
    away = Preferences(backends={Stage.GENERATE: "openai"})
    said = remembering.client_words(words, away)["privacy"]
    assert "far.example:8443" in said and words.labels.stage("generate") in said
    assert said.endswith(words.page.privacy_rest) and said in remembering.form(words, away)["form"]


def test_names_stand_under_where_their_models_are(remembering: PreferenceHandlers) -> None:
    form = remembering.form(WORDS, ALL)["form"]
    list_ = form.partition('name="backend:generate"')[2].partition("</select>")[0]
    built_in, server = WORDS.settings.kind_embedded, WORDS.settings.kind_server
    assert list_.index(built_in) < list_.index(">scripted<") < list_.index(server) < list_.index(">openai<")


def test_models_that_people_know_by_name_come_first_in_their_group(registry: Registry) -> None:
    rows = registry.table[Stage.OCR]
    rows["known"] = replace(rows["hub"], title="A Known Reader 2B")  # type: ignore[index]
    form = PreferenceHandlers(registry, TurnOptions()).form(WORDS, Preferences())["form"]
    list_ = form.partition('name="backend:ocr"')[2].partition("</select>")[0]
    assert re.findall(r">([^<>]+)</option>", list_) == ["scripted", "other", "A Known Reader 2B", "hub"]


def test_a_profile_that_cannot_run_here_is_refused_stage_by_stage(remembering: PreferenceHandlers) -> None:
    before = Preferences(backends={Stage.OCR: "other"})
    after, (refusal,) = change(remembering, before, profile="quality")
    assert after == Preferences()
    assert refusal.name == "vlm"


def test_only_languages_that_the_loaded_generator_writes_are_offered(registry: Registry) -> None:
    assert choices_of(registry, {}).languages == ()
    registry.get(Stage.GENERATE)
    assert choices_of(registry, {}).languages == ("en",)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_form_shows_every_choice_and_what_is_chosen(
    remembering: PreferenceHandlers, language: str
) -> None:
    words = words_for(language)
    form = remembering.form(words, ALL)["form"]
    for name in ("language", "theme", "history", "reply_language", "max_reply_tokens", "temperature"):
        assert f'name="{name}"' in form
    for name in ("speak", "speed", "profile", "backend:speak", "backend:ocr", "backend:generate"):
        assert f'name="{name}"' in form
    assert '<option value="other" selected ' in form
    assert 'value="dark" checked' in form
    assert 'value="60" checked' in form
    assert "pip install far" in form
    assert f'<option value="own" selected>{words.settings.profile_own}' in form
    assert "<reader>" not in form


def test_every_control_of_the_form_has_a_name_for_screen_readers(remembering: PreferenceHandlers) -> None:
    form = remembering.form(WORDS, ALL)["form"]
    labels = set(re.findall(r'<label for="([^"]+)"', form))
    controls = re.findall(r'<(?:select|input type="range") id="([^"]+)"', form)
    assert controls
    assert set(controls) <= labels


@pytest.mark.parametrize(("language", "name"), [("en", "Yunxi (man)"), ("zh", "云希（男声）")])
def test_the_voices_of_a_language_are_offered_by_name(
    remembering: PreferenceHandlers, language: str, name: str
) -> None:
    words = words_for(language)
    form = remembering.form(words, ALL)["form"]
    assert words.settings.voice_of(words.labels.language("zh")) in form
    list_ = form.partition('name="voice:zh"')[2].partition("</select>")[0]
    assert f'<option value="zm_yunxi" selected>{name}</option>' in list_
    assert list_.count("<option") == 2


def test_a_back_end_with_one_voice_offers_none(remembering: PreferenceHandlers) -> None:
    chosen = Preferences(backends={Stage.SPEAK: "far"})
    assert 'name="voice:' not in remembering.form(WORDS, chosen)["form"]


def test_a_voice_is_chosen_and_one_that_is_gone_is_left_out(remembering: PreferenceHandlers) -> None:
    after, _ = change(remembering, ALL, voice__zh="zf_xiaoyi")
    assert after == ALL.model_copy(update={"voices": {"zh": "zf_xiaoyi"}})
    assert remembering.options(after.stored()).voices == {"zh": "zf_xiaoyi"}
    gone = Preferences(voices={"zh": "of-last-year", "xx": "zm_yunxi"})
    assert remembering.options(gone.stored()).voices == {}
