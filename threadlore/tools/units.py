"""Counts and sizes in people's words: `10M`, `1.5 billion`, `1000万`, `2KB`, `64 gig`."""

from __future__ import annotations

import re

_SCALES: dict[str, int] = {
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "mm": 10**6,
    "mil": 10**6,
    "mill": 10**6,
    "mio": 10**6,
    "mln": 10**6,
    "million": 10**6,
    "millions": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "bil": 10**9,
    "bln": 10**9,
    "mrd": 10**9,
    "billion": 10**9,
    "billions": 10**9,
    "万": 10**4,
    "萬": 10**4,
    "w": 10**4,
    "千": 10**3,
    "百万": 10**6,
    "百萬": 10**6,
    "千万": 10**7,
    "千萬": 10**7,
    "亿": 10**8,
    "億": 10**8,
    "만": 10**4,
    "백만": 10**6,
    "천만": 10**7,
    "억": 10**8,
    "십억": 10**9,
    "十亿": 10**9,
    "十億": 10**9,
}
_WORDS: dict[str, float] = {
    "half a": 0.5,
    "a quarter": 0.25,
    "quarter": 0.25,
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "eighty": 80,
    "hundred": 100,
    "a hundred": 100,
    "one hundred": 100,
    "two hundred": 200,
    "five hundred": 500,
}
_HAN_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "兩": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_BYTES = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}

_GROUPED = r"\d{1,3}(?:[,_'’\u202f\u00a0 ]\d{3}){1,5}(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,5}"
_PLAIN = r"\d{1,15}(?:\.\d{1,15})?(?:[eE]\+?\d{1,2})?"
NUMBER = rf"(?:10\^\d{{1,2}}|{_GROUPED}|{_PLAIN})"
"""A number in digits: grouped by comma, space or point, decimal, or in powers of ten."""

_WORD_NUMBER = "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True))
_SCALE_WORD = (
    r"(?:thousand\b|millions?\b|billions?\b|(?:mill|mio|mln|mil|mn|bn|bil|bln|mrd)\b(?:\.(?=\s+\w))?)"
)
_SCALE_HAN = r"(?:十[亿億]|百[万萬]|千[万萬]|[万萬千亿億]|십억|[백천]?만|억)"
_HAN_NUMBER = r"[零一二两兩三四五六七八九十百千]+"
SCALED = (
    rf"(?:{NUMBER}\s*{_SCALE_WORD}"
    rf"|{NUMBER}\s?(?:[kKmMbB]|[mM][mM]|[wW])(?!(?!x\d)[A-Za-z])"
    rf"|{NUMBER}\s*{_SCALE_HAN}"
    rf"|(?:\b(?:{_WORD_NUMBER}))\s+{_SCALE_WORD}"
    rf"|{_HAN_NUMBER}[万萬亿億]"
    r"|10\^\d{1,2}|\d(?:\.\d+)?[eE]\+?\d{1,2}\b)"
)
"""A number that carries its scale: `10M`, `50 million`, `half a million`, `1000万`, `1e6`."""

COUNT = rf"(?:{SCALED}|{NUMBER})"
"""A count with or without a scale."""

_BYTE_UNIT = (
    r"(?:[kKmMgGtT]i?[bB]|gigs?\b|(?:kilo|mega|giga|tera)bytes?\b|[gGtT]\b|[gGtT](?=[^\x00-\x7f])"
    r"|bytes?\b|[bB]\b)"
)
BYTES = rf"{NUMBER}\s*-?{_BYTE_UNIT}"
"""An amount of bytes with its unit: `64GB`, `2 KiB`, `16 gig`, `512 bytes`."""

CLAUSE = r"(?:[^.?!]|\.(?=\d))"
"""A character inside a sentence: the point of `2.6` or `1.5M` ends none."""

_AMOUNT = re.compile(r"(?P<number>.*?)\s*-?(?P<unit>[A-Za-z]+)$", re.DOTALL)
_SPLIT_SCALE = re.compile(
    r"^(?P<number>.*?)\s*(?P<scale>[A-Za-z]+|[万萬千亿億百十]+|[십백천만억]+)$", re.DOTALL
)


def _digits(text: str) -> float:
    text = text.strip()
    if text.startswith("10^"):
        return float(10 ** int(text[3:]))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", text):
        return float(text.replace(".", ""))
    return float(re.sub(r"[,_'’\u202f\u00a0 ]", "", text))


def _han(text: str) -> int:
    """Return the value of a Chinese numeral below ten thousand, such as 五千 or 一百二十."""
    total, digit = 0, 0
    for char in text:
        if char in _HAN_UNITS:
            total += (digit or 1) * _HAN_UNITS[char]
            digit = 0
        else:
            digit = _HAN_DIGITS[char]
    return total + digit


def _words(text: str) -> float | None:
    return _WORDS.get(" ".join(text.lower().split()))


def read_count(text: str) -> int:
    """Return the whole number that a count stands for.

    >>> read_count("1.5B"), read_count("1,000,000"), read_count("half a million"), read_count("五百万")
    (1500000000, 1000000, 500000, 5000000)

    Raises:
        ValueError: `text` is no count.
    """
    text = text.strip().removesuffix(".")
    if re.fullmatch(NUMBER, text):
        return round(_digits(text))
    parts = _SPLIT_SCALE.match(text)
    if parts is None:
        raise ValueError(f"{text!r} is no count")
    number, scale = parts["number"].strip(), parts["scale"]
    if re.fullmatch(rf"{_HAN_NUMBER}[万萬亿億]", text):
        return _han(text[:-1]) * _SCALES[text[-1]]
    factor = _SCALES.get(scale.lower())
    value = _words(number) if _words(number) is not None else None
    if value is None and re.fullmatch(NUMBER, number):
        value = _digits(number)
    if factor is None or value is None:
        raise ValueError(f"{text!r} is no count")
    return round(value * factor)


def read_bytes(text: str) -> int:
    """Return an amount of memory or disk in bytes; units are powers of 1024.

    >>> read_bytes("64GB"), read_bytes("2 KB"), read_bytes("100 bytes")
    (68719476736, 2048, 100)

    Raises:
        ValueError: `text` is no amount of bytes.
    """
    parts = _AMOUNT.match(text.strip())
    if parts is None or not re.fullmatch(NUMBER, parts["number"].strip()):
        raise ValueError(f"{text!r} is no amount of bytes")
    letter = parts["unit"][0].lower()
    power = _BYTES["" if letter == "b" else letter]
    return round(_digits(parts["number"]) * (1 << power))


def read_share(text: str) -> float:
    """Return a share between 0 and 1 as a number.

    >>> read_share("90%"), read_share("0.9")
    (0.9, 0.9)

    Raises:
        ValueError: `text` is no number.
    """
    text = text.strip()
    if text.endswith(("%", "％")):
        return float(text[:-1]) / 100
    return float(text)


_TIMES = {"ms": 1.0, "millisecond": 1.0, "milliseconds": 1.0, "s": 1000.0, "sec": 1000.0, "second": 1000.0}
_TIMES |= {"seconds": 1000.0, "": 1.0}


def read_milliseconds(text: str) -> float:
    """Return a time in milliseconds; without a unit it is taken for milliseconds.

    >>> read_milliseconds("20ms"), read_milliseconds("0.5 s")
    (20.0, 500.0)

    Raises:
        ValueError: `text` is no time.
    """
    parts = re.fullmatch(r"\s*(?P<number>[\d.]+)\s*(?P<unit>[A-Za-z]*)\s*", text)
    if parts is None or parts["unit"].lower() not in _TIMES:
        raise ValueError(f"{text!r} is no time")
    return float(parts["number"]) * _TIMES[parts["unit"].lower()]


def show_bytes(value: float) -> str:
    """Return bytes as the official sizing page prints them (base 1024; one decimal, two from TB up).

    >>> show_bytes(6002406195.2), show_bytes(0)
    ('5.6 GB', '0 B')
    """
    units = ("B", "KB", "MB", "GB", "TB", "PB", "EB")
    step = 0
    while value > 1024 and step < len(units) - 1:
        value /= 1024
        step += 1
    decimals = 2 if step >= units.index("TB") else 1
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".") + f" {units[step]}"


def show_count(value: int) -> str:
    """Return a count as people write it.

    >>> show_count(50_000_000), show_count(1_500_000_000), show_count(1234)
    ('50M', '1.5B', '1,234')
    """
    for factor, letter in ((10**9, "B"), (10**6, "M")):
        if value >= factor and value % (factor // 1000) == 0:
            return f"{value / factor:g}{letter}"
    return f"{value:,}"
