"""The records of one data folder: what ingest writes, the analysis reads and writes, and a person reviews."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from threadlore.bundle import Counts
from threadlore.calls import EntryTrail, ModelCall
from threadlore.ids import digest
from threadlore.incoming import DocumentsRemoved, KnownName, Renewal, RenewalCounts
from threadlore.seams import CleanBatch, SaveCounts
from threadlore.store import calls as call_table
from threadlore.store import conversations as conversation_table
from threadlore.store import documentation, schema
from threadlore.store import entries as entry_table
from threadlore.store import messages as message_table
from threadlore.store import places as place_table
from threadlore.store import questions as question_table
from threadlore.store import renewal as renewal_table
from threadlore.store import runs as run_table
from threadlore.store import topics as topic_table
from threadlore.store.database import Database
from threadlore.types import (
    Channel,
    Conversation,
    Document,
    FaqEntry,
    Message,
    Question,
    Run,
    Thread,
    Topic,
    TopicEvent,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Records:
    """SQLite in `folder`: the one source of truth. Safe for threads, and for many processes at once.

    Every write is one transaction together with its links and outbox rows.

    Args:
        folder: The data folder.
        oldest: Tells the time before which messages are refused (retention); None for no limit.

    Raises:
        Locked: another process has been writing for a minute.
        StoreDamaged: the file is no records file, or one of a newer version.
    """

    def __init__(self, folder: Path, oldest: Callable[[], datetime | None] = lambda: None) -> None:
        self.folder = folder
        self._oldest = oldest
        self.database = Database(folder / schema.RECORDS_FILE)
        self._places_read: dict[str, int] = {}
        self._conversations_read: dict[str, tuple[int, str]] = {}

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def save_batch(self, batch: CleanBatch) -> SaveCounts:
        """Store a page in one transaction: rows, links, outbox rows and the cursor.

        Of two copies of a message the one observed later wins. Tombstoned messages and those of
        authors who opted out are refused. Counts are of messages and documents.
        """
        return message_table.save_batch(self.database, batch, self._oldest())

    def end_of_documents(self, place: str, held: Collection[str], unread: Sequence[str]) -> DocumentsRemoved:
        """Remove the sections that `place` held when it was last read whole, and does not any more."""
        return documentation.end_of_documents(self.database, place, held, unread)

    def cursors(self, source: str) -> dict[str, str]:
        """Return the cursors of a source by key."""
        return message_table.cursors(self.database, source)

    def places_to_split(self) -> list[str]:
        """Return ids of channels and native threads with messages newer than their last split."""
        return conversation_table.places_to_split(self.database)

    def place_messages(self, place: str) -> tuple[str, list[Message], list[Thread]]:
        """Return (title, normal messages not in a frozen conversation, open conversations) of a place."""
        return conversation_table.place_messages(self.database, place, self._places_read)

    def save_split(self, place: str, conversations: Sequence[Thread]) -> None:
        """Replace the open conversations of a place; frozen ones stay as they are.

        None at all, or the place itself, says that it stays whole.
        """
        conversation_table.save_split(self.database, place, conversations, self._places_read)

    def held_messages(self, place: str, since: datetime, until: datetime) -> list[str]:
        """Return ids of the messages of a channel or native thread that were written between two times."""
        return place_table.held_messages(self.database, place, since, until)

    def known_names(self) -> list[KnownName]:
        """Return the names that people were met under."""
        return renewal_table.known_names(self.database)

    def mend_names(self, names: Sequence[KnownName], renewal: Renewal) -> RenewalCounts:
        """Remember names, and write every stored text anew that held one; one transaction."""
        return renewal_table.mend_names(self.database, names, renewal)

    def conversations_to_distil(self, method: str | None = None) -> list[str]:
        """Return ids of conversations that `method`, or any, has not read as they are now."""
        return conversation_table.conversations_to_distil(self.database, method)

    def conversations(self, thread_ids: Sequence[str]) -> list[Conversation]:
        """Return conversations with their normal messages, in the order given."""
        return conversation_table.conversations(self.database, thread_ids, self._conversations_read)

    def save_questions(self, method: str, found: Mapping[str, Sequence[Question]]) -> None:
        """Replace what each conversation asks (thread id -> questions) and mark it as read by `method`."""
        conversation_table.save_distilled(self.database, method, found, self._conversations_read)

    def distilled_inputs(self) -> dict[str, str]:
        """Return the digest of what was last read of each conversation, by thread id."""
        return conversation_table.distilled_inputs(self.database)

    def questions(self, ids: Sequence[str] | None = None) -> list[Question]:
        """Return questions by id, or all, ordered by id."""
        return question_table.questions(self.database, ids)

    def messages(self, ids: Sequence[str]) -> list[Message]:
        """Return the messages that exist among `ids`, in the order given."""
        return message_table.messages(self.database, ids)

    def threads(self, ids: Sequence[str]) -> list[Thread]:
        """Return the threads that exist among `ids`, in the order given."""
        return conversation_table.threads(self.database, ids)

    def documents(self, ids: Sequence[str]) -> list[Document]:
        """Return the documents that exist among `ids`, in the order given."""
        return message_table.documents(self.database, ids)

    def documents_digest(self) -> str:
        """Return a digest of all documents: what tells that the documentation changed."""
        return digest(*self.database.column("SELECT record FROM documents ORDER BY id"))

    def embeddings(self, model: str, content_hashes: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """Return known vectors by content hash."""
        return run_table.embeddings(self.database, model, content_hashes)

    def save_embeddings(self, model: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep vectors by content hash before they are used."""
        run_table.save_embeddings(self.database, model, vectors)

    def topics(self) -> list[Topic]:
        """Return all topics, merged and ended ones too, ordered by id."""
        return topic_table.topics(self.database)

    def save_topics(self, topics: Sequence[Topic], events: Sequence[TopicEvent]) -> None:
        """Store topics by id and append events; a topic that is not named stays as it is."""
        topic_table.save_topics(self.database, topics, events)

    def topic_events(self) -> list[TopicEvent]:
        """Return all events, oldest first."""
        return topic_table.topic_events(self.database)

    def change_stamp(self) -> str:
        """Return a text that differs as soon as anything in the records has changed, here or elsewhere."""
        return self.database.change_stamp()

    def entries(self) -> list[FaqEntry]:
        """Return all entries of every state, ordered by id."""
        return entry_table.entries(self.database)

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context in which what is read cannot change before it is written."""
        return self.database.write()

    def save_entries(self, entries: Sequence[FaqEntry]) -> None:
        """Store entries by id with their links; phrasings of approved ones go to Milvus."""
        with self.database.write():
            entry_table.write(self.database, entries)

    def stage_input(self, stage: str) -> str | None:
        """Return the hash of the input that a stage last finished with."""
        return run_table.stage_input(self.database, stage)

    def save_stage_input(self, stage: str, input_hash: str) -> None:
        """Remember the hash of the input that a stage finished with."""
        run_table.save_stage_input(self.database, stage, input_hash)

    def save_run(self, run: Run) -> None:
        """Store a run by id, as often as it changes."""
        run_table.save_run(self.database, run)

    def model_call(self, key: str) -> ModelCall | None:
        """Return the reply kept under the hash of its request."""
        return call_table.model_call(self.database, key)

    def model_calls(self, keys: Sequence[str]) -> list[ModelCall]:
        """Return the replies that exist among `keys`, ordered by key."""
        return call_table.model_calls(self.database, keys)

    def save_model_call(self, call: ModelCall, messages: Sequence[str]) -> bool:
        """Keep a reply, linked to the messages whose text was sent; False when one is deleted by now."""
        return call_table.save_model_call(self.database, call, messages)

    def save_trails(self, trails: Sequence[EntryTrail]) -> None:
        """Store how entries came about in a run, by entry and run."""
        call_table.save_trails(self.database, trails)

    def trails(self, run_id: str | None = None, entry_id: str | None = None) -> list[EntryTrail]:
        """Return the trails of a run, of an entry, of both, or all, ordered by entry and run."""
        return call_table.trails(self.database, run_id, entry_id)

    def counts(self) -> Counts:
        """Return how much of everything is stored."""
        return run_table.counts(self.database)

    def runs(self) -> list[Run]:
        """Return all runs, newest first."""
        return run_table.runs(self.database)

    def channels(self) -> list[Channel]:
        """Return all channels, ordered by id."""
        return run_table.channels(self.database)
