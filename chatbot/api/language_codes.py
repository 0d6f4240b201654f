"""Languages as clients name them, to ISO 639-1 codes: "en-US", "EN", "english", "eng", "auto"."""

from __future__ import annotations

from chatbot.api.errors import ApiError

_NAMES = """
afrikaans:af albanian:sq amharic:am arabic:ar armenian:hy assamese:as azerbaijani:az bashkir:ba
basque:eu belarusian:be bengali:bn bosnian:bs breton:br bulgarian:bg burmese:my cantonese:yue
castilian:es catalan:ca chinese:zh croatian:hr czech:cs danish:da dutch:nl english:en estonian:et
faroese:fo finnish:fi flemish:nl french:fr galician:gl georgian:ka german:de greek:el gujarati:gu
haitian:ht hausa:ha hawaiian:haw hebrew:he hindi:hi hungarian:hu icelandic:is indonesian:id
italian:it japanese:ja javanese:jw kannada:kn kazakh:kk khmer:km korean:ko lao:lo latin:la
latvian:lv letzeburgesch:lb lingala:ln lithuanian:lt luxembourgish:lb macedonian:mk malagasy:mg
malay:ms malayalam:ml maltese:mt mandarin:zh maori:mi marathi:mr moldavian:ro moldovan:ro
mongolian:mn myanmar:my nepali:ne norwegian:no nynorsk:nn occitan:oc panjabi:pa pashto:ps persian:fa
polish:pl portuguese:pt punjabi:pa pushto:ps romanian:ro russian:ru sanskrit:sa serbian:sr shona:sn
sindhi:sd sinhala:si sinhalese:si slovak:sk slovenian:sl somali:so spanish:es sundanese:su
swahili:sw swedish:sv tagalog:tl tajik:tg tamil:ta tatar:tt telugu:te thai:th tibetan:bo turkish:tr
turkmen:tk ukrainian:uk urdu:ur uzbek:uz valencian:ca vietnamese:vi welsh:cy yiddish:yi yoruba:yo
"""
_OTHERS = """
eng:en zho:zh chi:zh cmn:zh deu:de ger:de fra:fr fre:fr spa:es ita:it por:pt rus:ru jpn:ja kor:ko
nld:nl dut:nl pol:pl tur:tr ukr:uk ara:ar hin:hi swe:sv nor:no nb:no iw:he in:id jv:jw fil:tl
"""


def _table(pairs: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in pairs.split())


NAMES = _table(_NAMES)
"""English names of Whisper's languages (https://github.com/openai/whisper, MIT) to its codes."""
_CODES = frozenset(NAMES.values())
_OTHER_CODES = _table(_OTHERS)
_DETECT = frozenset({"", "auto", "detect", "none", "null", "und", "multi"})


def language_code(given: str | None, param: str = "language") -> str | None:
    """Return a language's ISO 639-1 code (Whisper's where there is none); None where it is to be detected.

    Raises:
        ApiError: for what names no language.
    """
    word = (given or "").strip().lower().replace("_", "-")
    if word in _DETECT:
        return None
    first = word.partition("-")[0]
    for name in (word, first):
        if found := NAMES.get(name) or _OTHER_CODES.get(name) or (name if name in _CODES else None):
            return found
    allowed = "a code such as en, zh or pt-BR, an English name such as german, or auto"
    raise ApiError(400, f"There is no language {word[:40]!r}. Allowed: {allowed}.", "invalid_value", param)
