"""Many languages: the espeak-ng program (GPL-3.0), run beside Trio where the system has it."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Iterator

import numpy as np

from pipelines.core.cancel import CancelToken
from pipelines.core.errors import BackendError, InputError, MissingPackageError
from pipelines.core.programs import install_command
from pipelines.core.registry import Registry
from pipelines.core.said import said
from pipelines.core.types import Audio
from pipelines.speech.tts.text import base_language, check_speed, pieces, speakable
from pipelines.text.stops import split_sentences

PROGRAM = "espeak-ng"
WORDS_A_MINUTE = 150
MANDARIN = "cmn-latn-pinyin"
MANDARIN_WORDS_A_MINUTE = 130
MAX_CHARACTERS = 300
TIMEOUT_SECONDS = 20.0
_ROW = re.compile(r"^\s*(\d+)\s+(\S+)\s+\S+\s+\S+\s+\S+\s*(.*)$")
_KANJI = re.compile(r"[\u3400-\u9fff]")
_OTHER = re.compile(r"\((\S+)\s+(\d+)\)")


def parse_voices(listing: str) -> dict[str, str]:
    """Return voice by language code from the output of `espeak-ng --voices`.

    A voice of exactly that code comes first, then the one whose "other languages" column gives the
    code the lowest number, then the first of the listing whose code starts with the language.

    Mandarin goes to the pinyin voice where there is one: the plain one of espeak-ng 1.51 reads the
    pinyin of every character as English letters and digits.
    """
    best: dict[str, tuple[int, str]] = {}

    def offer(code: str, rank: int, voice: str) -> None:
        if code not in best or rank < best[code][0]:
            best[code] = (rank, voice)

    for line in listing.splitlines():
        if not (row := _ROW.match(line)):
            continue
        voice = row.group(2)
        offer(voice.lower(), 0, voice)
        for code, priority in _OTHER.findall(row.group(3)):
            offer(code.lower(), int(priority), voice)
        offer(base_language(voice), 100, voice)
    voices = {code: voice for code, (_, voice) in best.items()}
    if MANDARIN in voices.values():
        voices |= dict.fromkeys(("zh", "cmn", "zh-cmn", "zh-cn", "zh-tw", "zh-hans", "zh-hant"), MANDARIN)
    return voices


class EspeakSpeaker:
    """Speaks what espeak-ng speaks: about a hundred languages, in a plain synthetic voice."""

    sample_rate = 22_050

    def __init__(self, registry: Registry) -> None:
        del registry  # its weights come with the program
        self._program: str | None = None
        self._voices: dict[str, str] = {}
        self.model = PROGRAM

    def load(self) -> None:
        """Find the program and its voices. Raises MissingPackageError or BackendError."""
        program = shutil.which(PROGRAM)
        if program is None:
            raise MissingPackageError(
                said("Only English and Mandarin can be read aloud, because espeak-ng is not installed"),
                given=said("{program} is not on the PATH", program=PROGRAM),
                fix=said("Install it with: {command}", command=install_command(PROGRAM)),
            )
        self._voices = parse_voices(self._ask(program, "--voices"))
        version = re.search(r"\d+(?:\.\d+)+", self._ask(program, "--version"))
        self.model = f"{PROGRAM} {version.group()}" if version else PROGRAM
        self._program = program

    @staticmethod
    def _ask(program: str, option: str) -> str:
        try:
            answer = subprocess.run([program, option], capture_output=True, timeout=10, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            raise BackendError(
                said("The program {program} is not responding", program=PROGRAM), given=str(error)
            ) from error
        return answer.stdout.decode("utf-8", "replace")

    def warm_up(self) -> None:
        """Nothing to warm: every sentence is a process of its own."""

    def unload(self) -> None:
        """Forget the program; `load` finds it again."""
        self._program, self._voices = None, {}

    def voice(self, language: str) -> str | None:
        """Return the program's voice for a language tag, or None."""
        code = language.strip().lower().replace("_", "-")
        return self._voices.get(code) or self._voices.get(base_language(code))

    def speaks(self, language: str) -> bool:
        """Whether the program has a voice for `language`."""
        return self.voice(language) is not None

    def stream(
        self, text: str, *, language: str = "en", speed: float = 1.0, cancel: CancelToken | None = None
    ) -> Iterator[Audio]:
        """Yield float32 sound at 22.05 kHz, one `Audio` a sentence; nothing where nothing can be said.

        Raises:
            InputError: for a language without a voice, and for Japanese with kanji.
            SettingsError: for a speed outside 0.5 to 2.0.
            BackendError: if the program fails or takes over 20 s for a sentence.
            Cancelled: once `cancel` is set; the program is stopped.
        """
        check_speed(speed)
        voice = self.voice(language)
        if voice is None:
            raise InputError(
                said("The voice does not support that language"),
                given=language,
                allowed=", ".join(sorted(c for c in self._voices if len(c) == 2)),
            )
        if base_language(language) == "ja" and _KANJI.search(text):
            raise InputError(
                said("espeak-ng can read Japanese only in kana, but the text contains kanji"), given=text[:40]
            )
        for sentence in split_sentences(speakable(text)):
            for piece in pieces(sentence, MAX_CHARACTERS):
                if any(c.isalnum() for c in piece):
                    yield self._speak(piece, voice, speed, cancel or CancelToken())

    def _speak(self, sentence: str, voice: str, speed: float, cancel: CancelToken) -> Audio:
        if self._program is None:
            raise BackendError(said("The voice is not loaded"), fix=said("Call load() first"))
        cancel.raise_if_cancelled()
        normal = MANDARIN_WORDS_A_MINUTE if voice == MANDARIN else WORDS_A_MINUTE
        rate = str(round(normal * speed))
        command = [self._program, "-v", voice, "-s", rate, "-b", "1", "--stdin", "--stdout"]
        plain = sentence.replace("[[", "[ [")  # "[[" would start phoneme codes
        wav = self._run(command, plain.encode("utf-8"), cancel)
        return self._decode(wav, sentence)

    @staticmethod
    def _run(command: list[str], text: bytes, cancel: CancelToken) -> bytes:
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
            forget = cancel.on_cancel(process.kill)
            try:
                out, err = process.communicate(text, timeout=TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                raise BackendError(
                    said(
                        "{program} took more than {seconds} s for one sentence",
                        program=PROGRAM,
                        seconds=format(TIMEOUT_SECONDS, "g"),
                    )
                ) from None
            finally:
                forget()
                process.kill()
        cancel.raise_if_cancelled()
        if process.returncode != 0:
            raise BackendError(
                said("{program} failed", program=PROGRAM), given=err.decode("utf-8", "replace").strip()[:200]
            )
        return out

    @staticmethod
    def _decode(wav: bytes, sentence: str) -> Audio:
        import soundfile

        try:
            samples, rate = soundfile.read(io.BytesIO(wav), dtype="float32", always_2d=True)
        except soundfile.SoundFileError as error:
            raise BackendError(
                said("{program} produced no audio", program=PROGRAM), given=f"{sentence[:60]!r} ({error})"
            ) from error
        return Audio(np.ascontiguousarray(samples[:, 0], dtype=np.float32), int(rate))
