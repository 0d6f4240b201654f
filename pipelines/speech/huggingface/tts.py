"""Voices of transformers: VITS, with Meta's MMS in 1,100 languages, and SpeechT5.

Sources: Kim et al., 2021 (arXiv:2106.06103); Pratap et al., 2023 (arXiv:2305.13516); Ao et al., 2022
(arXiv:2110.07205); the vocoder HiFi-GAN, Kong et al., 2020 (arXiv:2010.05646).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.device import Placement, running
from pipelines.core.errors import MissingPackageError, ModelError, SettingsError
from pipelines.core.hub_backend import find, open_pretrained
from pipelines.core.hub_card import card_languages
from pipelines.core.hub_request import HubRequest
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.speech.huggingface.speaker import HubSpeaker
from pipelines.speech.huggingface.tempo import change_tempo

VOCODER = "microsoft/speecht5_hifigan"
_SILENCE: NDArray[np.float32] = np.zeros(0, np.float32)


class TransformersSpeaker(HubSpeaker):
    """A VITS or SpeechT5 model.

    Args:
        registry: Its store's cache holds the lock files.
        language: ISO 639-1 code of the voice, where neither card nor name tell it.
        speaker: VITS: the speaker's number, for a model of several. SpeechT5: a `.npy` file with the
            speaker's x-vector, float32 (512,).
        vocoder: Hub id or folder of SpeechT5's vocoder.
        seed: Of the noise that both models need: the same text sounds the same each time.
        **options: As for every `HubBackend`.
    """

    default = "facebook/mms-tts-eng"

    def __init__(
        self,
        registry: Registry,
        *,
        language: str | None = None,
        speaker: int | str | None = None,
        vocoder: str = VOCODER,
        seed: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(registry, **options)
        self._language, self._speaker, self._seed = language, speaker, seed
        self.vocoder_request = HubRequest(vocoder)
        self._vocoder: Any = None

    def _open(self, folder: Path, placement: Placement) -> None:
        from transformers import AutoConfig, AutoTokenizer

        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        if config.model_type not in {"vits", "speecht5"}:
            raise ModelError(
                said("The model {model} is not a voice that Trio can use", model=self.model),
                given=f"model type {config.model_type}",
                allowed="vits (MMS too), speecht5",
            )
        self._tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        self._known = (self._language,) if self._language else card_languages(folder) or ("en",)
        self._vits = config.model_type == "vits"
        if self._vits:
            self._open_vits(folder, placement)
        else:
            self._open_speecht5(folder, placement)

    def _close(self) -> None:
        super()._close()
        self._vocoder = None

    def _languages(self) -> Sequence[str]:
        return self._known

    def _open_vits(self, folder: Path, placement: Placement) -> None:
        from transformers import VitsModel

        _require_uroman(self._tokenizer, self.model)
        if isinstance(self._speaker, str):
            raise SettingsError(said("A VITS model's speaker is a number"), given=repr(self._speaker))
        net = open_pretrained(VitsModel, folder, placement)
        if self._speaker is not None and not 0 <= self._speaker < net.config.num_speakers:
            raise SettingsError(
                said("The model {model} has no such speaker", model=self.model),
                given=f"{self._speaker}",
                allowed=said("{lowest} to {highest}", lowest=0, highest=net.config.num_speakers - 1),
            )
        self._net = net
        self.sample_rate = int(net.config.sampling_rate)

    def _open_speecht5(self, folder: Path, placement: Placement) -> None:
        from transformers import SpeechT5ForTextToSpeech, SpeechT5HifiGan

        vector = speaker_vector(self._speaker)
        net = open_pretrained(SpeechT5ForTextToSpeech, folder, placement)
        if len(vector) != net.config.speaker_embedding_dim:
            raise SettingsError(
                said("The speaker's x-vector has a different size than the model expects"),
                given=f"{len(vector)}",
                allowed=f"{net.config.speaker_embedding_dim}",
            )
        vocoder_folder = find(self._hub, self.vocoder_request, self._offline)
        vocoder = open_pretrained(SpeechT5HifiGan, vocoder_folder, placement)
        self._net, self._vocoder, self._vector = net, vocoder, vector
        self.sample_rate = int(vocoder.config.sampling_rate)

    def _synthesise(
        self, sentence: str, language: str, speed: float, cancel: CancelToken
    ) -> NDArray[np.float32]:
        import torch

        del language  # the model has one
        inputs = self._tokenizer(sentence, return_tensors="pt").to(self._net.device)
        if not inputs["input_ids"].numel():
            return _SILENCE
        devices = [self._net.device] if self._net.device.type == "cuda" else []
        with running(self.model), torch.random.fork_rng(devices):
            torch.manual_seed(self._seed)
            wave = self._by_vits(inputs, speed) if self._vits else self._by_speecht5(inputs, cancel)
            samples: NDArray[np.float32] = wave.float().cpu().numpy()
        return samples if self._vits else change_tempo(samples, self.sample_rate, speed)

    def _by_vits(self, inputs: Any, speed: float) -> Any:
        rate = self._net.config.speaking_rate * speed
        return self._net(**inputs, speaker_id=self._speaker, speaking_rate=rate).waveform[0]

    def _by_speecht5(self, inputs: Any, cancel: CancelToken) -> Any:
        """Make the spectrogram frame by frame, asking `cancel` before each, and the sound of it."""
        import torch

        vector = torch.from_numpy(self._vector)[None].to(self._net.device, self._net.dtype)
        prenet = self._net.speecht5.decoder.prenet
        hook = prenet.register_forward_pre_hook(lambda *_: cancel.raise_if_cancelled())
        try:
            return self._net.generate_speech(inputs["input_ids"], vector, vocoder=self._vocoder)
        finally:
            hook.remove()


def _require_uroman(tokenizer: Any, model: str) -> None:
    from importlib.util import find_spec

    if getattr(tokenizer, "is_uroman", False) and find_spec("uroman") is None:
        raise MissingPackageError(
            said(
                "The model {model} reads only Latin letters, but its language uses another script",
                model=model,
            ),
            given=said("missing {packages}", packages="uroman"),
            fix=said("Install it with: {command}", command="python -m pip install uroman"),
        )


def speaker_vector(path: int | str | None) -> NDArray[np.float32]:
    """Return a speaker's x-vector, float32 (n,), from a `.npy` file. Raises SettingsError."""
    fix = said("Set speaker to the path of a .npy file, such as one of the CMU ARCTIC x-vectors")
    if not isinstance(path, str):
        raise SettingsError(
            said("SpeechT5 needs to know whose voice to use"), given=f"speaker {path}", fix=fix
        )
    try:
        vector = np.load(Path(path).expanduser(), allow_pickle=False)
        return np.asarray(vector, np.float32).reshape(-1)
    except (OSError, ValueError) as error:
        raise SettingsError(
            said("The speaker's x-vector cannot be read"), given=f"{path}: {error}", fix=fix
        ) from error
