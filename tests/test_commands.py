"""The command that makes a tool result again."""

from __future__ import annotations

import shlex

from threadlore.commands import command_line


def test_values_are_written_as_the_command_line_reads_them() -> None:
    given = {"models": ["bge-m3", "e5"], "gpu": True, "hosted": False, "recall": 0.95, "dim": None}
    line = command_line("embed", given)
    assert line == "threadlore tool embed --models bge-m3,e5 --gpu --no-hosted --recall 0.95"


def test_words_of_a_shell_stay_one_value() -> None:
    line = command_line("diagnose", {"message": "it's $HOME; rm -r x"})
    assert shlex.split(line)[-1] == "it's $HOME; rm -r x"
