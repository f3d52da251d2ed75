"""What the bot shows, before it is Discord's: cards that keep every limit. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from threadlore.bot import limits
from threadlore.bot.custom_ids import ButtonName


@dataclass(frozen=True, slots=True)
class Field:
    """A part of a card with its own heading."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """One embed. Texts are Markdown that is trusted, or was made plain before."""

    text: str
    title: str = ""
    fields: tuple[Field, ...] = ()
    footer: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A button. `style`: primary, secondary, success or danger."""

    label: str
    name: ButtonName
    style: Literal["primary", "secondary", "success", "danger"] = "secondary"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent: cards, then buttons. `only_you` means that nobody else sees it."""

    cards: tuple[Card, ...]
    buttons: tuple[Button, ...] = ()
    only_you: bool = False


def note(text: str) -> Reply:
    """Return a short text that only the person who asked for it sees."""
    return Reply((Card(limits.cut(text, limits.DESCRIPTION)),), only_you=True)


def size_of(card: Card) -> int:
    """Return what counts toward the limit over all cards of a message."""
    texts = [card.title, card.text, card.footer]
    texts += [part for item in card.fields for part in (item.name, item.value)]
    return sum(limits.units(text) for text in texts)


def fitted(card: Card, more: str = "") -> Card:
    """Return the card inside every limit. `more` says where the rest is; fields give way before the text.

    Empty fields are left out, because Discord refuses them.
    """
    fields = tuple(
        Field(limits.cut(item.name, limits.FIELD_NAME), limits.cut(item.value, limits.FIELD_VALUE))
        for item in card.fields
        if item.name.strip() and item.value.strip()
    )[: limits.FIELDS]
    made = replace(
        card,
        title=limits.one_line(card.title, limits.TITLE),
        text=limits.trim_block(card.text, limits.DESCRIPTION, more),
        footer=limits.one_line(card.footer, limits.FOOTER // 4),
        fields=fields,
    )
    while size_of(made) > limits.ALL_EMBEDS and made.fields:
        made = replace(made, fields=made.fields[:-1])
    return made


def fitted_cards(cards: Sequence[Card], more: str = "") -> tuple[Card, ...]:
    """Return the first cards that fit into one message, each inside its limits."""
    kept: list[Card] = []
    room = limits.ALL_EMBEDS
    for card in cards[: limits.EMBEDS]:
        made = fitted(card, more)
        room -= size_of(made)
        if room < 0:
            break
        kept.append(made)
    return tuple(kept)
