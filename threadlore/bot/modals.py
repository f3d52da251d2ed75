"""A window with text fields. It is forgotten when nobody sends it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord

from threadlore.bot import limits

Interaction = discord.Interaction[Any]
Submitted = Callable[[Interaction, tuple[str, ...]], Awaitable[None]]

OPEN_SECONDS = 900
"""As long as the interaction that a window belongs to can be answered."""


class TextModal(discord.ui.Modal):
    """Text fields as (label, text that is there already, several lines)."""

    def __init__(self, title: str, fields: Sequence[tuple[str, str, bool]], submitted: Submitted) -> None:
        super().__init__(title=limits.cut(title, limits.MODAL_TITLE), timeout=OPEN_SECONDS)
        self._submitted = submitted
        self._inputs: list[discord.ui.TextInput[Any]] = []
        for label, text, several_lines in fields:
            style = discord.TextStyle.paragraph if several_lines else discord.TextStyle.short
            field: discord.ui.TextInput[Any] = discord.ui.TextInput(
                label=limits.cut(label, limits.INPUT_LABEL),
                style=style,
                default=text or None,
                max_length=limits.MODAL_TEXT if several_lines else 300,
            )
            self._inputs.append(field)
            self.add_item(field)

    async def on_submit(self, interaction: Interaction) -> None:
        """Hand over what was written."""
        texts = tuple(field.value for field in self._inputs)
        await interaction.client.answering(interaction, self._submitted(interaction, texts), "window")
