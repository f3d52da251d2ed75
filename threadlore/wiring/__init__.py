"""Settings to objects: the one file that knows every folder. All imports are lazy."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pathlib import Path

    from threadlore.bundle import Bundle
    from threadlore.faq_folder import Imported
    from threadlore.ingest.run import IngestParts
    from threadlore.ingest.scrub import Scrubber
    from threadlore.pipeline import Analysis
    from threadlore.profile import Profile
    from threadlore.runs import Progress, RunLog
    from threadlore.seams import Answerer, Embedder, VectorStore
    from threadlore.settings import Settings
    from threadlore.store.erasure import Eraser
    from threadlore.store.helpdesk import StoredHelpDesk
    from threadlore.store.records import Records
    from threadlore.store.upkeep import Forgotten, Upkeep
    from threadlore.types import FaqEntry, Run
    from threadlore.wiring.models import Models


def _silent(stage: str, done: int, total: int) -> None:
    """Show no progress."""


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
        from threadlore.profile import load_profile

        return load_profile(self.settings.profile)

    @cached_property
    def records(self) -> Records:
        """The records in SQLite; the data folder is made when it is missing."""
        from threadlore.store.records import Records

        return Records(self.settings.data, self._oldest)

    def _oldest(self) -> datetime | None:
        days = self.settings.retention_days
        return self.clock.now() - timedelta(days=days) if days else None

    def lapse(self) -> int:
        """Delete messages past their time, as `retention_days` says; return how many."""
        before = self._oldest()
        return self.eraser.lapse(before) if before is not None else 0

    @cached_property
    def models(self) -> Models:
        """The chat model that the settings name, and what it costs."""
        from threadlore.wiring.models import Models

        return Models(self.settings, self.clock)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding backend."""
        from threadlore.embedders import load_embedder
        from threadlore.wiring.models import endpoint_of

        settings = self.settings
        return load_embedder(
            settings.embedder, settings.embedding_model, endpoint_of(settings, settings.embedding_url)
        )

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
        return self.answering()

    def answering(self, patience_s: float | None = None) -> Answerer:
        """What answers questions; a chat model has `patience_s` to write, and as long again to check."""
        from threadlore.agents.answer_graph import GraphAnswerer

        return GraphAnswerer(
            records=self.records,
            embedder=self.embedder,
            vectors=self.vectors,
            profile=self.profile,
            calls=self.models.calls_to_answer(),
            patience_s=patience_s,
        )

    async def ingest(
        self, paths: Sequence[Path], name: str | None = None, url: str = "", progress: Progress = _silent
    ) -> Run:
        """Bring in files and folders, each file recognised by its content."""
        from threadlore.ingest.run import run_ingest
        from threadlore.ingest.sources import open_sources
        from threadlore.ingest.sync import SHOWN_BEFORE

        self.eraser.finish()
        opened = open_sources(paths, name, url)
        run = await run_ingest(self.ingest_parts(progress), opened.sources, opened.skipped)
        if any(stage.counts.keys() & SHOWN_BEFORE for stage in run.stages):
            self.publish_again()
        return run

    async def ingest_docs(
        self,
        path: Path,
        version: str = "",
        url: str = "",
        progress: Progress = _silent,
        name: str | None = None,
    ) -> Run:
        """Bring in documentation of one version, cut by heading."""
        from threadlore.ingest.run import run_ingest
        from threadlore.ingest.sources.docs import open_docs

        self.eraser.finish()
        source = open_docs(path, version=version, url=url, name=name)
        return await run_ingest(self.ingest_parts(progress), [source])

    def ingest_parts(self, progress: Progress) -> IngestParts:
        """The parts of one run of ingest."""
        from threadlore.ingest.run import IngestParts

        return IngestParts(
            records=self.records,
            scrubber=self.scrubber,
            clock=self.clock,
            drain=lambda log: self.drain(progress, cache(lambda: self._metered(log)) if log else None),
            settings_hash=self.settings.analysis_hash(),
            progress=progress,
            erase=self.eraser.erase,
            lapse=self.lapse,
        )

    def _metered(self, log: RunLog) -> Embedder:
        """Return the embedder; what it costs is counted in a run and held by its budget."""
        return self.models.metered(self.embedder, lambda: self.models.purse(log))

    @cached_property
    def eraser(self) -> Eraser:
        """Deletes from the records and from what was published."""
        from threadlore.store.erasure import Eraser

        return Eraser(self.records, self.publish_again)

    def seed(self) -> Imported:
        """Bring in the starter entries of the profile; what is there is not doubled."""
        from threadlore.faq_files import profile_entries
        from threadlore.faq_folder import seed_entries

        return seed_entries(profile_entries(self.settings.profile), self.records, self.clock.now())

    async def drain(
        self, progress: Progress = _silent, embedder: Callable[[], Embedder] | None = None
    ) -> dict[str, int]:
        """Bring Milvus up to date with the records; opens nothing when there is nothing to do."""
        from threadlore.store.outbox import drain

        return await drain(self.records, lambda: self.vectors, embedder or (lambda: self.embedder), progress)

    @cached_property
    def help_desk(self) -> StoredHelpDesk:
        """What the bot keeps beside the records."""
        from threadlore.store.helpdesk import StoredHelpDesk

        return StoredHelpDesk(self.records.database)

    def _searcher(self, apart: bool, embedder: Callable[[], Embedder]) -> VectorStore:
        """Return Milvus, or what searches the records alone."""
        from threadlore.store.exact import ExactVectors

        if not apart:
            return self.vectors
        # The analysis searches and nothing else; what it writes goes to the outbox.
        return cast("VectorStore", ExactVectors(self.records, embedder()))

    async def _left_to_others(self) -> dict[str, int]:
        """Leave the rows in the outbox to the process that has Milvus open."""
        return {}

    def analysis(self, progress: Progress = _silent, *, apart: bool = False) -> Analysis:
        """The parts of one analysis, with its run begun.

        With `apart` it never opens Milvus, which another process may have: candidates are looked for in the
        records, one by one, and rows are left in the outbox.
        """
        from threadlore.agents.context import AnalysisContext
        from threadlore.agents.graph import run_analysis
        from threadlore.pipeline import Analysis
        from threadlore.runs import RunLog, spans

        now = self.clock.now()
        log = RunLog(self.records, "analyze", self.settings.analysis_hash(), now)
        purse = self.models.purse(log)
        embedder = cache(lambda: self.models.metered(self.embedder, lambda: purse))
        context = AnalysisContext(
            records=self.records,
            embedder=embedder,
            vectors=cache(lambda: self._searcher(apart, embedder)),
            profile=self.profile,
            run_id=log.run.id,
            now=now,
            min_authors=self.settings.min_authors,
            seed=self.settings.seed,
            progress=progress,
            finished=spans(log),
            skipped=log.skip,
            calls=self.models.calls(self.records, log, purse),
            bundle=self._bundle,
        )
        return Analysis(
            log=log,
            clock=self.clock,
            lapse=self.lapse,
            drain=self._left_to_others if apart else lambda: self.drain(progress, embedder),
            agents=lambda: run_analysis(context),
        )

    def check_facts(self) -> list[FaqEntry]:
        """Send approved entries that state what no longer holds to review; return all such entries."""
        from threadlore.agents.grounding.facts import review_aged
        from threadlore.agents.grounding.recall import recall_tools

        now = self.clock.now()
        found = recall_tools(self.records, now) + review_aged(self.records, self.profile, now)
        return list({entry.id: entry for entry in found}.values())

    def import_faq(self, folder: Path) -> Imported:
        """Bring in a folder of FAQ files; what they say that tools found is worked out anew."""
        from threadlore.agents.grounding.recall import own_results
        from threadlore.faq_folder import import_folder

        return import_folder(folder, self.records, self.clock.now(), own_results)

    def bundle(self, since: str | None = None, until: str | None = None) -> Bundle:
        """Everything that the publishers show, for a period as `--since` and `--until` name it."""
        from threadlore.agents.analyst import with_words

        return with_words(self.records, self._bundle(since, until))

    def _bundle(self, since: str | None = None, until: str | None = None) -> Bundle:
        from threadlore.bundling import build_bundle

        return build_bundle(self.records, self.profile, self.settings, since=since, until=until)

    def _bundle_again(self, since: str | None, until: str | None) -> Bundle:
        from threadlore.errors import BadInput

        try:
            return self.bundle(since, until)
        except BadInput:
            # It was a period once: what lay in it was deleted.
            return self.bundle()

    def publish(
        self,
        publisher: str,
        folder: Path,
        since: str | None = None,
        until: str | None = None,
        *,
        again: bool = False,
    ) -> tuple[Bundle, list[Path]]:
        """Write a bundle with the publisher of that name; return it and the paths that changed.

        `again` says that what was written must not stay as it is: where no message is left in the period,
        the usual one is shown. The folder is remembered, so that `publish_again` finds it. One process at a
        time publishes what a data folder holds: what another one deletes meanwhile is not put back by pages
        made before.
        """
        from threadlore.folders import held, make_private
        from threadlore.publish import load_publisher
        from threadlore.publish.ledger import Publication, remember

        data = self.settings.data
        make_private(data)
        with held(data / "publish.lock", f"publishing what is in {data}"):
            bundle = self._bundle_again(since, until) if again else self.bundle(since, until)
            remember(data, Publication(publisher, str(folder.resolve()), since, until))
            return bundle, load_publisher(publisher).publish(bundle, folder)

    @cached_property
    def upkeep(self) -> Upkeep:
        """Verify, rebuild, back up, restore and forget, on this data folder."""
        from threadlore.store.upkeep import Upkeep

        return Upkeep(self.settings.data, lambda: self.records, lambda: self.vectors, lambda: self.embedder)

    def forget(self, names: Sequence[str], source: str | None = None) -> tuple[list[Forgotten], list[str]]:
        """Delete authors, messages, threads or channels from the records and from what was published.

        Returns what was deleted, and the published files that changed. Killed on its way, the next forget
        or ingest finishes it. Milvus follows with the next `drain`.

        Raises:
            BadInput: a name can only be an author's, and no source is known.
        """
        with self.eraser.remembered():
            done = self.upkeep.forget(names, source, self.scrubber.pseudonym)
            return done, self.publish_again()

    def publish_again(self) -> list[str]:
        """Bring every folder that was published up to date, after a deletion; return what changed."""
        from pathlib import Path

        from threadlore.publish.ledger import publications

        return [
            str(path)
            for made in publications(self.settings.data)
            for path in self.publish(made.publisher, Path(made.folder), made.since, made.until, again=True)[1]
        ]

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
