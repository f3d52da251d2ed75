"""Publishing beside another process, and publishing that is killed: never half a page, never a lost one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.killing import ROOT, finished
from tests.publish.builders import tree
from threadlore.errors import Locked
from threadlore.folders import held
from threadlore.publish.files import publish_files

PAGES = {f"area/{number}.md": f"page {number}\n" * 50 for number in range(4)}
RIVAL = """
import sys
from pathlib import Path
from threadlore.publish.files import publish_files
for round in range(40):
    pages = {f"area/{n}.md": f"{sys.argv[2]} {round}\\n" * 2000 for n in range(round % 5, 8)}
    publish_files(Path(sys.argv[1]), pages, "site")
"""


def test_two_processes_publish_to_one_folder(tmp_path: Path) -> None:
    rivals = [
        subprocess.Popen(
            [sys.executable, "-c", RIVAL, str(tmp_path / "out"), name],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    assert [process.communicate()[1] for process in rivals] == ["", ""]
    last = {text for path, text in tree(tmp_path / "out").items() if path.endswith(".md")}
    assert len(last) == 1, "pages of two runs beside each other"
    assert not list(tmp_path.rglob("*.half"))


def test_who_waits_in_vain_is_told_what_for(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    other = (
        "import sys\nfrom pathlib import Path\nfrom threadlore.folders import held\n"
        "with held(Path(sys.argv[1]), ''):\n    print('held', flush=True)\n    sys.stdin.read()"
    )
    command = [sys.executable, "-c", other, str(lock)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Locked, match="is publishing"), held(lock, "publishing", wait=0):
            pass
        holder.kill()
    with held(lock, "publishing", wait=0):
        pass


def test_killed_at_any_change_and_run_again_the_pages_are_whole(tmp_path: Path) -> None:
    setup = "from pathlib import Path\nfrom threadlore.publish.files import publish_files"
    work = f"publish_files(Path(folder), {PAGES!r}, 'site')"
    publish_files(tmp_path / "expected", PAGES, "site")
    changes = 0
    while True:
        out = tmp_path / str(changes)
        publish_files(out, {"area/1.md": "old\n", "gone.md": "of somebody who was forgotten\n"}, "site")
        ended = finished(setup, work, out, changes)
        for name, text in tree(out).items():
            whole = (PAGES.get(name), "old\n", "of somebody who was forgotten\n")
            assert text in whole or not name.endswith(".md") or name.startswith(".")
        publish_files(out, PAGES, "site")
        assert tree(out) == tree(tmp_path / "expected")
        assert not list(out.rglob("*.half"))
        if ended:
            break
        changes += 3
    assert changes > 9
