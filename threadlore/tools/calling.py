"""From a question in people's words to the arguments of a tool. What is not said is left out."""

from __future__ import annotations

from collections.abc import Mapping

from threadlore.tools.base import Tool
from threadlore.tools.moves import read_move
from threadlore.tools.plain_words import plain_words
from threadlore.tools.reading import read_arguments
from threadlore.tools.wishes import read_wishes


def read_case(text: str) -> dict[str, object]:
    """Return everything that `text` says about a case, by argument name; it is read in plain words.

    Besides the keys of `read_arguments`, `read_wishes` and `read_move`: mode (a deployment that Milvus
    itself can have), segment_size_mb, and milvus (the one version that is named, as `2.6`).

    >>> read_case("standalone, 2M 768d vectors, 95% recall")["mode"]
    'standalone'
    """
    text = plain_words(text)
    case = {**read_arguments(text), **read_wishes(text), **read_move(text)}
    if case.get("sparse_field"):
        # What is said of the sparse vector is not said of the dense ones.
        beside = {"data_type": "sparse", "metric": "BM25"}
        case = {name: value for name, value in case.items() if beside.get(name) != value}
    if case.get("deployment") in {"standalone", "distributed"}:
        case["mode"] = case["deployment"]
    segment = case.get("segment_size_bytes")
    if isinstance(segment, int):
        case["segment_size_mb"] = segment // 2**20
    versions = case.get("versions")
    if isinstance(versions, list) and len(versions) == 1:
        case["milvus"] = ".".join(str(versions[0]).split(".")[:2])
    return case


def arguments_for(tool: Tool, text: str, case: Mapping[str, object] | None = None) -> dict[str, object]:
    """Return what `text` says in the words of a tool's arguments, as far as the tool takes it.

    Args:
        tool: the tool that is to be called.
        text: the question.
        case: what was read of it, where that is known already.
    """
    known = dict(read_case(text) if case is None else case)
    if "other_dims" in known and "other_dims" not in tool.names:
        # One field of several is not what such a tool is asked for.
        known.pop("dim", None)
    given = tool.from_question(text, known) if tool.from_question else known
    return {name: value for name, value in given.items() if name in tool.names and tool.accepts(name, value)}
