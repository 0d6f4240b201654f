"""A whole turn on tiny hub models: every stage of the quality profile at once, in the real engine."""

from __future__ import annotations

from pathlib import Path

from chatbot.config.backends import CHATBOT_TABLE
from chatbot.config.settings import Settings
from chatbot.turn.engine import Chatbot
from chatbot.turn.state import collect
from pipelines.core.registry import Registry
from pipelines.core.types import Caption, Distribution, Sentiment, Stage, Transcript, Turn
from pipelines.core.weights import WeightStore
from pipelines.image.decode import decode_image
from pipelines.speech.decode import decode_audio
from tests.support.tiny_models import prepare

CHOICES = {
    Stage.TRANSCRIBE: "transformers",
    Stage.SPEECH_EMOTION: "transformers",
    Stage.SENTIMENT: "transformers",
    Stage.TEXT_EMOTION: "transformers",
    Stage.CAPTION: "open_clip",
    Stage.SPEAK: "kokoro",
    Stage.GENERATE: "transformers",
}


def test_a_turn_of_words_picture_and_voice(samples: Path, tmp_path: Path) -> None:
    options = {stage: prepare(stage, name, tmp_path / stage) for stage, name in CHOICES.items()}
    registry = Registry(CHATBOT_TABLE, WeightStore(), CHOICES, options)
    turn = Turn(
        "What do you see?",
        (decode_image(samples / "cat.jpg"),),
        decode_audio(samples / "jfk.flac"),
    )
    settings = Settings(history=False, data_dir=tmp_path)
    with Chatbot(settings, registry) as bot:
        outcome = collect(bot.respond(turn, options=settings.turn_options(speak=True, max_reply_tokens=20)))
    assert outcome.error is None
    assert outcome.reply is not None
    found = {(e.kind, e.source): e.value for e in outcome.reply.context.evidence if e.error is None}
    kinds = {
        (Stage.TRANSCRIBE, "voice"): Transcript,
        (Stage.SPEECH_EMOTION, "voice"): Distribution,
        (Stage.CAPTION, "picture 1"): Caption,
        (Stage.SENTIMENT, "text"): Sentiment,
        (Stage.TEXT_EMOTION, "text"): Distribution,
    }
    for key, kind in kinds.items():
        assert isinstance(found[key], kind), (key, outcome.reply.context.evidence)
    assert outcome.reply.text
