"""Dialogue acts by cheap cues: what a message of a forum does (asks, answers, thanks, announces, chats)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

_FENCE = re.compile(r"```.*?(```|$)", re.S)
_QUOTE = re.compile(r"^\s*>.*$", re.M)
_URL = re.compile(r"<?(?:https?://|www\.)\S+|\[<-(?:LINK|ISSUE|CODE)->\]")
_MENTION = re.compile(r"@?\bu_[0-9a-f]{6,}\b\W?(?:\s*:)?|<[@#][^>\s]+>|(?<!\w)@[\w.\-]+:?")
_ADDRESS = re.compile(r"^\W*[\w\-]{3,20}\s?:\s+,?\s*(?=\S)")
_EMOJI = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F]|:[a-z_]+:")
_CODE_LINE = re.compile(
    r"[{};]\s*$|^\s*(?:at |File \"|</?\w+[ >]|import |public |const |var |let |#include)|=>|\(\)\s*;"
)
_QUOTED = re.compile(r"[\"“][^\"“”]*[\"”]")
_END = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])|(?<=[?!])(?=[A-Z])|\n+|\s\|\s")
_WORD = re.compile(r"[^\W_][\w'’\-]*")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@cache
def _cues() -> dict[str, re.Pattern[str]]:
    """Return one pattern an act, from the data file beside this module."""
    text = (
        resources.files("threadlore.agents.dialogue").joinpath("speech_cues.toml").read_text(encoding="utf-8")
    )
    data = tomllib.loads(text)
    anyone = data.pop("anyone")
    return {
        act: re.compile("|".join(parts).replace("{anyone}", anyone).replace("'", "['’]?"), re.IGNORECASE)
        for act, parts in data.items()
    }


def does(act: str, text: str) -> bool:
    """Return whether `text` shows the cue of `act`, a key of `speech_cues.toml`."""
    return bool(_cues()[act].search(text))


ACTS = (
    "need", "problem", "back", "social", "showcase", "proposal", "report", "thanks", "confirm", "negative",
    "self_found", "redirect", "hedge", "me_too", "short_answer", "advice", "system",
)  # fmt: skip


_REREAD = 512
"""Texts whose reading is kept: within a conversation titles and sentences are read several times."""

UNMARKED = 1.4
"""Most that a sentence asks by its form alone, without a question mark or a plea."""


MUSES = 1.3
"""What thinking aloud asks: too little by itself, unless it opens a conversation."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with how strongly it asks, 0 to about 4."""

    text: str
    asks: float


@dataclass(frozen=True, slots=True)
class Speech:
    """What a message does. `asks` is the strength of its strongest asking sentence; the rest are cues."""

    text: str
    sentences: tuple[Sentence, ...]
    words: int
    asks: float
    has_code: bool
    has_link: bool
    question_mark: bool
    need: bool
    problem: bool
    back: bool
    social: bool
    showcase: bool
    proposal: bool
    report: bool
    thanks: bool
    confirm: bool
    negative: bool
    self_found: bool
    redirect: bool
    hedge: bool
    me_too: bool
    short_answer: bool
    advice: bool
    system: bool


def plain(text: str) -> str:
    """Return the words of a message: no code blocks, quotes, links, mentions or emoji."""
    text = _QUOTE.sub(" ", _FENCE.sub("\n", text))
    text = _MENTION.sub(" ", _URL.sub(" ", text))
    return _EMOJI.sub(" ", text).replace("**", "").replace("__", "").strip()


@lru_cache(maxsize=_REREAD)
def strip_opening(text: str) -> str:
    """Return a sentence without greeting, address and list marks in front of it."""
    before = None
    while before != text:
        before = text
        text = re.sub(r"^[\s\-*•,:;.!#>)]+", "", text)
        text = _cues()["greeting"].sub("", text, count=1) if len(text.split()) > 1 else text
        if not does("interrogative", text):
            text = _ADDRESS.sub("", text, count=1) if len(text.split()) > 4 else text
    return text


def without_lead_in(text: str) -> str:
    """Return a question without "does anyone know" and the like before its question word."""
    return _cues()["lead_in"].sub("", text, count=1)


@lru_cache(maxsize=_REREAD)
def asking_strength(sentence: str) -> float:
    """Return how strongly a sentence asks for help or information; 0 for none, social ones below 0."""
    words = len(_WORD.findall(sentence))
    marked = bool(re.search(r"[?？]", _QUOTED.sub("", sentence)))
    if _CJK.search(sentence):
        return 2.0 if does("cjk_ask", sentence) and len(sentence) > 5 else 0.0
    plea = does("plea", sentence)
    strength = 1.0 * marked + 1.6 * plea + 1.2 * does("solicit", sentence)
    strength += 0.6 * does("interrogative", sentence) * (1.0 if marked else 0.5)
    strength += 0.3 * does("need", sentence) + 0.3 * does("problem", sentence)
    strength -= 1.3 * does("suggest", sentence) + 1.5 * does("social", sentence)
    if not marked and does("offer", sentence):
        return min(strength - 1.6, 0.0)
    if not plea and does("musing", sentence):
        strength += 0.6 if marked else MUSES
    elif not marked and not plea:
        strength = min(strength, UNMARKED)
    if words < 4 and not plea:
        strength -= 0.8
    return strength


@lru_cache(maxsize=_REREAD)
def read_speech(text: str) -> Speech:
    """Return what a message does."""
    words_only = plain(text)
    lines = [line for line in words_only.split("\n") if not _CODE_LINE.search(line) or "?" in line]
    found = []
    for part in _END.split("\n".join(lines)):
        sentence = strip_opening(part.strip())
        if sentence:
            found.append(Sentence(sentence, asking_strength(sentence)))

    return Speech(
        text=words_only,
        sentences=tuple(found),
        words=sum(max(len(_WORD.findall(one.text)), len(_CJK.findall(one.text)) // 2) for one in found),
        asks=max((one.asks for one in found), default=0.0),
        has_code=bool(_FENCE.search(text) or _CODE_LINE.search(text) or "[<-CODE->]" in text or "`" in text),
        has_link=bool(_URL.search(text)),
        question_mark="?" in words_only or "？" in words_only,
        **{act: does(act, words_only) for act in ACTS},
    )
