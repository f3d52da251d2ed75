"""One number was missing: the question and the asker's answer become one question. Pure."""

from __future__ import annotations

import re

from threadlore.tools.calling import arguments_for, read_case
from threadlore.tools.registry import tools

_FORMS: dict[str, tuple[str, ...]] = {
    "vectors": ("{} vectors",),
    "dim": ("{} dimensions", "dimension {}"),
    "memory_bytes": ("{} of memory", "{}GB of memory"),
    "from": ("from {}", "move from {} to Milvus"),
    "to": ("to {}", "to Milvus {}"),
    "languages": ("the texts are in {}",),
}
"""How a bare answer is said in words that are understood, by argument."""

_BARE = re.compile(
    r"\s*(?:about|around|roughly|approx\.?|~|ca\.?)?\s*(.*?)\s*\.?\s*", re.IGNORECASE | re.DOTALL
)


def missing_argument(tool: str, arguments: dict[str, object]) -> str:
    """Return the name of the argument that a tool still needs; empty where it is none or unknown."""
    known = tools().get(tool)
    missing = known.missing(arguments) if known else ()
    return missing[0] if missing else ""


def completed(question: str, missing: str, said: str) -> str | None:
    r"""Return the question with what was missing; None where `said` gives no such thing.

    >>> completed("how much memory for 768d HNSW?", "vectors", "about 10M")
    'how much memory for 768d HNSW?\n10M vectors'
    """
    found = _BARE.fullmatch(said)
    bare = found.group(1) if found else said.strip()
    if not bare:
        return None
    if not missing:
        return f"{question}\n{bare}"
    for form in ("{}", *_FORMS.get(missing, ())):
        text = form.format(bare)
        if missing in read_case(text) or _reads(missing, f"{question}\n{text}"):
            return f"{question}\n{text}"
    return None


def _reads(missing: str, text: str) -> bool:
    """Tell whether some tool reads the argument out of the whole."""
    case = read_case(text)
    return any(missing in arguments_for(tool, text, case) for tool in tools().values() if tool.pure)
