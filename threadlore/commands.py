"""The command that makes a tool result again, for pages and answers."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping


def command_line(tool: str, arguments: Mapping[str, object]) -> str:
    """Return the command that calls a tool with `arguments`; a list is one word, with commas.

    >>> command_line("size", {"vectors": 1000, "with_raw_data": True})
    'threadlore tool size --vectors 1000 --with-raw-data'
    >>> command_line("embed", {"languages": ["ja", "en"], "hosted": False})
    'threadlore tool embed --languages ja,en --no-hosted'
    """
    words = ["threadlore tool", tool]
    for name, value in arguments.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        elif value is not None:
            words.append(f"--{flag} {shlex.quote(_written(value))}")
    return " ".join(words)


def _written(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)
