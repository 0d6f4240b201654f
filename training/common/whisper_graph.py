"""ONNX graph of Whisper's encoder whose weights stay in the CTranslate2 model file.

CTranslate2 hands out the last layer only; an emotion is heard best in the middle (Pepino et al., 2021,
arXiv:2104.03502, found the same for wav2vec 2.0). The graph also leaves out the silence that fills every
window up to 30 s: see `pipelines.speech.whisper_encoder`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import ModelError

LAYERS, WIDTH, HEADS, POSITIONS = 6, 512, 8, 1500
MIDDLE = (2, 3, 4)
"""Layers, counted from 1, whose output the graph hands out beside the last."""
_VERSION = 6
_DTYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}


@dataclass(frozen=True)
class StoredTensor:
    """Where a tensor lies in a CTranslate2 model file. `offset` and `length` in bytes."""

    shape: tuple[int, ...]
    dtype: type
    offset: int
    length: int


def tensors_of(path: Path) -> dict[str, StoredTensor]:
    """Return every tensor of a CTranslate2 `model.bin`, format version 6. Raises ModelError for another."""
    found = {}
    with path.open("rb") as file:
        (version,) = struct.unpack("I", file.read(4))
        if version != _VERSION:
            raise ModelError(
                "Unknown CTranslate2 model file", given=f"version {version}", allowed="version 6"
            )
        _string(file)
        file.read(4)
        for _ in range(struct.unpack("I", file.read(4))[0]):
            name = _string(file)
            (rank,) = struct.unpack("B", file.read(1))
            shape = struct.unpack("I" * rank, file.read(4 * rank))
            kind, length = struct.unpack("=BI", file.read(5))
            found[name] = StoredTensor(shape, _DTYPES[kind], file.tell(), length)
            file.seek(length, 1)
    return found


def _string(file: BinaryIO) -> str:
    (length,) = struct.unpack("H", file.read(2))
    return file.read(length).rstrip(b"\0").decode()


def encoder_graph(model_file: Path) -> bytes:
    """Return the serialised graph.

    Inputs: `mel` (1, 80, 2n); `keys` and `values` (layers, 1500, 512) of the silence that follows.
    Outputs: `frames` (1, n, 512), layer-normed; `layer_2`, `layer_3`, `layer_4` (1, n, 512), the residual
    stream after that layer; `own_keys`, `own_values` (layers, n, 512), of the sound itself.
    """
    return _Builder(model_file).build()


def torch_encoder(model_file: Path) -> Any:
    """Return openai-whisper's encoder, a torch module, with the weights of a CTranslate2 model file."""
    import torch
    from whisper.model import AudioEncoder

    tensors, data = tensors_of(model_file), np.memmap(model_file, np.uint8, "r")

    def read(name: str) -> Any:
        stored = tensors[f"encoder/{name}"]
        values: NDArray[Any] = data[stored.offset : stored.offset + stored.length].view(stored.dtype)
        return torch.from_numpy(values.reshape(stored.shape).astype(np.float32))

    state = {"positional_embedding": read("position_encodings/encodings")}
    names = {"conv1": "conv1", "conv2": "conv2", "ln_post": "layer_norm"}
    for layer in range(LAYERS):
        ours, theirs = f"layer_{layer}", f"blocks.{layer}"
        names |= {
            f"{theirs}.attn.out": f"{ours}/self_attention/linear_1",
            f"{theirs}.attn_ln": f"{ours}/self_attention/layer_norm",
            f"{theirs}.mlp_ln": f"{ours}/ffn/layer_norm",
            f"{theirs}.mlp.0": f"{ours}/ffn/linear_0",
            f"{theirs}.mlp.2": f"{ours}/ffn/linear_1",
        }
        for part in ("weight", "bias"):
            joined = read(f"{ours}/self_attention/linear_0/{part}").split(WIDTH)
            for kind, value in zip(("query", "key", "value"), joined, strict=True):
                state[f"{theirs}.attn.{kind}.{part}"] = value
        del state[f"{theirs}.attn.key.bias"]  # Whisper's keys have none; CTranslate2 stores zeros
    for theirs, ours in names.items():
        parts = ("gamma", "beta") if "norm" in ours else ("weight", "bias")
        for name, part in zip(("weight", "bias"), parts, strict=True):
            state[f"{theirs}.{name}"] = read(f"{ours}/{part}")
    encoder = AudioEncoder(80, POSITIONS, WIDTH, HEADS, LAYERS)
    encoder.load_state_dict(state)
    return encoder.eval()


class _Builder:
    def __init__(self, model_file: Path) -> None:
        import onnx

        self._onnx, self._file, self._tensors = onnx, model_file.name, tensors_of(model_file)
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def build(self) -> bytes:
        helper, floats = self._onnx.helper, self._onnx.TensorProto.FLOAT
        own: dict[str, list[str]] = {"keys": [], "values": []}
        x = self._front()
        for layer in range(LAYERS):
            x = self._attention(x, layer, own)
            name = f"layer_{layer + 1}" if layer + 1 in MIDDLE else None
            x = self._feed_forward(x, f"layer_{layer}/ffn", name)
        self._norm(x, "layer_norm", "frames")
        for kind, names in own.items():
            self._op("Concat", names, f"own_{kind}", axis=0)

        def info(name: str, *shape: int | str) -> Any:
            return helper.make_tensor_value_info(name, floats, shape)

        inputs = [info("mel", 1, 80, "t"), *(info(n, LAYERS, POSITIONS, WIDTH) for n in ("keys", "values"))]
        outputs = [info(n, 1, "n", WIDTH) for n in ("frames", *(f"layer_{n}" for n in MIDDLE))]
        outputs += [info(f"own_{n}", LAYERS, "n", WIDTH) for n in ("keys", "values")]
        graph = helper.make_graph(self._nodes, "whisper_encoder", inputs, outputs, self._constants)
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
        return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())

    def _op(self, kind: str, inputs: list[str], output: str | None = None, **attributes: Any) -> str:
        output = output or f"v{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _constant(self, value: NDArray[Any]) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(self._onnx.numpy_helper.from_array(value, name))
        return name

    def _stored(self, name: str) -> str:
        """Return a weight of the model file as float32; ONNX Runtime folds the cast when it loads."""
        stored, proto = self._tensors[f"encoder/{name}"], self._onnx.TensorProto
        tensor = proto(name=name, data_location=proto.EXTERNAL)
        tensor.data_type = self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(stored.dtype))
        tensor.dims.extend(stored.shape)
        where = {"location": self._file, "offset": stored.offset, "length": stored.length}
        for key, value in where.items():
            tensor.external_data.add(key=key, value=str(value))
        self._constants.append(tensor)
        return self._op("Cast", [name], to=proto.FLOAT)

    def _front(self) -> str:
        x = "mel"
        for number in (1, 2):
            weights = [self._stored(f"conv{number}/{part}") for part in ("weight", "bias")]
            x = self._op("Conv", [x, *weights], kernel_shape=[3], pads=[1, 1], strides=[number])
            x = self._gelu(x)
        x = self._op("Transpose", [x], perm=[0, 2, 1])
        self._op("Shape", [x], "n", start=1, end=2)
        first, every = self._constant(np.array([0])), self._stored("position_encodings/encodings")
        return self._op("Add", [x, self._op("Slice", [every, first, "n", first])])

    def _attention(self, x: str, layer: int, own: dict[str, list[str]]) -> str:
        prefix = f"layer_{layer}/self_attention"
        joined = self._linear(self._norm(x, f"{prefix}/layer_norm"), f"{prefix}/linear_0")
        query, *pair = (f"{part}_{layer}" for part in ("query", "keys", "values"))
        split = self._onnx.helper.make_node("Split", [joined], [query, *pair], axis=-1, num_outputs=3)
        self._nodes.append(split)
        index, first = self._constant(np.array([layer])), self._constant(np.array([1]))
        end = self._constant(np.array([POSITIONS]))
        with_silence = []
        for kind, mine in zip(own, pair, strict=True):
            own[kind].append(mine)
            silence = self._op("Slice", [self._op("Gather", [kind, index]), "n", end, first])
            with_silence.append(self._op("Concat", [mine, silence], axis=1))
        heads: dict[str, Any] = {"domain": "com.microsoft", "num_heads": HEADS}
        mixed = self._op("MultiHeadAttention", [query, *with_silence], **heads)
        return self._op("Add", [x, self._linear(mixed, f"{prefix}/linear_1")])

    def _feed_forward(self, x: str, prefix: str, output: str | None) -> str:
        hidden = self._gelu(self._linear(self._norm(x, f"{prefix}/layer_norm"), f"{prefix}/linear_0"))
        return self._op("Add", [x, self._linear(hidden, f"{prefix}/linear_1")], output)

    def _gelu(self, x: str) -> str:
        return self._op("Gelu", [x], domain="com.microsoft")

    def _norm(self, x: str, name: str, output: str | None = None) -> str:
        weights = [self._stored(f"{name}/{part}") for part in ("gamma", "beta")]
        return self._op("LayerNormalization", [x, *weights], output, epsilon=1e-5)

    def _linear(self, x: str, name: str) -> str:
        weight = self._op("Transpose", [self._stored(f"{name}/weight")], perm=[1, 0])
        return self._op("Add", [self._op("MatMul", [x, weight]), self._stored(f"{name}/bias")])
