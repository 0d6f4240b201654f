"""What `benchmarks.peers` does with the numbers and with the weights, on stand-ins and on the packaged files."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import peers
from benchmarks.common import DOCS, ROOT, put_table
from benchmarks.peers import Row, answer_turn, quartiles, summary, table
from benchmarks.peers_check import common_prefix
from benchmarks.peers_systems import Answer, Asked
from benchmarks.peers_turns import KINDS, TURNS, WARM_UP, Inputs, inputs_of, kind_of, make_turn
from benchmarks.peers_weights import whisper_state
from pipelines.core.types import Turn
from training.common.whisper_graph import StoredTensor

ANSWER = Answer(1.0, 2.0, 2.0, 4.0, 7, "Hi.", None, ["A cat."], 1000.0)


def rows() -> list[Row]:
    """Return eight turns: the plain system takes twice, streamed three times and at last four times as long."""
    made = []
    for number in range(8):
        times = {"first_text": 2.0, "first_audio": 8.0, "total": 16.0}
        plain = replace(ANSWER, **times, first_sentence=5.0, peak=3000.0 + number)
        streamed = replace(plain, first_text=0.5, peak=2000.0)
        made.append(Row(number, replace(ANSWER, peak=900.0 + number), plain, streamed))
    return made


def found() -> dict[str, Any]:
    starts = {"trio": [4.0, 2.0, 3.0], "plain": [30.0, 9.0, 12.0]}
    return {
        "machine": "here, 2 cores",
        "threads": 2,
        "load": 0.3,
        **summary(rows(), starts),
        "turns": [asdict(row) for row in rows()],
    }


def test_ratios_are_of_medians_turn_by_turn() -> None:
    result = found()
    assert result["first_text"]["ratio"] == [2.0, 2.0, 2.0]
    assert result["first_text"]["ratio_streamed"][1] == 0.5  # where Trio is slower the table says so
    assert result["first_audio"]["ratio"][1] == result["total"]["ratio"][1] == 4.0
    assert result["start"] == {"trio": 3.0, "plain": 12.0, "ratio": 4.0}
    assert result["memory"] == {"trio": 907.0, "plain": 3007.0, "ratio": 3.32}
    assert set(result["kinds"]) == set(KINDS)
    assert quartiles([1.0, 2.0, 3.0, 4.0, 5.0]) == [2.0, 3.0, 4.0]


def test_the_tables(tmp_path: Path) -> None:
    lines = table(found())
    assert lines[0] == "8 turns on here, 2 cores, 2 threads: median (quartiles)."
    shown = "1.00 (1.00 to 1.00) s"
    assert lines[4] == (
        f"| first text, shown when the reply is complete | {shown} | 2.00 (2.00 to 2.00) s | 2.0 (2.0 to 2.0) |"
    )
    assert any(line.endswith("| 5.00 (5.00 to 5.00) s | 2.5 |") for line in lines)
    assert "| peak memory | 907 MB | 3,007 MB | 3.3 |" in lines
    assert "| all three | 1.00, 2.00, 0.50 s | 2.00, 8.00 s | 4.00, 16.00 s |" in lines
    assert "load 9" in table({**found(), "load": 9.0})[0]
    page = tmp_path / "peers.md"
    page.write_text("<!-- peers -->\n<!-- /peers -->\n")
    put_table(page, "peers", lines)
    assert lines[4] in page.read_text()


def test_the_page_shows_the_last_result() -> None:
    result = DOCS / "results" / "peers.json"
    if not result.exists():
        pytest.skip("not measured yet")
    shown = (
        (DOCS / "peers.md").read_text("utf-8").partition("<!-- peers -->\n")[2].partition("\n<!-- /peers")[0]
    )
    assert shown.splitlines() == table(json.loads(result.read_text("utf-8")))


def test_the_plain_reply_is_as_long_and_reads_the_same_captions() -> None:
    asked: list[tuple[str, Asked]] = []

    class Stub:
        def __init__(self, name: str) -> None:
            self.name = name

        def ask(self, one: Asked) -> Answer:
            asked.append((self.name, one))
            return ANSWER if self.name == "trio" else replace(ANSWER, text=f"streamed={one.streamed}")

    for number in (0, 1):
        row = answer_turn(number, Stub("trio"), Stub("plain"))  # type: ignore[arg-type]
        assert (row.plain.text, row.streamed.text) == ("streamed=False", "streamed=True")
    assert [name for name, _ in asked] == ["trio", "plain", "plain"] * 2
    assert all((one.tokens, one.captions) == (7, ["A cat."]) for name, one in asked if name == "plain")
    assert [one.streamed for _, one in asked if one.tokens] == [True, False, False, True]


@pytest.mark.parametrize("real", [False, True])
def test_no_input_comes_twice(real: bool, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    inputs = inputs_of(request.getfixturevalue("shared_data") if real else tmp_path)
    assert (inputs.source == "assets/samples") is not real
    turns = [make_turn(number, inputs) for number in range(TURNS)] + [make_turn(WARM_UP, inputs)]
    assert [kind_of(number) for number in (0, 1, 2, 3, 4, WARM_UP)] == [*KINDS, "text", "all"]
    texts = [turn.text for turn in turns if turn.text]
    assert len(texts) == len(set(texts)) == 16
    for inside in (lambda t: [i.pixels for i in t.images], lambda t: [t.audio.samples] if t.audio else []):
        seen = [part.tobytes() for turn in turns for part in inside(turn)]
        assert len(seen) == len(set(seen)) == 11


def test_turns_hold_what_their_kind_says(tmp_path: Path) -> None:
    inputs: Inputs = inputs_of(tmp_path)
    kinds: dict[str, Turn] = {kind: make_turn(n, inputs) for n, kind in enumerate(KINDS)}
    held = {kind: (bool(t.text), len(t.images), t.audio is not None) for kind, t in kinds.items()}
    assert held == {
        "text": (True, 0, False),
        "picture": (True, 1, False),
        "voice": (False, 0, True),
        "all": (True, 1, True),
    }


def test_whispers_names_map_one_to_one() -> None:
    """Every tensor of a small model of openai-whisper's own is found again where it belongs."""
    torch = pytest.importorskip("torch")
    model = pytest.importorskip("whisper.model")
    width, layers = 4, 1
    dims = model.ModelDimensions(3, 6, width, 2, layers, 9, 5, width, 2, layers)
    whole = model.Whisper(dims)
    for parameter in whole.parameters():  # some are left as they come out of memory, where NaN may stand
        torch.nn.init.normal_(parameter)
    state = {name: value.numpy() for name, value in whole.state_dict().items()}
    tensors, data = stored(state, layers, width)
    made = whisper_state(tensors, data, layers)
    assert made.keys() == state.keys()
    assert all(np.array_equal(made[name], state[name]) for name in state)
    whole.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in made.items()})


def stored(state: dict[str, Any], layers: int, width: int) -> tuple[dict[str, StoredTensor], Any]:
    """Write a state dict as CTranslate2's converter does (its specs of Whisper, by hand)."""
    names: dict[str, Any] = {
        "encoder/position_encodings/encodings": state["encoder.positional_embedding"],
        "decoder/position_encodings/encodings": state["decoder.positional_embedding"],
        "decoder/embeddings/weight": state["decoder.token_embedding.weight"],
    }

    def put(ours: str, theirs: str, *parts: str) -> None:
        for part, name in zip(("weight", "bias"), parts or ("weight", "bias"), strict=True):
            names[f"{ours}/{name}"] = state[f"{theirs}.{part}"]

    def join(ours: str, theirs: str, kinds: str) -> None:
        zero = np.zeros(width, np.float32)
        for part in ("weight", "bias"):
            values = [state.get(f"{theirs}.{kind}.{part}", zero) for kind in kinds.split()]
            names[f"{ours}/{part}"] = np.concatenate(values)

    norm = ("gamma", "beta")
    for side, last in (("encoder", "ln_post"), ("decoder", "ln")):
        put(f"{side}/layer_norm", f"{side}.{last}", *norm)
        for layer in range(layers):
            ours, theirs = f"{side}/layer_{layer}", f"{side}.blocks.{layer}"
            join(f"{ours}/self_attention/linear_0", f"{theirs}.attn", "query key value")
            put(f"{ours}/self_attention/linear_1", f"{theirs}.attn.out")
            put(f"{ours}/self_attention/layer_norm", f"{theirs}.attn_ln", *norm)
            put(f"{ours}/ffn/linear_0", f"{theirs}.mlp.0")
            put(f"{ours}/ffn/linear_1", f"{theirs}.mlp.2")
            put(f"{ours}/ffn/layer_norm", f"{theirs}.mlp_ln", *norm)
            if side == "decoder":
                put(f"{ours}/attention/linear_0", f"{theirs}.cross_attn.query")
                join(f"{ours}/attention/linear_1", f"{theirs}.cross_attn", "key value")
                put(f"{ours}/attention/linear_2", f"{theirs}.cross_attn.out")
                put(f"{ours}/attention/layer_norm", f"{theirs}.cross_attn_ln", *norm)
    put("encoder/conv1", "encoder.conv1")
    put("encoder/conv2", "encoder.conv2")
    tensors, data = {}, b""
    for name, value in names.items():
        raw = np.ascontiguousarray(value).tobytes()
        tensors[name] = StoredTensor(value.shape, value.dtype.type, len(data), len(raw))
        data += raw
    return tensors, np.frombuffer(data, np.uint8)


def test_a_common_prefix() -> None:
    assert [common_prefix(a, b) for a, b in (("abc", "abd"), ("ab", "abc"), ("x", "y"))] == [2, 2, 0]  # type: ignore[arg-type]


def test_a_process_knows_its_peak_after_it_is_over() -> None:
    code = (
        "from benchmarks.common import peak_megabytes as peak; before = peak(); "
        "block = bytes(80_000_000).replace(b'\\0', b'x'); del block; print(peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 75 < float(done.stdout) < 250


def test_a_worker_that_ends_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(peers, "WEIGHTS", tmp_path)
    with pytest.raises(RuntimeError, match="ended with 1"):
        peers.Worker("nobody", tmp_path)
