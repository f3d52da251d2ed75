"""Outputs, one folder each, found by name: a folder here with `load() -> Publisher` is a publisher."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from threadlore.errors import NotFound

if TYPE_CHECKING:
    from threadlore.seams import Publisher


def publisher_names() -> list[str]:
    """Return the names of all publishers, in order."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)


def load_publisher(name: str) -> Publisher:
    """Return the publisher in the folder `name`.

    Raises:
        NotFound: there is no such folder.
    """
    if name not in publisher_names():
        raise NotFound(f"No publisher named {name!r}.", f"Use one of: {', '.join(publisher_names())}.")
    publisher: Publisher = importlib.import_module(f"{__name__}.{name}").load()
    return publisher
