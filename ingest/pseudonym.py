"""Pseudonyms: keyed hashes that stand for people. The key never leaves the data folder."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from pathlib import Path

from threadlore.errors import StoreDamaged
from threadlore.folders import make_private

KEY_FILE = "pseudonym.key"
_KEY_BYTES = 32
_LENGTH = 12


def platform_of(source: str) -> str:
    """Return the platform of a source name: people are the same in all its guilds and repositories.

    >>> platform_of("discord:1234")
    'discord'
    """
    return source.split(":", 1)[0]


def pseudonym(key: bytes, source: str, native_id: str) -> str:
    """Return the pseudonym of a person: `u_` and 48 bits of keyed BLAKE2b (RFC 7693)."""
    text = f"{platform_of(source)}\0{native_id}".encode("utf-8", errors="replace")
    return "u_" + hashlib.blake2b(text, key=key, digest_size=_LENGTH // 2).hexdigest()


def load_key(folder: Path) -> bytes:
    """Return the key of a data folder; it is made, readable by its owner alone, when there is none.

    Several processes may ask at once: all get the same key.

    Raises:
        StoreDamaged: the file is there and holds no key.
    """
    path = folder / KEY_FILE
    if not path.exists():
        _create(path)
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except (ValueError, OSError) as error:
        raise _damaged(path) from error
    if len(key) != _KEY_BYTES:
        raise _damaged(path)
    return key


def _create(path: Path) -> None:
    make_private(path.parent)
    # mkstemp makes the file with mode 600, and a link either takes the name whole or not at all.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{KEY_FILE}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        return
    finally:
        Path(name).unlink()


def _damaged(path: Path) -> StoreDamaged:
    return StoreDamaged(
        f"{path} holds no pseudonym key.",
        "Restore it from a backup: another key gives everyone another name.",
    )
