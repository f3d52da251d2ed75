"""The tools as commands: /size, /index, /migrate, /diagnose."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands

from threadlore.bot import limits
from threadlore.bot.modals import TextModal
from threadlore.bot.rendering import tool_reply
from threadlore.bot.session import Session
from threadlore.bot.showing import respond
from threadlore.tools.registry import find_tool

Interaction = discord.Interaction[Any]
Text = app_commands.Range[str, 1, 100]
Dimension = app_commands.Range[int, 1, 262144]


def add_tool_commands(bot: Session) -> None:
    """Add the tools that the profile offers: a community without Milvus has none of them."""
    offered = {hint.tool for hint in bot.parts.profile.tools}
    commands = {"size": _add_size, "index": _add_index, "migrate": _add_migrate, "diagnose": _add_diagnose}
    for name, add in commands.items():
        if name in offered:
            add(bot)


async def _call(bot: Session, interaction: Interaction, name: str, given: Mapping[str, object]) -> None:
    """Call a tool with what was given, and show what it found.

    Raises:
        ToolInputError: an argument cannot be; the edge says which, and the way out.
    """
    limited = bot.desk.limited(bot.asker(interaction))
    if limited is not None:
        await respond(interaction, limited)
        return
    if not interaction.response.is_done():
        await interaction.response.defer(thinking=True)
    tool = find_tool(name)
    found = await asyncio.to_thread(
        tool.call, {key: value for key, value in given.items() if value is not None}
    )
    await respond(interaction, tool_reply(found, tool.title))


def _add_size(bot: Session) -> None:
    indexes = find_tool("size").schema["properties"]["index"]["enum"][: limits.CHOICES]

    @bot.tree.command(name="size", description="How much memory, disk and how many nodes.", guild=bot.home)
    @app_commands.describe(
        vectors="How many vectors, such as 10M.",
        dim="Dimension of a vector, such as 768.",
        index="Index type; without one the usual ones are compared.",
        mode="Standalone or distributed.",
    )
    @app_commands.choices(
        index=[app_commands.Choice(name=name, value=name) for name in indexes],
        mode=[app_commands.Choice(name=name, value=name) for name in ("standalone", "distributed")],
    )
    async def size(
        interaction: Interaction,
        vectors: Text,
        dim: Dimension,
        index: str | None = None,
        mode: str | None = None,
    ) -> None:
        given = {"vectors": vectors, "dim": dim, "index": index, "mode": mode}
        await _call(bot, interaction, "size", given)


def _add_index(bot: Session) -> None:
    @bot.tree.command(name="index", description="Which index fits, with its parameters.", guild=bot.home)
    @app_commands.describe(
        vectors="How many vectors, such as 10M.",
        dim="Dimension of a vector, such as 768.",
        memory="Memory of the query nodes, such as 64GB.",
        recall="Recall that is wanted, such as 0.95.",
        latency_ms="Milliseconds that a search may take.",
    )
    async def index(
        interaction: Interaction,
        vectors: Text,
        dim: Dimension,
        memory: Text | None = None,
        recall: app_commands.Range[float, 0.0, 1.0] | None = None,
        latency_ms: app_commands.Range[float, 0.1, 100000.0] | None = None,
    ) -> None:
        given = {"vectors": vectors, "dim": dim, "memory_bytes": memory, "recall": recall}
        await _call(bot, interaction, "index", {**given, "latency_ms": latency_ms})


def _add_migrate(bot: Session) -> None:
    @bot.tree.command(name="migrate", description="How to move, upgrade, back up.", guild=bot.home)
    @app_commands.describe(
        source="Where the data is, such as qdrant, pgvector, milvus-2.4.",
        target="Where it shall be: lite, standalone, distributed, cloud, milvus-3.0.",
    )
    async def migrate(interaction: Interaction, source: Text, target: Text | None = None) -> None:
        await _call(bot, interaction, "migrate", {"from": source, "to": target})


def _add_diagnose(bot: Session) -> None:
    @bot.tree.command(name="diagnose", description="What a log or an error says.", guild=bot.home)
    async def diagnose(interaction: Interaction) -> None:
        async def submitted(inner: Interaction, texts: tuple[str, ...]) -> None:
            # A log may hold what only its owner should see.
            await inner.response.defer(ephemeral=True, thinking=True)
            await _call(bot, inner, "diagnose", {"message": texts[0]})

        fields = (("Log lines or error message", "", True),)
        await interaction.response.send_modal(TextModal("Diagnose a log", fields, submitted))
