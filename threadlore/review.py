"""What a person does with entries: approve, edit, merge, reject, accept. A person has the last word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from threadlore.errors import BadInput, NotFound
from threadlore.ids import revision_id
from threadlore.seams import ReviewDesk
from threadlore.types import EntryState, FaqEntry, Question, Revision, Visibility

REPLACED = "replaced by a person"
"""Reason of the revision that keeps a text which a person replaced: it is never proposed again."""

DESPITE = "approved although "
"""How the reason of a revision begins that keeps what a person approved an entry in spite of."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a person changes of an entry; None leaves a part as it is."""

    question: str | None = None
    answer: str | None = None
    paraphrases: tuple[str, ...] | None = None
    reason: str = "edited"


def find_entry(entries: Sequence[FaqEntry], key: str) -> FaqEntry:
    """Return the entry with the id `key`, or the only one whose id begins with it.

    A table that is narrow cuts ids with an ellipsis; what was copied from there is understood.

    Raises:
        NotFound: there is none.
        BadInput: several begin with it.
    """
    key = key.strip().removesuffix("…")
    exact = [entry for entry in entries if entry.id == key]
    begun = exact or [entry for entry in entries if key and entry.id.startswith(key)]
    if not begun:
        raise NotFound(f"There is no entry {key!r}.", "`threadlore faq list` shows the ids.")
    if len(begun) > 1:
        raise BadInput(
            f"{key!r} may be {', '.join(entry.id for entry in begun[:5])}.", "Write more of the id."
        )
    return begun[0]


def pending(entry: FaqEntry) -> tuple[Revision, ...]:
    """Return the proposals that wait for a person, oldest first."""
    return tuple(revision for revision in entry.revisions if revision.state == "proposed")


def count_askers(entries: Iterable[FaqEntry], questions: Iterable[Question]) -> dict[str, int]:
    """Return by entry id how many distinct authors asked the questions of an entry."""
    authors = {question.id: question.author for question in questions}
    return {
        entry.id: len({authors[key] for key in entry.question_ids if key in authors}) for entry in entries
    }


def review_queue(entries: Iterable[FaqEntry], askers: Mapping[str, int]) -> list[FaqEntry]:
    """Return the entries that wait for a person, by how many ask (`askers` by entry id), then by staleness.

    Of equal demand, what was published and aged comes first, then what rests on the oldest evidence.
    """
    waiting = [
        entry
        for entry in entries
        if entry.merged_into is None
        and entry.state is not EntryState.REJECTED
        and (entry.state is not EntryState.APPROVED or entry.review_reasons or pending(entry))
    ]
    last = {entry.id: entry.applies_to.last_date or entry.checked_at or date.min for entry in waiting}
    return sorted(
        waiting,
        key=lambda entry: (
            -askers.get(entry.id, 0),
            entry.state is EntryState.DRAFT,
            last[entry.id],
            entry.id,
        ),
    )


def approve(desk: ReviewDesk, key: str, now: datetime, by: str = "person") -> FaqEntry:
    """Make an entry an answer. Reasons against it are kept as overruled, so that they do not come back.

    Raises:
        NotFound: there is no such entry.
        BadInput: it was merged into another one, or has no answer.
    """
    entry = find_entry(desk.entries(), key)
    if entry.merged_into:
        raise BadInput(f"{entry.id} was merged into {entry.merged_into}.", "Approve that one.")
    if not entry.answer.strip():
        raise BadInput(f"{entry.id} has no answer.", f"Write one: `threadlore review edit {entry.id}`.")
    revisions = entry.revisions
    if entry.review_reasons:
        note = DESPITE + "; ".join(entry.review_reasons)
        revisions = _with(revisions, _revision(entry, entry, note, by, now, "accepted"))
    return _save(
        desk,
        entry.model_copy(
            update={
                "state": EntryState.APPROVED,
                "checked_at": now.astimezone(UTC).date(),
                "review_reasons": (),
                "revisions": revisions,
                "updated_at": now,
            }
        ),
    )


def edit(desk: ReviewDesk, key: str, change: Change, now: datetime, by: str = "person") -> FaqEntry:
    """Change an entry's words, and keep the change as an accepted revision.

    Raises:
        NotFound: there is no such entry.
        BadInput: the question or the answer would be empty.
    """
    entry = find_entry(desk.entries(), key)
    edited = entry.model_copy(
        update={
            name: value
            for name in ("question", "answer", "paraphrases")
            if (value := getattr(change, name)) is not None
        }
    )
    if not edited.question.strip() or not edited.answer.strip():
        raise BadInput(f"{entry.id} would be left without question or answer.", "Reject it instead.")
    if edited == entry:
        return entry
    return _save(desk, replace_text(entry, edited, change.reason, by, now))


def merge(desk: ReviewDesk, key: str, into: str, now: datetime) -> FaqEntry:
    """Merge an entry into another, which takes over its wordings and askers; return that one.

    Wordings of a private entry do not join a public one.

    Raises:
        NotFound: one of them does not exist.
        BadInput: they are the same, or the target was itself merged or rejected.
    """
    entries = desk.entries()
    entry, target = find_entry(entries, key), find_entry(entries, into)
    if entry.id == target.id:
        raise BadInput(f"{entry.id} cannot be merged into itself.", "Name two entries.")
    if target.merged_into or target.state is EntryState.REJECTED:
        raise BadInput(f"{target.id} is no living entry.", "Merge into one that `faq list` shows.")
    wordings: tuple[str, ...] = ()
    if entry.visibility is Visibility.PUBLIC or target.visibility is Visibility.PRIVATE:
        wordings = (entry.question, *entry.paraphrases)
    merged = target.model_copy(
        update={
            "paraphrases": _joined(target.paraphrases, (w for w in wordings if w != target.question)),
            "question_ids": _joined(target.question_ids, entry.question_ids),
            "updated_at": now,
        }
    )
    gone = entry.model_copy(
        update={"merged_into": target.id, "state": EntryState.REJECTED, "updated_at": now}
    )
    desk.save_entries([gone, merged])
    return merged


def reject(desk: ReviewDesk, key: str, now: datetime, reason: str = "", by: str = "person") -> FaqEntry:
    """Reject an entry for good: no later run brings it back.

    Raises:
        NotFound: there is no such entry.
    """
    entry = find_entry(desk.entries(), key)
    note = _revision(entry, entry, reason or "rejected", by, now, "rejected")
    revisions = tuple(
        old.model_copy(update={"state": "rejected"}) if old.state == "proposed" else old
        for old in entry.revisions
    )
    return _save(
        desk,
        entry.model_copy(
            update={
                "state": EntryState.REJECTED,
                "revisions": _with(revisions, note),
                "review_reasons": (),
                "updated_at": now,
            }
        ),
    )


def accept_revision(
    desk: ReviewDesk, key: str, now: datetime, revision: str = "", by: str = "person"
) -> FaqEntry:
    """Take over a proposal (the newest, or the one whose id begins with `revision`).

    Raises:
        NotFound: there is no such entry or proposal.
    """
    entry = find_entry(desk.entries(), key)
    chosen = _proposal(entry, revision)
    edited = entry.model_copy(
        update={
            "question": chosen.question,
            "answer": chosen.answer,
            "paraphrases": _joined(entry.paraphrases, chosen.paraphrases),
            "citations": chosen.citations,
            "tool_calls": chosen.tool_calls,
            "core": (0,) if chosen.citations else (),
            "revisions": tuple(one for one in entry.revisions if one.id != chosen.id),
            "checked_at": now.astimezone(UTC).date(),
            "review_reasons": (),
        }
    )
    return _save(desk, replace_text(entry, edited, chosen.reason, by, now))


def reject_revision(desk: ReviewDesk, key: str, now: datetime, revision: str = "") -> FaqEntry:
    """Turn a proposal down: it is never made again.

    Raises:
        NotFound: there is no such entry or proposal.
    """
    entry = find_entry(desk.entries(), key)
    chosen = _proposal(entry, revision)
    turned_down = chosen.model_copy(update={"state": "rejected"})
    return _save(
        desk,
        entry.model_copy(update={"revisions": _with(entry.revisions, turned_down), "updated_at": now}),
    )


def replace_text(old: FaqEntry, new: FaqEntry, reason: str, by: str, now: datetime) -> FaqEntry:
    """Return `new` with the replaced text kept as a rejected revision and its own as an accepted one."""
    revisions = _with(new.revisions, _revision(old, old, REPLACED, by, now, "rejected"))
    revisions = _with(revisions, _revision(old, new, reason, by, now, "accepted"))
    return new.model_copy(update={"revisions": revisions, "updated_at": now})


def overruled(entry: FaqEntry, reason: str) -> bool:
    """Return whether a person approved this very text although `reason` stood against it."""
    key = revision_id(entry.id, entry.answer, entry.question)
    return any(
        old.id == key and old.reason.startswith(DESPITE) and reason in old.reason for old in entry.revisions
    )


def _proposal(entry: FaqEntry, revision: str) -> Revision:
    waiting = [one for one in pending(entry) if one.id.startswith(revision)]
    if not waiting:
        raise NotFound(
            f"{entry.id} has no proposal {revision}".rstrip() + ".",
            f"`threadlore review show {entry.id}` lists what waits.",
        )
    return waiting[-1]


def _revision(owner: FaqEntry, text: FaqEntry, reason: str, by: str, now: datetime, state: str) -> Revision:
    return Revision.model_validate(
        {
            "id": revision_id(owner.id, text.answer, text.question),
            "question": text.question,
            "answer": text.answer,
            "citations": text.citations,
            "tool_calls": text.tool_calls,
            "reason": reason,
            "by": by,
            "at": now,
            "state": state,
        }
    )


def _with(revisions: Sequence[Revision], new: Revision) -> tuple[Revision, ...]:
    return (*(old for old in revisions if old.id != new.id), new)


def _joined(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*first, *second]))


def _save(desk: ReviewDesk, entry: FaqEntry) -> FaqEntry:
    desk.save_entries([entry])
    return entry
