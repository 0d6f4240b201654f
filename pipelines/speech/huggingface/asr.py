"""Speech to text by transformers: Whisper and other encoder-decoders, and CTC models (wav2vec 2.0, HuBERT).

Sources: Radford et al., 2022 (arXiv:2212.04356); Baevski et al., 2020 (arXiv:2006.11477).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.device import Placement
from pipelines.core.errors import ModelError
from pipelines.core.hub_backend import open_pretrained
from pipelines.core.hub_card import card_languages
from pipelines.core.said import said
from pipelines.core.stopping import StopWhenCancelled
from pipelines.speech.huggingface.extractor import feature_extractor
from pipelines.speech.huggingface.transcriber import HubTranscriber, Piece
from pipelines.speech.vad import SAMPLE_RATE
from pipelines.speech.windows import Window

_SAMPLES_PER_FRAME = 320
_MAX_TOKENS = 440


class TransformersTranscriber(HubTranscriber):
    """A model with the head `...ForConditionalGeneration` (Whisper) or `...ForCTC`."""

    default = "openai/whisper-small"

    def _open(self, folder: Path, placement: Placement) -> None:
        from transformers import (
            AutoConfig,
            AutoModelForCTC,
            AutoModelForSpeechSeq2Seq,
            AutoTokenizer,
        )

        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        head = (config.architectures or [""])[0]
        kinds = {"ForCTC": AutoModelForCTC, "ForConditionalGeneration": AutoModelForSpeechSeq2Seq}
        kind = next((cls for ending, cls in kinds.items() if head.endswith(ending)), None)
        if kind is None or (kind is AutoModelForSpeechSeq2Seq and config.model_type != "whisper"):
            raise ModelError(
                said(
                    "The model {model} is not a speech recognition model that Trio can use", model=self.model
                ),
                given=f"architecture {head or 'unknown'}",
                allowed="WhisperForConditionalGeneration or any ...ForCTC",
            )
        self._extractor = feature_extractor(folder, self.model)
        self._tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        self._net = open_pretrained(kind, folder, placement)
        self._ctc = kind is AutoModelForCTC
        self._known = self._model_languages(folder)

    def _model_languages(self, folder: Path) -> tuple[str, ...]:
        codes = () if self._ctc else tuple(getattr(self._net.generation_config, "lang_to_id", None) or ())
        return tuple(code.strip("<|>") for code in codes) or card_languages(folder) or ("en",)

    def _languages(self) -> Sequence[str]:
        return self._known

    def _detect(self, window: Window) -> tuple[str, float]:
        """Whisper's first token is the language; a model of one language is taken at its word."""
        import torch

        ids = {} if self._ctc else getattr(self._net.generation_config, "lang_to_id", None) or {}
        if not ids:
            return self._known[0], 1.0
        start = torch.tensor([[self._net.generation_config.decoder_start_token_id]], device=self._net.device)
        logits = self._net(**self._features([window]), decoder_input_ids=start, use_cache=False).logits[0, -1]
        chances = logits[list(ids.values())].float().softmax(dim=-1)
        best = int(chances.argmax())
        return list(ids)[best].strip("<|>"), float(chances[best])

    def _features(self, batch: Sequence[Window]) -> dict[str, Any]:
        """Return the model's inputs on its device, in its number format."""
        options = {"padding": True} if self._ctc else {"padding": "max_length", "return_attention_mask": True}
        samples = [window.samples for window in batch]
        features = self._extractor(samples, sampling_rate=SAMPLE_RATE, return_tensors="pt", **options)
        return dict(features.to(self._net.device, dtype=self._net.dtype))

    def _words(self, batch: Sequence[Window], language: str, cancel: CancelToken) -> list[list[Piece]]:
        return self._by_ctc(batch) if self._ctc else self._by_whisper(batch, language, cancel)

    def _by_ctc(self, batch: Sequence[Window]) -> list[list[Piece]]:
        logits = self._net(**self._features(batch)).logits
        texts = self._tokenizer.batch_decode(logits.argmax(dim=-1))
        return [
            [(0.0, len(window.samples) / SAMPLE_RATE, text)]
            for window, text in zip(batch, texts, strict=True)
        ]

    def _by_whisper(self, batch: Sequence[Window], language: str, cancel: CancelToken) -> list[list[Piece]]:
        told = {"language": language, "task": "transcribe"}
        multilingual = bool(getattr(self._net.generation_config, "is_multilingual", False))
        room = self._net.config.max_target_positions - 8
        found = self._net.generate(
            **self._features(batch),
            **(told if multilingual else {}),
            return_timestamps=True,
            return_segments=True,
            num_beams=self._beams,
            do_sample=False,
            max_new_tokens=min(_MAX_TOKENS, room),
            stopping_criteria=[StopWhenCancelled(cancel)],
        )
        return [[self._piece(segment) for segment in segments] for segments in found["segments"]]

    def _piece(self, segment: dict[str, Any]) -> Piece:
        text = self._tokenizer.decode(segment["tokens"], skip_special_tokens=True)
        return float(segment["start"]), float(segment["end"]), text

    def _frames(self, window: Window) -> NDArray[np.float32]:
        features = self._features([window])
        if self._ctc:
            hidden = self._net.base_model(**features).last_hidden_state[0]
        else:
            hidden = self._net.get_encoder()(features["input_features"]).last_hidden_state[0]
        frames: NDArray[np.float32] = hidden.float().cpu().numpy()
        return frames[: -(-len(window.samples) // _SAMPLES_PER_FRAME)]
