"""Embedding backends, one file each, found by their name."""

from __future__ import annotations

import importlib
import pkgutil

from threadlore.endpoints import Endpoint
from threadlore.errors import NotFound
from threadlore.seams import Embedder


def names() -> list[str]:
    """Return the names of the backends in this folder."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load_embedder(name: str, model: str, endpoint: Endpoint | None = None) -> Embedder:
    """Return the backend `name`, made by its function `load(model, endpoint)`.

    Raises:
        NotFound: there is no such backend.
    """
    if name not in names():
        raise NotFound(f"No embedder named {name!r}.", f"Use one of: {', '.join(names())}.")
    load = importlib.import_module(f"{__name__}.{name}").load
    embedder: Embedder = load(model, endpoint or Endpoint(""))
    return embedder
