"""Chat backends, one file each, found by their name."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass

from threadlore.chat import AT_A_TIME, ChatModel
from threadlore.endpoints import Endpoint
from threadlore.errors import NotFound


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What a backend is made from: the model's name, where it is, its window in tokens.

    `json_rule` is the instruction to answer in JSON, with `{schema}` in it, for endpoints that cannot be
    bound to a schema. `at_a_time` is how many conversations it reads in one request, at most.
    """

    name: str
    endpoint: Endpoint
    window: int
    json_rule: str
    at_a_time: int = AT_A_TIME


def names() -> list[str]:
    """Return the names of the backends in this folder."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load_model(backend: str, choice: ModelChoice) -> ChatModel:
    """Return the backend `backend`, made by its function `load(choice)`.

    Raises:
        NotFound: there is no such backend.
    """
    if backend not in names():
        raise NotFound(f"No chat backend named {backend!r}.", f"Use one of: {', '.join(names())}.")
    model: ChatModel = importlib.import_module(f"{__name__}.{backend}").load(choice)
    return model
