"""Speech to text by openai-whisper, any size (Radford et al., 2022, arXiv:2212.04356; MIT)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.device import Placement
from pipelines.core.errors import ModelMissingError, SettingsError
from pipelines.core.hub_request import local_path
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.speech.huggingface.transcriber import HubTranscriber, Piece
from pipelines.speech.huggingface.whisper_files import WhisperFiles
from pipelines.speech.transcribe import COMPRESSION, LOG_PROBABILITY, NO_SPEECH, PROMPTS, TEMPERATURES
from pipelines.speech.windows import Window

_SAMPLES_PER_FRAME = 320


class OpenAIWhisper(HubTranscriber):
    """`model`: a size ("tiny" to "large-v3", "turbo") or the path of a `.pt` checkpoint of that format."""

    default = "small"

    def __init__(self, registry: Registry, **options: Any) -> None:
        super().__init__(registry, **options)
        self._store = WhisperFiles(registry.store.cache / "openai-whisper")
        self.model = f"Whisper {self.model} (openai-whisper)"
        if self._dtype == "bfloat16" or self.request.revision is not None:
            raise SettingsError(
                said("These openai-whisper settings are invalid"),
                given=f"dtype {self._dtype}, revision {self.request.revision}",
                allowed="dtype auto, float32 or float16; no revision",
                fix=said("Use the backend transformers for these"),
            )

    def _find(self) -> Path:
        size = self.request.model
        if size.endswith(".pt") and (own := local_path(size)) is not None:
            return own
        try:
            return self._store.path(size)
        except ModelMissingError:
            if self._offline:
                raise
            print(self._store.described(size), file=sys.stderr)
            return self._store.get(size)

    def _open(self, folder: Path, placement: Placement) -> None:
        import torch
        from whisper.model import ModelDimensions, Whisper

        checkpoint = torch.load(folder, map_location="cpu", weights_only=True)
        net = Whisper(ModelDimensions(**checkpoint["dims"]))
        net.load_state_dict(checkpoint["model_state_dict"])
        self._net = net.to(placement.device).eval()
        self._half = placement.device.partition(":")[0] == "cuda" and placement.dtype != "float32"

    def _languages(self) -> Sequence[str]:
        from whisper.tokenizer import LANGUAGES

        return list(LANGUAGES)[: self._net.num_languages] if self._net.is_multilingual else ["en"]

    def _mel(self, window: Window) -> Any:
        """Return the log-mel spectrogram of the window padded to 30 s, (1, bands, 3000)."""
        from whisper.audio import log_mel_spectrogram, pad_or_trim

        padded = pad_or_trim(np.ascontiguousarray(window.samples))
        mel = log_mel_spectrogram(padded, self._net.dims.n_mels, device=self._net.device)
        return (mel.half() if self._half else mel)[None]

    def _detect(self, window: Window) -> tuple[str, float]:
        from whisper.decoding import detect_language

        if not self._net.is_multilingual:
            return "en", 1.0
        _, chances = detect_language(self._net, self._mel(window))
        best = max(chances[0], key=chances[0].__getitem__)
        return best, float(chances[0][best])

    def _words(self, batch: Sequence[Window], language: str, cancel: CancelToken) -> list[list[Piece]]:
        """Transcribe each window; the decoder asks `cancel` before every token."""
        hook = self._net.decoder.register_forward_pre_hook(lambda *_: cancel.raise_if_cancelled())
        try:
            return [self._pieces(window, language) for window in batch]
        finally:
            hook.remove()

    def _pieces(self, window: Window, language: str) -> list[Piece]:
        from whisper.transcribe import transcribe

        found = transcribe(
            self._net,
            np.ascontiguousarray(window.samples),
            language=language,
            temperature=TEMPERATURES,
            beam_size=self._beams if self._beams > 1 else None,
            no_speech_threshold=NO_SPEECH,
            logprob_threshold=LOG_PROBABILITY,
            compression_ratio_threshold=COMPRESSION,
            condition_on_previous_text=False,
            initial_prompt=PROMPTS.get(language),
            fp16=self._half,
            verbose=None,
        )
        return [(float(s["start"]), float(s["end"]), s["text"]) for s in found["segments"]]

    def _frames(self, window: Window) -> NDArray[np.float32]:
        hidden = self._net.encoder(self._mel(window))[0]
        frames: NDArray[np.float32] = hidden.float().cpu().numpy()
        return frames[: -(-len(window.samples) // _SAMPLES_PER_FRAME)]
