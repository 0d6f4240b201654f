"""The small GPT: the cache changes nothing, sampling keeps its limits, it learns, is kept and talks the same."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
import torch

from pipelines.core.errors import SettingsError
from pipelines.text.foundations.dialogue import DialogueGPT
from pipelines.text.foundations.gpt import GPT, GPTConfig, rotated
from pipelines.text.foundations.sampling import Sampling, continued
from training.foundations.recipe import Run
from training.foundations.text.gpt import NextPiece, perplexity, train_gpt

GREEDY, FREE = Sampling(temperature=0), Sampling(1.0, 0, 1.0)


@pytest.fixture
def model() -> GPT:
    torch.manual_seed(0)
    gpt = GPT(GPTConfig(30, width=16, heads=2, layers=2, context=12)).eval()
    for weight in gpt.parameters():
        weight.data.add_(0.3 * torch.randn_like(weight))
    return gpt


def test_the_cache_gives_the_same_scores(model: GPT) -> None:
    pieces = torch.randint(30, (2, 10))
    with torch.no_grad():
        whole, _ = model(pieces)
        first, cache = model(pieces[:, :4])
        second, cache = model(pieces[:, 4:7], cache)
        steps = [first, second]
        for at in range(7, 10):
            scores, cache = model(pieces[:, at : at + 1], cache)
            steps.append(scores)
    torch.testing.assert_close(torch.cat(steps, 1), whole, atol=1e-5, rtol=1e-4)


def test_a_place_does_not_see_later_ones(model: GPT) -> None:
    pieces = torch.randint(30, (1, 10))
    changed = pieces.clone()
    changed[0, 6:] = (changed[0, 6:] + 1) % 30
    with torch.no_grad():
        one, other = model(pieces)[0], model(changed)[0]
    torch.testing.assert_close(one[:, :6], other[:, :6])
    assert (one[:, 6:] - other[:, 6:]).abs().max() > 1e-3


def test_rotation_depends_on_distance_alone() -> None:
    query, key = torch.randn(2, 1, 8)
    near = (rotated(query, 3) * rotated(key, 1)).sum()
    torch.testing.assert_close(near, (rotated(query, 9) * rotated(key, 7)).sum())


def test_drawing_goes_on_past_the_context_with_and_without_cache(model: GPT) -> None:
    drawn = [
        list(islice(continued(model, [1, 2], FREE, torch.Generator().manual_seed(5), cached=cached), 40))
        for cached in (True, False)
    ]
    assert drawn[0] == drawn[1] and len(set(drawn[0])) > 5


def test_limits_of_sampling() -> None:
    scores = torch.log(torch.tensor([0.1, 0.5, 0.3, 0.1]))
    expected = {
        FREE: [0.1, 0.5, 0.3, 0.1],
        Sampling(1.0, 2, 1.0): [0, 0.625, 0.375, 0],
        Sampling(1.0, 0, 0.6): [0, 0.625, 0.375, 0],
        Sampling(1.0, 0, 0.4): [0, 1, 0, 0],
        Sampling(0.5, 2, 1.0): [0, 25 / 34, 9 / 34, 0],
        GREEDY: [0, 1, 0, 0],
    }
    for sampling, chances in expected.items():
        torch.testing.assert_close(sampling.chances(scores), torch.tensor(chances, dtype=torch.float32))


@pytest.mark.parametrize("values", [(-1.0, 0, 1.0), (1.0, -1, 1.0), (1.0, 0, 0.0), (1.0, 0, 1.1)])
def test_impossible_sampling_is_refused(values: tuple[float, int, float]) -> None:
    with pytest.raises(SettingsError):
        Sampling(*values)


def test_perplexity_counts_every_piece_once(model: GPT) -> None:
    for weight in model.parameters():
        weight.data.zero_()
    for length in (2, 7, 12, 13, 14, 19, 20, 31):
        assert perplexity(model, [list(range(length - 1)) + [29]]) == pytest.approx(30.0, rel=1e-4)


def test_batches_hold_each_stretch_of_the_epoch() -> None:
    rows = [[number] * 10 for number in range(20)]
    batches = NextPiece(rows, rows, 8).batches(0)
    assert sum(len(batch) for batch in batches) == 24 and batches[0].shape[1] == 9
    assert not torch.equal(batches[0], NextPiece(rows, rows, 8).batches(1)[0])


def test_learns_a_talk_is_kept_and_says_the_same(tmp_path: Path) -> None:
    talks = [
        [f"Do you like {food}?", f"Yes, I like {food}.", "Good."]
        for food in ("bread", "rice", "soup", "fish", "tea")
    ] * 20
    sizes = GPTConfig(60, width=32, heads=2, layers=2, context=32)
    run = Run(tmp_path, tmp_path, "dialogue", epochs=4, device="cpu")
    found = train_gpt(talks, [["I like tea."]] * 20, run, sizes)
    rows = [found.encode(turns) for turns in talks[:5]]
    assert perplexity(found.model, rows) < 3.0
    said = found.reply(["Do you like soup?"], GREEDY)
    assert said == found.reply(["Do you like soup?"], GREEDY, cached=False)
    found.save(tmp_path)
    again = DialogueGPT.load(tmp_path)
    assert again.reply(["Do you like soup?"], Sampling(), seed=3) == found.reply(
        ["Do you like soup?"], Sampling(), seed=3
    )
    assert perplexity(again.model, rows) == perplexity(found.model, rows)
    file = tmp_path / "talk.txt"
    file.write_text("Do you like rice?\n", encoding="utf-8")
    assert isinstance(again.predict(file, tmp_path)["text"], str)
