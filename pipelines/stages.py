"""The stages of the command `python -m pipelines`: a file in, plain fields out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.core.errors import BackendError, EmptyInputError, InputError
from pipelines.core.protocols import Backend, Speaker
from pipelines.core.registry import Registry
from pipelines.core.types import Distribution, Stage, to_jsonable
from pipelines.textfile import read_text

Fields = dict[str, Any]
IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"}
    | {".ico", ".heic", ".heif", ".avif", ".jp2", ".svg", ".psd", ".ppm"}
)
_IMAGE_MAGIC = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|BM.{12}|II\*\0|MM\0\*|RIFF.{4}WEBP", re.DOTALL
)


@dataclass
class StageOptions:
    """What the command line asks for.

    Attributes:
        backend: Name in the table of the command's own stage; None for the default.
        out: Folder for written files; None for the input's own.
        speed: Of the voice, 0.5 to 2.0.
        language: ISO 639-1 code; None to detect it.
        hot_words: Names and words that recordings may hold, with commas between them.
        trained: Folder of a trained foundation; None for its usual one.
        texts: Texts to match with a picture, or questions about it.
        written: Files written so far in this run, so that two inputs never share one.
    """

    backend: str | None = None
    out: Path | None = None
    speed: float = 1.0
    language: str | None = None
    hot_words: str = ""
    trained: Path | None = None
    texts: tuple[str, ...] = ()
    written: set[Path] = field(default_factory=set)


Run = Callable[[Registry, Path, StageOptions], Fields]


@dataclass(frozen=True)
class StageCommand:
    """One word of the command line.

    Attributes:
        run: Does the work on one file.
        help: One line.
        needs: Back-ends that it uses; the first is the one that `--backend` chooses.
    """

    run: Run
    help: str
    needs: tuple[Stage, ...] = ()

    def prepare(self, registry: Registry, options: StageOptions) -> str:
        """Load and warm every model, once for all the files; return the models' names.

        Raises:
            UnknownBackendError, MissingPackageError, ModelError
        """
        names = []
        for stage in self.needs:
            backend = _backend(registry, stage, options if stage == self.needs[0] else StageOptions())
            backend.warm_up()
            names.append(backend.model)
        return " + ".join(names) or "PyAV, Pillow"


def _backend(registry: Registry, stage: Stage, options: StageOptions) -> Backend:
    backend: Backend = registry.get(stage, options.backend)
    return backend


def is_image(path: Path) -> bool:
    """Whether a file is a picture by its first bytes, or else by the end of its name."""
    with path.open("rb") as file:
        return bool(_IMAGE_MAGIC.match(file.read(32))) or path.suffix.lower() in IMAGE_SUFFIXES


def decode(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Fields `kind` and `width`, `height` or `audio_seconds`, `sample_rate`, `channels` of the source."""
    del registry, options
    if is_image(path):
        from pipelines.image.decode import decode_image

        image = decode_image(path)
        return {"kind": "image", "width": image.width, "height": image.height}
    from pipelines.speech.decode import decode_audio

    audio = decode_audio(path)
    return {"kind": "audio", "audio_seconds": round(audio.seconds, 3), **_source_format(path)}


def _source_format(path: Path) -> Fields:
    """Rate and channels of a file's first sound track; no fields where the container hides them."""
    import av

    from pipelines.speech.layouts import channels_of

    try:
        with av.open(str(path)) as container:
            context = container.streams.audio[0].codec_context
            return {"sample_rate": context.sample_rate, "channels": channels_of(context)}
    except (av.FFmpegError, IndexError, OSError, ValueError):
        return {}


def transcribe(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Fields `text`, `language`, `language_probability`, `segments`."""
    from pipelines.speech.decode import decode_audio

    transcriber = registry.get(Stage.TRANSCRIBE, options.backend)
    how: dict[str, Any] = {"language": options.language, "hot_words": options.hot_words}
    return _fields(transcriber.transcribe(decode_audio(path), **how))


def speech_emotion(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Fields `label`, `confidence`, `scores`."""
    from pipelines.speech.decode import decode_audio

    return _fields(registry.get(Stage.SPEECH_EMOTION, options.backend).classify(decode_audio(path)))


def listen(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Fields of `transcribe` and `speech-emotion` from one pass of the encoder.

    The emotion's fields are null where there is no speech.
    """
    from pipelines.speech.decode import decode_audio

    audio = decode_audio(path)
    transcript = registry.get(Stage.TRANSCRIBE, options.backend).transcribe(audio, language=options.language)
    emotion: Distribution | None = None
    if transcript.text:
        try:
            emotion = registry.get(Stage.SPEECH_EMOTION).classify(audio, transcript.encoding)
        except EmptyInputError:
            emotion = None
    empty = {"label": None, "confidence": None, "scores": None}
    return _fields(transcript) | (_fields(emotion) if emotion else empty)


def sentiment(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Fields `label`, `score`."""
    return _fields(registry.get(Stage.SENTIMENT, options.backend).classify(read_text(path)))


def text_emotion(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Fields `label`, `confidence`, `scores`."""
    return _fields(registry.get(Stage.TEXT_EMOTION, options.backend).classify(read_text(path)))


def danger(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Fields `label`, `confidence`, `scores`."""
    return _fields(registry.get(Stage.DANGER, options.backend).classify(read_text(path)))


def feelings(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Fields `sentiment`, `emotion` and `fine`, the GoEmotions of a text, from one pass."""
    return _fields(registry.get(Stage.FEELINGS, options.backend).read(read_text(path)))


def embed(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Fields `width` and `vector`: the text's embedding, of length 1."""
    vector = registry.get(Stage.EMBED, options.backend).embed([read_text(path)])[0]
    return {"width": len(vector), "vector": [round(float(v), 6) for v in vector]}


def caption(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Fields `text`, `confidence`."""
    from pipelines.image.decode import decode_image

    return _fields(registry.get(Stage.CAPTION, options.backend).caption(decode_image(path)))


def match(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Fields `tags` and `matches`: labels, and the given texts, with their probabilities."""
    from pipelines.image.decode import decode_image

    matcher = _able(registry, options, "match", "--backend open_clip")
    image = decode_image(path)
    found = matcher.match(image, options.texts) if options.texts else {}
    return {"tags": to_jsonable(matcher.tags(image)), "matches": to_jsonable(found)}


def question(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Field `answers`: a text with its confidence for every question."""
    from pipelines.image.decode import decode_image

    if not options.texts:
        raise EmptyInputError("There is no question", fix="Give one or more: --text 'What colour is it?'")
    answerer = _able(registry, options, "answer", "--backend blip or --backend vlm")
    image = decode_image(path)
    return {"answers": [to_jsonable(answerer.answer(image, text)) for text in options.texts]}


def _able(registry: Registry, options: StageOptions, ability: str, fix: str) -> Any:
    """Return the chosen captioner. Raises BackendError where it lacks the ability."""
    backend = registry.get(Stage.CAPTION, options.backend)
    if not hasattr(backend, ability):
        raise BackendError(f"The captioner {backend.model} cannot do this", fix=f"Choose another: {fix}")
    return backend


def ocr(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Fields `text`, `boxes`."""
    from pipelines.image.decode import decode_image

    return _fields(registry.get(Stage.OCR, options.backend).read(decode_image(path)))


def detect(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Fields `objects`, `width`, `height`; `counts` by label of what is found, `perhaps` of guesses."""
    from pipelines.image.decode import decode_image
    from pipelines.image.places import counts, parted

    found = registry.get(Stage.DETECT, options.backend).detect(decode_image(path))
    sure, unsure = (counts(items) for items in parted(found))
    return _fields(found) | {"counts": sure, "perhaps": unsure}


def speak(registry: Registry, path: Path, options: StageOptions) -> Fields:
    """Read a text file aloud into a WAV; fields `path`, `audio_seconds`, `language`, `model`."""
    from pipelines.speech.tts.router import VoiceRouter
    from pipelines.speech.tts.text import sentence_language, speakable
    from pipelines.speech.wav import write_wav

    speaker: Speaker = registry.get(Stage.SPEAK, options.backend)
    text = speakable(read_text(path))
    if not text:
        raise EmptyInputError(
            "There is nothing to read aloud in the file",
            given="no words once markup, code and emoji are left out",
        )
    language = options.language or sentence_language(text, "en")
    target = _wav_path(path, options)
    chunks = speaker.stream(text, language=language, speed=options.speed)
    seconds = write_wav(target, chunks)
    router = isinstance(speaker, VoiceRouter)
    model = speaker.models_for(text, language) if router else speaker.model  # type: ignore[attr-defined]
    return {"path": str(target), "audio_seconds": round(seconds, 3), "language": language, "model": model}


def _wav_path(path: Path, options: StageOptions) -> Path:
    """Return a name that no input of this run has taken; an older WAV of that name is replaced."""
    folder = options.out or path.parent
    target, count = folder / f"{path.stem}.wav", 1
    while target in options.written:
        count += 1
        target = folder / f"{path.stem}-{count}.wav"
    if target.exists() and target.samefile(path):
        raise InputError(
            "The WAV file would replace the text file",
            given=str(path),
            fix="Choose another folder: --out DIR",
        )
    options.written.add(target)
    return target


def _fields(value: object) -> Fields:
    fields: Fields = to_jsonable(value)
    fields.pop("encoding", None)
    return fields


STAGES: Mapping[str, StageCommand] = {
    "decode": StageCommand(decode, "check a sound or picture file and tell its size"),
    "transcribe": StageCommand(transcribe, "speech to text", (Stage.TRANSCRIBE,)),
    "speech-emotion": StageCommand(
        speech_emotion, "emotion from the sound of a voice", (Stage.SPEECH_EMOTION,)
    ),
    "listen": StageCommand(
        listen, "transcribe and speech-emotion in one pass", (Stage.TRANSCRIBE, Stage.SPEECH_EMOTION)
    ),
    "sentiment": StageCommand(sentiment, "positive or negative, from a text file", (Stage.SENTIMENT,)),
    "text-emotion": StageCommand(text_emotion, "emotion of the words of a text file", (Stage.TEXT_EMOTION,)),
    "danger": StageCommand(danger, "whether a text file says that somebody is in danger", (Stage.DANGER,)),
    "feelings": StageCommand(
        feelings, "sentiment, emotion and 28 fine emotions of a text file", (Stage.FEELINGS,)
    ),
    "embed": StageCommand(embed, "sentence embedding of a text file", (Stage.EMBED,)),
    "caption": StageCommand(caption, "a sentence about a picture", (Stage.CAPTION,)),
    "match": StageCommand(match, "tags of a picture, and which --text belongs to it", (Stage.CAPTION,)),
    "question": StageCommand(question, "answers to each --text about a picture", (Stage.CAPTION,)),
    "ocr": StageCommand(ocr, "text in a picture", (Stage.OCR,)),
    "detect": StageCommand(detect, "objects in a picture, with their boxes", (Stage.DETECT,)),
    "speak": StageCommand(speak, "a text file read aloud into a WAV file", (Stage.SPEAK,)),
}
