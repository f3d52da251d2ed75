"""`threadlore review`: what waits for a person, and what a person decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from threadlore.cli.common import print_json, print_table, settings_of
from threadlore.wiring import open_workspace

if TYPE_CHECKING:
    from threadlore.types import FaqEntry
    from threadlore.wiring import Workspace

Key = Annotated[str, typer.Argument(help="Id of an entry, or how it begins.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
By = Annotated[str, typer.Option("--by", help="Who decides; kept with the revision.")]
RevisionKey = Annotated[str, typer.Option("--revision", help="Id of a proposal; the newest without.")]


def register(app: typer.Typer) -> None:
    """Add the group `review`."""
    group = typer.Typer(help="Read drafts and proposals, and decide.", no_args_is_help=True)
    for command in (list_, show, approve, edit, merge, reject, accept):
        group.command(command.__name__.rstrip("_"))(command)
    app.add_typer(group, name="review")


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List what waits for a person: most asked first, then what aged most."""
    from threadlore.review import count_askers, pending, review_queue

    with open_workspace(settings_of(context)) as workspace:
        entries = workspace.records.entries()
        askers = count_askers(entries, workspace.records.questions())
    queue = review_queue(entries, askers)
    if as_json:
        print_json([entry.model_dump(mode="json") | {"askers": askers[entry.id]} for entry in queue])
        return
    rows = [
        (entry.id, askers[entry.id], entry.state, len(pending(entry)), entry.question, _first(entry))
        for entry in queue
    ]
    if queue:
        print_table(("id", "askers", "state", "proposals", "question", "why"), rows)
    else:
        typer.echo("Nothing waits. `threadlore faq list` shows what is there.")


def show(context: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """Show an entry with its evidence, its reasons for review and what is proposed."""
    from threadlore.review import find_entry, pending

    with open_workspace(settings_of(context)) as workspace:
        entry = find_entry(workspace.records.entries(), key)
    if as_json:
        print_json(entry.model_dump(mode="json"))
        return
    typer.secho(f"{entry.question}\n", bold=True)
    typer.echo(f"{entry.id} · {entry.state} · {entry.origin} · {entry.area} · {entry.visibility}\n")
    typer.echo(f"{entry.answer}\n")
    for number, citation in enumerate(entry.citations, start=1):
        typer.echo(f"[{number}] {citation.quote!r}  {citation.url or citation.source_id}")
    for reason in entry.review_reasons:
        typer.secho(f"! {reason}", fg="yellow")
    for revision in pending(entry):
        typer.secho(f"\nproposed {revision.id} by {revision.by}: {revision.reason}", fg="cyan")
        typer.echo(f"{revision.question}\n\n{revision.answer}")


def approve(context: typer.Context, key: Key, by: By = "person", as_json: AsJson = False) -> None:
    """Make an entry an answer."""
    from threadlore import review

    _decide(context, lambda work: review.approve(work.records, key, work.clock.now(), by), as_json)


def edit(
    context: typer.Context,
    key: Key,
    file: Annotated[str, typer.Option("--file", help="Take the entry's file from here; - is input.")] = "",
    by: By = "person",
    as_json: AsJson = False,
) -> None:
    """Edit an entry in $EDITOR (or take it from --file); approve it afterwards if it is a draft."""
    from threadlore import review
    from threadlore.faq_files import read_entry, write_entry

    with open_workspace(settings_of(context)) as workspace:
        entry = review.find_entry(workspace.records.entries(), key)
        text = _edited_text(write_entry(entry), file)
        given = read_entry(text, f"{entry.id}.md", workspace.clock.now())
        change = review.Change(given.question, given.answer, given.paraphrases)
        _report(review.edit(workspace.records, entry.id, change, workspace.clock.now(), by), as_json)


def merge(
    context: typer.Context,
    key: Key,
    into: Annotated[str, typer.Argument(help="Id of the entry that stays.")],
    as_json: AsJson = False,
) -> None:
    """Merge an entry into another, which takes over its wordings and askers."""
    from threadlore import review

    _decide(context, lambda work: review.merge(work.records, key, into, work.clock.now()), as_json)


def reject(
    context: typer.Context,
    key: Key,
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever reads it later.")] = "",
    proposal: Annotated[bool, typer.Option("--proposal", help="Reject the newest proposal only.")] = False,
    revision: RevisionKey = "",
    by: By = "person",
    as_json: AsJson = False,
) -> None:
    """Reject an entry, or only a proposal of it, for good."""
    from threadlore import review

    def decide(work: Workspace) -> FaqEntry:
        if proposal or revision:
            return review.reject_revision(work.records, key, work.clock.now(), revision)
        return review.reject(work.records, key, work.clock.now(), reason, by)

    _decide(context, decide, as_json)


def accept(
    context: typer.Context, key: Key, revision: RevisionKey = "", by: By = "person", as_json: AsJson = False
) -> None:
    """Take over the proposal of an entry."""
    from threadlore import review

    _decide(
        context,
        lambda work: review.accept_revision(work.records, key, work.clock.now(), revision, by),
        as_json,
    )


def _decide(context: typer.Context, decide: Callable[[Workspace], FaqEntry], as_json: bool) -> None:
    with open_workspace(settings_of(context)) as workspace:
        # A bot may let people decide at the same time.
        with workspace.records.transaction():
            entry = decide(workspace)
        _report(entry, as_json)


def _report(entry: FaqEntry, as_json: bool) -> None:
    if as_json:
        print_json(entry.model_dump(mode="json"))
    else:
        typer.echo(f"{entry.id} is {entry.state}: {entry.question}")


def _edited_text(text: str, file: str) -> str:
    from pathlib import Path

    from threadlore.errors import NotFound

    if file == "-":
        return typer.get_text_stream("stdin").read()
    if file:
        if not Path(file).is_file():
            raise NotFound(f"There is no file {file}.", "`threadlore faq export DIR` writes one an entry.")
        return Path(file).read_bytes().decode("utf-8", errors="replace")
    return _in_editor(text)


def _in_editor(text: str) -> str:
    """Return `text` as the person's editor left it: $VISUAL, $EDITOR, else vi."""
    import os
    import shlex
    import subprocess
    import tempfile
    from pathlib import Path

    from threadlore.errors import NotFound

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "entry.md"
        path.write_bytes(text.encode("utf-8"))
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)  # noqa: S603 the person's own editor
        except (OSError, subprocess.CalledProcessError) as error:
            raise NotFound(
                f"The editor {editor!r} did not work.", "Set $EDITOR, or give the text with --file."
            ) from error
        return path.read_bytes().decode("utf-8", errors="replace")


def _first(entry: FaqEntry) -> str:
    if entry.review_reasons:
        return entry.review_reasons[0]
    return "a proposal" if entry.revisions else "a new draft"
