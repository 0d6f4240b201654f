"""Noise taken from speech by a mask over its spectrogram, with or without a look at a picture.

Sources: Wang and Chen, 2018, arXiv:1708.07524 (masks by a recurrent network); Michelsanti et al., 2021,
arXiv:2008.09586 (pictures beside the sound, there of lips; here of what is talked about).
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn

from pipelines.core.foundation import Fields
from pipelines.core.types import Audio
from pipelines.crossmodal.foundations.encoders import SEEN, Encoders, default_encoders
from pipelines.crossmodal.foundations.joint import load_module
from pipelines.crossmodal.foundations.matching import companion
from pipelines.image.decode import decode_image
from pipelines.speech.decode import SAMPLE_RATE, decode_audio
from pipelines.speech.wav import write_wav

WINDOW, HOP, BINS = 512, 256, 257
HIDDEN, GLIMPSE = 128, 32
_Samples = NDArray[np.float32]


class MaskNet(nn.Module):
    """A gain between 0 and 1 for every cell of the spectrogram.

    Args:
        guided: Whether it also reads pooled image features.
    """

    def __init__(self, *, guided: bool) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.Linear(BINS, HIDDEN), nn.GELU())
        self.glimpse = (
            nn.Sequential(nn.LayerNorm(SEEN, elementwise_affine=False), nn.Linear(SEEN, GLIMPSE), nn.Tanh())
            if guided
            else None
        )
        self.memory = nn.GRU(HIDDEN + (GLIMPSE if guided else 0), HIDDEN, batch_first=True)
        self.leave = nn.Linear(HIDDEN, BINS)

    def forward(self, magnitude: Tensor, seen: Tensor) -> Tensor:
        """Return gains (n, frames, 257) of magnitudes (n, frames, 257) and image features (n, 1280)."""
        frames = self.enter(torch.log1p(10.0 * magnitude))
        if self.glimpse is not None:
            look = self.glimpse(seen)[:, None].expand(-1, frames.shape[1], -1)
            frames = torch.cat([frames, look], dim=2)
        gains: Tensor = self.leave(self.memory(frames)[0]).sigmoid()
        return gains


class ImageGuidedEnhancer:
    """Both networks: one that only listens, one that looks too.

    Attributes:
        alone: Takes the sound alone.
        guided: Takes the picture's features too.
    """

    def __init__(self, alone: MaskNet, guided: MaskNet, encoders: Encoders | None = None) -> None:
        self.alone, self.guided = alone.eval(), guided.eval()
        self._encoders = encoders or default_encoders()

    @property
    def parameters(self) -> int:
        """Weights of both networks."""
        return sum(weight.numel() for net in (self.alone, self.guided) for weight in net.parameters())

    def enhance(self, samples: _Samples, seen: NDArray[np.float32] | None = None) -> _Samples:
        """Return 16 kHz speech without the noise, float32 (n,).

        Args:
            samples: The noisy speech, (n,).
            seen: Pooled features of the picture that is talked about, (1280,); without them only the sound.
        """
        net = self.alone if seen is None else self.guided
        given = np.zeros(SEEN, np.float32) if seen is None else seen
        with torch.inference_mode():
            wave = torch.from_numpy(samples)
            spectrum = transform(wave[None])
            gains = net(spectrum.abs(), torch.from_numpy(given)[None])
            clean = torch.istft(
                (spectrum * gains).transpose(1, 2),
                WINDOW,
                HOP,
                window=torch.hann_window(WINDOW),
                length=len(wave),
            )
        found: _Samples = clean[0].numpy()
        return found

    def save(self, folder: Path) -> None:
        """Write both networks."""
        save_file(self.alone.state_dict(), folder / "alone.safetensors")
        save_file(self.guided.state_dict(), folder / "guided.safetensors")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the saved one. Raises ModelError."""
        nets = [MaskNet(guided=False), MaskNet(guided=True)]
        for net, name in zip(nets, ("alone", "guided"), strict=True):
            load_module(net, folder / f"{name}.safetensors")
        return cls(*nets)

    def predict(self, file: Path, out: Path) -> Fields:
        """Write the enhanced sound; fields `path`, `audio_seconds`, `picture` (its name, or none).

        The picture of the same name beside the sound is looked at where there is one.

        Raises:
            InputError: if the sound or the picture cannot be used.
        """
        audio, picture = decode_audio(file), companion(file, "image")
        seen = self._encoders.see(decode_image(picture)) if picture is not None else None
        target = out / f"{file.stem}-enhanced.wav"
        clean = np.clip(self.enhance(audio.samples, seen), -1.0, 1.0)
        seconds = write_wav(target, [Audio(clean, SAMPLE_RATE)])
        return {
            "path": str(target),
            "audio_seconds": round(seconds, 3),
            "picture": picture.name if picture is not None else "none",
        }


def transform(waves: Tensor) -> Tensor:
    """Return the complex spectrogram (n, frames, 257) of 16 kHz sound (n, samples)."""
    found: Tensor = torch.stft(
        waves, WINDOW, HOP, window=torch.hann_window(WINDOW, device=waves.device), return_complex=True
    ).transpose(1, 2)
    return found
