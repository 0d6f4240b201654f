"""The words of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.core.marks import _, pgettext


@dataclass(frozen=True)
class SettingsWords:
    """The settings panel. Fields with braces are templates for the methods."""

    title: str
    close: str
    note: str
    page: str
    language: str
    theme: str
    theme_system: str
    theme_light: str
    theme_dark: str
    history: str
    history_note: str
    replies: str
    reply_language: str
    reply_automatic: str
    reply_note: str
    length: str
    length_short: str
    length_medium: str
    length_long: str
    length_longest: str
    length_own: str
    temperature: str
    temperature_note: str
    follow_ups: str
    follow_ups_note: str
    voice_group: str
    hot_words: str
    hot_words_note: str
    speak: str
    voice: str
    language_voice: str
    voices: Mapping[str, str]
    woman: str
    man: str
    speed: str
    listen: str
    listen_to: str
    sample: str
    not_heard: str
    models: str
    models_note: str
    profile: str
    profile_embedded: str
    profile_quality: str
    profile_server: str
    profile_cluster: str
    profile_own: str
    advanced: str
    kind_embedded: str
    kind_hub: str
    kind_server: str
    writer_large: str
    writer_small: str
    writer_chosen: str
    needs: str
    refused: str
    not_there: str
    asking_hub: str
    hub_offer: str
    much_memory: str
    download: str
    download_begins: str
    downloading: str
    time_left: str
    minutes: str
    seconds: str
    stop_download: str
    download_stopped: str
    download_failed: str

    def get(self, size: int) -> str:
        """Return the label of the button that downloads `size` bytes."""
        return self.download.format(size=_size(size))

    def progress(self, name: str, done: int, total: int, seconds_left: float | None) -> str:
        """Return how far a download is, in bytes, and the time left where it is known."""
        said = self.downloading.format(name=name, done=_size(done), total=_size(total))
        if seconds_left is None:
            return said
        minutes = round(seconds_left / 60)
        spoken, count = (self.minutes, minutes) if minutes else (self.seconds, round(seconds_left))
        return said + self.time_left.format(left=spoken.format(count=count))

    def needing(self, name: str, why: str) -> str:
        """Return the line for a model that cannot run here."""
        return self.needs.format(name=name, why=why)

    def cannot_use(self, name: str, why: str) -> str:
        """Return why a model was not taken."""
        return self.refused.format(name=name, why=why)

    def hear(self, language: str) -> str:
        """Return the name of the button that plays a sentence in a language's voice."""
        return self.listen_to.format(language=language)

    def silent(self, why: str) -> str:
        """Return why no voice is heard."""
        return self.not_heard.format(why=why)

    def voice_of(self, language: str) -> str:
        """Return the label of a language's list of voices."""
        return self.language_voice.format(language=language)

    def voice_name(self, voice: str) -> str:
        """Return the name of one of Kokoro's voices: "zf_xiaobei" is a woman's, "zm_yunxi" a man's."""
        kind, _, name = voice.rpartition("_")
        template = {"f": self.woman, "m": self.man}.get(kind[-1:], "{name}")
        return template.format(name=self.voices.get(name, name))

    def length_of(self, tokens: int) -> str:
        """Return the name of a length that is none of the three."""
        return self.length_own.format(tokens=tokens)


ENGLISH = SettingsWords(
    title=_("Settings"),
    close=_("Close settings"),
    note=_("Saved in this browser only."),
    page=_("General"),
    language=_("Page language"),
    theme=_("Theme"),
    theme_system=_("Match system"),
    theme_light=_("Light"),
    theme_dark=_("Dark"),
    history=_("Save my conversations"),
    history_note=_(
        "Saved on this computer, where you can search and delete them. "
        "When this is off, closing the tab ends the conversation for good."
    ),
    replies=_("Replies"),
    reply_language=_("Reply language"),
    reply_automatic=_("Automatic (your language, if the model supports it)"),
    reply_note=_("The chat model can reply in: {languages}."),
    length=_("Maximum reply length"),
    length_short=_("Short"),
    length_medium=_("Medium"),
    length_long=_("Long"),
    length_longest=_("Very long"),
    length_own=_("{tokens} tokens"),
    temperature=_("Creativity"),
    temperature_note=_("0 picks the most likely words. Higher values bring more variety and more mistakes."),
    follow_ups=_("Suggest follow-up questions"),
    follow_ups_note=_("Written after a reply, when Trio is idle, by a model on this computer."),
    voice_group=_("Voice"),
    hot_words=_("Names and words to listen for"),
    hot_words_note=_(
        "People, places and rare words that you may say, separated by commas. Trio then spells them right. "
        "Names that you have typed in a conversation it knows by itself."
    ),
    speak=_("Read replies aloud"),
    voice=pgettext("who speaks", "Voice"),
    language_voice=_("Voice for {language}"),
    voices={
        "xiaobei": _("Xiaobei"),
        "xiaoni": _("Xiaoni"),
        "xiaoxiao": _("Xiaoxiao"),
        "xiaoyi": _("Xiaoyi"),
        "yunjian": _("Yunjian"),
        "yunxi": _("Yunxi"),
        "yunxia": _("Yunxia"),
        "yunyang": _("Yunyang"),
    },
    woman=_("{name} (woman)"),
    man=_("{name} (man)"),
    speed=_("Speaking speed"),
    listen=pgettext("try a voice", "Listen"),
    listen_to=_("Listen to the voice for {language}"),
    sample=_("Hello! This is how I will read my replies to you."),
    not_heard=_("The voice could not be played. {why}"),
    models=_("Models"),
    models_note=_("Changes apply from your next message and affect only you."),
    profile=_("Profile"),
    profile_embedded=_("Built in (runs on this computer)"),
    profile_quality=_("Quality (larger models from Hugging Face)"),
    profile_server=_("Server (models at an address you set)"),
    profile_cluster=_("Cluster (Trio on several machines)"),
    profile_own=_("Custom"),
    advanced=_("Advanced"),
    kind_embedded=_("Built in"),
    kind_hub=_("Hugging Face"),
    kind_server=_("Server"),
    writer_large=_("The larger of Trio’s two built-in chat models: {memory} GB of memory is enough for it."),
    writer_small=_(
        "The smaller of Trio’s two built-in chat models: this computer has {memory} GB of memory, and the "
        "larger one needs {least} GB."
    ),
    writer_chosen=_("This model is set in Trio’s settings on this computer."),
    needs=_("{name} cannot run here: {why}"),
    refused=_("{name} was not selected. {why}"),
    not_there=_("{name} has not been downloaded yet."),
    asking_hub=_("{name} has not been downloaded yet. Looking it up on Hugging Face…"),
    hub_offer=_(
        "{name} has not been downloaded yet. It is {repository} on Hugging Face, licence: {licence}."
    ),
    much_memory=_(" It may be too large for this computer’s memory."),
    download=_("Download ({size})"),
    download_begins=_("Downloading {name}…"),
    downloading=_("Downloading {name}: {done} of {total}"),
    time_left=_(", {left} left"),
    minutes=_("{count} min"),
    seconds=_("{count} s"),
    stop_download=_("Stop"),
    download_stopped=_("The download of {name} was stopped. It will continue from here next time."),
    download_failed=_("{name} could not be downloaded. {why}"),
)


def _size(count: int) -> str:
    """Return bytes as people read them, in megabytes or gigabytes of a thousand."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
