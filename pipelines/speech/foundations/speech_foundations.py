"""The foundations of this folder by name."""

from __future__ import annotations

from pipelines.core.foundation import FoundationSpec, FoundationTable

_HERE = "pipelines.speech.foundations"
_NETWORK = f"{_HERE}.neural:DigitNetwork"
_TOOLS = f"{_HERE}.tools"
TABLE: FoundationTable = {
    "mfcc": FoundationSpec(f"{_TOOLS}:mfcc", "3.1.1", "mel-frequency cepstral coefficients", learned=False),
    "plp": FoundationSpec(f"{_TOOLS}:plp", "3.1.1", "perceptual linear prediction cepstra", learned=False),
    "log-mel": FoundationSpec(f"{_TOOLS}:log_mel", "3.1.1", "log-mel spectrogram", learned=False),
    "deltas": FoundationSpec(f"{_TOOLS}:deltas", "3.1.1", "MFCC and their differences", learned=False),
    "pre-emphasis": FoundationSpec(
        f"{_TOOLS}:pre_emphasis", "3.1.2", "high frequencies raised", learned=False
    ),
    "vad": FoundationSpec(
        f"{_TOOLS}:vad", "3.1.2", "where somebody speaks, by a likelihood-ratio test", learned=False
    ),
    "spectral-subtraction": FoundationSpec(
        f"{_TOOLS}:spectral_subtraction", "3.1.2.1", "noise removal: spectral subtraction", learned=False
    ),
    "wiener": FoundationSpec(
        f"{_TOOLS}:wiener", "3.1.2.1", "noise removal: decision-directed Wiener filter", learned=False
    ),
    "spectral-gating": FoundationSpec(
        f"{_TOOLS}:spectral_gating", "3.1.2.1", "noise removal: spectral gating", learned=False
    ),
    "gmm-hmm": FoundationSpec(
        f"{_HERE}.gmm_hmm:GmmHmm", "3.2.1", "spoken digit: hidden Markov models with Gaussian mixtures"
    ),
    "digit-cnn": FoundationSpec(_NETWORK, "3.2.2.1", "spoken digit: convolutional network"),
    "digit-rnn": FoundationSpec(_NETWORK, "3.2.2.2", "spoken digit: recurrent network"),
    "digit-lstm": FoundationSpec(_NETWORK, "3.2.2.3", "spoken digit: LSTM"),
    "digit-ctc": FoundationSpec(f"{_HERE}.neural:DigitStrings", "3.2.2.3", "row of digits: LSTM with CTC"),
    "wavenet": FoundationSpec(f"{_HERE}.vocoder:Vocoder", "3.3.2.1", "vocoder: from mel frames to sound"),
    "voice-conversion": FoundationSpec(
        f"{_HERE}.conversion:VoiceConversion", "3.3.2.2", "the same words in another voice"
    ),
}
