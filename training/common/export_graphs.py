"""ONNX graphs of published models, without their weights: `python -m training export-graphs`.

A graph's large initialisers become ONNX external data that points at the bytes where they lie in the
published weight file. The repository ships a few hundred kilobytes, the app needs no torch, and nothing
is unpickled at run time.
"""

from __future__ import annotations

import io
import itertools
import json
import mmap
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from pipelines.core.assets import MODELS
from pipelines.core.onnx import map_file, open_mapped
from pipelines.core.weights import WeightStore
from training.common.whisper_silence import write_silence

MIN_BYTES = 256
TOLERANCE = 2e-3


def export_minilm(folder: Path, target: Path) -> float:
    """Write all-MiniLM-L6-v2's graph: token ids and mask (batch, n) to token vectors (batch, n, 384).

    Returns:
        The largest difference from torch on a random input.
    """
    import torch
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    class Encoder(torch.nn.Module):
        def __init__(self, bert: Any) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, ids: Any, mask: Any) -> Any:
            return self.bert(input_ids=ids, attention_mask=mask).last_hidden_state

    config = BertConfig.from_json_file(str(folder / "config.json"))
    config._attn_implementation = "eager"
    bert = BertModel(config, add_pooling_layer=False)
    weights = {k.removeprefix("bert."): v for k, v in load_file(folder / "model.safetensors").items()}
    bert.load_state_dict({k: v for k, v in weights.items() if not k.startswith("pooler.")}, strict=False)
    ids, mask = torch.randint(1000, 20000, (2, 9)), torch.ones(2, 9, dtype=torch.long)
    mask[1, 6:] = 0
    names = {"input_names": ["ids", "mask"], "output_names": ["tokens"]}
    axes = {name: {0: "batch", 1: "n"} for name in ("ids", "mask", "tokens")}
    module = Encoder(bert).eval()
    return _write(module, (ids, mask), folder / "model.safetensors", target, axes, names)


def export_efficientnet(folder: Path, target: Path) -> float:
    """Write EfficientNet-Lite2's graph: pixels (batch, 3, 260, 260) to grid (batch, 1280, 9, 9) and logits.

    Returns:
        The largest difference from torch on a random input.
    """
    import timm
    import torch

    class Classifier(torch.nn.Module):
        def __init__(self, net: Any) -> None:
            super().__init__()
            self.net = net

        def forward(self, pixels: Any) -> Any:
            grid = self.net.forward_features(pixels)
            return grid, self.net.forward_head(grid)

    weights = folder / "efficientnet-lite2-9656183e.pth"
    published = list(torch.load(weights, weights_only=True, map_location="cpu").values())
    net = timm.create_model("tf_efficientnet_lite2", pretrained=False)
    state = dict(zip(net.state_dict(), published, strict=True))
    net.load_state_dict(state)
    names = {"input_names": ["pixels"], "output_names": ["grid", "logits"]}
    axes = {name: {0: "batch"} for name in ("pixels", "grid", "logits")}
    pixels = torch.randn(2, 3, 260, 260, generator=torch.Generator().manual_seed(0))
    return _write(Classifier(net).eval(), (pixels,), weights, target, axes, names)


def export_whisper(folder: Path, target: Path) -> float:
    """Write the graph of Whisper base's encoder, whose weights are CTranslate2's.

    Returns:
        The largest difference from openai-whisper's encoder on a random window, relative to its spread.
    """
    import torch

    from training.common.whisper_graph import LAYERS, POSITIONS, WIDTH, encoder_graph, torch_encoder

    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(encoder_graph(folder / "model.bin"))
    session = open_mapped(target, folder / "model.bin")
    mel = np.random.default_rng(0).normal(0, 0.5, (1, 80, 2 * POSITIONS)).astype(np.float32)
    nothing = np.zeros((LAYERS, POSITIONS, WIDTH), np.float32)
    (found,) = session.run(["frames"], {"mel": mel, "keys": nothing, "values": nothing})
    with torch.no_grad():
        expected = torch_encoder(folder / "model.bin")(torch.from_numpy(mel)).numpy()
    return float(np.abs(found - expected).max() / expected.std())


def _write(
    module: Any,
    inputs: tuple[Any, ...],
    weights: Path,
    target: Path,
    axes: dict[str, Any],
    names: dict[str, Any],
) -> float:
    import onnx
    import torch

    buffer = io.BytesIO()
    torch.onnx.export(
        module,
        inputs,
        buffer,
        dynamo=False,
        opset_version=17,
        do_constant_folding=False,
        training=torch.onnx.TrainingMode.PRESERVE,
        dynamic_axes=axes,
        **names,
    )
    model = onnx.load_from_string(buffer.getvalue())
    with map_file(weights) as view:
        _point_outside(model, view, weights.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(model.SerializeToString())
    session = open_mapped(target, weights)
    given = dict(zip(names["input_names"], (x.numpy() for x in inputs), strict=True))
    found = session.run(names["output_names"], given)
    with torch.no_grad():
        expected = module(*inputs)
    expected = expected if isinstance(expected, tuple) else (expected,)
    return max(float(np.abs(f - e.numpy()).max()) for f, e in zip(found, expected, strict=True))


def _point_outside(model: Any, view: mmap.mmap, location: str) -> None:
    """Replace the bytes of every large initialiser by where the same bytes lie in the weight file.

    A tensor that was stored with its axes in another order (TensorFlow's) gets a Transpose node, which
    ONNX Runtime folds away when it loads the graph.
    """
    import onnx

    for tensor in model.graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        if array.nbytes < MIN_BYTES or (found := _find(array, view)) is None:
            continue
        offset, order = found
        if order != tuple(range(array.ndim)):
            stored = f"{tensor.name}.stored"
            back = [order.index(axis) for axis in range(array.ndim)]
            node = onnx.helper.make_node("Transpose", [stored], [tensor.name], perm=back)
            model.graph.node.insert(0, node)
            tensor.name = stored
            tensor.dims[:] = [array.shape[axis] for axis in order]
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", offset), ("length", array.nbytes)):
            tensor.external_data.add(key=key, value=str(value))


def _find(array: NDArray[Any], view: mmap.mmap) -> tuple[int, tuple[int, ...]] | None:
    """Return the offset of an array's bytes in a file and the order in which its axes are stored."""
    for order in itertools.permutations(range(array.ndim)):
        if (offset := view.find(np.ascontiguousarray(array.transpose(order)).tobytes())) >= 0:
            return offset, order
    return None


def write_imagenet_labels(target: Path) -> None:
    """Write the names of ImageNet-1k's classes, in the order of the logits."""
    from timm.data import ImageNetInfo

    info = ImageNetInfo()
    names = [info.index_to_description(index).split(",")[0] for index in range(info.num_classes())]
    target.write_text(json.dumps(names, indent=0) + "\n", encoding="utf-8")


def main(
    assets: Annotated[Path, typer.Option(help="Where the graphs go.")] = MODELS,
    data: Annotated[Path, typer.Option(help="Folder of the data sets.")] = Path("../shared/data"),
) -> None:
    """Write the graphs and check each against torch; write the silence of Whisper's encoder."""
    store = WeightStore()
    jobs = {
        "minilm-graph": (export_minilm, "minilm"),
        "efficientnet-lite2-graph": (export_efficientnet, "efficientnet-lite2"),
    }
    for name, (export, source) in jobs.items():
        target = assets / name / "graph.onnx"
        difference = export(store.path(source), target)
        typer.echo(f"{target}: {target.stat().st_size} bytes, largest difference {difference:.2e}")
        if difference > TOLERANCE:
            raise typer.Exit(1)
    encoder = assets / "whisper-encoder"
    difference = export_whisper(store.path("whisper-base"), encoder / "graph.onnx")
    typer.echo(f"{encoder / 'graph.onnx'}: largest difference {difference:.2e}")
    if difference > TOLERANCE:
        raise typer.Exit(1)
    lost = write_silence(data, encoder / "graph.onnx", encoder / "silence.npz")
    typer.echo(f"{encoder / 'silence.npz'}: {lost:.1%} lost by low rank")
    write_imagenet_labels(assets / "efficientnet-lite2-graph" / "labels.json")
