"""`bench match`: questions in, ranked FAQ entries with a confidence and a decision out."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threadlore.agents.matching.text import head
from threadlore.bench.io import first_of, read_rows, write_rows
from threadlore.errors import BadInput
from threadlore.settings import Settings
from threadlore.types import EntryOrigin, EntryState, FaqEntry
from threadlore.wiring import open_workspace

if TYPE_CHECKING:
    from threadlore.wiring import Workspace

BATCH = 500
"""Questions matched at a time."""

_MADE = datetime(2000, 1, 1, tzinfo=UTC)


def to_entry(row: Mapping[str, Any], place: str) -> FaqEntry:
    """Return a FAQ line as an approved entry.

    A report (title and body) asks with its title. One given whole asks with its first line, where the
    rest makes it a text of many words and no answer stands beside it.

    Raises:
        BadInput: the line has no id or no question.
    """
    key, question = first_of(row, "id", "key"), first_of(row, "question", "title", "text")
    if key is None or question is None:
        raise BadInput(f"{place} has no id or no question.", "Give id, question, paraphrases, answer.")
    answer = str(first_of(row, "answer", "answer_md", "body") or "")
    question = str(question).strip()
    asked = head(question)
    if asked != question and not answer and not row.get("paraphrases"):
        question, answer = asked, question.removeprefix(asked).strip()
    return FaqEntry(
        id=str(key),
        question=question,
        paraphrases=tuple(str(text) for text in row.get("paraphrases") or () if str(text).strip()),
        answer=answer,
        state=EntryState.APPROVED,
        origin=EntryOrigin.IMPORTED,
        created_at=_MADE,
        updated_at=_MADE,
    )


def to_text(row: Mapping[str, Any]) -> str:
    """Return what a data line asks: its title and its text or body."""
    parts = (row.get("title"), first_of(row, "text", "body"))
    return "\n".join(str(part) for part in parts if part)


async def _predict(
    workspace: Workspace, entries: Sequence[FaqEntry], rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, object]]:
    from threadlore.agents.answering.decide import is_sure
    from threadlore.agents.matching import embed_questions, fill_vectors, load_faq, match

    product = workspace.profile.product
    prepared = await load_faq(entries, workspace.records, workspace.embedder, product)
    if prepared is None:
        return [{"id": row_key(row), "ranked": [], "score": 0.0, "abstain": True} for row in rows]
    await fill_vectors(prepared, workspace.vectors)
    positions = {entry: place for place, entry in enumerate(prepared.index.entry_ids)}
    found: list[dict[str, object]] = []
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        questions = await embed_questions([to_text(row) for row in part], workspace.embedder, product)
        own = {i: positions[row_key(row)] for i, row in enumerate(part) if row_key(row) in positions}
        rankings = await match(prepared, questions, workspace.vectors, without=own)
        for row, ranking in zip(part, rankings, strict=True):
            found.append(
                {
                    "id": row_key(row),
                    "ranked": [entry for entry, _ in ranking.entries],
                    "score": ranking.confidence,
                    "abstain": not is_sure(ranking),
                }
            )
    return found


def row_key(row: Mapping[str, Any]) -> str:
    """Return the id of a data line."""
    return str(first_of(row, "id", "key"))


def run(faq: Path, data: Path, predictions: Path, settings: Settings) -> dict[str, int]:
    """Match the questions of `data` with the entries of `faq`; write a prediction a line.

    A question whose id is also that of an entry is matched with the others: nothing answers itself.

    Raises:
        BadInput: a line has no id, or a FAQ line has no question.
    """
    entries = [to_entry(row, f"{faq}, line {number}") for number, row in enumerate(read_rows(faq), 1)]
    rows = read_rows(data)
    for number, row in enumerate(rows, 1):
        if first_of(row, "id", "key") is None:
            raise BadInput(f"{data}, line {number}, has no id or key.", "Give every line an id.")
    if len({entry.id for entry in entries}) < len(entries):
        raise BadInput(f"{faq} names an id twice.", "Join its lines: question, paraphrases.")
    with tempfile.TemporaryDirectory() as folder:
        own = settings.model_copy(update={"data": Path(folder), "milvus_uri": ""})
        with open_workspace(own) as workspace:
            found = asyncio.run(_predict(workspace, entries, rows))
    write_rows(predictions, found)
    answered = sum(not row["abstain"] for row in found)
    return {"entries": len(entries), "questions": len(rows), "answered": answered}
