"""The back-ends on models of the Hugging Face hub, or of folders; see docs/profiles.md."""

from __future__ import annotations

from pipelines.core.hub_backend import INSTALL
from pipelines.core.registry import BackendSpec, Table
from pipelines.core.types import Stage

TORCH = ("torch", "transformers")
FOUND = ("model", "revision", "offline")
"""Options of every back-end here: which model."""
PLACED = (*FOUND, "device", "dtype")
"""And where it runs."""


def _row(target: str, description: str, *options: str, packages: tuple[str, ...] = TORCH) -> BackendSpec:
    return BackendSpec(
        target, "huggingface", description, packages=packages, install=INSTALL, options=(*PLACED, *options)
    )


_SPEECH, _IMAGE, _TEXT = (f"pipelines.{part}.huggingface" for part in ("speech", "image", "text"))

HUB_TABLE: Table = {
    Stage.TRANSCRIBE: {
        "whisper": _row(
            f"{_SPEECH}.whisper_openai:OpenAIWhisper",
            "Whisper of any size through openai-whisper",
            "batch_size",
            "beams",
            packages=("torch", "whisper"),
        ),
        "faster-whisper": BackendSpec(
            f"{_SPEECH}.faster_whisper:FasterWhisper",
            "huggingface",
            "Whisper of any size through faster-whisper, without torch",
            models=("silero-vad",),
            options=(*FOUND, "threads", "beam_size"),
        ),
        "transformers": _row(
            f"{_SPEECH}.asr:TransformersTranscriber",
            "Whisper or any CTC model through transformers",
            "batch_size",
            "beams",
        ),
    },
    Stage.SPEECH_EMOTION: {
        "wav2vec2-emotion": _row(
            f"{_SPEECH}.speechbrain_emotion:SpeechBrainVoiceEmotion",
            "SpeechBrain's wav2vec 2.0 classifier, four emotions",
            "labels",
        ),
        "transformers": _row(
            f"{_SPEECH}.emotion:TransformersVoiceEmotion",
            "Any audio classifier of transformers whose labels are emotions",
            "labels",
        ),
    },
    Stage.SENTIMENT: {
        "transformers": _row(
            f"{_TEXT}.classify:HubSentiment",
            "Any text classifier of transformers whose labels are positive and negative",
            "labels",
        ),
    },
    Stage.TEXT_EMOTION: {
        "transformers": _row(
            f"{_TEXT}.classify:HubTextEmotion",
            "Any text classifier of transformers whose labels are emotions",
            "labels",
        ),
    },
    Stage.CAPTION: {
        "blip": _row(
            f"{_IMAGE}.blip:BlipCaptioner",
            "Captions and visual questions by BLIP",
            "question_model",
            "question_revision",
        ),
        "vlm": _row(
            f"{_IMAGE}.vlm:VlmCaptioner",
            "Captions and visual questions by a vision-language model: SmolVLM, Qwen-VL and others",
            "prompt",
        ),
        "open_clip": _row(
            f"{_IMAGE}.clip:ClipMatcher",
            "Zero-shot tags and image-text matching by CLIP",
            "labels",
            "template",
            "batch_size",
            packages=("torch", "open_clip"),
        ),
    },
    Stage.SPEAK: {
        "transformers": _row(
            f"{_SPEECH}.tts:TransformersSpeaker",
            "VITS, MMS in 1,100 languages, or SpeechT5",
            "language",
            "speaker",
            "vocoder",
            "seed",
        ),
        "kokoro": _row(
            f"{_SPEECH}.kokoro:KokoroSpeaker",
            "Kokoro, 82 M parameters, seven languages, through ONNX Runtime",
            "voice",
            "file",
            packages=("kokoro_onnx",),
        ),
    },
}
