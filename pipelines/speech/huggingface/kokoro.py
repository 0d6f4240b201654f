"""Kokoro, 82 M parameters, 24 kHz, through ONNX Runtime (kokoro-onnx; weights Apache-2.0).

Source: https://huggingface.co/hexgrad/Kokoro-82M, as ONNX in onnx-community/Kokoro-82M-v1.0-ONNX.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.cancel import CancelToken
from pipelines.core.device import Placement
from pipelines.core.errors import BackendError, ModelError, SettingsError
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.speech.huggingface.speaker import HubSpeaker

GRAPH = "onnx/model.onnx"
STYLE_WIDTH = 256
SPOKEN = {"a": "en-us", "b": "en-gb", "e": "es", "f": "fr-fr", "h": "hi", "i": "it", "p": "pt-br"}
"""First letter of a voice's name to espeak's language, for those that its phonemes are right for."""


class KokoroSpeaker(HubSpeaker):
    """Speaks the languages of its voices; one voice of each language beside the chosen one.

    Args:
        registry: Its store's cache holds the lock files.
        voice: Name of the voice.
        file: Path of the graph in the repository or folder; None for the full-precision one, or the
            only one of a folder.
        **options: As for every `HubBackend`; it runs on the CPU in the format that its graph has.
    """

    default = "onnx-community/Kokoro-82M-v1.0-ONNX"
    files = (GRAPH, "voices/*.bin")
    sample_rate = 24_000

    def __init__(
        self, registry: Registry, *, voice: str = "af_heart", file: str | None = None, **options: Any
    ) -> None:
        super().__init__(registry, **options)
        self._voice, self._file = voice, file or GRAPH
        self.request = replace(self.request, files=(self._file, *self.files[1:]))

    def _place(self) -> Placement:
        if self._device not in {"auto", "cpu"} or self._dtype not in {"auto", "float32"}:
            raise SettingsError(
                said("Kokoro runs only on the CPU, with the data type of its graph"),
                given=f"device {self._device}, dtype {self._dtype}",
                allowed="device auto or cpu, dtype auto or float32",
            )
        return Placement("cpu", "float32")

    def _open(self, folder: Path, placement: Placement) -> None:
        from kokoro_onnx import Kokoro

        graph = self._graph(folder)
        with tempfile.TemporaryDirectory(prefix="trio-kokoro-") as scratch:
            voices = Path(scratch) / "voices.npz"
            styles = read_voices(folder)
            np.savez(voices, allow_pickle=False, **styles)
            kokoro: Any = Kokoro(str(graph), str(voices))
            kokoro.voices.close()
        kokoro.voices = styles
        self._names = {name[0]: name for name in reversed(list(styles)) if name[0] in SPOKEN}
        if self._voice not in styles or self._voice[0] not in SPOKEN:
            raise SettingsError(
                said("Kokoro has no voice with that name"),
                given=repr(self._voice),
                allowed=", ".join(name for name in styles if name[0] in SPOKEN),
            )
        self._names[self._voice[0]] = self._voice
        self._net = kokoro

    def _graph(self, folder: Path) -> Path:
        there = [path for path in (folder / self._file, *folder.glob("*.onnx")) if path.is_file()]
        if not there:
            raise ModelError(
                said("{model} does not have this ONNX graph", model=self.model),
                given=self._file,
                fix=said("Set the option file"),
            )
        return there[0]

    def _languages(self) -> Sequence[str]:
        own = SPOKEN[self._voice[0]][:2]
        return list(dict.fromkeys([own, *(SPOKEN[letter][:2] for letter in self._names)]))

    def _synthesise(
        self, sentence: str, language: str, speed: float, cancel: CancelToken
    ) -> NDArray[np.float32]:
        del cancel  # a sentence is one run of the graph
        own = self._voice[0]
        letters = [own, *self._names]
        letter = next(letter for letter in letters if SPOKEN[letter][:2] == language)
        try:
            samples, _ = self._net.create(sentence, self._names[letter], speed, SPOKEN[letter])
        except (ValueError, RuntimeError) as error:
            raise BackendError(
                said("Kokoro could not read a sentence aloud"), given=f"{sentence[:60]!r} ({error})"
            ) from error
        return np.asarray(samples, np.float32)


def read_voices(folder: Path) -> dict[str, NDArray[np.float32]]:
    """Return the styles by voice, float32 (510, 1, 256): one `.bin` of plain numbers a voice, or one archive.

    Raises:
        ModelError: where there are none, or they have another shape.
    """
    archives = [*folder.glob("voices*.bin"), *folder.glob("voices*.npz")]
    try:
        if archives:
            with np.load(archives[0], allow_pickle=False) as archive:
                styles = {name: np.asarray(archive[name], np.float32) for name in archive.files}
        else:
            files = sorted(folder.glob("voices/*.bin"))
            styles = {path.stem: np.fromfile(path, np.float32).reshape(-1, 1, STYLE_WIDTH) for path in files}
    except (OSError, ValueError) as error:
        raise ModelError(said("Kokoro's voices cannot be read"), given=str(error)) from error
    if not styles or any(style.shape[-1] != STYLE_WIDTH for style in styles.values()):
        raise ModelError(
            said("Kokoro's voices cannot be used"),
            given=f"{len(styles)} voices in {folder.name}",
            allowed=f"voices*.bin, voices*.npz or voices/*.bin, {STYLE_WIDTH} numbers a style",
        )
    return styles
