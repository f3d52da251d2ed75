"""`threadlore search`: threads by meaning and by words, as soon as they are ingested."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Annotated

import typer

from threadlore.cli.common import print_json, readable, settings_of
from threadlore.errors import BadInput
from threadlore.wiring import open_workspace

if TYPE_CHECKING:
    from threadlore.wiring import Workspace

SNIPPET = 240
"""Characters of a thread that are shown."""

READ_MESSAGES = 8
"""Messages of a thread in which the words of the search are looked for."""

_WORD = re.compile(r"\w{3,}")


def snippet(text: str, query: str, length: int = SNIPPET) -> str:
    """Return the part of `text` that holds most words of `query`, whole words only."""
    flat = " ".join(text.split())
    if len(flat) <= length:
        return flat
    asked = {word.lower() for word in _WORD.findall(query)}
    places = [match.start() for match in _WORD.finditer(flat) if match[0].lower() in asked]
    starts = [0, *(max(0, place - length // 4) for place in places)]
    start = max(starts, key=lambda begin: (sum(begin <= at < begin + length for at in places), -begin))
    cut = flat[start : start + length]
    if start:
        cut = "… " + cut.partition(" ")[2]
    return cut.rsplit(" ", 1)[0] + " …" if start + length < len(flat) else cut


def _show(found: list[dict[str, str]]) -> None:
    for number, item in enumerate(found, 1):
        title = " ".join(item["title"].split())
        typer.echo(f"{number}. {title} ({item['date']})")
        if item["url"]:
            typer.echo(f"   {item['url']}")
        typer.echo(f"   {item['snippet']}\n")


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
        messages = workspace.records.messages(thread.message_ids[:READ_MESSAGES])
        text = " ".join(" ".join(message.text for message in messages).split())
        found.append(
            {
                "id": thread.id,
                "title": thread.title or text[:80],
                "url": thread.url or (messages[0].url if messages else ""),
                "date": thread.opened_at.date().isoformat(),
                "snippet": snippet(text, query),
            }
        )
    return found


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("search")
    def search(
        context: typer.Context,
        query: Annotated[str, typer.Argument(callback=readable, help="What to look for.")],
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
            _show(found)
        else:
            typer.echo("No thread fits.")
