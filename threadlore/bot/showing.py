"""Cards as Discord shows them, sent in the one way that can call nobody."""

from __future__ import annotations

from typing import Any

import discord

from threadlore.bot.cards import Button, Card, Reply

NOBODY = discord.AllowedMentions.none()
"""Given with every message, though the client says it too: nothing the bot says calls anyone."""

_STYLES = {
    "primary": discord.ButtonStyle.primary,
    "secondary": discord.ButtonStyle.secondary,
    "success": discord.ButtonStyle.success,
    "danger": discord.ButtonStyle.danger,
}
_COLOUR = discord.Colour(0x2B6CB0)


def embed_of(card: Card) -> discord.Embed:
    """Return a card as an embed."""
    embed = discord.Embed(title=card.title or None, description=card.text or None, colour=_COLOUR)
    if card.url:
        embed.url = card.url
    for item in card.fields:
        embed.add_field(name=item.name, value=item.value, inline=False)
    if card.footer:
        embed.set_footer(text=card.footer)
    return embed


def view_of(buttons: tuple[Button, ...]) -> discord.ui.View:
    """Return buttons as a view that is not kept in memory: their names say all, over restarts too."""
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(
            discord.ui.Button(label=button.label, custom_id=str(button.name), style=_STYLES[button.style])
        )
    view.stop()
    return view


def arguments_of(reply: Reply) -> dict[str, Any]:
    """Return the arguments of discord.py's sending methods for a reply."""
    given: dict[str, Any] = {
        "embeds": [embed_of(card) for card in reply.cards],
        "allowed_mentions": NOBODY,
    }
    if reply.buttons:
        given["view"] = view_of(reply.buttons)
    return given


async def respond(interaction: discord.Interaction, reply: Reply) -> discord.Message | None:
    """Answer an interaction: at first, or after a deferral; return the message where others see it.

    After a deferral the visibility is what the deferral said.
    """
    given = arguments_of(reply)
    if interaction.response.is_done():
        sent: discord.Message = await interaction.followup.send(**given, ephemeral=reply.only_you, wait=True)
        return None if sent.flags.ephemeral else sent
    await interaction.response.send_message(**given, ephemeral=reply.only_you)
    return None
