"""A careful reader without a model: answers every instruction of the analysis by rules.

For measuring and for trying out: it reads as a model would be told to, in a reply of the same form and size.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadlore.testing.endpoint import Asked

Body = dict[str, Any]

_LINE = re.compile(r"(?P<ref>[cmdtq]\d+)(?: (?P<rest>.*))?")
_HEAD = re.compile(r"(?P<letter>[A-Z]{1,2})(?P<about>(?: [^:\n]*)?): ?(?P<text>.*)", re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])|\n+")
_ASKS = re.compile(
    r"\?|？|\b(?:how (?:do|can|to)|is there|any(?:one| idea)|why (?:does|is|do)|can'?t|cannot)\b", re.I
)
_THANKS = re.compile(r"\b(?:thank|thx|works now|solved|that did it)", re.IGNORECASE)
_NOISE = re.compile(r"\[[^\]]*\]|@\w+|https?://\S+|<[^>]*>|[*`#]")
_VERSION = re.compile(r"\bv?\d+\.\d+(?:\.\d+)?\b")
_COMMON = frozenset({"the", "and", "for", "you", "are", "with", "this", "that", "have", "not"})


@dataclass(slots=True)
class Shown:
    """One piece of data: its reference, what is said of it, its text."""

    ref: str
    rest: str


@dataclass(slots=True)
class Talk:
    """A conversation: its reference and title, and (reference, letter, text) of its messages."""

    ref: str
    title: str
    messages: list[tuple[str, str, str]] = field(default_factory=list)


def pieces(text: str) -> list[Shown]:
    """Return the pieces of data in a turn, in their order."""
    found: list[Shown] = []
    for line in text.split("\n"):
        if line.startswith(" ") and found:
            found[-1].rest += f"\n{line[1:]}"
        elif match := _LINE.fullmatch(line):
            found.append(Shown(match["ref"], match["rest"] or ""))
    return found


def talks(text: str) -> list[Talk]:
    """Return the conversations in a turn."""
    found: list[Talk] = []
    for piece in pieces(text):
        if piece.ref.startswith("c"):
            found.append(Talk(piece.ref, piece.rest.partition(" ")[2]))
        elif found and (match := _HEAD.match(piece.rest)):
            found[-1].messages.append((piece.ref, match["letter"], match["text"]))
    return found


def by_rules(asked: Asked) -> Body:
    """Return the reply to a request of the analysis, by the name of the type that it asks for."""
    return reply_by_rules(asked.output, asked.text)


def reply_by_rules(output: str, text: str) -> Body:
    """Return a reply of the type `output` to the data in `text`; an empty object for an unknown type."""
    rule = _RULES.get(output)
    return rule(text) if rule else {}


def _read(text: str) -> Body:
    reply: Body = {"asking": [], "none": []}
    for talk in talks(text):
        questions = _questions(talk)
        if questions:
            reply["asking"].append({"c": talk.ref, "q": questions})
        else:
            reply["none"].append(talk.ref)
    return reply


def _questions(talk: Talk) -> list[Body]:
    found: list[Body] = []
    askers: set[str] = set()
    for number, (ref, letter, text) in enumerate(talk.messages):
        sentence = _asking(text)
        if not sentence or letter in askers or (askers and "?" not in sentence):
            continue
        askers.add(letter)
        later = talk.messages[number + 1 :]
        answers = [name for name, other, said in later if other not in askers and len(said) > 30][:2]
        thanks = [name for name, other, said in later if other == letter and _THANKS.search(said)][:1]
        found.append(
            {
                "text": sentence[:200],
                "asked": [ref],
                "by": answers,
                "status": "settled" if answers and thanks else "open",
                "ok": thanks,
                "facts": [{"k": "version", "v": version} for version in _VERSION.findall(text)[:2]],
                "lang": "en",
            }
        )
    return found[:3]


def _asking(text: str) -> str:
    """Return the sentence of a message that asks, without links and names; empty where none does."""
    for sentence in _SENTENCE.split(text):
        plain = " ".join(_NOISE.sub(" ", sentence).split())
        if _ASKS.search(plain) and len([word for word in plain.split() if len(word) > 2]) >= 4:
            return plain
    return ""


def _label(text: str) -> Body:
    topics = []
    for piece in pieces(text):
        kind, _, said = piece.rest.partition(": ")
        if kind in ("topic", "theme"):
            first = " ".join(said.split("\n")[0].split())
            words = first.rstrip("?. ").split()
            topics.append(
                {"t": piece.ref, "name": " ".join(words[:8])[:60], "area": "other", "line": first[:140]}
            )
    return {"topics": topics}


def _draft(text: str) -> Body:
    shown = pieces(text)
    question = next((one.rest.partition(": ")[2] for one in shown if one.ref.startswith("q")), "")
    claims = []
    for piece in shown:
        match = _HEAD.match(piece.rest) if piece.ref.startswith("m") else None
        if match is None:
            continue
        sentence = next((one for one in _SENTENCE.split(match["text"]) if 5 <= len(one.split()) <= 40), "")
        if sentence:
            quote = " ".join(sentence.split()[:12])
            cites = [{"ref": piece.ref, "quote": quote}]
            claims.append({"form": "sentence", "text": sentence.strip(), "cites": cites})
    return {"question": question.split("\n")[0], "claims": claims[:3]}


def _check(text: str) -> Body:
    numbers = re.findall(r"^q\d+ claim (\d+):", text, re.MULTILINE)
    return {"verdicts": [{"claim": int(number), "verdict": "supported"} for number in numbers]}


def _relate(text: str) -> Body:
    numbers = re.findall(r"^q\d+ draft (\d+):", text, re.MULTILINE)
    return {"relations": [{"draft": int(number), "relation": "new", "entry": 0} for number in numbers]}


_RULES: dict[str, Callable[[str], Body]] = {
    "DistilReply": _read,
    "LabelReply": _label,
    "DraftReply": _draft,
    "CheckReply": _check,
    "LibrarianReply": _relate,
}
