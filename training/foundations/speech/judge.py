"""`digit-lstm` in other recipes: it says whether made speech can still be read, and starts CTC's encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipelines.core.foundation import CARD
from pipelines.speech.foundations.features import Samples
from pipelines.speech.foundations.neural import DigitNetwork
from training.foundations.recipe import Run, train_and_keep

NAME = "digit-lstm"


def digit_judge(run: Run) -> DigitNetwork:
    """Return the trained recogniser, kept beside the run's folder.

    It is trained first where it is missing, on the speakers of `run`.
    """
    folder = run.folder.parent / (f"{NAME}-small" if run.small else NAME)
    if not (folder / CARD).is_file():
        from training.foundations.speech.speech_recipes import TABLE

        train_and_keep(NAME, TABLE[NAME], replace(run, folder=folder, task="fsdd", epochs=None))
    return DigitNetwork.load(folder)


def share_read(judge: DigitNetwork, sounds: Sequence[Samples], truth: Sequence[str]) -> float:
    """Return the share of 8 kHz sounds in which the judge reads the digit that was said."""
    guesses = np.array(judge.labels)[judge.probabilities(sounds).argmax(axis=1)]
    return round(float(np.mean(guesses == np.array(truth))), 4)
