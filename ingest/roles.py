"""Roles and marks from what the platforms call them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from threadlore.ingest.values import count_of, mapping_of, text_of
from threadlore.types import Marks, Role

_MAINTAINER = re.compile(
    r"\b(owner|founder|admins?|administrators?|maintainers?|moderators?|mods?|staff|team|core[ -]?devs?|"
    r"core[ -]?developers?|employees?|devrel)\b",
    re.IGNORECASE,
)
_HELPER = re.compile(
    r"\b(helpers?|support(er)?s?|contributors?|experts?|champions?|ambassadors?|advocates?|mentors?|mvps?)\b",
    re.IGNORECASE,
)
_SOLVED_WORDS = """
✅ ☑ ✔ 🆗 solved resolved answered fixed white_check_mark heavy_check_mark check checkmark
"""
_SOLVED = frozenset(_SOLVED_WORDS.split())
_THANKS_WORDS = """
👍 🙏 ❤ ♥ 💯 🎉 🙌 👏 💪 🤝 🫶 💖 💗 💙 💚 💛 💜 🧡 🖤 🤍 😍 🥰 ⭐ 🌟 🏆 +1 thumbsup heart pray
tada thanks thank thankyou thx ty hooray rocket raised_hands clap
"""
_THANKS = frozenset(_THANKS_WORDS.split())
_VARIANTS = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


def role_from_names(names: Iterable[str]) -> Role:
    """Return the highest role that the names of a member's roles give (moderator, helper, ...)."""
    found = Role.MEMBER
    for name in names:
        if _MAINTAINER.search(name):
            return Role.MAINTAINER
        if _HELPER.search(name):
            found = Role.HELPER
    return found


def role_from_word(word: str) -> Role:
    """Return the role that a single word of ours or of a platform stands for."""
    try:
        return Role(word.casefold())
    except ValueError:
        return role_from_names([word])


def role_from_association(association: str, *, bot: bool = False) -> Role:
    """Return the role of a GitHub author association (OWNER, MEMBER, COLLABORATOR, CONTRIBUTOR, ...)."""
    if bot:
        return Role.BOT
    if association in {"OWNER", "MEMBER", "COLLABORATOR"}:
        return Role.MAINTAINER
    return Role.HELPER if association == "CONTRIBUTOR" else Role.MEMBER


def marks_from_counts(counts: Iterable[tuple[str, int]], *, solved: int = 0) -> Marks:
    """Return marks from (emoji or its name, count): what says solved, thanks, and all the rest."""
    thanks = other = 0
    for name, count in counts:
        plain = _VARIANTS.sub("", name).casefold().strip(":")
        if plain in _SOLVED:
            solved += count
        elif plain in _THANKS:
            thanks += count
        else:
            other += count
    return Marks(solved=solved, thanks=thanks, reactions=other)


def marks_from_fields(value: Any) -> Marks:
    """Return marks from `{"solved": n, "thanks": n, "other": n}`, or from any names of reactions."""
    fields = mapping_of(value)
    known = {name: count_of(fields.get(name)) for name in ("solved", "thanks", "other", "reactions")}
    rest = [(text_of(name), count_of(count)) for name, count in fields.items() if name not in known]
    marks = marks_from_counts(rest, solved=known["solved"])
    return Marks(
        solved=marks.solved,
        thanks=marks.thanks + known["thanks"],
        reactions=marks.reactions + known["other"] + known["reactions"],
    )
