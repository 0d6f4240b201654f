"""The settings as a form, and what the form says as choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chatbot.config.mind import Writer
from chatbot.turn.options import LONGEST_REPLY, MOST_HOT_WORDS, REPLY_TOKENS, TurnOptions
from chatbot.ui.choices import MODEL_STAGES, Choice, Choices
from chatbot.ui.form_controls import (
    Option,
    checkbox,
    fieldset,
    grouped_select,
    radios,
    select,
    slider,
    text_area,
)
from chatbot.ui.markup import english, escape
from chatbot.ui.model_downloads import Download
from chatbot.ui.preferences import Preferences
from chatbot.ui.settings_alerts import Refusal, download_state, refusal_alert
from chatbot.ui.voice_sample import listen_button
from chatbot.ui.words import LANGUAGES, Words, code_of
from pipelines.core.said import as_sentence
from pipelines.core.types import Stage

LENGTHS = (150, LONGEST_REPLY, 1500, REPLY_TOKENS[1])
BACKEND = "backend:"
VOICE = "voice:"
OWN = "own"


def settings_form(
    words: Words,
    chosen: Preferences,
    usual: TurnOptions,
    choices: Choices,
    refusals: Iterable[Refusal] = (),
    download: Download | None = None,
) -> str:
    """Return the form.

    Names of its controls are those of `Preferences`, "profile", "backend:STAGE" and "voice:LANGUAGE".

    Args:
        words: What the page says.
        chosen: The person's choices.
        usual: What counts where nothing was chosen.
        choices: What can be chosen.
        refusals: The models that were just chosen and not taken; each is named at its own stage.
        download: What is being downloaded, shown at its stage.
    """
    said, options = words.settings, chosen.options(usual)
    alerts = {refusal.stage: refusal_alert(refusal, words) for refusal in refusals}
    if download is not None and not download.ended:
        alerts[download.stage] = download_state(download, words)
    return (
        f'<form class="trio-form" novalidate>'
        f"{fieldset(said.page, _page(words, chosen))}"
        f"{fieldset(said.replies, _replies(words, options, choices))}"
        f"{fieldset(said.voice_group, _voice(words, options, choices, alerts))}"
        f"{fieldset(said.models, _models(words, chosen, choices, alerts))}"
        f'<p class="trio-muted">{escape(said.note)}</p></form>'
    )


def _page(words: Words, chosen: Preferences) -> str:
    said = words.settings
    language = code_of(words)
    themes = (("system", said.theme_system), ("light", said.theme_light), ("dark", said.theme_dark))
    return (
        select("language", said.language, [(code, name) for code, name in LANGUAGES.items()], language)
        + radios("theme", said.theme, themes, chosen.theme)
        + checkbox("history", said.history, chosen.history, said.history_note)
    )


def _replies(words: Words, options: TurnOptions, choices: Choices) -> str:
    said = words.settings
    languages = [("", said.reply_automatic), *((c, words.labels.language(c)) for c in choices.languages)]
    known = words.status.separator.join(words.labels.language(code) for code in choices.languages)
    note = said.reply_note.format(languages=known) if known else ""
    sizes = (said.length_short, said.length_medium, said.length_long, said.length_longest)
    names = dict(zip(LENGTHS, sizes, strict=True))
    names.setdefault(options.max_reply_tokens, said.length_of(options.max_reply_tokens))
    lengths = [(str(tokens), name) for tokens, name in sorted(names.items())]
    return (
        select("reply_language", said.reply_language, languages, options.reply_language or "", note)
        + radios("max_reply_tokens", said.length, lengths, str(options.max_reply_tokens))
        + slider("temperature", said.temperature, (0, 1.5, 0.1), options.temperature, said.temperature_note)
        + checkbox("follow_ups", said.follow_ups, options.follow_ups, said.follow_ups_note)
    )


def _voice(words: Words, options: TurnOptions, choices: Choices, alerts: Mapping[Stage, str]) -> str:
    said = words.settings
    return (
        text_area("hot_words", said.hot_words, options.hot_words, MOST_HOT_WORDS, said.hot_words_note)
        + checkbox("speak", said.speak, options.speak)
        + _stage(Stage.SPEAK, said.voice, options.backends, choices, words)
        + _voices(words, options, choices)
        + alerts.get(Stage.SPEAK, "")
        + slider("speed", said.speed, (0.5, 2, 0.1), options.speed)
        + '<p class="trio-refusal trio-not-heard" role="status" hidden></p>'
    )


def _voices(words: Words, options: TurnOptions, choices: Choices) -> str:
    """Return the voice of each language of the page: a list where the chosen back-end has several."""
    speaker = options.backends.get(Stage.SPEAK) or choices.chosen.get(Stage.SPEAK, "")
    offered = next((row.voices for row in choices.stages.get(Stage.SPEAK, ()) if row.name == speaker), {})
    return "".join(
        _voice_of(language, offered.get(language, ()), options, words)
        for language in dict.fromkeys((*LANGUAGES, *offered))
    )


def _voice_of(language: str, names: Sequence[str], options: TurnOptions, words: Words) -> str:
    """Return a language's voices, if there are several, and the button to listen to the chosen one."""
    label = words.settings.voice_of(words.labels.language(language))
    button = listen_button(language, words) if language in LANGUAGES else ""
    if not names:
        return f'<div class="trio-field trio-beside"><span>{escape(label)}</span>{button}</div>'
    shown = [(name, words.settings.voice_name(name)) for name in names]
    chosen = options.voices.get(language, names[0])
    return select(f"{VOICE}{language}", label, shown, chosen, beside=button)


def _models(words: Words, chosen: Preferences, choices: Choices, alerts: Mapping[Stage, str]) -> str:
    said = words.settings
    names = {
        "embedded": said.profile_embedded,
        "quality": said.profile_quality,
        "server": said.profile_server,
        "cluster": said.profile_cluster,
    }
    profiles: list[Option] = [(profile, names[profile]) for profile in choices.profiles()]
    shown = {
        stage: _stage(stage, _capital(words.labels.stage(stage)), chosen.backends, choices, words)
        + alerts.get(stage, "")
        for stage in MODEL_STAGES
        if stage in choices.stages
    }
    writer = shown.pop(Stage.GENERATE, "")
    advanced = f"<summary>{escape(said.advanced)}</summary>{''.join(shown.values())}"
    profile = choices.profile_of(chosen.backends) or OWN
    picker = select("profile", said.profile, [*profiles, (OWN, said.profile_own)], profile)
    privacy = f'<p class="trio-muted">{escape(words.privacy(choices.sent))}</p>'
    return (
        f'<p class="trio-muted">{escape(said.models_note)}</p>{picker}{writer}'
        f'<details class="trio-advanced">{advanced}</details>{privacy}'
    )


def _stage(stage: Stage, title: str, backends: Mapping[Stage, str], choices: Choices, words: Words) -> str:
    rows = choices.stages.get(stage, ())
    name = backends.get(stage) or choices.chosen.get(stage, "")
    shown = next((row for row in rows if row.name == name), None)
    lines = [english(shown.description)] if shown is not None else []
    if stage is Stage.GENERATE and choices.writer is not None and choices.writer.backend == name:
        lines.append(escape(_why(choices.writer, words)))
    lines += [_needs(row, words) for row in rows if row.problem]
    return grouped_select(f"{BACKEND}{stage}", title, _by_kind(rows, words), name, "<br>".join(lines))


def _why(writer: Writer, words: Words) -> str:
    """Return why this model writes the replies."""
    said = words.settings
    if not writer.automatic:
        return said.writer_chosen
    reason = said.writer_small if writer.small else said.writer_large
    return reason.format(memory=f"{writer.gigabytes:.1f}", least=f"{writer.least:.0f}")


def _by_kind(rows: Iterable[Choice], words: Words) -> dict[str, list[Option]]:
    """Return back-ends under the words for where their models are, first those that people know by name."""
    said = words.settings
    kinds = {"embedded": said.kind_embedded, "huggingface": said.kind_hub, "server": said.kind_server}
    found: dict[str, list[Option]] = {}
    for row in rows:
        found.setdefault(kinds[row.kind], []).append((row.name, row.title))
    return {
        kind: sorted(options, key=lambda option: option[0] == option[1]) for kind, options in found.items()
    }


def _needs(row: Choice, words: Words) -> str:
    return words.settings.needing(english(row.title), _problem(row, words))


def _problem(row: Choice, words: Words) -> str:
    """Return what a back-end lacks and how to get it; a command stays as it is."""
    parts = row.problem or ()
    said = (
        english(part) if isinstance(part, str) else escape(words.say(as_sentence(part))) for part in parts
    )
    return " ".join(said)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def read_form(
    given: Mapping[str, Any], before: Preferences, usual: TurnOptions, choices: Choices
) -> dict[str, Any]:
    """Return the form's values as a mapping for `read_preferences`; what is as usual is left open.

    The whole form counts, not only what was changed: two changes may be on their way at once.

    Args:
        given: Values by control; `changed` names the control that was changed.
        before: The choices until now, for what the form does not hold.
        usual: What counts where nothing was chosen.
        choices: What can be chosen.
    """
    values = before.stored()
    for name in set(Preferences.model_fields) - {"version", "backends", "voices"}:
        if name in given:
            values[name] = None if _open(given[name], getattr(usual, name, None)) else given[name]
    voices = {key.removeprefix(VOICE): str(name) for key, name in given.items() if key.startswith(VOICE)}
    values["voices"] = {**values["voices"], **voices}
    usual_names = {str(stage): name for stage, name in choices.chosen.items()}
    if given.get("changed") == "profile":
        profiles = {str(kind): names for kind, names in choices.profiles().items()}
        wanted = {str(s): name for s, name in profiles.get(str(given.get("profile")), {}).items()}
        values["backends"] = wanted or values["backends"]
    else:
        wanted = {stage: str(given[key]) for stage in usual_names if (key := f"{BACKEND}{stage}") in given}
        values["backends"] = {**values["backends"], **wanted}
    values["backends"] = {s: name for s, name in values["backends"].items() if usual_names.get(s) != name}
    return values


def _open(value: Any, usual: Any) -> bool:
    """Whether a control leaves the choice open: it is empty, or says what counts anyway."""
    if value == "" or isinstance(usual, bool):
        return value in ("", usual)
    try:
        return usual is not None and float(value) == float(usual)
    except (TypeError, ValueError):
        return False
