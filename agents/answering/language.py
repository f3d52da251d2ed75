"""A cheap guess at the language of a question: its script, and the small words of the big languages."""

from __future__ import annotations

import re

_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("ja", r"[\u3040-\u30ff]"),
    ("ko", r"[\uac00-\ud7af]"),
    ("zh", r"[\u3400-\u9fff]"),
    ("ru", r"[\u0400-\u04ff]"),
    ("ar", r"[\u0600-\u06ff]"),
    ("hi", r"[\u0900-\u097f]"),
    ("th", r"[\u0e00-\u0e7f]"),
    ("el", r"[\u0370-\u03ff]"),
    ("he", r"[\u0590-\u05ff]"),
)
_SMALL_WORDS: dict[str, str] = {
    "en": "the is are to of in and for it my i can do does how what why with not on this a an",
    "de": "der die das ist ich nicht und wie kann ein eine mit für auf zu was wir gibt es",
    "fr": "le la les est je ne pas et comment un une avec pour sur des du que puis mon",
    "es": "el la los es no y cómo como un una con para en de que puedo mi por hay del",
    "pt": "o os é não e como um uma com para em de que posso meu por há do da",
    "it": "il lo gli è non e come un una con per in di che posso mio del della si",
    "vi": "tôi làm thế nào để không là của và có cho được với một các",
    "tr": "bir ve nasıl için bu ne değil var mı ile nedir hata ediyor",
    "pl": "jak nie jest na się i w do z co to czy mam ale jakie",
}
_LETTERS = re.compile(r"[^\W\d_]+")


def guess_language(text: str) -> str:
    """Return the ISO 639-1 code of the language of `text`; English where nothing speaks against it.

    A script counts when a third of the letters are in it: names of products are Latin everywhere. A
    language in Latin script needs two of its small words and more of them than of the English ones.

    >>> guess_language("1000万条768维向量用HNSW需要多少内存"), guess_language("wie kann ich das nicht machen")
    ('zh', 'de')
    """
    letters = [char for char in text if char.isalpha()]
    for code, pattern in _SCRIPTS:
        count = len(re.findall(pattern, text))
        if count and (count * 3 >= len(letters) or (code == "ja" and count >= 2)):
            return code
    if len(re.findall(r"[\u3400-\u9fff]", text)) >= 4:
        return "zh"
    found = _LETTERS.findall(text.lower())
    counts = {code: sum(word in small.split() for word in found) for code, small in _SMALL_WORDS.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] >= 2 and counts[best] > counts["en"] else "en"
