"""Whisper of any size through faster-whisper: models of the hub in CTranslate2's format, without torch."""

from __future__ import annotations

from typing import Any

from pipelines.core.errors import ModelError
from pipelines.core.hub import Hub
from pipelines.core.hub_backend import find, short_name
from pipelines.core.hub_request import HubRequest
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.speech.transcribe import BEAM_SIZE, WhisperTranscriber

DEFAULT = "mobiuslabsgmbh/faster-whisper-large-v3-turbo"
FILES = ("model.bin", "config.json", "preprocessor_config.json", "tokenizer.json", "vocabulary.*")


class FasterWhisper(WhisperTranscriber):
    """As the packaged Whisper; the emotion of the voice is then read with Whisper base's own encoder.

    Args:
        registry: Its store's cache holds the lock files.
        model: "owner/name" on the hub, or a folder on this machine.
        revision: Branch, tag or commit of the hub id.
        beam_size: Of the beam search.
        threads: Of the model.
        offline: False lets `load` download what is missing, after it has told size and licence.
    """

    graph = None

    def __init__(
        self,
        registry: Registry,
        *,
        model: str = DEFAULT,
        revision: str | None = None,
        beam_size: int = BEAM_SIZE,
        threads: int = 2,
        offline: bool = True,
    ) -> None:
        super().__init__(registry, beam_size=beam_size, threads=threads)
        self.request = HubRequest(model, revision, FILES)
        self._hub, self._offline = Hub.beside(registry.store.cache), offline
        self.weights = short_name(model)
        self.model = f"{self.weights} (CTranslate2 int8)"

    def load(self) -> None:
        """Verify and load the weights. Raises ModelError."""
        folder = find(self._hub, self.request, self._offline)
        self._store.path("silero-vad")
        from pipelines.speech.whisper_model import SharedEncoderModel

        options: dict[str, Any] = {"device": "cpu", "compute_type": "int8", "cpu_threads": self._threads}
        try:
            self._whisper = SharedEncoderModel(str(folder), local_files_only=True, **options)
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                said("The model {model} cannot be opened", model=self.weights),
                given=f"{type(error).__name__}: {error}",
                fix=said("Check that it is a model for this stage, in CTranslate2's format"),
            ) from error
