"""A folder of FAQ files beside the records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.killing import finished
from threadlore.agents.grounding.recall import own_results
from threadlore.errors import NotFound
from threadlore.faq_files import read_entry, write_entry
from threadlore.faq_folder import LOCK, MANIFEST, export_folder, file_name, import_folder, seed_entries
from threadlore.review import pending
from threadlore.store.records import Records
from threadlore.types import EntryOrigin, EntryState, FaqEntry

AT = datetime(2026, 3, 2, tzinfo=UTC)
LATER = datetime(2026, 4, 2, tzinfo=UTC)


def entry(key: str = "up", question: str = "How do I upgrade?", answer: str = "Stop it first.") -> FaqEntry:
    return FaqEntry(
        id=key,
        question=question,
        answer=answer,
        state=EntryState.APPROVED,
        checked_at=AT.date(),
        created_at=AT,
        updated_at=AT,
    )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Records]:
    records = Records(tmp_path / "data")
    yield records
    records.close()


def test_export_writes_only_what_changed(tmp_path: Path) -> None:
    folder = tmp_path / "faq"
    first = export_folder([entry("a"), entry("b")], folder)
    assert first.written == ["a.md", "b.md"]
    again = export_folder([entry("a"), entry("b", answer="Another.")], folder)
    assert (again.written, again.unchanged) == (["b.md"], 1)


def test_export_removes_its_own_files_and_no_other(tmp_path: Path) -> None:
    folder = tmp_path / "faq"
    export_folder([entry("a"), entry("b")], folder)
    (folder / "notes.md").write_text("mine", encoding="utf-8")
    done = export_folder([entry("a")], folder)
    assert done.removed == ["b.md"]
    assert (folder / "notes.md").exists()


def test_export_never_overwrites_an_edit(tmp_path: Path) -> None:
    folder = tmp_path / "faq"
    export_folder([entry("a")], folder)
    edited = (folder / "a.md").read_text(encoding="utf-8").replace("Stop it", "Halt it")
    (folder / "a.md").write_text(edited, encoding="utf-8")
    done = export_folder([entry("a", answer="A run's words.")], folder)
    assert done.kept == ["a.md"]
    assert "Halt it" in (folder / "a.md").read_text(encoding="utf-8")


def test_a_manifest_cannot_remove_files_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "faq"
    folder.mkdir()
    victim = tmp_path / "victim.md"
    victim.write_text("x", encoding="utf-8")
    (folder / MANIFEST).write_text('{"../victim.md": "2d711642"}', encoding="utf-8")
    export_folder([], folder)
    assert victim.exists()


def test_ids_that_are_no_file_names_get_one() -> None:
    assert file_name(entry("up")) == "up.md"
    assert "/" not in file_name(entry("../../etc/passwd"))
    assert file_name(entry(".hidden")).startswith("entry-")


def test_an_edited_export_is_an_accepted_revision_once(desk: Records, tmp_path: Path) -> None:
    desk.save_entries([entry()])
    folder = tmp_path / "faq"
    export_folder(desk.entries(), folder)
    path = folder / "up.md"
    path.write_text(path.read_text(encoding="utf-8").replace("Stop it", "Halt it"), encoding="utf-8")
    assert import_folder(folder, desk, LATER, own_results).changed == ["up"]
    (stored,) = desk.entries()
    assert stored.answer == "Halt it first."
    assert stored.state is EntryState.APPROVED
    assert {revision.state for revision in stored.revisions} == {"accepted", "rejected"}
    again = import_folder(folder, desk, LATER, own_results)
    assert (again.changed, again.unchanged) == ([], 1)
    assert export_folder(desk.entries(), folder).written == ["up.md"]
    assert import_folder(folder, desk, LATER, own_results).unchanged == 1


def test_an_unedited_export_takes_nothing_back(desk: Records, tmp_path: Path) -> None:
    desk.save_entries([entry()])
    export_folder(desk.entries(), tmp_path / "faq")
    desk.save_entries([entry(answer="A newer answer.")])
    done = import_folder(tmp_path / "faq", desk, LATER, own_results)
    assert done.unchanged == 1
    assert desk.entries()[0].answer == "A newer answer."


def test_a_file_without_state_takes_no_approval_back(desk: Records, tmp_path: Path) -> None:
    draft = entry().model_copy(update={"state": EntryState.DRAFT})
    desk.save_entries([entry()])
    (tmp_path / "up.md").write_text(write_entry(draft).replace("Stop it", "Halt it"), encoding="utf-8")
    import_folder(tmp_path, desk, LATER, own_results)
    assert desk.entries()[0].state is EntryState.APPROVED


@pytest.mark.parametrize("question", ["how do i upgrade", "How to upgrade?!", "How do I upgrade?"])
def test_the_same_question_under_another_id_makes_no_second_entry(
    desk: Records, tmp_path: Path, question: str
) -> None:
    desk.save_entries([entry()])
    foreign = entry("foreign", question, "Read the manual.")
    (tmp_path / "foreign.md").write_text(write_entry(foreign), encoding="utf-8")
    assert import_folder(tmp_path, desk, LATER, own_results).proposed == ["up"]
    (stored,) = desk.entries()
    assert stored.answer == "Stop it first."
    assert [revision.answer for revision in pending(stored)] == ["Read the manual."]
    assert import_folder(tmp_path, desk, LATER, own_results).unchanged == 1


def test_a_foreign_faq_comes_in_as_imported_drafts(desk: Records, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# How do I start?\n\nRun it.\n", encoding="utf-8")
    (tmp_path / "b.md").write_text("---\nquestion: [\n---\n", encoding="utf-8")
    (tmp_path / "c.md").write_bytes(b"---\nquestion: \xff\n---\nA")
    done = import_folder(tmp_path, desk, LATER, own_results)
    assert done.added == ["a"]
    assert [name for name, _ in done.skipped] == ["b.md", "c.md"]
    (stored,) = desk.entries()
    assert (stored.state, stored.origin) == (EntryState.DRAFT, EntryOrigin.IMPORTED)


def test_links_are_not_followed(desk: Records, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("# What is the secret?\n\n42\n", encoding="utf-8")
    folder = tmp_path / "faq"
    folder.mkdir()
    (folder / "a.md").symlink_to(secret)
    assert import_folder(folder, desk, LATER, own_results).skipped[0][0] == "a.md"
    assert desk.entries() == []


def test_a_missing_folder_is_named(desk: Records, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        import_folder(tmp_path / "none", desk, LATER, own_results)


def test_seeding_again_adds_nothing_and_reverts_no_edit(desk: Records, tmp_path: Path) -> None:
    starters = [entry("a", "How do I start?"), entry("b", "How do I stop?")]
    assert seed_entries(starters, desk, AT).added == ["a", "b"]
    folder = tmp_path / "faq"
    export_folder(desk.entries(), folder)
    path = folder / "a.md"
    path.write_text(path.read_text(encoding="utf-8").replace("Stop it", "Halt it"), encoding="utf-8")
    import_folder(folder, desk, LATER, own_results)
    again = seed_entries(starters, desk, LATER)
    assert (again.added, again.proposed, again.unchanged) == ([], [], 2)
    renewed = seed_entries([entry("b", "How do I stop?", "A new text.")], desk, LATER)
    assert renewed.proposed == ["b"]


def test_a_written_file_reads_back(tmp_path: Path) -> None:
    export_folder([entry()], tmp_path)
    assert read_entry((tmp_path / "up.md").read_text(encoding="utf-8"), "up.md") == entry()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("---\nquestion: Why?\nstate: approved\n---\n", "has no answer"),
        ('---\nquestion: " "\nstate: approved\n---\n\nx\n', "no question"),
        ('---\nid: ""\nquestion: Why?\n---\n\nx\n', "no id"),
        ('---\nquestion: Why?\ntools: ["size; rm -rf /"]\n---\n\nx\n', "is no tool"),
        ("---\nquestion: Why?\ncreated_at: 9999-12-31T23:59:59-12:00\n---\n\nx\n", "outside of the calendar"),
    ],
)
def test_a_file_that_could_mislead_is_passed_over(
    desk: Records, tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    done = import_folder(tmp_path, desk, LATER, own_results)
    ((name, why),) = done.skipped
    assert name == "a.md"
    assert reason in why
    assert desk.entries() == []


def test_files_in_folders_come_in_too(desk: Records, tmp_path: Path) -> None:
    (tmp_path / "faq" / "setup").mkdir(parents=True)
    (tmp_path / "faq" / "setup" / "a.md").write_text("# Why?\n\nBecause.\n", encoding="utf-8")
    assert import_folder(tmp_path / "faq", desk, LATER, own_results).added == ["a"]


def test_names_that_differ_in_case_alone_do_not_meet(tmp_path: Path) -> None:
    done = export_folder([entry("Up"), entry("up")], tmp_path)
    assert len({name.casefold() for name in done.written}) == 2


def test_an_export_does_not_write_through_a_link(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "faq", tmp_path / "elsewhere.md"
    folder.mkdir()
    (folder / "a.md").symlink_to(elsewhere)
    export_folder([entry("a")], folder)
    assert not elsewhere.exists()


def test_a_killed_export_leaves_whole_files_and_runs_again(tmp_path: Path) -> None:
    setup = "from pathlib import Path\nfrom tests.test_faq_folder import entry\n"
    setup += "from threadlore.faq_folder import export_folder"
    work = "export_folder([entry(f'e{n}', question=f'Question {n}?') for n in range(3)], Path(folder))"
    changes = 0
    while not finished(setup, work, tmp_path / str(changes), changes):
        for path in (tmp_path / str(changes)).glob("*.md"):
            read_entry(path.read_text(), path)
        export_folder([entry(f"e{n}", question=f"Question {n}?") for n in range(3)], tmp_path / str(changes))
        left = {path.name for path in (tmp_path / str(changes)).iterdir()}
        assert left == {"e0.md", "e1.md", "e2.md", MANIFEST, LOCK}
        changes += 2
    assert changes > 4
