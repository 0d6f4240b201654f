"""The recipes of this family by name."""

from __future__ import annotations

from training.foundations.recipe import RecipeSpec, RecipeTable

_HERE = "training.foundations.speech"
_FSDD = ("fsdd",)
_NETWORKS = (
    ("cnn", "3.2.2.1", "convolutional network on log-mel pictures of spoken digits"),
    ("rnn", "3.2.2.2", "recurrent network on cepstra of spoken digits"),
    ("lstm", "3.2.2.3", "LSTM on cepstra of spoken digits"),
)
TABLE: RecipeTable = {
    "gmm-hmm": RecipeSpec(
        f"{_HERE}.digits:GmmHmmRecipe", "3.2.1", "GMM-HMM word recogniser on MFCC", _FSDD, compared=True
    ),
    **{
        f"digit-{kind}": RecipeSpec(
            f"{_HERE}.digits:NetworkRecipe", chapter, help_, _FSDD, (kind,), compared=True
        )
        for kind, chapter, help_ in _NETWORKS
    },
    "digit-ctc": RecipeSpec(
        f"{_HERE}.strings:StringRecipe", "3.2.2.3", "LSTM with CTC, rows of digits", _FSDD
    ),
    "wavenet": RecipeSpec(f"{_HERE}.wavenet:VocoderRecipe", "3.3.2.1", "WaveNet vocoder, digits", _FSDD),
    "voice-conversion": RecipeSpec(
        f"{_HERE}.conversion:ConversionRecipe", "3.3.2.2", "nearest frames of a target voice, WORLD", _FSDD
    ),
}
