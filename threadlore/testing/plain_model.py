"""What a plain and honest model says to every prompt of Threadlore: rules over the marked data, no model.

It copies: questions and claims are words of the data, quotes stand there letter for letter. For the rule of
`FakeEndpoint`, and for tests of what a run does with good replies. An output type that it does not know gets
the smallest object that fits its schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from threadlore.testing.endpoint import Asked
from threadlore.testing.schemas import smallest

Reply = dict[str, Any]

_BLOCK = re.compile(r"<data (?P<code>\w+)>\n(?P<body>.*?)\n</data (?P=code)>", re.DOTALL)
_LINE = re.compile(r"^(?P<kind>[a-z])(?P<number>\d+)(?P<head>[^:]*): (?P<text>.*)$", re.DOTALL)
_PLACE = re.compile(r"^(?P<kind>c)(?P<number>\d+)(?P<head>.*)$")
_SENTENCE = re.compile(r"[^\s.!?](?:[^.!?\n]|[.!?](?=\S)){11,}[.!?]?")
_THANKS = re.compile(r"\b(thank|thx|solved|fixed|worked|works)", re.IGNORECASE)
_POINTS = re.compile(r"[@#<>]|https?:|www\.")
_WORDS = re.compile(r"\S+")

MAX_QUESTION, MAX_NAME, MAX_LINE = 200, 60, 140
MAX_CLAIMS = 3
MAX_ROWS = 5
MIN_QUOTE, MAX_QUOTE = 4, 15
"""Words of a quote."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of marked data: its reference, what stands before the colon, and its text."""

    ref: str
    head: str
    text: str

    @property
    def kind(self) -> str:
        """`c` a conversation, `m` a message, `d` a page, `t` a tool result, `q` another text."""
        return self.ref[0]

    @property
    def author(self) -> str:
        """Letter of the author of a message."""
        return self.head.split()[0] if self.head.split() else ""


def lines_of(text: str) -> list[Line]:
    """Return the lines of all marked data in a text, continuation lines joined."""
    found: list[Line] = []
    for block in _BLOCK.finditer(text):
        joined: list[str] = []
        for raw in block["body"].split("\n"):
            if raw.startswith(" ") and joined:
                joined[-1] += f"\n{raw[1:]}"
            else:
                joined.append(raw)
        for one in joined:
            parsed = _LINE.match(one) if not one.startswith("c") else None
            if parsed:
                ref = parsed["kind"] + parsed["number"]
                found.append(Line(ref, parsed["head"].strip(), parsed["text"].strip()))
            elif place := _PLACE.match(one):
                found.append(Line(f"c{place['number']}", place["head"].strip(), ""))
    return found


def answer(asked: Asked) -> Reply:
    """Return the reply to a request, as a rule of `FakeEndpoint`."""
    form = _schema_of(asked)
    known = _RULES.get(frozenset(form.get("properties", {})))
    if known is not None:
        return known(lines_of(asked.text))
    found = smallest(form)
    return found if isinstance(found, dict) else {}


def _schema_of(asked: Asked) -> Reply:
    """Return the schema that is asked for: bound to the request, or told in the instructions."""
    bound = (asked.body.get("response_format") or {}).get("json_schema", {}).get("schema")
    if isinstance(bound, dict):
        return bound
    at = asked.system.rfind('{"')
    reader = json.JSONDecoder()
    while at >= 0:
        try:
            found, end = reader.raw_decode(asked.system, at)
        except ValueError:
            end = at
        if end == len(asked.system.rstrip()) and isinstance(found, dict):
            return found
        at = asked.system.rfind('{"', 0, at)
    return {}


def _distil(lines: list[Line]) -> Reply:
    conversations: dict[str, list[Line]] = {}
    for line in lines:
        if line.kind == "c":
            conversations[line.ref] = []
        elif line.kind == "m" and conversations:
            list(conversations.values())[-1].append(line)
    asking, none = [], []
    for ref, messages in conversations.items():
        question = _question(messages)
        if question is None:
            none.append(ref)
        else:
            asking.append({"c": ref, "q": [question]})
    return {"asking": asking, "none": none}


def _question(messages: list[Line]) -> Reply | None:
    first = next((line for line in messages if "?" in line.text and _about(line.text)), None)
    if first is None:
        return None
    later = messages[messages.index(first) + 1 :]
    answers = [line for line in later if line.author != first.author][:1]
    thanks = [line.ref for line in later if line.author == first.author and _THANKS.search(line.text)]
    return {
        "text": _about(first.text),
        "asked": [first.ref],
        "by": [line.ref for line in answers],
        "status": "settled" if answers and thanks else "open",
        "ok": thanks if answers else [],
        "facts": [],
        "lang": "en",
    }


def _about(text: str) -> str:
    """Return the sentence of a message that asks."""
    asked = [part.strip() for part in re.findall(r"[^.!?\n]{8,}\?", text)]
    plain = [part for part in asked if len(part) <= MAX_QUESTION and not _POINTS.search(part)]
    return max(plain, key=len, default="")


def _label(lines: list[Line]) -> Reply:
    topics = []
    for line in lines:
        if line.head.split()[:1] in (["topic"], ["theme"]):
            asked = line.text.splitlines()[0].strip(" -?")
            words = re.findall(r"[\w.-]+", asked)
            most = 8 if line.head.startswith("topic") else 5
            name = " ".join(words[:most])[:MAX_NAME].strip()
            topics.append({"t": line.ref, "name": name or "questions", "area": "", "line": asked[:MAX_LINE]})
    return {"topics": topics}


def _draft(lines: list[Line]) -> Reply:
    asked = next((line.text for line in lines if line.kind == "q"), "How is it done?")
    claims = [claim for line in lines if line.kind in "mdt" and (claim := _claim(line))]
    return {"question": asked, "claims": claims[:MAX_CLAIMS]}


def _claim(line: Line) -> Reply | None:
    """Return the first sentence of a line as a claim that quotes its beginning."""
    sentence = next((found[0].strip() for found in _SENTENCE.finditer(line.text)), "")
    words = list(_WORDS.finditer(sentence))[:MAX_QUOTE]
    if len(words) < MIN_QUOTE or sentence.endswith("?"):
        return None
    cited = {"ref": line.ref, "quote": sentence[: words[-1].end()]}
    return {"form": "sentence", "text": sentence, "cites": [cited]}


def _check(lines: list[Line]) -> Reply:
    numbers = [int(found[1]) for line in lines if (found := re.fullmatch(r"claim (\d+)", line.head))]
    return {"verdicts": [{"claim": number, "verdict": "supported"} for number in numbers]}


def _librarian(lines: list[Line]) -> Reply:
    numbers = [int(found[1]) for line in lines if (found := re.fullmatch(r"draft (\d+)", line.head))]
    return {"relations": [{"draft": number, "relation": "new", "entry": 0} for number in numbers]}


def _analyst(lines: list[Line]) -> Reply:
    rows = [line for line in lines if line.kind == "q"][:MAX_ROWS]
    return {"sentences": [{"text": line.text.splitlines()[0], "rows": [line.ref]} for line in rows]}


def _answer(lines: list[Line]) -> Reply:
    shown = [line for line in lines if line.kind in "dt" or (line.kind == "q" and line.ref != "q1")]
    claims = [claim for line in shown if (claim := _claim(line))][:1]
    action = "answer" if claims else "hand_over"
    return {"action": action, "claims": claims, "missing": "", "between": []}


_RULES: dict[frozenset[str], Callable[[list[Line]], Reply]] = {
    frozenset({"asking", "none"}): _distil,
    frozenset({"topics"}): _label,
    frozenset({"question", "claims"}): _draft,
    frozenset({"verdicts"}): _check,
    frozenset({"relations"}): _librarian,
    frozenset({"sentences"}): _analyst,
    frozenset({"action", "claims", "missing", "between"}): _answer,
}
"""By the names of the fields that are asked for."""
