"""The WaveNet vocoder as a foundation, and Griffin-Lim, which needs no training, to compare it with."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from pipelines.core.foundation import Fields
from pipelines.core.types import Audio
from pipelines.speech.decode import AudioLimits, decode_audio
from pipelines.speech.foundations.features import WINDOW_SECONDS, fft_size, mel_filters, mel_power
from pipelines.speech.foundations.wavenet import (
    SILENCE,
    WaveNet,
    WaveNetConfig,
    from_mu_law,
    gated,
)
from pipelines.speech.wav import write_wav

RATE = 8000
PEAK = 0.8
MAX_SECONDS = 10.0
TEMPERATURE = 0.8
LEAST_POWER = 1e-7
SILENT_MEL = float((np.log(LEAST_POWER) + 6.0) / 8.0)
WEIGHTS, FACTS = "model.safetensors", "wavenet.json"
Samples = NDArray[np.float32]
Mel = NDArray[np.float32]


def levelled(samples: Samples) -> Samples:
    """Return the sound with its loudest sample at 0.8."""
    return (samples * (PEAK / max(float(np.abs(samples).max(initial=0.0)), 1e-4))).astype(np.float32)


def vocoder_mel(samples: Samples, config: WaveNetConfig) -> Mel:
    """Return the log-mel frames that condition the vocoder, (ceil(n / hop), bands), about in [-1, 1]."""
    frames = -(-len(samples) // config.hop)
    power = mel_power(samples, RATE, config.bands, config.hop / RATE)[:frames]
    return ((np.log(np.maximum(power, LEAST_POWER)) + 6.0) / 8.0).astype(np.float32)


def griffin_lim(mel: Mel, config: WaveNetConfig) -> Samples:
    """Return sound of that mel spectrogram (Griffin and Lim, 1984): phases that agree, after 32 rounds."""
    import librosa

    power = np.exp(8.0 * mel - 6.0).T
    magnitude = np.sqrt(librosa.util.nnls(mel_filters(RATE, config.bands), power))
    found: Samples = librosa.griffinlim(
        magnitude,
        n_iter=32,
        hop_length=config.hop,
        win_length=round(WINDOW_SECONDS * RATE),
        n_fft=fft_size(RATE),
        random_state=0,
    )
    return levelled(np.pad(found, (0, len(mel) * config.hop - len(found))))


class Vocoder:
    """A WaveNet that turns `vocoder_mel` frames into sound at 8 kHz.

    Attributes:
        network: In evaluation mode when it speaks.
    """

    def __init__(self, config: WaveNetConfig) -> None:
        self.network = WaveNet(config).eval()

    @property
    def parameters(self) -> int:
        """How many numbers the network learned."""
        return sum(p.numel() for p in self.network.parameters())

    def save(self, folder: Path) -> None:
        """Write `model.safetensors` and `wavenet.json`."""
        save_file(self.network.state_dict(), folder / WEIGHTS)
        (folder / FACTS).write_text(json.dumps(asdict(self.network.config)) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the saved vocoder."""
        found = cls(WaveNetConfig(**json.loads((folder / FACTS).read_text("utf-8"))))
        found.network.load_state_dict(load_file(folder / WEIGHTS))
        return found

    def copies(self, clips: Sequence[Samples], seed: int = 0) -> list[Samples]:
        """Return 8 kHz sounds analysed to mel frames and made again, all of them at the same time."""
        mels = [vocoder_mel(levelled(clip), self.network.config) for clip in clips]
        batch = torch.full((len(mels), max(map(len, mels)), self.network.config.bands), SILENT_MEL)
        for row, mel in zip(batch, mels, strict=True):
            row[: len(mel)] = torch.from_numpy(mel)
        sound = generate(self.network, batch, temperature=TEMPERATURE, seed=seed).numpy()
        return [row[: len(clip)] for row, clip in zip(sound, clips, strict=True)]

    def predict(self, file: Path, out: Path) -> Fields:
        """Copy a recording through mel frames, by WaveNet and by Griffin-Lim.

        Fields `path`, `griffin_lim`, `audio_seconds`, `generation_seconds`.
        """
        limits = AudioLimits(max_seconds=MAX_SECONDS)
        samples = decode_audio(file, limits, sample_rate=RATE).samples
        start = time.perf_counter()
        copy = self.copies([samples])[0]
        spent = time.perf_counter() - start
        plain = griffin_lim(vocoder_mel(levelled(samples), self.network.config), self.network.config)
        out.mkdir(parents=True, exist_ok=True)
        paths = [out / f"{file.stem}.{name}.wav" for name in ("wavenet", "griffin-lim")]
        for path, sound in zip(paths, (copy, plain), strict=True):
            write_wav(path, [Audio(sound, RATE)])
        return {
            "path": str(paths[0]),
            "griffin_lim": str(paths[1]),
            "audio_seconds": round(len(samples) / RATE, 3),
            "generation_seconds": round(spent, 3),
        }


def generate(network: WaveNet, mel: Tensor, *, temperature: float = 1.0, seed: int = 0) -> Tensor:
    """Return samples, float32 (batch, frames * hop), drawn one after another with cached states.

    Args:
        network: In evaluation mode.
        mel: float32 (batch, frames, bands).
        temperature: Divides the scores; below 1 the sound has less noise and less breath.
        seed: Of the draws.
    """
    with torch.no_grad():
        return from_mu_law(_levels(network, mel, temperature, seed))


def _levels(network: WaveNet, mel: Tensor, temperature: float, seed: int) -> Tensor:
    states = CachedStates(network, mel)
    random = torch.Generator().manual_seed(seed)
    level = torch.full((len(mel),), SILENCE)
    out = torch.empty(len(mel), mel.shape[1] * network.config.hop, dtype=torch.int64)
    for step in range(out.shape[1]):
        shares = (states.step(level) / temperature).softmax(1)
        level = torch.multinomial(shares, 1, generator=random)[:, 0]
        out[:, step] = level
    return out


class CachedStates:
    """Every layer's past inputs in a ring, so that a sample costs one step of every layer and no more."""

    def __init__(self, network: WaveNet, mel: Tensor) -> None:
        config = network.config
        self.network, self.time, self.hop = network, 0, config.hop
        self.conditions = torch.stack(network.conditions(mel)).permute(3, 0, 1, 2).contiguous()
        self.rings = [torch.zeros(d, len(mel), config.channels) for d in config.dilations]
        self.layers = [self._weights(i) for i in range(len(config.dilations))]
        self.out = [(conv.weight[:, :, 0].T, conv.bias) for conv in (network.out[1], network.out[3])]

    def _weights(self, layer: int) -> tuple[Tensor, ...]:
        """Return what was and what is as one matrix, and the residual and skip as another."""
        net = self.network
        dilated, residual, skip = net.dilated[layer], net.residual[layer], net.skip[layer]
        both = torch.cat([dilated.weight[:, :, 0], dilated.weight[:, :, 1]], dim=1).T.contiguous()
        after = torch.cat([residual.weight[:, :, 0], skip.weight[:, :, 0]]).T.contiguous()
        return both, dilated.bias, after, torch.cat([residual.bias, skip.bias])

    def step(self, level: Tensor) -> Tensor:
        """Return the scores, (batch, 256), after the level int64 (batch,) of the sample before."""
        x = functional.embedding(level, self.network.embed.weight)
        total = torch.zeros(len(x), self.network.config.skip)
        conditions = self.conditions[self.time // self.hop]
        for layer, (both, bias, after, after_bias) in enumerate(self.layers):
            ring = self.rings[layer]
            place = self.time % len(ring)
            gates = torch.addmm(conditions[layer] + bias, torch.cat([ring[place], x], dim=1), both)
            ring[place] = x
            new = torch.addmm(after_bias, gated(gates), after)
            x = x + new[:, : x.shape[1]]
            total += new[:, x.shape[1] :]
        self.time += 1
        hidden = torch.addmm(self.out[0][1], total.relu(), self.out[0][0]).relu()
        return torch.addmm(self.out[1][1], hidden, self.out[1][0])
