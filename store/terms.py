"""Text as the full-text index takes it: scripts without spaces cut into character bigrams.

The standard analyzer splits at spaces, so it finds nothing inside a Japanese or Chinese sentence. Two
neighbouring characters are a fair stand-in for a word there, at the writing and at the asking side alike.
"""

from __future__ import annotations

import re
import unicodedata

MAX_BYTES = 60_000
"""Longest text in a row: a server counts bytes and takes 65,535 of them."""

_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3040-\u30ff\u31f0-\u31ff"
_HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
_SOUTH_EAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = re.compile(f"[{_HAN}{_KANA}{_HANGUL}{_SOUTH_EAST}]+")
_CHINESE = re.compile(f"[{_HAN}]+")
_WORD = re.compile(r"\w")


def terms(text: str, *, han_is_split: bool = False) -> str:
    """Return `text` with runs of an unspaced script as bigrams, in lower case and at most `MAX_BYTES` long.

    `han_is_split` says that the analyzer cuts Chinese words itself; runs of Han alone are left to it.
    Empty where there is nothing to find: no letter and no digit.

    >>> terms("Milvus向量数据 v2")
    'milvus 向量 量数 数据 v2'
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    if not _WORD.search(plain):
        return ""
    cut = _UNSPACED.sub(lambda found: _bigrams(found.group(), han_is_split), plain)
    return cut_bytes(" ".join(cut.split()), MAX_BYTES)


def _bigrams(run: str, han_is_split: bool) -> str:
    if len(run) == 1 or (han_is_split and _CHINESE.fullmatch(run)):
        return f" {run} "
    return " " + " ".join(run[start : start + 2] for start in range(len(run) - 1)) + " "


def cut_bytes(text: str, limit: int) -> str:
    """Return the longest beginning of `text` that takes at most `limit` bytes of UTF-8, no character torn.

    What UTF-8 cannot hold (a lone surrogate) becomes a question mark.
    """
    return text.encode("utf-8", errors="replace")[:limit].decode("utf-8", errors="ignore")
