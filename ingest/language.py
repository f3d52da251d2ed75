"""The language of a text: by script where the script tells, by stop words, by lingua for the rest."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector

_NOT_PROSE = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|<[^>\n]{1,40}>|\[[a-z ]{2,12}(?:: [^\]\n]*)?\]|"
    r"[@#:/]\w[\w.-]*|\bu_[0-9a-f]{6,}\b|\S*[\d_=/\\{}()\[\]<>|$]\S*|^>.*$",
    re.DOTALL | re.MULTILINE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_KANA = re.compile("[\u3041-\u30ff\uff66-\uff9f]")
_HAN = re.compile("[\u4e00-\u9fff\u3400-\u4dbf]")
_SCRIPTS = (
    (re.compile("[\uac00-\ud7af\u1100-\u11ff]"), "ko"),
    (re.compile("[\u0e00-\u0e7f]"), "th"),
    (re.compile("[\u0590-\u05ff]"), "he"),
    (re.compile("[\u0370-\u03ff]"), "el"),
    (re.compile("[\u0900-\u097f]"), "hi"),
    (re.compile("[\u0600-\u06ff]"), "ar"),
)
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_ENGLISH_WORDS = """
the a an and or but if is are was were be been it its it's i i'm i've you your we they he she this
that these those there of to in on at for from with by as not don't doesn't can't can could would
should will have has had do does did what when where which who how why my me our am so just like get
got any some need want use using does anyone thanks please after before because then than into about
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_ONLY_ENGLISH_WORDS = """
the and if were been it's i'm i've you your they this that these those there with not don't doesn't can't
could would should does did what when where which how why my our any need using anyone thanks please
before because than into about works needs still same says older newer here after but from
"""
_ONLY_ENGLISH = frozenset(_ONLY_ENGLISH_WORDS.split())
"""Small words that no other language writes so."""
_MIN_WORDS = 4
_MIN_LETTERS = 12
_LONGEST = 600
_ENOUGH = 160
"""Letters that the model needs; its time grows with the text."""
_MIN_SCORE = 0.6
_SURE = 0.97
_FEW_WORDS = 8
_MIN_LEAD = 0.25


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of a text, or an empty string where it is too short or mostly code."""
    prose = _NOT_PROSE.sub(" ", text[: _LONGEST * 4])[:_LONGEST]
    script = _by_script(prose)
    if script:
        return script
    words = [word.casefold() for word in _WORD.findall(prose)]
    letters = sum(map(len, words))
    if len(words) < _MIN_WORDS or letters < _MIN_LETTERS:
        return ""
    plain = " ".join(words)
    common = sum(word.replace("’", "'") in _ENGLISH for word in words)
    if common >= 2 and common / len(words) >= 0.2 and plain.replace("’", "'").isascii():
        return "en"
    code = _by_words(plain[:_ENOUGH], len(words))
    if code == "en" or not plain.isascii():
        return code
    # Product names and terse logs pull the model away from English: its own small words bring it back.
    english = len(_ONLY_ENGLISH.intersection(words))
    if english >= 2:
        return "en"
    return "" if english or (common and len(words) < _FEW_WORDS) else code


def _by_script(prose: str) -> str:
    if prose.isascii():
        return ""
    letters = sum(map(str.isalpha, prose))
    if not letters:
        return ""
    han = len(_HAN.findall(prose))
    kana = len(_KANA.findall(prose))
    if kana >= 2 and (kana + han) / letters > 0.2:
        return "ja"
    if han >= 2 and han / letters > 0.2:
        return "zh"
    for pattern, code in _SCRIPTS:
        found = len(pattern.findall(prose))
        if found >= 2 and found / letters > 0.3:
            return code
    return ""


def _by_words(prose: str, count: int) -> str:
    values = _detector(cyrillic=bool(_CYRILLIC.search(prose))).compute_language_confidence_values(prose)
    first, second = values[0], values[1]
    code: str = first.language.iso_code_639_1.name.lower()
    # Slang and product names in a few English words look like any language: then it must be sure.
    sure = _SURE if code != "en" and count < _FEW_WORDS and prose.isascii() else _MIN_SCORE
    return code if first.value >= sure and first.value - second.value >= _MIN_LEAD else ""


@lru_cache(maxsize=2)
def _detector(*, cyrillic: bool) -> LanguageDetector:
    """Return a detector in low accuracy mode: models are read when first needed, about 30 MB in all."""
    from lingua import Language as L
    from lingua import LanguageDetectorBuilder

    latin = (
        L.ENGLISH,
        L.GERMAN,
        L.FRENCH,
        L.SPANISH,
        L.PORTUGUESE,
        L.ITALIAN,
        L.DUTCH,
        L.POLISH,
        L.TURKISH,
        L.VIETNAMESE,
        L.INDONESIAN,
        L.CZECH,
        L.SWEDISH,
        L.DANISH,
        L.HUNGARIAN,
        L.ROMANIAN,
    )
    chosen = (L.RUSSIAN, L.UKRAINIAN, L.BULGARIAN) if cyrillic else latin
    return LanguageDetectorBuilder.from_languages(*chosen).with_low_accuracy_mode().build()
