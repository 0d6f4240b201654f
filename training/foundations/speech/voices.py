"""Further voices for the spoken digits' training: English accents of the program espeak-ng (GPL-3.0).

Five people are few. A formant synthesiser (Klatt, 1980, "Software for a cascade/parallel formant
synthesizer") sounds like nobody, but its accents, pitches and vocal tracts differ. They only ever train.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import warnings
from functools import cache
from itertools import product

import numpy as np

from pipelines.speech.decode import audio_from_array
from pipelines.speech.tts.espeak import PROGRAM
from training.foundations.speech.spoken_digits import DIGITS, RATE, DigitClip, Samples

ACCENTS = ("us", "us-nyc", "gb", "gb-x-rp", "gb-scotland", "gb-x-gbclan", "gb-x-gbcwmd", "029")
VARIANTS = (
    *(f"m{i}" for i in range(1, 8)),
    *(f"f{i}" for i in range(1, 6)),
    *("klatt", "klatt2", "klatt3", "klatt4"),
)
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
WORDS_A_MINUTE = (130, 140, 150, 160, 170)
SILENCE = 0.01
"""Of the loudest sample: what is below it at both ends is cut off, as in FSDD."""


@cache
def synthetic_clips() -> tuple[DigitClip, ...]:
    """Return every digit once in every accent and variant; none, with a warning, without the program."""
    if shutil.which(PROGRAM) is None:
        warnings.warn(f"{PROGRAM} is not installed: only people's voices train", stacklevel=2)
        return ()
    voices = [f"en-{accent}+{variant}" for accent, variant in product(ACCENTS, VARIANTS)]
    return tuple(
        DigitClip(digit, voice, 0, spoken(word, voice, WORDS_A_MINUTE[i % len(WORDS_A_MINUTE)]))
        for i, voice in enumerate(voices)
        for digit, word in zip(DIGITS, WORDS, strict=True)
    )


def spoken(word: str, voice: str, words_a_minute: int) -> Samples:
    """Return a word in a voice of the program, float32 at 8 kHz, without the silence around it."""
    import soundfile

    command = [PROGRAM, "-v", voice, "-s", str(words_a_minute), "--stdout", word]
    wav = subprocess.run(command, capture_output=True, timeout=20, check=True).stdout
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    found = audio_from_array(samples, rate, target_rate=RATE).samples
    loud = np.flatnonzero(np.abs(found) > SILENCE * np.abs(found).max())
    return found[loud[0] : loud[-1] + 1]
