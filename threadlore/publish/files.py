"""Published files: written when they changed, removed when they are no longer made, never half."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from threadlore.errors import BadInput
from threadlore.folders import held


def publish_files(target: Path, files: Mapping[str, str], owner: str) -> list[Path]:
    """Make the folder `target` hold `files` (relative path -> text); return what was changed or removed.

    A manifest in the folder names the files made earlier, so that only those are ever replaced or
    removed. It names new files before they are written: a kill leaves nothing that nobody knows.
    Processes that publish to one folder wait for each other.

    Raises:
        BadInput: a file of that name is there and was not made by Threadlore; the folder cannot be
            written; the manifest cannot be read.
        Locked: another process has been publishing to it for two minutes.
    """
    target = Path(target)
    if target.exists() and not target.is_dir():
        raise BadInput(f"{target} is a file, not a folder.", "Name a folder with --out.")
    try:
        target.mkdir(parents=True, exist_ok=True)
        with held(target / f".threadlore-{owner}.lock", f"publishing to {target}"):
            return _publish(target, files, target / f".threadlore-{owner}.json")
    except OSError as error:
        raise BadInput(
            f"{target} cannot be written: {error.strerror or error}.", "Name another folder with --out."
        ) from error


def _publish(target: Path, files: Mapping[str, str], manifest: Path) -> list[Path]:
    earlier = _read_manifest(manifest)
    for name in files:
        _refuse_foreign(target, name, earlier)
    gone = sorted(earlier - set(files))
    _write(manifest, _manifest_text(earlier | set(files)))
    changed = [target / name for name in sorted(files) if _write(_place(target, name), files[name])]
    changed += [target / name for name in gone if _remove(target, name)]
    _write(manifest, _manifest_text(set(files)))
    return changed


def _manifest_text(names: set[str]) -> str:
    return json.dumps({"made_by": "threadlore", "files": sorted(names)}, ensure_ascii=False, indent=1) + "\n"


def _read_manifest(path: Path) -> set[str]:
    try:
        names = json.loads(path.read_text(encoding="utf-8"))["files"]
        if not all(isinstance(name, str) and _is_inside(name) for name in names):
            raise ValueError("a name leads out of the folder")
        return set(names)
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{path} cannot be read: {error}.",
            "It names the pages made earlier. Delete them together with it, then publish again.",
        ) from error


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _place(target: Path, name: str) -> Path:
    """Return where a file goes; a link on the way must not lead out of the folder."""
    path = target / name
    if not path.parent.resolve().is_relative_to(target.resolve()):
        raise BadInput(f"{path.parent} leads out of {target}.", "Remove that link.")
    return path


def _refuse_foreign(target: Path, name: str, earlier: set[str]) -> None:
    if not _is_inside(name):
        raise BadInput(f"{name!r} is no path below the folder.")
    path = target / name
    if name not in earlier and (path.exists() or path.is_symlink()):
        raise BadInput(
            f"{path} is there already and was not made by Threadlore.",
            "Name an empty folder with --out, or move the file away.",
        )


def _write(path: Path, text: str) -> bool:
    data = text.encode("utf-8")
    half = path.with_name(f".{path.name}.half")
    half.unlink(missing_ok=True)
    if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        half.write_bytes(data)
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise
    return True


def _remove(target: Path, name: str) -> bool:
    path = _place(target, name)
    path.with_name(f".{path.name}.half").unlink(missing_ok=True)
    there = path.exists() or path.is_symlink()
    path.unlink(missing_ok=True)
    parent = path.parent
    while parent != target and parent.is_dir() and not any(parent.iterdir()):
        parent.rmdir()
        parent = parent.parent
    return there
