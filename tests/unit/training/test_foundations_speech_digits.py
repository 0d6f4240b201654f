"""Recognisers of spoken digits: toy trainings on real recordings of speakers that are not the tested one."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("hmmlearn")

import torch
from torch.nn import functional

from pipelines.core.errors import EmptyInputError, InputError, ModelError
from pipelines.core.types import Audio
from pipelines.speech.foundations.ctc import beam_search, greedy
from pipelines.speech.foundations.digits import FLOOR, answer, cepstra, mel_frames, word_frames
from pipelines.speech.foundations.gmm_hmm import GmmHmm
from pipelines.speech.foundations.neural import DigitNetwork, DigitStrings, padded
from pipelines.speech.wav import write_wav
from training.foundations.recipe import Run
from training.foundations.speech import voices
from training.foundations.speech.digits import DigitProblem, GmmHmmRecipe
from training.foundations.speech.spoken_digits import DIGITS, resampled, speaker_split, string_of
from training.foundations.speech.strings import StringProblem, StringRecipe, string_batch, string_loss
from training.foundations.speech.variation import batched, varied

DATA = Path(__file__).resolve().parents[2] / "data"
SPLIT = speaker_split(DATA)
TEST = [clip.samples for clip in SPLIT.test]
TRUTH = [clip.digit for clip in SPLIT.test]


def run(tmp_path: Path) -> Run:
    return Run(DATA, tmp_path, "fsdd", small=True, device="cpu")


def test_speakers_are_kept_apart() -> None:
    parts = [{clip.speaker for clip in part} for part in (SPLIT.train, SPLIT.choose, SPLIT.test)]
    assert parts == [{"george", "jackson"}, {"nicolas"}, {"yweweler"}]
    assert {clip.speaker for clip in SPLIT.known} == {"george", "jackson", "nicolas"}
    assert {clip.speaker for clip in speaker_split(DATA, "george").test} == {"george"}
    with pytest.raises(InputError, match="nobody"):
        speaker_split(DATA, "nobody")


def test_a_row_of_digits_is_of_its_clips() -> None:
    own = [clip for clip in SPLIT.train if clip.speaker == "george"]
    sound, said = string_of(own, np.random.default_rng(0))
    shortest = {clip.digit: min(len(c.samples) for c in own if c.digit == clip.digit) for clip in own}
    assert 3 <= len(said) <= 7 and len(sound) > sum(shortest[digit] for digit in said)


def test_speed_changes_length_and_pitch() -> None:
    tone = np.sin(2 * np.pi * 500 * np.arange(8000) / 8000).astype(np.float32)
    fast = resampled(tone, 1.25)
    assert len(fast) == 6400
    assert np.abs(np.fft.rfft(fast)).argmax() * 8000 / 6400 == pytest.approx(625, abs=2)


def test_cepstra_have_mean_0_and_deviation_1_in_every_column() -> None:
    found = cepstra(mel_frames(TEST[0]))
    assert found.shape[1] == 39 and found.dtype == np.float32
    assert np.allclose(found.mean(axis=0), 0.0, atol=1e-3) and np.allclose(found.std(axis=0), 1.0, atol=0.05)


def test_loudness_and_silence_around_a_word_change_nothing_that_the_networks_read() -> None:
    word = TEST[0]
    quiet = np.zeros(2400, np.float32)
    plain, padded_word = word_frames(word), word_frames(0.5 * np.concatenate([quiet, word, quiet]))
    assert len(plain) <= len(padded_word) <= len(plain) + 4
    assert plain.max() == pytest.approx(0.0, abs=0.01) and plain.min() >= -FLOOR
    assert np.abs(padded_word[2:-2].mean(axis=0) - plain.mean(axis=0)).max() < 0.3


def test_gmm_hmm_reads_a_speaker_it_never_heard(tmp_path: Path) -> None:
    model = GmmHmmRecipe().train(run(tmp_path))
    found = model.probabilities(TEST)
    assert np.mean(np.array(model.labels)[found.argmax(1)] == TRUTH) >= 0.8
    model.save(tmp_path)
    again = GmmHmm.load(tmp_path)
    assert np.allclose(again.probabilities(TEST), found)
    assert again.parameters == model.parameters > 1000


@pytest.mark.parametrize("kind", ["cnn", "rnn", "lstm"])
def test_networks_learn_and_are_kept(kind: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = DigitNetwork(kind)
    problem = DigitProblem(SPLIT.known, SPLIT.choose, model.front, 0)
    optimiser = torch.optim.Adam(model.network.parameters(), 0.005)
    model.network.train()
    for epoch in range(40):
        for batch in problem.batches(epoch):
            optimiser.zero_grad()
            problem.loss(model.network, batch, torch.device("cpu")).backward()
            optimiser.step()
    model.network.eval()
    known = [clip.samples for clip in SPLIT.known]
    guesses = np.array(model.labels)[model.probabilities(known).argmax(1)]
    assert np.mean(guesses == [clip.digit for clip in SPLIT.known]) >= 0.8
    untrained = DigitNetwork(kind).network
    with torch.no_grad():
        better, worse = (
            problem.score(network, torch.device("cpu"))["score"] for network in (model.network, untrained)
        )
    assert worse < better < 0
    model.save(tmp_path)
    assert np.array_equal(DigitNetwork.load(tmp_path).probabilities(TEST), model.probabilities(TEST))


def test_padding_changes_nothing() -> None:
    for kind in ("cnn", "rnn", "lstm"):
        model = DigitNetwork(kind)
        assert np.allclose(model.probabilities(TEST)[:1], model.probabilities(TEST[:1]), atol=2e-2)


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(ModelError, match="cnn, rnn, lstm"):
        DigitNetwork("gru")


def test_a_file_is_read(tmp_path: Path) -> None:
    fields = DigitNetwork("cnn").predict(DATA / "fsdd" / "3_george_0.wav", tmp_path)
    assert set(fields["scores"]) == set(DIGITS) and fields["confidence"] == max(fields["scores"].values())
    write_wav(tmp_path / "a.wav", [Audio(np.zeros(100, np.float32), 8000)])
    with pytest.raises(EmptyInputError, match="too short"):
        answer(DigitNetwork("cnn"), tmp_path / "a.wav")


def test_variations_keep_the_scale_and_differ() -> None:
    mel = word_frames(TEST[0])
    a, b = (varied(mel, cepstra, np.random.default_rng(seed)) for seed in (0, 1))
    assert a.shape[1] == b.shape[1] == 39 and a.dtype == np.float32
    assert a.shape != b.shape or not np.allclose(a, b)
    assert 0.5 < a.std() < 1.5


def test_batches_hold_every_row_and_rows_of_like_length() -> None:
    rows = [(np.zeros((length, 2), np.float32), str(length)) for length in range(8, 40)]
    batches = batched(rows, 4, np.random.default_rng(0))
    assert sorted(said for batch in batches for _, said in batch) == sorted(said for _, said in rows)
    assert all(max(len(f) for f, _ in batch) - min(len(f) for f, _ in batch) == 3 for batch in batches)


@pytest.mark.skipif(shutil.which(voices.PROGRAM) is None, reason="espeak-ng is not installed")
def test_a_made_voice_says_a_word_without_silence_around_it() -> None:
    first, again, other = (voices.spoken("seven", f"en-us+{name}", 150) for name in ("m1", "m1", "f2"))
    assert 0.2 < len(first) / 8000 < 0.8 and np.array_equal(first, again)
    assert len(first) != len(other) or not np.allclose(first, other)
    assert min(abs(first[0]), abs(first[-1])) > 0


def test_made_voices_say_every_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "ACCENTS", ("us", "gb"))
    monkeypatch.setattr(voices, "VARIANTS", ("m1",))
    monkeypatch.setattr(voices, "spoken", lambda word, voice, speed: np.full(800, len(word), np.float32))
    monkeypatch.setattr(voices.shutil, "which", lambda program: program)
    clips = voices.synthetic_clips.__wrapped__()
    assert [(clip.digit, clip.speaker) for clip in clips] == [
        (digit, f"en-{accent}+m1") for accent in ("us", "gb") for digit in DIGITS
    ]
    assert clips[7].samples[0] == len("seven")


def test_without_the_program_only_people_train(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices.shutil, "which", lambda program: None)
    with pytest.warns(UserWarning, match="espeak-ng is not installed"):
        assert voices.synthetic_clips.__wrapped__() == ()


def test_greedy_merges_repeats_and_leaves_blanks_out() -> None:
    path = np.eye(3, dtype=np.float32)[[0, 1, 1, 0, 1, 2, 2, 0]]
    assert greedy(np.log(path + 1e-6)) == (0, 0, 1)
    assert greedy(np.log(path[:1] + 1e-6)) == ()


def test_beam_search_finds_the_likeliest_reading_of_all() -> None:
    scores = np.log(np.random.default_rng(3).dirichlet([0.6] * 3, size=5)).astype(np.float32)
    totals: dict[tuple[int, ...], float] = {}
    for path in product(range(3), repeat=5):
        reading = greedy(np.log(np.eye(3, dtype=np.float32)[list(path)] + 1e-6))
        totals[reading] = np.logaddexp(totals.get(reading, -np.inf), sum(scores[range(5), path]))
    found = dict(beam_search(scores, 1000))
    assert found.keys() == totals.keys()
    assert all(np.isclose(found[reading], total) for reading, total in totals.items())
    assert beam_search(scores, 8)[0][0] == max(totals, key=lambda reading: totals[reading])


def test_beam_search_agrees_with_torch_on_a_reading() -> None:
    scores = torch.randn(6, 1, 4, generator=torch.Generator().manual_seed(0)).log_softmax(-1)
    found = dict(beam_search(scores[:, 0].numpy(), 1000))
    loss = functional.ctc_loss(scores, torch.tensor([[1, 1, 3]]), (6,), (3,), reduction="sum")
    assert found[(0, 0, 2)] == pytest.approx(-float(loss), abs=1e-4)


def test_ctc_learns_rows_and_is_kept(tmp_path: Path) -> None:
    torch.manual_seed(0)
    own = {clip.digit: clip.samples for clip in SPLIT.train if clip.speaker == "george"}
    said = ["03", "37", "70"]
    sounds = [np.concatenate([own[digit] for digit in row]) for row in said]
    model = DigitStrings("ctc", width=24, dropout=0.0)
    batch = string_batch(
        [(cepstra(word_frames(sound)), digits) for sound, digits in zip(sounds, said, strict=True)]
    )
    optimiser = torch.optim.Adam(model.network.parameters(), 0.02)
    for _ in range(90):
        optimiser.zero_grad()
        string_loss(model.network, batch, torch.device("cpu")).backward()
        optimiser.step()
    assert model.read(sounds) == model.read(sounds, 0) == said
    model.save(tmp_path)
    assert DigitStrings.load(tmp_path).read(TEST) == model.read(TEST)
    write_wav(tmp_path / "row.wav", [Audio(sounds[0], 8000)])
    fields = model.predict(tmp_path / "row.wav", tmp_path)
    assert fields["text"] == fields["greedy"] == said[0] and fields["confidence"] > 0.5


def test_rows_are_drawn_anew_every_epoch_and_the_same_again(tmp_path: Path) -> None:
    problem = StringProblem(run(tmp_path), cepstra)
    first, again, other = (problem.batches(epoch)[0] for epoch in (0, 0, 1))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert first[0].shape != other[0].shape or not torch.equal(first[0], other[0])
    assert set(problem.score(DigitStrings("ctc").network, torch.device("cpu"))) == {"score"}


def test_batches_are_padded() -> None:
    batch, lengths = padded([np.ones((3, 2), np.float32), np.ones((12, 2), np.float32)])
    assert batch.shape == (2, 12, 2) and lengths.tolist() == [3, 12] and not batch[0, 3:].any()


def test_ctc_starts_from_the_recogniser_of_one_digit(tmp_path: Path) -> None:
    own = Run(DATA, tmp_path / "digit-ctc", "fsdd", epochs=1, small=True, device="cpu")
    model = StringRecipe().train(own)
    start = DigitNetwork.load(tmp_path / "digit-lstm-small").network.state_dict()
    learned = model.network.state_dict()
    name = "encoder.layers.weight_ih_l0"
    assert 0 < float((learned[name] - start[name]).abs().mean()) < 0.1 * float(start[name].abs().mean())
    metrics = StringRecipe().evaluate(model, own)
    assert metrics["count"] == 20 and metrics["beam_wer"] > 0
