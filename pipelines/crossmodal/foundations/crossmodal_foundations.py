"""The foundations of this folder by name."""

from __future__ import annotations

from pipelines.core.foundation import FoundationSpec, FoundationTable

_HERE = "pipelines.crossmodal.foundations"
TABLE: FoundationTable = {
    "text-image": FoundationSpec(
        f"{_HERE}.joint:TextImage", "4.1.1", "pictures and sentences in one space: find one by the other"
    ),
    "text-image-adversarial": FoundationSpec(
        f"{_HERE}.joint:TextImage",
        "4.1.1",
        "the same, with a critic that must not tell picture from sentence",
    ),
    "text-speech": FoundationSpec(
        f"{_HERE}.joint:TextSpeech", "4.1.2", "spoken and written sentences in one space"
    ),
    "image-speech": FoundationSpec(
        f"{_HERE}.matching:ImageSpeech", "4.1.3", "whether a spoken sentence is about a picture"
    ),
    "image-text-match": FoundationSpec(
        f"{_HERE}.matching:ImageText", "4.2.1", "whether a sentence is about a picture"
    ),
    "text-to-speech": FoundationSpec(
        f"{_HERE}.speaking:speak_and_hear",
        "4.2.2",
        "sentences of a text spoken, heard again and compared: words wrong",
        learned=False,
    ),
    "image-guided-enhancement": FoundationSpec(
        f"{_HERE}.enhance:ImageGuidedEnhancer",
        "4.2.3",
        "noise taken from a spoken caption, with the picture of the same name beside it",
    ),
    "fusion": FoundationSpec(
        f"{_HERE}.fusion:LearnedFusion", "5.1", "emotion of a recording: words and voice, learned fusion"
    ),
    "fusion-late": FoundationSpec(
        f"{_HERE}.fusion:LateFusion", "5.1", "emotion of a recording: words and voice, weighted mean"
    ),
    "fusion-early": FoundationSpec(
        f"{_HERE}.fusion:EarlyFusion", "5.1", "emotion of a recording: one classifier of both features"
    ),
    "fusion-text": FoundationSpec(
        f"{_HERE}.fusion:WordsAlone", "5.1", "emotion of a recording's words alone"
    ),
    "fusion-voice": FoundationSpec(
        f"{_HERE}.fusion:VoiceAlone", "5.1", "emotion of a recording's voice alone"
    ),
}
