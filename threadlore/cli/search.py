"""`threadlore search`: threads by meaning and by words, as soon as they are ingested."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from threadlore.cli.common import print_json, print_table, settings_of
from threadlore.errors import BadInput
from threadlore.wiring import open_workspace

if TYPE_CHECKING:
    from threadlore.wiring import Workspace

SNIPPET = 200
"""Characters of a thread's first message that are shown."""


async def _search(workspace: Workspace, query: str, limit: int) -> list[dict[str, str]]:
    from threadlore.seams import VectorQuery

    await workspace.drain()
    vector = (await workspace.embedder.embed([query]))[0]
    hits = (await workspace.vectors.search("threads", [VectorQuery(vector, query)], limit))[0]
    threads = {thread.id: thread for thread in workspace.records.threads([hit.id for hit in hits])}
    found = []
    for hit in hits:
        thread = threads.get(hit.id)
        if thread is None:
            continue
        opening = workspace.records.messages(thread.message_ids[:1])
        text = " ".join(opening[0].text.split()) if opening else ""
        found.append(
            {
                "id": thread.id,
                "title": thread.title or text[:80],
                "url": thread.url or (opening[0].url if opening else ""),
                "date": thread.opened_at.date().isoformat(),
                "snippet": text[:SNIPPET],
            }
        )
    return found


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("search")
    def search(
        context: typer.Context,
        query: Annotated[str, typer.Argument(help="What to look for.")],
        limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Threads to show.")] = 10,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """Search the threads by meaning and by words."""
        if not query.strip():
            raise BadInput("The search is empty.", "Name what to look for.")
        with open_workspace(settings_of(context)) as workspace:
            found = asyncio.run(_search(workspace, query, limit))
        if as_json:
            print_json(found)
        elif found:
            rows = [(item["date"], item["title"], item["snippet"], item["url"]) for item in found]
            print_table(("date", "title", "begins", "url"), rows)
        else:
            typer.echo("No thread fits.")
