"""SpeechBrain's emotion recogniser: wav2vec 2.0, mean over time, one linear layer.

Source: https://huggingface.co/speechbrain/emotion-recognition-wav2vec2-IEMOCAP (Apache-2.0; Ravanelli et
al., 2021, arXiv:2106.04624). Its `hyperparams.yaml` and `custom_interface.py` are code and are neither
got nor run: the architecture is built here, its sizes are read off the checkpoint's tensors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.core.device import Placement
from pipelines.core.errors import ModelError
from pipelines.core.labels import VOICE_EMOTIONS, Relabel
from pipelines.core.said import said
from pipelines.speech.huggingface.emotion import HubVoiceEmotion

ENCODER_FILE, HEAD_FILE, LABEL_FILE = "wav2vec2.ckpt", "model.ckpt", "label_encoder.txt"
_HEAD_WIDTH = 64
_LABEL = re.compile(r"^'(?P<label>[^']+)' => (?P<index>\d+)$")
_PREFIX = "model."


class SpeechBrainVoiceEmotion(HubVoiceEmotion):
    """Neutral, angry, happy or sad, trained on IEMOCAP."""

    default = "speechbrain/emotion-recognition-wav2vec2-IEMOCAP"
    files = ("*.ckpt", LABEL_FILE)

    def _open(self, folder: Path, placement: Placement) -> None:
        import torch
        from transformers import Wav2Vec2Model

        encoder = _state(folder / ENCODER_FILE)
        head = _state(folder / HEAD_FILE)
        labels = read_labels(folder / LABEL_FILE)
        weight = next(iter(head.values()))
        if weight.shape != (len(labels), encoder["encoder.layer_norm.weight"].shape[0]):
            raise ModelError(
                said("The files of {model} do not match", model=self.model),
                given=f"a head of shape {tuple(weight.shape)} for {len(labels)} labels",
            )
        net = Wav2Vec2Model(encoder_config(encoder))
        net.load_state_dict(encoder)
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=len(head) == 2)
        linear.load_state_dict(dict(zip(("weight", "bias"), head.values(), strict=False)))
        self._relabel = Relabel(labels, VOICE_EMOTIONS, self._labels)
        self._net = net.to(placement.device, placement.torch_dtype).eval()
        self._head: Any = linear.to(placement.device, placement.torch_dtype).eval()

    def _close(self) -> None:
        super()._close()
        self._head = None

    def _logits(self, samples: NDArray[np.float32]) -> Any:
        """The sound and the frames are normalised over all their numbers, as SpeechBrain does."""
        import torch
        from torch.nn.functional import layer_norm

        wave = torch.from_numpy(samples)[None].to(self._net.device)
        wave = layer_norm(wave, wave.shape[1:]).to(self._net.dtype)
        frames = self._net(wave).last_hidden_state
        return self._head(layer_norm(frames, frames.shape[1:]).mean(dim=1))[0]


def _state(path: Path) -> dict[str, Any]:
    """Return the tensors of a SpeechBrain checkpoint; unpickles nothing else. Raises ModelError."""
    import torch

    if not path.is_file():
        raise ModelError(
            said("The SpeechBrain model is not complete"), given=said("{name} is missing", name=path.name)
        )
    state = torch.load(path, map_location="cpu", weights_only=True)
    return {key.removeprefix(_PREFIX): value for key, value in state.items()}


def read_labels(path: Path) -> list[str]:
    """Return the labels of SpeechBrain's label encoder in the order of the outputs. Raises ModelError."""
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    found = [match for match in map(_LABEL.match, lines) if match and match["label"] != "starting_index"]
    labels = [match["label"] for match in sorted(found, key=lambda match: int(match["index"]))]
    if not labels:
        raise ModelError(said("The SpeechBrain model has no labels"), given=path.name)
    return labels


def encoder_config(state: Mapping[str, Any]) -> Any:
    """Return the wav2vec 2.0 configuration whose tensors have the shapes of `state`.

    Heads are 64 wide and the strides 5, 2, 2, ... in every published wav2vec 2.0; no tensor tells them.
    """
    from transformers import Wav2Vec2Config

    convolutions = [state[name] for name in _numbered(state, "feature_extractor.conv_layers.{}.conv.weight")]
    layers = _numbered(state, "encoder.layers.{}.layer_norm.weight")
    width = int(state["encoder.layer_norm.weight"].shape[0])
    positions = next(
        state[name]
        for name in state
        if name.startswith("encoder.pos_conv_embed.conv.")
        and state[name].dim() == 3
        and state[name].shape[0] == width
    )
    every_layer_normed = "feature_extractor.conv_layers.1.layer_norm.weight" in state
    return Wav2Vec2Config(
        hidden_size=width,
        num_hidden_layers=len(layers),
        num_attention_heads=max(1, width // _HEAD_WIDTH),
        intermediate_size=int(state["encoder.layers.0.feed_forward.intermediate_dense.weight"].shape[0]),
        conv_dim=tuple(int(c.shape[0]) for c in convolutions),
        conv_kernel=tuple(int(c.shape[2]) for c in convolutions),
        conv_stride=(5, *[2] * (len(convolutions) - 1)),
        num_feat_extract_layers=len(convolutions),
        conv_bias="feature_extractor.conv_layers.0.conv.bias" in state,
        feat_extract_norm="layer" if every_layer_normed else "group",
        do_stable_layer_norm=every_layer_normed,
        num_conv_pos_embeddings=int(positions.shape[2]),
        num_conv_pos_embedding_groups=width // int(positions.shape[1]),
        apply_spec_augment=False,
    )


def _numbered(state: Mapping[str, Any], pattern: str) -> list[str]:
    names: list[str] = []
    while (name := pattern.format(len(names))) in state:
        names.append(name)
    return names
