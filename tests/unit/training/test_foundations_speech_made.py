"""Speech that is made: the WaveNet vocoder and voice conversion, at toy sizes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("pyworld")

import torch

from pipelines.speech.decode import decode_audio
from pipelines.speech.foundations.conversion import (
    VoiceConversion,
    analysed,
    converted,
    learn_voice,
    synthesised,
)
from pipelines.speech.foundations.features import fft_size, log_mel
from pipelines.speech.foundations.vocoder import (
    CachedStates,
    Vocoder,
    griffin_lim,
    levelled,
    vocoder_mel,
)
from pipelines.speech.foundations.wavenet import LEVELS, WaveNet, WaveNetConfig, from_mu_law, mu_law
from training.foundations.speech.conversion import SpeakerJudge, narrow, wide
from training.foundations.speech.spoken_digits import DigitClip, digit_clips, speaker_split
from training.foundations.speech.wavenet import VocoderProblem

DATA = Path(__file__).resolve().parents[2] / "data"
TINY = WaveNetConfig(channels=8, skip=16, layers=4, stacks=2, bands=10, hop=40)
CLIPS = digit_clips(DATA)


def test_mu_law_is_finest_near_silence_and_comes_back() -> None:
    samples = torch.linspace(-1, 1, 1001)
    back = from_mu_law(mu_law(samples))
    assert torch.all((back - samples).abs() <= 0.012 + 0.025 * samples.abs())
    assert mu_law(torch.tensor([-1.0, 1.0])).tolist() == [0, LEVELS - 1]
    assert (from_mu_law(mu_law(torch.tensor([0.01]))) - 0.01).abs() < 5e-4


def test_cached_states_say_what_the_whole_network_says() -> None:
    torch.manual_seed(0)
    network = WaveNet(TINY).eval()
    levels, mel = torch.randint(LEVELS, (3, 200)), torch.randn(3, 5, 10)
    with torch.no_grad():
        whole, states = network(levels, mel), CachedStates(network, mel)
        steps = torch.stack([states.step(levels[:, t]) for t in range(200)], dim=2)
    assert torch.allclose(whole, steps, atol=1e-5)


def test_the_network_sees_its_receptive_field_and_nothing_later() -> None:
    torch.manual_seed(0)
    network, at = WaveNet(TINY).eval(), 60
    levels, mel = torch.randint(LEVELS, (1, 200)), torch.randn(1, 5, 10)
    other = levels.clone()
    other[0, at] = (other[0, at] + 100) % LEVELS
    with torch.no_grad():
        changed = (network(levels, mel) - network(other, mel)).abs().amax(1)[0].nonzero()[:, 0]
    assert int(changed.min()) == at and int(changed.max()) == at + TINY.receptive_field - 1


def test_the_vocoder_learns_and_is_kept(tmp_path: Path) -> None:
    torch.manual_seed(0)
    split = speaker_split(DATA)
    model = Vocoder(TINY)
    problem = VocoderProblem(split.train[:4], split.train[:1], TINY, 0)
    before = problem.score(model.network, torch.device("cpu"))["bits_a_sample"]
    optimiser = torch.optim.Adam(model.network.parameters(), 0.01)
    for batch in [batch for epoch in range(80) for batch in problem.batches(epoch)]:
        optimiser.zero_grad()
        problem.loss(model.network, batch, torch.device("cpu")).backward()
        optimiser.step()
    after = problem.score(model.network, torch.device("cpu"))["bits_a_sample"]
    assert after < before - 0.8
    model.save(tmp_path)
    short = [split.test[0].samples[:400]]
    assert np.array_equal(Vocoder.load(tmp_path).copies(short)[0], model.copies(short)[0])


def test_a_recording_is_copied_to_files(tmp_path: Path) -> None:
    fields = Vocoder(TINY).predict(DATA / "fsdd" / "0_yweweler_0.wav", tmp_path)
    for key in ("path", "griffin_lim"):
        sound = decode_audio(Path(fields[key]), sample_rate=8000)
        assert abs(sound.seconds - fields["audio_seconds"]) < 0.01


def test_griffin_lim_keeps_the_spectrum() -> None:
    config = WaveNetConfig()
    clip = levelled(CLIPS[0].samples)
    copy = griffin_lim(vocoder_mel(clip, config), config)[: len(clip)]
    noise = np.random.default_rng(0).standard_normal(len(clip)).astype(np.float32)
    wanted = log_mel(clip, 8000)
    far = [np.abs(log_mel(levelled(sound), 8000) - wanted).mean() for sound in (copy, noise)]
    assert far[0] < 1.0 < far[1] and fft_size(8000) == 256


def cepstral(samples: np.ndarray) -> np.ndarray:
    """Stands for Whisper's frames, 20 ms apart."""
    frames = log_mel(samples, 16_000)[::2]
    return frames - frames.mean()


def test_world_makes_the_sound_again() -> None:
    sound = wide(CLIPS[0].samples)
    again = synthesised(analysed(sound), len(sound))
    assert again.shape == sound.shape
    assert (
        np.corrcoef(log_mel(sound, 16_000)[:, :20].ravel(), log_mel(again, 16_000)[:, :20].ravel())[0, 1]
        > 0.9
    )


def test_conversion_moves_the_pitch_and_is_kept(tmp_path: Path) -> None:
    of = {name: [wide(c.samples) for c in CLIPS if c.speaker == name] for name in ("george", "yweweler")}
    voice = learn_voice(of["george"], cepstral)
    source = of["yweweler"][0]
    made = converted(source, voice, cepstral)
    assert made.shape == source.shape and np.abs(made).max() > 0.01
    pitch = analysed(made).pitch
    assert abs(np.log(pitch[pitch > 0]).mean() - voice.pitch[0]) < 0.1
    model = VoiceConversion({"george": voice}, cepstral)
    model.save(tmp_path)
    again = VoiceConversion.load(tmp_path, cepstral)
    assert np.array_equal(again.convert(source, "george"), made) and again.parameters == model.parameters
    fields = again.predict(DATA / "fsdd" / "0_yweweler_0.wav", tmp_path)
    assert Path(fields["george"]).is_file()


def test_the_nearest_frames_of_the_same_voice_are_its_own() -> None:
    clips = [wide(c.samples) for c in CLIPS if c.speaker == "george"]
    voice = learn_voice(clips, cepstral)
    made = converted(clips[0], voice, cepstral, neighbours=1)
    world = synthesised(analysed(clips[0]), len(clips[0]))
    assert np.corrcoef(log_mel(made, 16_000).ravel(), log_mel(world, 16_000).ravel())[0, 1] > 0.98


def test_the_speaker_judge_tells_voices_apart() -> None:
    clips = [DigitClip(c.digit, c.speaker, 20 if c.index else 0, c.samples) for c in CLIPS]
    judge = SpeakerJudge(clips)
    assert judge.accuracy >= 0.75
    own = [c.samples for c in clips if c.speaker == "jackson"]
    assert judge.share(own, "jackson") >= 0.75 and judge.share(own, "nobody") == 0.0


def test_rates_are_changed_both_ways() -> None:
    clip = CLIPS[0].samples
    assert len(wide(clip)) == 2 * len(clip) and np.abs(narrow(wide(clip)) - clip).max() < 0.1
