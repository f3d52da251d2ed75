"""The text of a question: one clean sentence that stands alone."""

from __future__ import annotations

import re

from threadlore.agents.dialogue.asking import Asked, clean_title, content_words
from threadlore.agents.dialogue.speech import Sentence, does, strip_opening, without_lead_in

LONGEST = 300
TELLING = 4
"""Words of meaning from which a question names its matter without the name of its place."""
LEAST = 2
"""Words of meaning that a question needs beside the name of its place."""
_LEADING = re.compile(
    r"^(?:so|ok|okay|well|and|but|also|btw|now|guys|please|pls|sorry|anyway|just|basically)\b[\s,]+", re.I
)
_SPACE = re.compile(r"\s+")


def _tidy(text: str) -> str:
    text = without_lead_in(_LEADING.sub("", strip_opening(text)))
    text = _SPACE.sub(" ", text).strip(" ,;:-|")
    return text[:1].upper() + text[1:] if text else ""


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head = text[:limit].rsplit(" ", 1)[0] if " " in text[:limit] else text[:limit]
    return head.rstrip(" ,;:") + "…"


def _statement(asked: Asked, best: Sentence) -> tuple[str, bool]:
    """Return the sentence that says most about the matter besides `best`, and whether it comes before it."""
    candidates: list[tuple[float, int, str]] = []
    number, place = 0, 0
    for turn in asked.turns:
        cues = turn.speech
        for sentence in cues.sentences:
            number += 1
            place = number if sentence is best else place
            words = len(content_words(sentence.text))
            if sentence is best or words < 2 or does("vague", sentence.text):
                continue
            weight = (
                min(words, 14) + 4 * (sentence.asks > 0.4) + 2 * (cues.problem or cues.need) - 0.8 * number
            )
            candidates.append((weight, -number, sentence.text))
    if not candidates:
        return "", True
    _, minus, text = max(candidates)
    return text, -minus < place


def word_question(asked: Asked, title: str, place: str = "") -> str:
    """Return the text of a question, at most 300 characters: the asking sentence, with what it needs.

    `title` is what the thread that the question opens is called. `place` names a long thread that the
    question stands somewhere in: it says what a short one is about, and asks nothing itself. Empty where
    nothing of the matter is said.
    """
    text = _worded(asked, title)
    if not place or len(content_words(text)) >= TELLING:
        return text
    if len(content_words(text)) < LEAST:
        return ""
    return _cut(f"{_cut(_tidy(clean_title(place)), 110)}: {text}", LONGEST)


def _worded(asked: Asked, title: str) -> str:
    heading = _tidy(clean_title(title))
    if asked.from_title:
        return _cut(heading, LONGEST)
    best = asked.best or Sentence("", 0.0)
    text = _tidy(best.text)
    words = content_words(text)
    title_words = content_words(heading)
    if heading and asked.turns and len(title_words) >= 2:
        if does("vague", best.text) or len(words) < 3:
            return _cut(heading, LONGEST)
        if len(title_words & words) >= 0.6 * len(title_words):
            return _cut(text, LONGEST)
        return _cut(f"{_cut(heading, 110)}: {text}", LONGEST)
    if does("vague", best.text) or len(words) < 4:
        statement, before = _statement(asked, best)
        said = _tidy(statement)
        if said and does("vague", best.text):
            return _cut(said, LONGEST)
        if said:
            first, second = (said, text) if before else (text, said)
            stop = "" if not first or first[-1] in ".?!。？！" else "."
            return _cut(f"{first}{stop} {second}".strip(), LONGEST)
    return _cut(text or heading, LONGEST)
