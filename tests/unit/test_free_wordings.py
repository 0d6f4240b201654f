"""Freely worded questions: the caption decides whether they are answered; packed chats cost what they cost alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")
torch = pytest.importorskip("torch")

import training.dialogue  # noqa: E402
from benchmarks.free_questions import read_table  # noqa: E402
from training.dialogue.export import interleave  # noqa: E402
from training.dialogue.free import free_questions  # noqa: E402
from training.dialogue.kinds import kind_of, outside  # noqa: E402
from training.dialogue.measure import content_words, is_declined  # noqa: E402
from training.dialogue.phrases import phrases, progressive  # noqa: E402
from training.dialogue.problem import PACK, Encoded, pack, packs, reply_loss  # noqa: E402
from training.dialogue.questions import Asked  # noqa: E402
from training.dialogue.restore import separate  # noqa: E402
from training.dialogue.wordings import Wording, wh, worded  # noqa: E402
from training.losses import Loss  # noqa: E402

DEV = Path(training.dialogue.__file__).with_name("dev_questions.tsv")
HAT = "A man in a red hat is holding two sticks next to a wooden fence ."
DOG = "A dog runs through the snow ."


def asked_about(caption: str, seed: int = 0, times: int = 60) -> list[Asked]:
    random = Random(seed)
    return [asked for _ in range(times) for asked in free_questions([caption], 6, random)]


def test_phrases_say_what_stands_before_them() -> None:
    found = phrases("a man in a red hat is holding two sticks next to a wooden fence")
    assert [(p.before, p.text) for p in found] == [
        ("", "a man"),
        ("in", "a red hat"),
        ("holding", "two sticks"),
        ("next to", "a wooden fence"),
    ]
    assert [p.colour for p in found] == [None, "red", None, None]
    assert (found[2].count, found[2].plural, found[2].is_action) == ("two", True, True)


@pytest.mark.parametrize(
    ("verb", "form"),
    [("rides", "riding"), ("catches", "catching"), ("runs", "running"), ("carries", "carrying")],
)
def test_verbs_become_progressive(verb: str, form: str) -> None:
    assert progressive(verb) == form


@pytest.mark.parametrize("caption", [HAT, DOG])
def test_answers_keep_to_the_caption_and_about_a_fifth_is_declined(caption: str) -> None:
    asked = asked_about(caption)
    for one in asked:
        assert is_declined(one.answer) == (one.kind == "unanswerable"), one
        if one.kind == "picture":
            known = content_words(caption) | {"yes", "inside", "outside", "cold", "holding", "running"}
            assert content_words(one.answer) & known or one.answer in ("One.", "Two."), one
    share = Counter(one.kind for one in asked)["unanswerable"] / len(asked)
    assert 0.1 < share < 0.35


def test_one_question_is_answered_or_declined_by_the_caption() -> None:
    clothes = {"Clothes?", "The outfit?", "Describe the clothing."}
    worn = [one for one in asked_about("A man wearing a blue shirt walks .") if one.question in clothes]
    bare = [one for one in asked_about("A man walks .", times=300) if one.question in clothes]
    assert worn and all("blue shirt" in one.answer.lower() for one in worn)
    assert bare and all(one.kind == "unanswerable" for one in bare)


def test_colours_and_counts_are_right() -> None:
    for one in asked_about(HAT):
        if one.kind == "picture" and "hat" in one.question.lower() and "colo" in one.question.lower():
            assert "red" in one.answer.lower(), one
        if "how many sticks" in one.question.lower():
            assert "two" in one.answer.lower(), one


def test_nothing_that_another_caption_names_is_called_absent() -> None:
    random = Random(3)
    for _ in range(80):
        for one in free_questions([DOG, "A dog near a tree and a car ."], 6, random):
            assert not (
                "tree" in one.question.lower().strip("?.! ").split() and one.kind == "unanswerable"
            ), one


def test_the_development_questions_are_neither_the_benchmarks_nor_the_trainings() -> None:
    rows, judge = read_table(DEV), read_table()
    assert len(rows) == len({row["question"] for row in rows}) == 60
    assert sum(bool(row["answers"]) for row in rows) == 44
    assert not {row["photo"] for row in rows} & {row["photo"] for row in judge}
    made = {one.question for caption in (HAT, DOG) for one in asked_about(caption, times=100)}
    assert not made & {row["question"] for row in rows}


def test_kinds_and_places_are_known() -> None:
    assert kind_of("guitar") == "instrument" and kind_of("idea") is None
    assert outside(["snow"]) is True and outside(["kitchen"]) is False and outside(["man"]) is None


def test_a_question_is_worded_in_many_ways() -> None:
    random = Random(0)
    forms = {worded([wh("what colour", "is", "the hat")], random) for _ in range(300)}
    assert len(forms) > 60
    assert {"What colour is the hat?", "what colour is the hat?"} <= forms
    assert any("what colour the hat is" in form for form in forms)
    assert wh("where", "is", "it") == Wording("Where is it?", "where it is")


def test_rows_of_rotary_heads_are_separated_again() -> None:
    rows = np.arange(24, dtype=np.float32).reshape(12, 2)
    assert np.array_equal(separate(interleave(rows, 3), 3), rows)


def test_an_adapter_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    pytest.importorskip("gguf")
    from training.dialogue.export import write_adapter
    from training.dialogue.model import with_adapter
    from training.dialogue.restore import load_adapter

    torch.manual_seed(1)
    first, second = with_adapter(tiny()), with_adapter(tiny())
    for name, parameter in first.named_parameters():
        if "lora_" in name:
            parameter.data = torch.randn_like(parameter).half().float()
    write_adapter(first, tmp_path / "adapter.gguf")
    load_adapter(second, tmp_path / "adapter.gguf")
    kept = dict(second.named_parameters())
    compared = [torch.equal(kept[name], p) for name, p in first.named_parameters() if "lora_" in name]
    assert len(compared) == 28 and all(compared)
    third = with_adapter(tiny(), 0.5)
    load_adapter(third, tmp_path / "adapter.gguf")
    ids = torch.tensor([[1, 2, 3]])
    with torch.no_grad():
        assert torch.allclose(first(ids).logits, third(ids).logits, atol=1e-4)


def tiny() -> Any:
    """Return a Llama of two layers."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=40,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    return LlamaForCausalLM(config).eval()


def test_packed_chats_cost_what_they_cost_alone() -> None:
    model, cpu = tiny(), torch.device("cpu")
    chats = [
        Encoded((1, 2, 3, 4, 5, 6), 4),
        Encoded((1, 2, 3, 7, 8), 4),
        Encoded((1, 2, 3, 4), 3),
        Encoded((1, 9, 10, 11, 12), 2),
    ]
    with torch.no_grad():
        alone = [float(reply_loss(model, [pack([c])], cpu, Loss())) for c in chats]
        lengths = [len(c.ids) - c.prompt for c in chats]
        together = float(reply_loss(model, packs(chats, 3), cpu, Loss()))
    expected = sum(a * n for a, n in zip(alone, lengths, strict=True)) / sum(lengths)
    assert together == pytest.approx(expected, rel=1e-4)


def test_a_pack_holds_the_common_beginning_once() -> None:
    row = pack([Encoded((1, 2, 3, 4, 5), 3), Encoded((1, 2, 3, 6), 3)])
    assert row.ids == (1, 2, 3, 4, 5, 3, 6)
    assert row.positions == (0, 1, 2, 3, 4, 2, 3)
    assert row.branches == (0, 0, 1, 1, 1, 2, 2)
    assert row.counted == (False, False, False, True, True, False, True)
    assert PACK >= 2
