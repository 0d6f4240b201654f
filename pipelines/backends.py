"""The table of every pipeline stage's back-ends; the first of a stage is its default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.backends_hub import HUB_TABLE
from pipelines.backends_ray import RAY_TABLE
from pipelines.backends_server import SERVER_TABLE
from pipelines.core.programs import install_command
from pipelines.core.registry import BackendSpec, Registry, Table, merged
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore

KOKORO_VOICES = (
    "zf_xiaoyi",
    "zf_xiaoxiao",
    "zf_xiaobei",
    "zf_xiaoni",
    "zm_yunxi",
    "zm_yunjian",
    "zm_yunxia",
    "zm_yunyang",
)

EMBEDDED_TABLE: Table = {
    Stage.TRANSCRIBE: {
        "whisper-base": BackendSpec(
            "pipelines.speech.transcribe:WhisperTranscriber",
            "embedded",
            "Whisper base, multilingual, ONNX encoder, CTranslate2 int8 decoder",
            models=("whisper-base", "whisper-encoder", "silero-vad"),
            options=("threads", "beam_size"),
        ),
        "whisper-tiny.en": BackendSpec(
            "pipelines.speech.transcribe:WhisperTinyEnglish",
            "embedded",
            "Whisper tiny.en: English only, fast",
            models=("whisper-tiny.en", "silero-vad"),
            options=("threads", "beam_size"),
        ),
    },
    Stage.SPEECH_EMOTION: {
        "voice": BackendSpec(
            "pipelines.speech.emotion:VoiceEmotion",
            "embedded",
            "Middle layers of Whisper base's encoder and prosody, trained by Trio",
            models=("whisper-base", "whisper-encoder", "speech-emotion"),
        ),
        "whisper-head": BackendSpec(
            "pipelines.speech.emotion:WhisperEmotionHead",
            "embedded",
            "Last layer of Whisper base's encoder, trained by Trio",
            models=("whisper-base", "whisper-encoder", "speech-emotion"),
        ),
    },
    Stage.EMBED: {
        "minilm": BackendSpec(
            "pipelines.text.embed:MiniLMEncoder",
            "embedded",
            "all-MiniLM-L6-v2 through ONNX Runtime",
            models=("minilm", "minilm-graph"),
            options=("threads",),
        ),
    },
    Stage.FEELINGS: {
        "minilm-tuned": BackendSpec(
            "pipelines.text.feelings:FeelingsReader",
            "embedded",
            "MiniLM fine-tuned by Trio: sentiment, six emotions and GoEmotions in one pass",
            models=("minilm", "feelings"),
            options=("threads",),
        ),
        "chinese": BackendSpec(
            "pipelines.text.chinese:ChineseReader",
            "embedded",
            "multilingual-e5-small fine-tuned by Trio: sentiment and emotion of Chinese in one pass",
            models=("chinese-feelings",),
            options=("threads",),
        ),
    },
    Stage.SENTIMENT: {
        "auto": BackendSpec(
            "pipelines.text.routers:SentimentRouter",
            "embedded",
            "Fine-tuned MiniLM for English, multilingual-e5-small for Chinese",
            models=("minilm", "feelings", "chinese-feelings"),
        ),
        "minilm-tuned": BackendSpec(
            "pipelines.text.feelings:FineTunedSentiment",
            "embedded",
            "MiniLM fine-tuned by Trio, English",
            models=("minilm", "feelings"),
        ),
        "chinese": BackendSpec(
            "pipelines.text.chinese:ChineseSentiment",
            "embedded",
            "multilingual-e5-small fine-tuned by Trio, Chinese",
            models=("chinese-feelings",),
        ),
        "minilm-head": BackendSpec(
            "pipelines.text.sentiment:SentimentHead",
            "embedded",
            "Head on MiniLM, trained by Trio on SST-2",
            models=("minilm", "minilm-graph", "sentiment-head"),
        ),
    },
    Stage.TEXT_EMOTION: {
        "auto": BackendSpec(
            "pipelines.text.routers:EmotionRouter",
            "embedded",
            "Fine-tuned MiniLM for English, multilingual-e5-small for Chinese",
            models=("minilm", "feelings", "chinese-feelings"),
        ),
        "chinese": BackendSpec(
            "pipelines.text.chinese:ChineseEmotion",
            "embedded",
            "multilingual-e5-small fine-tuned by Trio, Chinese",
            models=("chinese-feelings",),
        ),
        "minilm-tuned": BackendSpec(
            "pipelines.text.feelings:FineTunedEmotion",
            "embedded",
            "MiniLM fine-tuned by Trio, English",
            models=("minilm", "feelings"),
        ),
        "minilm-head": BackendSpec(
            "pipelines.text.emotion:TextEmotionHead",
            "embedded",
            "Head on MiniLM, trained by Trio on six emotions",
            models=("minilm", "minilm-graph", "text-emotion-head"),
        ),
    },
    Stage.DANGER: {
        "e5": BackendSpec(
            "pipelines.text.danger:DangerReader",
            "embedded",
            "multilingual-e5-small fine-tuned by Trio, English and Chinese",
            models=("danger",),
            options=("threads",),
        ),
    },
    Stage.IMAGE_FEATURES: {
        "efficientnet-lite2": BackendSpec(
            "pipelines.image.features:EfficientNetLite2",
            "embedded",
            "EfficientNet-Lite2 through ONNX Runtime",
            models=("efficientnet-lite2", "efficientnet-lite2-graph"),
            options=("threads",),
        ),
    },
    Stage.CAPTION: {
        "auto": BackendSpec(
            "pipelines.image.caption_router:CaptionRouter",
            "embedded",
            "Trio's captioner; ImageNet labels where they are sure of something that it leaves out",
            models=("efficientnet-lite2", "efficientnet-lite2-graph", "captioner"),
        ),
        "trio": BackendSpec(
            "pipelines.image.caption:TrioCaptioner",
            "embedded",
            "Transformer on EfficientNet-Lite2, trained by Trio on Flickr8k",
            models=("efficientnet-lite2", "efficientnet-lite2-graph", "captioner"),
            options=("threads", "beams"),
        ),
        "labels": BackendSpec(
            "pipelines.image.describe:LabelCaptioner",
            "embedded",
            "Description from ImageNet labels, colours and layout",
            models=("efficientnet-lite2", "efficientnet-lite2-graph"),
        ),
    },
    Stage.OCR: {
        "rapidocr": BackendSpec(
            "pipelines.image.ocr:RapidOcrReader",
            "embedded",
            "PP-OCRv6 through RapidOCR, Chinese, English and others",
            models=("pp-ocr-v6",),
            options=("threads",),
        ),
    },
    Stage.DETECT: {
        "centernet": BackendSpec(
            "pipelines.image.detect:CenterNetDetector",
            "embedded",
            "CenterNet on MobileNetV3: COCO's 80 kinds of objects",
            models=("centernet",),
            options=("threads",),
        ),
    },
    Stage.SPEAK: {
        "auto": BackendSpec(
            "pipelines.speech.tts.router:VoiceRouter",
            "embedded",
            "hibari for English, Kokoro for Mandarin, espeak-ng for other languages",
            models=("hibari-heart", "kokoro", "kokoro-voices"),
            voices={"zh": KOKORO_VOICES},
        ),
        "hibari": BackendSpec(
            "pipelines.speech.tts.hibari:HibariSpeaker",
            "embedded",
            "hibari, voice heart, English",
            models=("hibari-heart",),
        ),
        "kokoro-zh": BackendSpec(
            "pipelines.speech.tts.kokoro:KokoroChinese",
            "embedded",
            "Kokoro-82M int8, Mandarin",
            models=("kokoro", "kokoro-voices"),
            options=("threads", "voice"),
            voices={"zh": KOKORO_VOICES},
        ),
        "espeak": BackendSpec(
            "pipelines.speech.tts.espeak:EspeakSpeaker",
            "embedded",
            "espeak-ng, many languages; needs the system's espeak-ng program",
            programs=("espeak-ng",),
            install=install_command("espeak-ng"),
        ),
    },
}

PIPELINE_TABLE: Table = merged(EMBEDDED_TABLE, HUB_TABLE, SERVER_TABLE, RAY_TABLE)


def default_registry(
    *,
    store: WeightStore | None = None,
    choices: Mapping[Stage, str] | None = None,
    options: Mapping[Stage, Mapping[str, Any]] | None = None,
) -> Registry:
    """Return a registry over `PIPELINE_TABLE`; nothing is loaded yet."""
    return Registry(PIPELINE_TABLE, store or WeightStore(), choices, options)
