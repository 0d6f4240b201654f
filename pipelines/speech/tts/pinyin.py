"""Pinyin syllables to the phonemes that Kokoro was trained on.

The table is that of misaki 0.9.4 (Apache-2.0), which adapts pinyin-to-ipa (MIT). It is written out here
because misaki does not install on Python 3.13 and later.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipelines.core.errors import InputError
from pipelines.core.said import said

TONES = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
_AT = "0"  # where the tone's mark goes
_INITIALS = {
    "b": "p",
    "p": "pʰ",
    "m": "m",
    "f": "f",
    "d": "t",
    "t": "tʰ",
    "n": "n",
    "l": "l",
    "g": "k",
    "k": "kʰ",
    "h": "x",
    "j": "ʨ",
    "q": "ʨʰ",
    "x": "ɕ",
    "zh": "ꭧ",
    "ch": "ꭧʰ",
    "sh": "ʂ",
    "r": "ɻ",
    "z": "ʦ",
    "c": "ʦʰ",
    "s": "s",
    "": "",
}
_FINALS = {
    "a": "a0",
    "ai": "ai0",
    "an": "a0n",
    "ang": "a0ŋ",
    "ao": "au0",
    "e": "ɤ0",
    "ê": "ɛ0",
    "ei": "ei0",
    "en": "ə0n",
    "eng": "ə0ŋ",
    "er": "ɚ0",
    "i": "i0",
    "ia": "ja0",
    "ian": "jɛ0n",
    "iang": "ja0ŋ",
    "iao": "jau0",
    "ie": "je0",
    "in": "i0n",
    "iou": "jou0",
    "ing": "i0ŋ",
    "iong": "jʊ0ŋ",
    "io": "jɔ0",
    "ong": "ʊ0ŋ",
    "uong": "ʊ0ŋ",
    "ou": "ou0",
    "u": "u0",
    "uei": "wei0",
    "ua": "wa0",
    "uai": "wai0",
    "uan": "wa0n",
    "uen": "wə0n",
    "uang": "wa0ŋ",
    "ueng": "wə0ŋ",
    "uo": "wo0",
    "o": "wo0",
    "ü": "y0",
    "üe": "ɥe0",
    "üan": "ɥɛ0n",
    "ün": "y0n",
}
_WHOLE = {"o": "ɔ0", "m": "m0", "n": "n0", "ng": "ŋ0", "hm": "hm0", "hng": "hŋ0"}
_SHORT = {"iu": "iou", "ui": "uei", "un": "uen"}
_BUZZED = "ɨ0"  # the vowel of zhi, chi, shi, ri, zi, ci, si
_SYLLABLE = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcs]?)([a-zêü]+)([1-5])")


@lru_cache(maxsize=2048)
def syllable_phonemes(syllable: str) -> str:
    """Return the phonemes of one syllable, such as "hao3" or "lüe4" ("v" is read as "ü").

    Raises:
        InputError: where it is not a syllable of Mandarin with its tone, 1 to 5.
    """
    spelled = syllable.lower().replace("v", "ü")
    if spelled[:-1] in _WHOLE and spelled[-1:] in TONES:
        return _WHOLE[spelled[:-1]].replace(_AT, TONES[spelled[-1]])
    match = _SYLLABLE.fullmatch(_unzeroed(spelled))
    final = _final(match.group(1), match.group(2)) if match else None
    if match is None or final is None:
        raise InputError(
            said("This is not a Mandarin syllable"),
            given=repr(syllable),
            allowed='pinyin and tone, as in "hao3"',
        )
    return _INITIALS[match.group(1)] + final.replace(_AT, TONES[match.group(3)])


def _unzeroed(spelled: str) -> str:
    """Undo the spelling of syllables without an initial: "yue4" is "üe4", "wei2" is "uei2"."""
    if spelled.startswith("yu"):
        return "ü" + spelled[2:]
    if spelled.startswith("y"):
        rest = spelled[1:]
        return rest if rest.startswith("i") else "i" + rest
    if spelled.startswith("w"):
        rest = spelled[1:]
        return rest if rest.startswith("u") else "u" + rest
    return spelled


def _final(initial: str, final: str) -> str | None:
    if initial in {"j", "q", "x"} and final.startswith("u"):
        final = "ü" + final[1:]
    if final == "i" and initial in {"zh", "ch", "sh", "r", "z", "c", "s"}:
        return _BUZZED
    return _FINALS.get(_SHORT.get(final, final))
