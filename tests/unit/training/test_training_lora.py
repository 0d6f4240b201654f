"""The LoRA recipe on a tiny random Qwen2: what is learnt, how chats are packed, what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("gguf")

import training.lora.fit as fit  # noqa: E402
from pipelines.core.errors import InputError, ModelError  # noqa: E402
from tests.support.tiny_models import chat as tiny  # noqa: E402
from training.cli import main  # noqa: E402
from training.lora.chats import Chat, read_chats, split  # noqa: E402
from training.lora.encode import Pack, encode, packs  # noqa: E402
from training.lora.export import check_exportable, interleave  # noqa: E402
from training.lora.model import load, mean_loss, pack_loss, with_adapter  # noqa: E402

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj")
SYSTEM = {"role": "system", "content": "a dog runs on the beach"}


def talk(*words: str, kind: str = "", system: bool = True) -> dict[str, Any]:
    roles = ("user", "assistant")
    said = [{"role": roles[at % 2], "content": text} for at, text in enumerate(words)]
    return {"kind": kind, "id": 3, "messages": [SYSTEM, *said] if system else said}


TALKS = [
    talk("hello", "hello world", "how are you", "I am happy"),
    talk("what do you see", "a red ball"),
    talk("who runs", "a dog", system=False),
    talk("hello you", "you are sad today", "why", "a dog runs"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("qwen2")
    tiny.qwen2(target)
    return target


@pytest.fixture(scope="module")
def loaded(folder: Path) -> tuple[Any, Any]:
    torch.manual_seed(0)
    model, tokenizer = load(str(folder), None, torch.float32)
    model = with_adapter(model, 4, 8.0, TARGETS)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return model.eval(), tokenizer


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def chats() -> list[Chat]:
    return [Chat.model_validate(row) for row in TALKS]


def test_only_replies_and_their_end_are_learnt(loaded: tuple[Any, Any]) -> None:
    tokenizer = loaded[1]
    encoded = encode(chats()[0], tokenizer)
    assert tokenizer.decode(encoded.ids[encoded.learnt]) == "hello world<|im_end|>I am happy<|im_end|>"
    assert "<|im_start|>assistant\nhello world<|im_end|>\n<|im_start|>user" in tokenizer.decode(encoded.ids)


def test_packed_chats_cost_what_they_cost_alone(loaded: tuple[Any, Any]) -> None:
    model, tokenizer = loaded
    encoded = [encode(chat, tokenizer) for chat in chats()]
    alone = [packs([one], 1, (0,))[0] for one in encoded]
    [together] = packs(encoded, 4096, (0,))
    [sharing] = packs([encoded[0], encoded[1], encoded[3]], 4096, (0,))
    assert sharing.shared > 10 and len(sharing) < sum(len(encoded[at]) for at in (0, 1, 3))
    assert mean_loss(model, [together]) == pytest.approx(mean_loss(model, alone), rel=1e-4)
    separate = [alone[0], alone[1], alone[3]]
    assert mean_loss(model, [sharing]) == pytest.approx(mean_loss(model, separate), rel=1e-4)
    gradients = []
    for some in ([sharing], separate):
        model.zero_grad()
        sum(pack_loss(model, pack)[0] for pack in some).backward()  # type: ignore[union-attr]
        gradients.append([p.grad.clone() for p in model.parameters() if p.grad is not None])
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, rtol=1e-3, atol=1e-4)


def test_the_loss_is_that_of_the_plain_model(loaded: tuple[Any, Any]) -> None:
    model, tokenizer = loaded
    one = encode(chats()[0], tokenizer)
    ids = torch.from_numpy(one.ids)[None]
    labels = torch.where(torch.from_numpy(one.learnt), ids, -100)
    with torch.no_grad():
        expected = float(model(input_ids=ids, labels=labels).loss)
    assert mean_loss(model, packs([one], 512, (1,))) == pytest.approx(expected, rel=1e-4)


def test_packs_hold_every_chat_once_and_keep_to_the_limit(loaded: tuple[Any, Any]) -> None:
    encoded = [encode(chat, loaded[1]) for chat in chats() * 25]
    found = packs(encoded, 200, (7, 0))
    assert sorted(id(chat) for pack in found for chat in pack.chats) == sorted(map(id, encoded))
    for pack in found:
        ids, positions, numbers, learnt = pack.arrays()
        assert len(ids) == len(positions) == len(numbers) == len(learnt) == len(pack) <= 200
        assert learnt.sum() == sum(chat.learnt.sum() for chat in pack.chats)
    assert [len(pack) for pack in packs(encoded, 200, (7, 0))] == [len(pack) for pack in found]
    assert sorted(map(len, packs(encoded[:2], 10, (7, 0)))) == sorted(map(len, encoded[:2]))


def test_a_pack_counts_what_another_chat_adds(loaded: tuple[Any, Any]) -> None:
    pack = Pack()
    for chat in chats():
        encoded = encode(chat, loaded[1])
        before = len(pack)
        more = pack.added(encoded) if pack.chats else len(encoded)
        pack.add(encoded)
        assert len(pack) == before + more


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "Invalid JSON"),
        ('{"messages": []}', "at least one message of the assistant"),
        ('{"messages": [{"role": "robot", "content": "a"}]}', "messages.0.role"),
        ('{"messages": [{"role": "assistant"}]}', "messages.0.content"),
        ('{"turns": []}', "messages"),
    ],
)
def test_a_line_that_is_no_chat_is_named(line: str, told: str, tmp_path: Path) -> None:
    path = written(tmp_path / "chats.jsonl", TALKS[:1])
    path.write_text(path.read_text("utf-8") + "\n" + line + "\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_chats([path])
    assert "chats.jsonl, line 3" in str(caught.value) and told in str(caught.value)


def test_missing_files_and_too_few_chats_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not there"):
        read_chats([tmp_path / "none.jsonl"])
    with pytest.raises(InputError, match="left to learn"):
        split(chats(), 4, 7)


def test_a_folder_to_start_from_is_refused_before_the_model_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["lora", "--model", "none", "--chats", "none.jsonl", "--start", str(tmp_path)])
    told = capsys.readouterr().err
    assert "--start" in told and "directory" in told


def test_held_back_chats_have_the_kinds_shares() -> None:
    rows = [talk("a", str(at), kind="many" if at % 5 else "few") for at in range(100)]
    train, held = split([Chat.model_validate(row) for row in rows], 20, 7)
    assert [sum(chat.kind == kind for chat in held) for kind in ("many", "few")] == [16, 4]
    assert len(train) == 80 and not set(train) & set(held)


def test_a_template_that_rewrites_earlier_turns_is_refused(folder: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = "{{ messages|length }}" + tiny.TEMPLATE
    with pytest.raises(ModelError, match="differently"):
        encode(chats()[0], tokenizer)
    tokenizer.chat_template = tiny.NO_SYSTEM
    with pytest.raises(InputError, match="refuses"):
        encode(chats()[0], tokenizer)
    tokenizer.chat_template = None
    with pytest.raises(ModelError, match="no chat template"):
        encode(chats()[0], tokenizer)


def test_what_cannot_be_written_is_told_before_the_training() -> None:
    with pytest.raises(ModelError, match="gpt2"):
        check_exportable("gpt2", TARGETS)
    with pytest.raises(ModelError, match="embed_tokens"):
        check_exportable("qwen2", ("q_proj", "embed_tokens"))
    rows = np.arange(8, dtype=np.float32)[:, None]
    assert interleave(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def train(folder: Path, out: Path, *more: str, epochs: int = 2) -> dict[str, Any]:
    path = written(out.parent / "chats.jsonl", TALKS * 4)
    given = ["--model", str(folder), "--chats", str(path), "--out", str(out), "--held-back", "2"]
    given += [
        "--epochs",
        str(epochs),
        "--batch-tokens",
        "300",
        "--learning-rate",
        "0.02",
        "--dtype",
        "float32",
    ]
    with pytest.raises(SystemExit) as end:
        main(["lora", *given, "--device", "cpu", *more])
    assert end.value.code == 0
    return dict(json.loads((out / "results.json").read_text("utf-8")))


def test_the_recipe_learns_and_writes_its_adapter(folder: Path, tmp_path: Path) -> None:
    from gguf import GGUFReader

    found = train(folder, tmp_path / "out", "--peft", "--targets", "q_proj,k_proj,v_proj,o_proj,down_proj")
    assert found["steps"] >= 2 and found["tokens"] > found["learnt_tokens"] > 0
    assert found["losses"][-1]["held_back_loss"] < found["held_back_loss_before"]
    assert found["data"] == {"files": ["chats.jsonl"], "chats": 14, "held_back": 2, "left_out_as_too_long": 0}
    reader = GGUFReader(str(tmp_path / "out" / "adapter.gguf"))
    told = {name: reader.fields[name].contents() for name in reader.fields if not name.startswith("GGUF.")}
    assert told["general.architecture"] == "qwen2" and told["general.type"] == "adapter"
    assert told["adapter.type"] == "lora" and told["adapter.lora.alpha"] == 16.0
    shapes = {tensor.name: tuple(reversed(tensor.shape.tolist())) for tensor in reader.tensors}
    widths = {
        "attn_q": (32, 32), "attn_k": (32, 16), "attn_v": (32, 16), "attn_output": (32, 32), "ffn_down": (64, 32),
    }  # fmt: skip
    expected = {}
    for layer in range(2):
        for name, (inputs, outputs) in widths.items():
            expected[f"blk.{layer}.{name}.weight.lora_a"] = (8, inputs)
            expected[f"blk.{layer}.{name}.weight.lora_b"] = (outputs, 8)
    assert shapes == expected and {tensor.data.dtype for tensor in reader.tensors} == {np.dtype(np.float16)}
    for name in ("README.md", "log.csv", "log.png", "peft/adapter_model.safetensors"):
        assert (tmp_path / "out" / name).exists(), name


def test_a_stopped_run_goes_on_as_if_it_had_not_been(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(folder, tmp_path / "whole")
    original, steps = fit.pack_loss, []

    def interrupted(model: Any, pack: Pack) -> Any:
        steps.append(pack)
        if len(steps) == 2:
            raise KeyboardInterrupt
        return original(model, pack)

    monkeypatch.setattr(fit, "pack_loss", interrupted)
    stopped = train(folder, tmp_path / "parts")
    assert stopped["stopped_early"] and stopped["steps"] == 1
    assert (tmp_path / "parts" / "adapter.gguf").exists()
    monkeypatch.undo()
    resumed = train(folder, tmp_path / "parts", "--resume")
    assert not resumed["stopped_early"] and resumed["steps"] == whole["steps"]
    assert resumed["losses"] == whole["losses"]
    with pytest.raises(SystemExit) as end:
        main(["lora", "--model", str(folder), "--chats", str(tmp_path / "chats.jsonl"), "--held-back", "2",
              "--out", str(tmp_path / "parts"), "--resume"])  # fmt: skip
    assert end.value.code == 1
