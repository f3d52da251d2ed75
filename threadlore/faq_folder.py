"""A folder of FAQ files beside the records: export, import, and the starter entries of a profile."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from threadlore.errors import BadInput, NotFound
from threadlore.faq_files import MAX_BYTES, normal_question, read_entry, write_entry
from threadlore.folders import held
from threadlore.ids import digest, revision_id
from threadlore.review import replace_text
from threadlore.seams import ReviewDesk
from threadlore.types import EntryOrigin, EntryState, FaqEntry, Revision

MANIFEST = ".threadlore-faq.json"
"""Names the files that an export wrote, with the digest of what it wrote."""

LOCK = ".threadlore-faq.lock"
"""Held while an export writes."""

_HALF = ".half"
_TOOL_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}\Z")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\Z")
_EDITABLE = (
    "question", "answer", "paraphrases", "area", "state", "citations", "core", "tool_calls", "tools",
    "doc_links", "applies_to", "checked_at", "visibility", "contested",
)  # fmt: skip


_SMALL_WORDS = frozenset(
    re.findall(r"\w+", "a an and are can do does how i is my of or our please should the to we you")
)
_OWN = ("id", "topic_id", "question_ids", "created_at", "revisions")
_WORDS = ("question", "answer", "paraphrases", "area", "state", "tools", "doc_links", "applies_to")


@dataclass(slots=True)
class Exported:
    """What an export did. `kept` files were edited since the last export: import them first."""

    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    unchanged: int = 0


@dataclass(slots=True)
class Imported:
    """What an import did, by entry id; `skipped` are files with the reason."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    unchanged: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)


def export_folder(entries: Iterable[FaqEntry], folder: Path) -> Exported:
    """Write a file an entry; only what changed is written, and only own files are removed.

    A file that was edited since the last export is kept as it is, never overwritten. Processes that
    export to one folder wait for each other.

    Raises:
        Locked: another process has been exporting to it for two minutes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with held(folder / LOCK, f"exporting to {folder}"):
        for half in folder.glob(f".*{_HALF}"):
            half.unlink()
        return _export(entries, folder)


def _export(entries: Iterable[FaqEntry], folder: Path) -> Exported:
    before = _manifest(folder)
    done = Exported()
    now: dict[str, str] = {}
    taken: set[str] = set()
    for entry in entries:
        name, text = file_name(entry), write_entry(entry)
        if name.casefold() in taken:
            # Where case makes no difference, the second of two names would overwrite the first.
            name = f"entry-{digest(entry.id)}.md"
        taken.add(name.casefold())
        path = folder / name
        on_disk = _text_digest(path)
        fresh = _digest(text)
        if on_disk == fresh:
            done.unchanged += 1
        elif on_disk not in (None, before.get(name)) and not _taken_over(path, entry):
            done.kept.append(name)
            fresh = before.get(name, "")
        else:
            _write(path, text)
            done.written.append(name)
        now[name] = fresh
    for name in sorted(set(before) - set(now)):
        if _text_digest(folder / name) == before[name]:
            (folder / name).unlink()
            done.removed.append(name)
        elif (folder / name).exists():
            done.kept.append(name)
    if now != before:
        _write(folder / MANIFEST, json.dumps(now, indent=1, sort_keys=True) + "\n")
    return done


def import_folder(
    folder: Path, desk: ReviewDesk, now: datetime, own_results: Callable[[FaqEntry], FaqEntry]
) -> Imported:
    """Bring a folder of FAQ files into the records: a person's word, so edits are accepted revisions.

    A file that stands as an export wrote it changes nothing. A question that another entry already asks
    never makes a second entry. A file that cannot be read is skipped and named. `own_results` returns an
    entry with the results of its tool calls worked out here, and raises BadInput where that cannot be.

    Raises:
        NotFound: there is no such folder.
    """
    if not folder.is_dir():
        raise NotFound(f"{folder} is no folder.", "Name a folder of Markdown files, one an entry.")
    done = Imported()
    exported = _manifest(folder)
    files: list[tuple[str, FaqEntry]] = []
    for path in sorted(folder.rglob("*.md")):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in PurePosixPath(name).parts):
            continue
        try:
            text = _read(path)
            if exported.get(name) == _digest(text):
                done.unchanged += 1
                continue
            files.append((name, own_results(_fit(read_entry(text, path, now), name))))
        except BadInput as error:
            done.skipped.append((name, f"{error.message} {error.hint}".strip()))
    _import_entries(files, desk, now, done)
    return done


def seed_entries(starters: Sequence[FaqEntry], desk: ReviewDesk, now: datetime) -> Imported:
    """Bring the starter entries of a profile in; what a person changed or rejected stays as it is.

    A starter entry that changed since it came in is proposed as a revision.
    """
    done = Imported()
    known = {entry.id: entry for entry in desk.entries()}
    by_question = _questions(known.values())
    fresh: list[FaqEntry] = []
    for starter in starters:
        old = known.get(starter.id) or by_question.get(_key(starter.question))
        if old is None:
            fresh.append(starter)
            done.added.append(starter.id)
        elif (
            proposed := _proposal(old, starter, "the starter entry has a new text", "profile", now)
        ) is None:
            done.unchanged += 1
        else:
            fresh.append(proposed)
            done.proposed.append(old.id)
    desk.save_entries(fresh)
    return done


def file_name(entry: FaqEntry) -> str:
    """Return the name of an entry's file: its id, or a digest where the id is no plain name."""
    return f"{entry.id}.md" if _PLAIN_NAME.match(entry.id) else f"entry-{digest(entry.id)}.md"


def _import_entries(
    files: Sequence[tuple[str, FaqEntry]], desk: ReviewDesk, now: datetime, done: Imported
) -> None:
    known = {entry.id: entry for entry in desk.entries()}
    by_question = _questions(known.values())
    seen: set[str] = set()
    changed: dict[str, FaqEntry] = {}
    for name, given in files:
        if given.id in seen:
            done.skipped.append((name, f"a second file with the id {given.id}"))
            continue
        seen.add(given.id)
        old = known.get(given.id)
        if old is not None:
            new, kind = _edited(old, given, now)
        elif (other := by_question.get(_key(given.question))) is not None:
            new, kind = _recognised(other, given, now)
        else:
            new, kind = _added(given), "added"
        if kind == "rejected":
            done.skipped.append((name, f"a person rejected {new.id}, which asks the same"))
        elif kind == "unchanged":
            done.unchanged += 1
        else:
            {"added": done.added, "changed": done.changed, "proposed": done.proposed}[kind].append(new.id)
            changed[new.id] = known[new.id] = new
            by_question.update(_questions([new]))
    desk.save_entries(list(changed.values()))


def _edited(old: FaqEntry, given: FaqEntry, now: datetime) -> tuple[FaqEntry, str]:
    """Return `old` with what a person changed in its file."""
    taken = {name: getattr(given, name) for name in _EDITABLE}
    taken["checked_at"] = max(filter(None, (given.checked_at, old.checked_at)), default=None)
    if given.state is EntryState.DRAFT:
        # A file that names no state was a draft when it was written; it takes no decision back.
        taken["state"] = old.state
    new = old.model_copy(update=taken)
    if new == old:
        return old, "unchanged"
    if new.state is EntryState.APPROVED:
        # Approving in the file answers the reasons for review, unless they are left standing in it.
        kept = given.review_reasons if old.state is EntryState.APPROVED else ()
        checked = new.checked_at if new.checked_at != old.checked_at else now.date()
        new = new.model_copy(update={"review_reasons": kept, "checked_at": checked})
    return replace_text(old, new, "edited in its file", "import", now), "changed"


def _recognised(old: FaqEntry, given: FaqEntry, now: datetime) -> tuple[FaqEntry, str]:
    """Return what becomes of `old` when a file with another id asks the same."""
    if old.state is EntryState.REJECTED:
        return old, "rejected"
    if old.state is EntryState.DRAFT and old.origin is EntryOrigin.MINED:
        kept = {name: getattr(old, name) for name in _OWN}
        new = given.model_copy(update=kept | {"origin": EntryOrigin.IMPORTED})
        return replace_text(old, new, "an imported entry asks the same", "import", now), "changed"
    proposed = _proposal(old, given, "an imported entry asks the same", "import", now)
    return (proposed, "proposed") if proposed else (old, "unchanged")


def _taken_over(path: Path, entry: FaqEntry) -> bool:
    """Return whether the file already says in a person's words what `entry` says."""
    try:
        on_disk = read_entry(_read(path), path, entry.updated_at)
    except BadInput:
        return False
    return all(getattr(on_disk, name) == getattr(entry, name) for name in _WORDS)


def _fit(given: FaqEntry, name: str) -> FaqEntry:
    """Return `given` if it may come in.

    Raises:
        BadInput: it has no id or question, is approved without an answer, or calls what is no tool.
    """
    if not given.id.strip() or not given.question.strip():
        raise BadInput(f"{name} has no id or no question.", "Write them in its front matter.")
    if given.state is EntryState.APPROVED and not given.answer.strip():
        raise BadInput(f"{name} is approved and has no answer.", "Write one, or take `state` out.")
    for tool in (*given.tools, *(call.tool for call in given.tool_calls)):
        if not _TOOL_NAME.match(tool):
            raise BadInput(f"{name} names {tool!r}, which is no tool.", "`threadlore tool` lists the tools.")
    return given


def _added(given: FaqEntry) -> FaqEntry:
    mined = given.origin is EntryOrigin.MINED and not given.topic_id
    return given.model_copy(update={"origin": EntryOrigin.IMPORTED}) if mined else given


def _proposal(old: FaqEntry, given: FaqEntry, reason: str, by: str, now: datetime) -> FaqEntry | None:
    """Return `old` with the text of `given` proposed; None when it says the same or was decided before."""
    key = revision_id(old.id, given.answer, given.question)
    if normal_question(old.answer) == normal_question(given.answer):
        return None
    if any(revision.id == key for revision in old.revisions):
        return None
    revision = Revision(
        id=key,
        question=given.question,
        answer=given.answer,
        paraphrases=given.paraphrases,
        citations=given.citations,
        tool_calls=given.tool_calls,
        reason=reason,
        by=by,
        at=now,
    )
    return old.model_copy(update={"revisions": (*old.revisions, revision), "updated_at": now})


def _questions(entries: Iterable[FaqEntry]) -> dict[str, FaqEntry]:
    """Return entries by every wording of their question, the question itself before paraphrases."""
    found: dict[str, FaqEntry] = {}
    living = [entry for entry in entries if not entry.merged_into]
    for wordings in (lambda e: (e.question,), lambda e: e.paraphrases):
        for entry in living:
            for text in wordings(entry):
                if key := _key(text):
                    found.setdefault(key, entry)
    return found


def _key(question: str) -> str:
    """Return a question's words in order without the small ones: what makes two wordings the same."""
    words = normal_question(question).split()
    return " ".join(word for word in words if word not in _SMALL_WORDS) or " ".join(words)


def _read(path: Path) -> str:
    if not path.is_file() or path.is_symlink():
        raise BadInput(f"{path.name} is no plain file.", "Links are not followed.")
    if path.stat().st_size > MAX_BYTES:
        raise BadInput(f"{path.name} is larger than {MAX_BYTES:,} bytes.", "One entry is one short file.")
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path.name} is not UTF-8 (byte {error.start}).", "Save it with the encoding UTF-8."
        ) from error


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all; a link in its place is replaced, never followed."""
    half = path.with_name(f".{path.name}{_HALF}")
    half.unlink(missing_ok=True)
    try:
        half.write_bytes(text.encode("utf-8"))
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise


def _manifest(folder: Path) -> dict[str, str]:
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        return {}
    pairs = data.items() if isinstance(data, dict) else ()
    # A name with a path in it could remove a file elsewhere.
    return {name: value for name, value in pairs if isinstance(value, str) and Path(name).name == name}


def _digest(text: str) -> str:
    return hashlib.sha256(text.replace("\r\n", "\n").encode("utf-8", errors="surrogatepass")).hexdigest()


def _text_digest(path: Path) -> str | None:
    if not path.is_file():
        return None
    return _digest(path.read_bytes().decode("utf-8", errors="replace"))
