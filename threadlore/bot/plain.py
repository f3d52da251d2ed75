"""Other people's words on a card: no markup of theirs counts, no link of theirs hides, nobody is called."""

from __future__ import annotations

import re

from threadlore.bot.limits import cut, one_line

_MARK = re.compile(r"([\\`*_~|\[\]()<>#])|^(\s*)([-+])(?=[\s#])", re.MULTILINE)
_CALL = re.compile(r"@(?=everyone|here|[!&]?\d)")
_SAFE_URL = re.compile(r"https?://[^\s<>()\[\]\"'`|*\\]+")


def plain(text: str, limit: int) -> str:
    r"""Return `text` on one line, to be read and nothing else, in at most `limit` units.

    >>> plain("look [here](https://x.example) @everyone", 80)
    'look \\[here\\]\\(https://x.example\\) @\u200beveryone'
    """
    return _made_plain(one_line(text, limit), limit)


def plain_lines(text: str, limit: int) -> str:
    """Return `text` with its lines, to be read and nothing else, in at most `limit` units."""
    return _made_plain(cut(text, limit), limit)


def _made_plain(short: str, limit: int) -> str:
    # Cutting what is escaped could leave half an escape: cut before, and again shorter where it grew.
    made = _escaped(short)
    room = limit
    while len(made) > limit and room > 1:
        room = room * 3 // 4
        made = _escaped(cut(short, room))
    return made


def _escaped(text: str) -> str:
    marked = _MARK.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", text)
    return _CALL.sub("@\u200b", marked)


def safe_url(url: str) -> str:
    """Return `url` where it may stand in a link, else nothing: a bracket in it could end the link early."""
    return url if len(url) <= 512 and _SAFE_URL.fullmatch(url) else ""


def link(label: str, url: str, limit: int = 100) -> str:
    """Return a link with a plain label; the label alone where the address is none that may be shown."""
    shown = plain(label, limit)
    address = safe_url(url)
    return f"[{shown}]({address})" if address else shown
