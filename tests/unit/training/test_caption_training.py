"""Self-critical training on a tiny captioner, and the shipped graphs back in torch."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("nltk")

from pipelines.core.errors import InputError, ModelError  # noqa: E402
from pipelines.core.onnx import open_session  # noqa: E402
from pipelines.image.words import END, PAD, SPECIAL, START, UNKNOWN, Vocabulary  # noqa: E402
from training.caption.flickr8k import Photo  # noqa: E402
from training.caption.model import CaptionConfig, Captioner  # noqa: E402
from training.caption.problem import Captioning, greedy  # noqa: E402
from training.caption.reinforce import TEMPERATURE, Reinforcement, _policy_loss, sample, spoken  # noqa: E402
from training.caption.restore import restore  # noqa: E402

SHIPPED = Path(__file__).resolve().parents[3] / "assets" / "models" / "captioner"
WORDS = Vocabulary((*SPECIAL, "a", "dog", "cat", "runs", "sleeps"))
CONFIG = CaptionConfig(len(WORDS.words), width=16, heads=2, layers=2, hidden=32, longest=8)


@pytest.fixture
def model() -> Any:
    torch.manual_seed(0)
    return Captioner(CONFIG).eval()


@pytest.fixture
def grids() -> np.ndarray[Any, np.dtype[np.float16]]:
    return np.random.default_rng(0).standard_normal((6, 81, 1280)).astype(np.float16)


def problem(grids: Any, kind: type[Captioning] = Reinforcement, **options: Any) -> Captioning:
    photos = [
        Photo(Path(str(number)), (f"A {animal} runs", f"A {animal} sleeps"))
        for number, animal in enumerate(("dog", "cat") * (len(grids) // 2))
    ]
    return kind(photos, [grids], photos, grids, WORDS, CONFIG.longest, **options)


def test_rows_that_share_a_picture_see_it_as_if_each_had_its_own(model: Any, grids: Any) -> None:
    pictures = model.memory(torch.from_numpy(grids[:2]).float())
    x = torch.randn(6, 1, CONFIG.width)
    shared, _ = model.layers[0](x, pictures[0])
    own, _ = model.layers[0](x, tuple(part.repeat_interleave(3, 0) for part in pictures[0]))
    assert torch.allclose(shared, own, atol=1e-5)


def test_samples_end_once_and_hold_only_words(model: Any, grids: Any) -> None:
    torch.manual_seed(1)
    rows = sample(model, model.memory(torch.from_numpy(grids).float()), 5)
    assert rows.shape[:2] == (6, 5) and not {START, UNKNOWN} & set(rows.flatten().tolist())
    for row in rows.flatten(0, 1).tolist():
        words = spoken(row)
        assert PAD not in words and words.count(END) <= 1 and set(row[len(words) :]) <= {PAD}


def test_draws_follow_the_probabilities() -> None:
    from training.caption.reinforce import _draw

    torch.manual_seed(2)
    scores = torch.tensor([0.1, 0.2, 0.0, 0.7]).log().expand(20_000, 4)
    shares = torch.bincount(_draw(scores), minlength=4) / 20_000
    assert shares.tolist() == pytest.approx([0.1, 0.2, 0.0, 0.7], abs=0.02)


def test_packed_loss_is_that_of_each_caption_alone(model: Any, grids: Any) -> None:
    pictures = model.memory(torch.from_numpy(grids[:2]).float())
    said = [[[4, 5, END], [4, 6, 7, 5, END]], [[6, END], [4, 4, 4, END]]]
    advantage = np.array([[1.0, -1.0], [0.5, 2.0]])
    total, words = 0.0, 0
    for photo, rows in enumerate(said):
        own = [tuple(part[photo : photo + 1] for part in pair) for pair in pictures]
        for number, tokens in enumerate(rows):
            given = torch.tensor([[START, *tokens[:-1]]])
            scores = model.decode(own, given, torch.arange(len(tokens))[None], torch.zeros_like(given))
            scores[..., [PAD, START, UNKNOWN]] = -torch.inf
            chosen = (scores / TEMPERATURE).log_softmax(-1)[0, range(len(tokens)), tokens]
            total, words = total + advantage[photo, number] * chosen.sum().item(), words + len(tokens)
    assert _policy_loss(model, pictures, said, advantage).item() == pytest.approx(-total / words, rel=1e-4)


def test_parts_of_a_pass_hold_each_photo_once(grids: Any) -> None:
    parts = problem(grids, batch=1, parts=3)
    first, second = (
        [pair for epoch in epochs for pair in parts.batches(epoch)] for epochs in ((0, 1, 2), (3, 4, 5))
    )
    assert {len(parts.batches(epoch)) for epoch in range(6)} == {2}
    assert (
        sorted(int(pair[0, 0]) for pair in first) == sorted(int(pair[0, 0]) for pair in second) == [*range(6)]
    )


def test_loss_is_the_weighted_mean_of_each_captions(model: Any, grids: Any) -> None:
    training = problem(grids, Captioning, batch=2)
    training._weights = [np.array([1.0, 3.0], np.float32)] * 6
    (batch, *_), device = training.batches(0), torch.device("cpu")
    both = training.loss(model, batch, device).item()
    each = []
    for kept in ([1.0, 0.0], [0.0, 1.0]):
        training._weights = [np.array(kept, np.float32)] * 6
        each.append(training.loss(model, batch, device).item())
    assert both == pytest.approx((each[0] + 3 * each[1]) / 4, rel=1e-4)


def test_rewards_rise(model: Any, grids: Any) -> None:
    training = problem(grids, batch=6)
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)

    def mean_reward() -> float:
        pictures = model.memory(torch.from_numpy(grids).float())
        rows = sample(model, pictures, 5).tolist()
        return float(np.mean([training._reward.score(n, spoken(row)) for n in range(6) for row in rows[n]]))

    torch.manual_seed(3)
    before = mean_reward()
    for step in range(40):
        loss = training.loss(model, training.batches(step)[0], torch.device("cpu"))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert mean_reward() > before + 0.5


def test_shipped_graphs_come_back() -> None:
    model = restore(SHIPPED)
    grid = np.abs(np.random.default_rng(1).standard_normal((1, 81, 1280))).astype(np.float32)
    shipped = open_session(SHIPPED / "memory.onnx").run(None, {"grid": grid})
    with torch.no_grad():
        pairs = model.memory(torch.from_numpy(grid))
        first = greedy(model, torch.from_numpy(grid))[0, 0].item()
    for ours, theirs in zip(
        (torch.cat([k for k, _ in pairs]), torch.cat([v for _, v in pairs])), shipped, strict=True
    ):
        assert np.corrcoef(ours.numpy().ravel(), theirs.ravel())[0, 1] > 0.99
    layers, heads, _, width = shipped[0].shape
    none = np.zeros((layers, 1, heads, 0, width), np.float32)
    given = {"token": np.array([START]), "place": np.array([0]), "keys": shipped[0], "values": shipped[1]}
    scores, *_ = open_session(SHIPPED / "step.onnx").run(
        None, {**given, "past_keys": none, "past_values": none}
    )
    assert scores[0].argmax() == first


def test_graphs_of_another_size_are_refused(tmp_path: Path) -> None:
    for name in ("memory.onnx", "step.onnx"):
        shutil.copy(SHIPPED / name, tmp_path)
    WORDS.write(tmp_path / "words.json")
    with pytest.raises(ModelError, match="restored"):
        restore(tmp_path)


def test_mean_of_checkpoints() -> None:
    from training.caption.recipe import mean_weights

    mean = mean_weights([{"a": torch.tensor([1.0, 2.0])}, {"a": torch.tensor([3.0, 6.0])}])
    assert mean["a"].tolist() == [2.0, 4.0]


def test_shipped_weights_go_only_where_no_run_is(tmp_path: Path) -> None:
    from training.caption.recipe import unpack

    unpack(tmp_path / "new", SHIPPED.parent)
    assert (tmp_path / "new" / "best.safetensors").stat().st_size > 40_000_000
    with pytest.raises(InputError, match="another run"):
        unpack(tmp_path / "new", SHIPPED.parent)
