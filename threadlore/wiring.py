"""Settings to objects: the one file that knows every folder. All imports are lazy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from threadlore.profile import Profile, load_profile
from threadlore.settings import Settings

if TYPE_CHECKING:
    from threadlore.ingest.scrub import Scrubber
    from threadlore.seams import Answerer, Embedder, VectorStore
    from threadlore.store.records import Records


class SystemClock:
    """The wall clock; `THREADLORE_NOW` (ISO 8601) holds it still for reproducible runs."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        fixed = os.environ.get("THREADLORE_NOW")
        return datetime.fromisoformat(fixed).astimezone(UTC) if fixed else datetime.now(UTC)


class Workspace:
    """One data folder with everything that works on it, each part made when it is first used."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()

    @cached_property
    def profile(self) -> Profile:
        """The profile that the settings name."""
        return load_profile(self.settings.profile)

    @cached_property
    def records(self) -> Records:
        """The records in SQLite; the data folder is made when it is missing."""
        from threadlore.store.records import Records

        return Records(self.settings.data)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding backend."""
        from threadlore.embedders import load_embedder

        return load_embedder(self.settings.embedder, self.settings.embedding_model)

    @cached_property
    def vectors(self) -> VectorStore:
        """Milvus: Lite inside the data folder, or the server that the settings name."""
        from threadlore.store.vectors import MilvusVectors

        return MilvusVectors(
            uri=self.settings.milvus_uri or str(self.settings.data / "milvus.db"),
            token=self.settings.milvus_token,
            dimension=self.embedder.dimension,
            language=self.profile.language,
        )

    @cached_property
    def scrubber(self) -> Scrubber:
        """Masks secrets and names, with the key of this data folder."""
        from threadlore.ingest.scrub import Scrubber

        return Scrubber.for_folder(self.settings.data)

    @cached_property
    def answerer(self) -> Answerer:
        """Answers questions from approved entries and tools."""
        from threadlore.agents.answer_graph import GraphAnswerer

        return GraphAnswerer(
            records=self.records, embedder=self.embedder, vectors=self.vectors, profile=self.profile
        )

    def close(self) -> None:
        """Release what was opened: the lock of Milvus Lite, and SQLite."""
        import asyncio

        if "vectors" in self.__dict__:
            asyncio.run(self.vectors.close())
        if "records" in self.__dict__:
            self.records.close()


@contextmanager
def open_workspace(settings: Settings) -> Iterator[Workspace]:
    """Open the workspace of `settings`, and close it whatever happens."""
    workspace = Workspace(settings)
    try:
        yield workspace
    finally:
        workspace.close()
