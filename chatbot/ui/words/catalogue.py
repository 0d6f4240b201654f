"""What a language of the page must say: one frozen class for each part of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chatbot.locale import Translation
from chatbot.ui.words.history_words import HistoryWords
from chatbot.ui.words.settings_words import SettingsWords
from chatbot.ui.words.tool_words import ToolWords
from chatbot.ui.words.understood_words import UnderstoodWords
from pipelines.core.said import Text
from pipelines.core.types import Stage


@dataclass(frozen=True)
class PageWords:
    """Names of the page's parts, and its empty state. Fields with braces are templates for the methods."""

    tagline: str
    privacy: str
    privacy_sent: str
    privacy_rest: str
    conversation: str
    box_label: str
    box_placeholder: str
    new_chat: str
    stop_voice: str
    speaking: str
    welcome: str
    welcome_more: str
    samples: tuple[str, str, str, str]
    sample_kinds: tuple[str, str, str, str]
    samples_label: str
    follow_ups_label: str

    def sent(self, host: str, stages: str) -> str:
        """Return which stages send what they are given to another machine."""
        return self.privacy_sent.format(host=host, stages=stages)


@dataclass(frozen=True)
class StatusWords:
    """How far the models are. Fields with braces are templates for the methods."""

    ready: str
    warming_up: str
    not_available: str
    separator: str

    def warming(self, done: int, total: int) -> str:
        """Return the line while models are loading."""
        return self.warming_up.format(done=done, total=total)

    def failed(self, names: list[str]) -> str:
        """Return the line when some models could not be loaded."""
        return self.not_available.format(names=self.separator.join(names))


@dataclass(frozen=True)
class MessageWords:
    """Hints, notices and errors in the chat. Fields with braces are templates for the methods."""

    empty: str
    busy: str
    waiting: str
    nothing_to_continue: str
    cut: str
    repeating: str
    stopped: str
    failed_title: str
    voice_note_title: str
    unusable_file: str
    no_picture_or_sound: str
    unreadable: str
    allowed: str
    too_many: str
    too_long: str
    temporary: str
    temporary_note: str
    now_temporary: str
    now_kept: str

    def in_line(self, position: int) -> str:
        """Return what is said while a message waits for others; 1 is next."""
        return self.waiting.format(position=position)

    def file_problem(self, name: str) -> str:
        """Return the title of a notice about a file."""
        return self.unusable_file.format(name=name)

    def too_many_files(self, limit: int) -> str:
        """Return why a file beyond the limit was left out."""
        return self.too_many.format(limit=limit)

    def too_much_sound(self, minutes: int) -> str:
        """Return why a recording beyond the limit was left out."""
        return self.too_long.format(minutes=minutes)


@dataclass(frozen=True)
class LabelWords:
    """Names of what the models say. Names that are not in the tables are shown as they are."""

    emotions: Mapping[str, str]
    languages: Mapping[str, str]
    stages: Mapping[Stage, str]
    text: str
    voice: str
    voice_words: str
    voice_sound: str
    picture_number: str

    def emotion(self, label: str) -> str:
        """Return the name of an emotion or sentiment."""
        return self.emotions.get(label, label)

    def language(self, code: str) -> str:
        """Return the name of a language."""
        return self.languages.get(code, code)

    def stage(self, name: str) -> str:
        """Return the short name of a stage."""
        return next((title for stage, title in self.stages.items() if stage == name), name)

    def source(self, source: str) -> str:
        """Return the name of an input: "text", "voice", "voice words", "voice sound" or "picture N"."""
        if source.startswith("picture "):
            return self.picture_number.format(number=source.removeprefix("picture "))
        names = {
            "text": self.text,
            "voice": self.voice,
            "voice words": self.voice_words,
            "voice sound": self.voice_sound,
        }
        return names.get(source, source)


@dataclass(frozen=True)
class PanelWords:
    """The panel under a reply. Fields with braces, and the two tables, are templates for the methods.

    `for_seconds` follows what goes on; the page's script puts the seconds in place of {seconds}.
    """

    title: str
    evidence: str
    nothing: str
    mood: str
    timing: str
    no_speech: str
    no_text: str
    thinking: str
    writing: str
    for_seconds: str
    confidence: str
    first_text: str
    first_sound: str
    text_complete: str
    whole_turn: str
    share: str
    disagreement: str
    fact: str
    titles: Mapping[Stage, str]
    titles_of_pictures: Mapping[Stage, str]
    doings: Mapping[Stage, str]
    your_text: str
    your_voice: str

    def counts(self, share: str) -> str:
        """Return how much a source counted."""
        return self.share.format(share=share)

    def disagree(self, words: str, voice: str) -> str:
        """Return that words and voice sound different. Both are names of emotions."""
        return self.disagreement.format(words=words, voice=voice)

    def named(self, name: str, value: str) -> str:
        """Return a name with its value."""
        return self.fact.format(name=name, value=value)

    def stage(self, kind: Stage) -> str:
        """Return the title of a stage's row."""
        return self.titles.get(kind, str(kind))


@dataclass(frozen=True)
class Words:
    """Everything that the page says in one language.

    Attributes:
        locale: BCP 47 tag for the document and for Gradio.
        gradio: Names of Gradio's parts that it leaves in English, and what they are called here; `*` stands
            for any text.
        translation: Says errors.
    """

    locale: str
    page: PageWords
    status: StatusWords
    messages: MessageWords
    labels: LabelWords
    panel: PanelWords
    history: HistoryWords
    understood: UnderstoodWords
    settings: SettingsWords
    tools: ToolWords
    gradio: Mapping[str, str]
    translation: Translation

    def say(self, text: Text) -> str:
        """Return an error, or a note, in this language."""
        return self.translation.say(text)

    def privacy(self, sent: Mapping[Stage, str]) -> str:
        """Return where the person's data go. `sent`: the other machine of each stage that has one."""
        if not sent:
            return self.page.privacy
        lines = []
        for host in dict.fromkeys(sent.values()):
            stages = [self.labels.stage(str(stage)) for stage, to in sent.items() if to == host]
            lines.append(self.page.sent(host, self.status.separator.join(stages)))
        return " ".join([*lines, self.page.privacy_rest])

    def doing(self, kind: Stage, source: str) -> str:
        """Return what Trio is doing while a stage runs."""
        return self.panel.doings.get(kind, str(kind)).format(source=self.labels.source(source))

    def done(self, kind: Stage, source: str) -> str:
        """Return the name of a stage that has finished; of a picture, which one."""
        if source.startswith("picture ") and kind in self.panel.titles_of_pictures:
            return self.panel.titles_of_pictures[kind].format(source=self.labels.source(source))
        return self.panel.stage(kind)

    def source_title(self, source: str) -> str:
        """Return the heading for an input: "text", "voice" or "picture N"."""
        titles = {"text": self.panel.your_text, "voice": self.panel.your_voice}
        name = titles.get(source) or self.labels.source(source)
        return name[:1].upper() + name[1:]
