"""What happens to a person's choices: read at the start, changed in the settings, kept by the browser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chatbot.config.mind import Writer
from chatbot.config.privacy import destinations
from chatbot.turn.options import TurnOptions
from chatbot.ui.choices import choices_of, refused
from chatbot.ui.hub_downloads import hub_request, look_up
from chatbot.ui.model_downloads import Download, ModelDownloads, bytes_to_get
from chatbot.ui.page_parts import client_words
from chatbot.ui.preferences import Preferences, read_preferences
from chatbot.ui.settings_alerts import Refusal, download_state, hub_offer
from chatbot.ui.settings_form import BACKEND, read_form, settings_form
from chatbot.ui.voice_sample import sample
from chatbot.ui.words import Words
from chatbot.ui.writers import other_writers
from pipelines.core.errors import ModelMissingError, TrioError
from pipelines.core.registry import Registry
from pipelines.core.types import Stage

FOLLOW_SECONDS = 1.0
"""Between two looks at a download that reports nothing."""


@dataclass(frozen=True)
class PreferenceHandlers:
    """Choices of a person.

    Attributes:
        registry: The back-ends that can be chosen.
        usual: How turns are answered where nothing was chosen.
        writer: Which packaged model writes the replies where nobody chooses, and why.
        downloads: Gets packaged models; None where the page must not.
    """

    registry: Registry
    usual: TurnOptions
    writer: Writer | None = None
    downloads: ModelDownloads | None = None

    def options(self, stored: object) -> TurnOptions:
        """Return how to answer a turn of a person whose browser keeps `stored`.

        A back-end or a voice that the table no longer has is left out.
        """
        return self.known(read_preferences(stored)).options(self.usual)

    def known(self, chosen: Preferences) -> Preferences:
        """Return the choices without back-ends and voices that are not in the table."""
        table = self.registry.table
        kept = {stage: name for stage, name in chosen.backends.items() if name in table.get(stage, {})}
        offered = [spec.voices for spec in table.get(Stage.SPEAK, {}).values()]
        voices = {
            language: name
            for language, name in chosen.voices.items()
            if any(name in row.get(language, ()) for row in offered)
        }
        return chosen.model_copy(update={"backends": kept, "voices": voices})

    def client_words(self, words: Words, chosen: Preferences) -> dict[str, Any]:
        """Return what the page's scripts say, where the person's data go, and who else can answer again."""
        privacy = words.privacy(destinations(self.registry, chosen.options(self.usual).backends))
        writers = other_writers(self.registry, chosen.backends)
        writer = chosen.backends.get(Stage.GENERATE) or self.registry.name(Stage.GENERATE)
        title = self.registry.title(Stage.GENERATE, writer)
        return {**client_words(words, chosen.theme, privacy), "writer": title, "writers": writers}

    def form(self, words: Words, chosen: Preferences, refusals: Iterable[Refusal] = ()) -> dict[str, str]:
        """Return the value of the settings' dialog."""
        choices = choices_of(self.registry, chosen.backends, self.writer)
        download = self.downloads.state if self.downloads is not None else None
        form = settings_form(words, chosen, self.usual, choices, refusals, download)
        return {"title": words.settings.title, "close": words.settings.close, "form": form}

    def change(self, given: Mapping[str, Any], stored: object) -> tuple[Preferences, list[Refusal]]:
        """Return the choices after a change in the form, and the models that cannot run and were not taken.

        Args:
            given: What the form says; `changed` names the control.
            stored: What the browser kept until now.
        """
        before = self.known(read_preferences(stored))
        after = self._after(given, before)
        new: dict[Stage, str] = {
            stage: name for stage, name in after.backends.items() if before.backends.get(stage) != name
        }
        bad = refused(self.registry, new)
        if not bad:
            return after, []
        kept = {
            stage: before.backends.get(stage, "") if stage in bad else name
            for stage, name in after.backends.items()
        }
        refusals = [self._refusal(stage, new[stage], error) for stage, error in bad.items()]
        return after.model_copy(update={"backends": {s: n for s, n in kept.items() if n}}), refusals

    def _after(self, given: Mapping[str, Any], before: Preferences) -> Preferences:
        choices = choices_of(self.registry, before.backends)
        return self.known(read_preferences(read_form(given, before, self.usual, choices)))

    def sample(self, words: Words, given: Mapping[str, Any], stored: object) -> dict[str, Any]:
        """Return a sentence in the chosen voice, at the chosen speed, as the settings' dialog wants it.

        Args:
            words: What the page says.
            given: What the form says; `listen` is the language, `number` comes back with the answer.
            stored: What the browser keeps.
        """
        before = self.known(read_preferences(stored))
        options = self._after(given, before).options(self.usual)
        answer = {"number": given.get("number", 0), "sound": "", "problem": ""}
        try:
            return {**answer, "sound": sample(self.registry, str(given.get("listen")), options)}
        except TrioError as error:
            return {**answer, "problem": words.settings.silent(words.say(error.said))}

    def _refusal(self, stage: Stage, name: str, error: TrioError) -> Refusal:
        """Return why a model was not taken, and what a download would get, if one helps and is allowed."""
        refusal = Refusal(stage, name, error.said, self.registry.title(stage, name))
        if self.downloads is None or not isinstance(error, ModelMissingError):
            return refusal
        if size := bytes_to_get(self.registry, stage, name):
            return refusal._replace(size=size)
        return refusal._replace(asks=hub_request(self.registry, stage, name) is not None)

    def look_up(self, words: Words, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the hub for a model; return what the settings' dialog shows of it: its size, or why not.

        Args:
            words: What the page says.
            asked: `stage` and `name` of the back-end.
        """
        stage, name = self._stage(asked), str(asked.get("name"))
        if self.downloads is None or stage is None:
            return {}
        title = name
        try:
            title = self.registry.title(stage, name)
            shown = hub_offer(stage, name, title, look_up(self.registry, stage, name), words)
        except TrioError as error:
            shown = download_state(Download(stage, name, title, ended=True, error=error), words)
        return {"stage": str(stage), "download": shown, "running": False}

    def _stage(self, asked: Mapping[str, Any]) -> Stage | None:
        return next((stage for stage in self.registry.table if stage == asked.get("stage")), None)

    def download(self, words: Words, asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Download what a back-end lacks; yield what the settings' dialog shows of it until it has ended.

        Args:
            words: What the page says.
            asked: `stage` and `name` of the back-end; without them, what is being downloaded is followed.
        """
        downloads = self.downloads
        if downloads is None:
            return
        state = self._begun(downloads, asked)
        while state is not None:
            shown = {
                "stage": str(state.stage),
                "download": download_state(state, words),
                "running": not state.ended,
            }
            good = state.ended and state.error is None and not state.stopped
            yield {**shown, "choose": {f"{BACKEND}{state.stage}": state.name}} if good else shown
            if state.ended:
                return
            state = downloads.wait(state, FOLLOW_SECONDS)

    def _begun(self, downloads: ModelDownloads, asked: Mapping[str, Any]) -> Download | None:
        stage, name = self._stage(asked), str(asked.get("name"))
        if stage is None:
            return downloads.state
        try:
            return downloads.start(stage, name)
        except TrioError as error:
            return Download(stage, name, ended=True, error=error)
