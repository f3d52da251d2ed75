"""Check: nothing leaves that is not approved and public, and a version that does not fit is named."""

from __future__ import annotations

import dataclasses
import re

from threadlore.agents.answering.state import AnswerContext, AnswerState
from threadlore.prompts import load
from threadlore.seams import Answer
from threadlore.types import AppliesTo, EntryState, FaqEntry, Visibility


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def outside(version: str, applies: AppliesTo) -> bool:
    """Tell whether `version` lies outside the range, compared by its first two numbers.

    >>> outside("2.3.1", AppliesTo(since="2.5")), outside("2.6.x", AppliesTo(since="2.5", until="2.6"))
    (True, False)
    """
    asked = _parts(version)
    if not asked:
        return False
    early = applies.since is not None and asked < _parts(applies.since)[: len(asked)]
    late = applies.until is not None and asked > _parts(applies.until)[: len(asked)]
    return early or late


def _allowed(entry: FaqEntry) -> bool:
    return entry.state is EntryState.APPROVED and entry.visibility is Visibility.PUBLIC


def _refused(context: AnswerContext, answer: Answer) -> Answer:
    text = load("unknown").fill(product=context.profile.product)
    return Answer("unknown", text, answer.confidence)


async def check(state: AnswerState, context: AnswerContext) -> dict[str, object]:
    """Return the update of `answer`: as it is, with a note, or refused."""
    answer = state.answer
    if answer is None or answer.kind != "answered" or answer.entry_id is None:
        return {}
    entry = context.faq.entries[answer.entry_id]
    if not _allowed(entry):
        return {"answer": _refused(context, answer)}
    notes = []
    versions = state.arguments.get("versions")
    named = (
        [version for version in versions if outside(str(version), entry.applies_to)]
        if isinstance(versions, list)
        else []
    )
    if named:
        notes.append(load("version_note").fill(asked=", ".join(named), applies=answer.applies_to))
    if entry.contested:
        notes.append(load("contested").fill())
    if not notes:
        return {}
    return {"answer": dataclasses.replace(answer, text="\n\n".join([answer.text, *notes]))}
