"""What `threadlore store` and `threadlore forget` do, for one data folder."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from threadlore.errors import BadInput, Locked, NotFound
from threadlore.seams import Embedder, VectorStore
from threadlore.store import backup, deletion, outbox, schema, selftest, verify
from threadlore.store.backup import BackupReport
from threadlore.store.deletion import DeletionReport
from threadlore.store.outbox import Progress
from threadlore.store.records import Records
from threadlore.store.selftest import Outcome
from threadlore.store.vectors import MilvusVectors
from threadlore.store.verify import CollectionCheck

_PSEUDONYM = re.compile(r"u_[0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What `forget` did with one name. `as_what`: author, message, thread or channel."""

    name: str
    as_what: str
    report: DeletionReport


@dataclass(frozen=True, slots=True)
class Upkeep:
    """A data folder with its clients, each opened when it is first needed."""

    folder: Path
    records: Callable[[], Records]
    vectors: Callable[[], VectorStore]
    embedder: Callable[[], Embedder]

    async def verify(self) -> tuple[list[CollectionCheck], list[str]]:
        """Return what each collection holds beside the records, and what is wrong with the records."""
        records = self.records()
        return await verify.verify(records, self.vectors()), verify.check_records(records)

    async def rebuild(self, progress: Progress) -> dict[str, int]:
        """Make all of Milvus anew from the records; return rows by collection."""
        return await outbox.rebuild(self.records(), self.vectors, self.embedder, progress)

    def backup(self, archive: Path) -> BackupReport:
        """Write the folder to a tar file."""
        return backup.backup(self.folder, archive)

    def restore(self, archive: Path) -> BackupReport:
        """Unpack a tar file into the folder, which must be missing or empty."""
        return backup.restore(archive, self.folder)

    async def selftest(self, uri: str, token: str, language: str) -> AsyncIterator[Outcome]:
        """Check a Milvus in scratch collections of its own, which are removed again."""
        store = MilvusVectors(
            uri,
            token,
            dimension=selftest.DIMENSION,
            language=language,
            prefix=f"threadlore_selftest_{os.getpid()}",
        )
        try:
            async for outcome in selftest.selftest(store):
                yield outcome
        finally:
            await store.close()

    def forget(
        self, names: Sequence[str], source: str | None, pseudonym: Callable[[str, str], str]
    ) -> list[Forgotten]:
        """Delete authors, messages, threads or channels, whatever each name is.

        What is deleted is refused from now on. A name is a pseudonym, the id of one of the others, or what
        an author is called in `source` (its native id, or its name where the source has no ids); without
        `source`, in every source that was ever ingested. `pseudonym` turns (source, native id) into a
        pseudonym.

        Raises:
            BadInput: a name can only be an author's, and no source is known.
        """
        backup.clear_leftovers(self.folder)
        records = self.records()
        sources = [source] if source else records.database.column("SELECT DISTINCT source FROM channels")
        done = []
        for name in names:
            if records.messages([name]):
                done.append(Forgotten(name, "message", deletion.delete_messages(records, [name])))
            elif records.threads([name]):
                done.append(Forgotten(name, "thread", deletion.delete(records, (), [name])))
            elif name in {channel.id for channel in records.channels()}:
                done.append(Forgotten(name, "channel", deletion.delete(records, (), (), [name])))
            elif _PSEUDONYM.fullmatch(name):
                done.append(Forgotten(name, "author", deletion.forget_author(records, name)))
            else:
                if not sources:
                    raise BadInput(f"It is not known where {name!r} writes.", "Name it with --source.")
                for key in sorted({pseudonym(place, name) for place in sources}):
                    done.append(Forgotten(key, "author", deletion.forget_author(records, key)))
        return done

    async def follow(self, progress: Progress) -> str:
        """Bring Milvus up to date after a deletion; return why it has to wait, empty when it is done."""
        try:
            await outbox.drain(self.records(), self.vectors, self.embedder, progress)
        except Locked as error:
            return f"{error.message} It takes the deleted text out of its files when it next indexes."
        return ""

    def opted_out(self) -> list[str]:
        """Return the pseudonyms whose messages are refused."""
        return deletion.opted_out(self.records())

    def require_records(self) -> None:
        """Refuse to make a data folder where a command only looks at one.

        Raises:
            NotFound: there are no records yet.
        """
        if not (self.folder / schema.RECORDS_FILE).is_file():
            raise NotFound(f"There are no records in {self.folder}.", "Run `threadlore ingest` first.")
