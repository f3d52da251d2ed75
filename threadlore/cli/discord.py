"""`threadlore ingest discord`: a live server, read with a bot's token."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from threadlore.cli.common import print_json, print_table, settings_of
from threadlore.cli.ingested import print_ingest
from threadlore.cli.progress import progress_bar
from threadlore.wiring import open_workspace
from threadlore.wiring.discord import ingest_discord, plan_discord

if TYPE_CHECKING:
    from threadlore.ingest.sources.discord_live.plan import GuildPlan


def discord(
    context: typer.Context,
    guild: Annotated[
        str | None, typer.Option("--guild", help="Id of the server; default: discord_guild, or all.")
    ] = None,
    channel: Annotated[
        list[str] | None,
        typer.Option("--channel", help="Channel (id, or name) to read alone; may be repeated."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would be read, and say what cannot be.")
    ] = False,
    retry_denied: Annotated[
        bool, typer.Option("--retry-denied", help="Try at once what Discord refused earlier.")
    ] = False,
    recheck: Annotated[
        int,
        typer.Option("--recheck", min=0, help="Read so many days again, for edits and deletions."),
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> None:
    """Bring in what is new on Discord, and take out what was deleted. Safe to stop and to repeat."""
    from threadlore.community import Manner

    manner = Manner(recheck_days=recheck, retry_denied=retry_denied)
    settings = settings_of(context, discord_guild=guild)
    with open_workspace(settings) as workspace, progress_bar(not as_json) as progress:
        if dry_run:
            plans = asyncio.run(plan_discord(workspace, manner, channel))
        else:
            run = asyncio.run(ingest_discord(workspace, manner, channel, progress))
    if not dry_run:
        print_ingest(run, as_json)
    elif as_json:
        print_json([asdict(plan) for plan in plans])
    else:
        for plan in plans:
            _print_plan(plan)


def _print_plan(plan: GuildPlan) -> None:
    columns = ("channel", "kind", "who sees it", "threads", "messages in them", "new")
    print_table(
        columns,
        [
            (
                found.name,
                found.kind,
                "everyone" if found.visibility == "public" else "some",
                f"{found.threads:,}",
                f"{found.thread_messages:,}",
                f"{found.new_messages:,}",
            )
            for found in plan.channels
        ],
        title=f"{plan.name} ({plan.source})",
    )
    own = sum(found.reads_channel for found in plan.channels)
    typer.echo(
        f"{len(plan.channels)} channels, {sum(one.threads for one in plan.channels):,} threads, "
        f"{sum(one.new_messages for one in plan.channels):,} new messages in them, about "
        f"{plan.requests:,} requests."
    )
    if own:
        typer.echo(f"Discord does not count the messages of the {own} channels outside of threads.")
    for skipped in plan.unread:
        typer.echo(f"not read: {skipped.item}: {skipped.reason}")
