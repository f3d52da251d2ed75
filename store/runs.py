"""Runs, the inputs of stages, cached vectors, and how much of everything there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from threadlore.bundle import Counts
from threadlore.store import schema
from threadlore.store.conversations import LEAF
from threadlore.store.database import Database, among
from threadlore.types import Channel, Run

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def save_run(db: Database, run: Run) -> None:
    """Store a run by id, as often as it changes."""
    row = {"id": run.id, "started_at": schema.microseconds(run.started_at), "record": run.model_dump_json()}
    with db.write():
        db.put("runs", [row])


def runs(db: Database) -> list[Run]:
    """Return all runs, newest first."""
    records = db.column("SELECT record FROM runs ORDER BY started_at DESC, id")
    return [Run.model_validate_json(record) for record in records]


def channels(db: Database) -> list[Channel]:
    """Return all channels, ordered by id."""
    records = db.column("SELECT record FROM channels ORDER BY id")
    return [Channel.model_validate_json(record) for record in records]


def stage_input(db: Database, stage: str) -> str | None:
    """Return the hash of the input that a stage last finished with."""
    found = db.value("SELECT input_hash FROM stage_inputs WHERE stage = ?", [stage])
    return None if found is None else str(found)


def save_stage_input(db: Database, stage: str, input_hash: str) -> None:
    """Remember the hash of the input that a stage finished with."""
    with db.write():
        db.put("stage_inputs", [{"stage": stage, "input_hash": input_hash}])


def embeddings(db: Database, model: str, content_hashes: Iterable[str]) -> dict[str, NDArray[np.float32]]:
    """Return known vectors by content hash: float32, as they were saved."""
    import numpy as np

    rows = db.rows(
        "SELECT content_hash, vector FROM embeddings "
        "WHERE model = ? AND content_hash IN (SELECT value FROM json_each(?))",
        [model, among(content_hashes)],
    )
    return {key: np.frombuffer(vector, dtype=np.float32) for key, vector in rows}


def save_embeddings(db: Database, model: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
    """Keep vectors by content hash."""
    import numpy as np

    rows = [
        (key, model, np.ascontiguousarray(vector, dtype=np.float32).tobytes())
        for key, vector in vectors.items()
    ]
    with db.write():
        db.many("INSERT OR REPLACE INTO embeddings (content_hash, model, vector) VALUES (?, ?, ?)", rows)


def counts(db: Database) -> Counts:
    """Return how much of everything is stored. A conversation is a thread that is read as a whole."""
    with db.snapshot():
        languages = db.query(
            "SELECT language, count(*) AS n FROM messages WHERE language <> '' "
            "GROUP BY language ORDER BY language"
        )
        return Counts(
            messages=db.value("SELECT count(*) FROM messages"),
            threads=db.value("SELECT count(*) FROM threads WHERE kind = 'native'"),
            conversations=db.value(f"SELECT count(*) FROM threads t WHERE {LEAF}"),  # noqa: S608
            questions=db.value("SELECT count(*) FROM questions"),
            settled=db.value("SELECT count(*) FROM questions WHERE status = 'settled'"),
            unclustered=db.value(
                "SELECT count(*) FROM questions q WHERE NOT EXISTS (SELECT 1 FROM topic_questions t "
                "WHERE t.question_id = q.id)"
            ),
            documents=db.value("SELECT count(*) FROM documents"),
            languages={row["language"]: row["n"] for row in languages},
        )
