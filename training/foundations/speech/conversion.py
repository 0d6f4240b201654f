"""Voices of two speakers; whether a third one's digits, converted, sound like them and keep their words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from pipelines.speech.decode import audio_from_array
from pipelines.speech.foundations import conversion
from pipelines.speech.foundations.conversion import VoiceConversion, analysed, learn_voice, synthesised
from pipelines.speech.foundations.features import Samples, mfcc
from training.foundations.recipe import Metrics, Run
from training.foundations.speech.digits import split_of
from training.foundations.speech.figures import plot_sounds
from training.foundations.speech.judge import digit_judge, share_read
from training.foundations.speech.spoken_digits import RATE, DigitClip, digit_clips

VOICES = 2
HELD_OUT, BANK, SOURCES = 5, 15, 3
"""Recordings 0 to 4 of a digit train nothing here, 5 to 14 make a voice, the rest train the classifier.

Of the unseen speaker 0 to 2 are converted.
"""


class ConversionRecipe:
    """Keeps the voices of the first two speakers who train the recognisers."""

    def train(self, run: Run) -> VoiceConversion:
        """Return the two voices."""
        clips = split_of(run).train
        first, last = (1, 2) if run.small else (HELD_OUT, BANK)
        encode = conversion.whisper_frames()
        voices = {}
        for name in sorted({clip.speaker for clip in clips})[:VOICES]:
            own = [clip for clip in clips if clip.speaker == name and first <= clip.index < last]
            voices[name] = learn_voice([wide(clip.samples) for clip in own], encode)
        return VoiceConversion(voices, encode)

    def evaluate(self, model: VoiceConversion, run: Run) -> Metrics:
        """Answers of a speaker classifier and of the digit recogniser, before and after."""
        clips = [clip for clip in split_of(run).test if clip.index < (1 if run.small else SOURCES)]
        speakers, judge = SpeakerJudge(digit_clips(run.data)), digit_judge(run)
        truth = [clip.digit for clip in clips]
        original = [clip.samples for clip in clips]
        world = [narrow(synthesised(analysed(wide(s)), 2 * len(s))) for s in original]
        made = {name: [narrow(model.convert(wide(s), name)) for s in original] for name in model.voices}
        shown = {clips[0].speaker: original[0], **{name: sounds[0] for name, sounds in made.items()}}
        plot_sounds(shown, RATE, run.folder / "voices.png")
        metrics: Metrics = {
            "count": len(clips),
            "speaker_classifier_accuracy": speakers.accuracy,
            "read_original": share_read(judge, original, truth),
            "read_world_copy": share_read(judge, world, truth),
            "source_before": speakers.share(original, clips[0].speaker),
        }
        for name, sounds in made.items():
            metrics[f"{name}_before"] = speakers.share(original, name)
            metrics[f"{name}_after"] = speakers.share(sounds, name)
            metrics[f"{name}_read"] = share_read(judge, sounds, truth)
        return metrics


class SpeakerJudge:
    """Says which of the six speakers is heard, from mean and spread of MFCC; it hears microphones too.

    Attributes:
        accuracy: On the recordings that did not train it.
    """

    def __init__(self, clips: Sequence[DigitClip]) -> None:
        known = [clip for clip in clips if clip.index >= BANK]
        self._model: Pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        self._model.fit([_summary(clip.samples) for clip in known], [clip.speaker for clip in known])
        held = [clip for clip in clips if clip.index < HELD_OUT]
        right = self.answers([clip.samples for clip in held]) == np.array([clip.speaker for clip in held])
        self.accuracy = round(float(right.mean()), 4)

    def answers(self, sounds: Sequence[Samples]) -> np.ndarray:
        """Return the speaker of each 8 kHz sound."""
        return np.asarray(self._model.predict([_summary(samples) for samples in sounds]))

    def share(self, sounds: Sequence[Samples], speaker: str) -> float:
        """Return the share of the sounds in which `speaker` is heard."""
        return round(float((self.answers(sounds) == speaker).mean()), 4)


def wide(samples: Samples) -> Samples:
    """Return 8 kHz sound at 16 kHz."""
    return audio_from_array(samples, RATE, target_rate=conversion.RATE).samples


def narrow(samples: Samples) -> Samples:
    """Return 16 kHz sound at 8 kHz."""
    return audio_from_array(samples, conversion.RATE, target_rate=RATE).samples


def _summary(samples: Samples) -> Samples:
    """Return mean and deviation of each MFCC but the loudness."""
    frames = mfcc(samples, RATE, 20)[:, 1:]
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0)])
