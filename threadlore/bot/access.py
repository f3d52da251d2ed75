"""Who is answered, who may review, and what a channel may be told. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from threadlore.types import EntryState, FaqEntry, Visibility


@dataclass(frozen=True, slots=True)
class Author:
    """What matters of who wrote something: the rest is not looked at."""

    bot: bool
    webhook: bool
    system: bool
    self: bool
    opted_out: bool


def is_ignored(author: Author) -> bool:
    """Tell whether nothing by this author is ever answered: programs, the bot itself, who opted out."""
    return author.bot or author.webhook or author.system or author.self or author.opted_out


def has_role(roles: Iterable[tuple[str, str]], wanted: Collection[str]) -> bool:
    """Tell whether one of a member's roles, as (id, name), is among `wanted` ids or names.

    >>> has_role([("42", "Maintainer")], ["42"]), has_role([("42", "Maintainer")], [])
    (True, False)
    """
    return any(key in wanted or name in wanted for key, name in roles)


def may_be_shown(entry: FaqEntry) -> bool:
    """Tell whether an entry may be shown in any channel: approved, living, from public places alone.

    What came from a place that not everyone sees is shown in no other channel, and the bot does not tell
    which one it came from: so it is not shown at all.
    """
    return (
        entry.state is EntryState.APPROVED
        and entry.merged_into is None
        and entry.visibility is Visibility.PUBLIC
    )


def may_be_reviewed_here(entry: FaqEntry, everyone_sees: bool) -> bool:
    """Tell whether a draft may be put up in the maintainers' channel.

    Not where everyone reads it, for a draft is no answer; and not what came from a private place, which
    the readers of this channel may not see.
    """
    return not everyone_sees and entry.visibility is Visibility.PUBLIC
