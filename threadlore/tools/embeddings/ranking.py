"""Which embedding models suit texts, machine and licence, in what order, and why the others do not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from threadlore.tools.arguments import ToolInputError, argument
from threadlore.tools.names import find_embedding_model
from threadlore.tools.sizing.case import SizeArguments
from threadlore.tools.sizing.server import demand, memory_to_have
from threadlore.tools.tables import table
from threadlore.tools.units import show_bytes

TABLE = "embedding_models"
FIRST_CHOICE = "all-MiniLM-L6-v2"

Domain = Literal["general", "code", "legal", "medical", "finance", "science", "images"]


@dataclass(frozen=True, slots=True)
class EmbedArguments:
    """Arguments of `embed`. What is left open restricts nothing."""

    languages: tuple[str, ...] = argument(
        "Languages of texts and questions, as codes or names.",
        ("en",),
        ask="In which languages are the texts and the questions (for example en, zh)?",
    )
    domain: Domain = argument(  # noqa: RUF009 - argument() makes a field
        "What the texts are about.", "general", ask="What are the texts about?"
    )
    max_tokens: int | None = argument(
        "Longest text that must be embedded in one piece, in tokens.",
        None,
        ask="How long is the longest text, in tokens?",
        unit="count",
        limits=(1, 10**7),
    )
    dim_limit: int | None = argument("Largest dimension of a vector.", None, limits=(2, 32768))
    licence: Literal["any", "commercial", "permissive"] = argument(
        "Licence: permissive asks for open weights, commercial also takes a hosted model.", "any"
    )
    hosted: bool | None = argument("Only hosted models, or only models that you run yourself.", None)
    device: Literal["cpu", "gpu"] | None = argument("What the model runs on.", None)
    memory_bytes: int | None = argument(
        "Memory for the model: of the machine, or of the GPU.", None, unit="bytes", limits=(1, 10**15)
    )
    vectors: int | None = argument(
        "Number of vectors, to tell what they take.", None, unit="count", limits=(1, 10**12)
    )
    hybrid: bool = argument("Sparse vectors are wanted too, of the same model.", False)
    models: tuple[str, ...] = argument("Only these models.", ())


@dataclass(frozen=True, slots=True)
class Point:
    """What speaks for a model (weight above 0) or against it; an empty sentence is not said."""

    weight: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that suits, the dimension to use, and what it takes in bytes; None where it is not known."""

    row: dict[str, Any]
    dim: int
    model_bytes: float | None
    raw_bytes: int | None
    memory_bytes: float | None
    points: tuple[Point, ...]

    @property
    def score(self) -> float:
        """Sum of the weights."""
        return sum(point.weight for point in self.points)


def first_choice_row() -> dict[str, Any]:
    """Return the row of the usual first choice."""
    found: dict[str, Any] = next(one for one in table(TABLE)["models"] if one["model"] == FIRST_CHOICE)
    return found


def limit(name: str) -> float:
    """Return a number that decides, by its name in the table."""
    return float(next(one for one in table(TABLE)["limits"] if one["name"] == name)["value"])


def read_languages(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes of languages; `multi` stands for many.

    >>> read_languages(("Chinese", "en-US"))
    ('zh', 'en')

    Raises:
        ToolInputError: a word names no language that is known here.
    """
    return tuple(dict.fromkeys(_language(word) for word in words or ("en",)))


def language_title(code: str) -> str:
    """Return the English name of a language.

    >>> language_title("de"), language_title("multi")
    ('German', 'many languages')
    """
    words = next(one["words"] for one in table(TABLE)["languages"] if one["name"] == code)
    return "many languages" if code == "multi" else str(words[0]).capitalize()


def _language(word: str) -> str:
    plain = word.strip().lower().replace("_", "-")
    rows = table(TABLE)["languages"]
    for name in (plain, plain.split("-")[0]):
        for one in rows:
            if name == one["name"] or name in one["words"]:
                return str(one["name"])
    raise ToolInputError(
        f"languages has {word[:40]!r}, which is not known here.",
        f"Use one of {', '.join(one['name'] for one in rows)}; multi stands for many, or for another one.",
    )


def _asked(arguments: EmbedArguments) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table(TABLE)["models"]
    if not arguments.models:
        return rows
    wanted = []
    for name in arguments.models:
        known = find_embedding_model(name[:200])
        if known is None:
            raise ToolInputError(
                f"Nothing is known here of the model {name[:60]!r}.",
                "Leave models open, or measure it on your own questions (the file `code` does it).",
            )
        wanted.append(known[0])
    return [one for one in rows if one["model"] in wanted]


def _language_gap(one: dict[str, Any], languages: tuple[str, ...]) -> str:
    theirs = one.get("languages")
    if theirs is None or "multi" in theirs:
        return ""
    lacking = [code for code in languages if code not in theirs]
    if lacking:
        return f"not made for {', '.join(lacking)}"
    if one.get("one_language_each") and len(languages) > 1:
        return "a model for each language, none for all of them together"
    return ""


def used_dim(one: dict[str, Any], dim_limit: int | None) -> int | None:
    """Return the dimension to use of a model: its own, or the largest shorter one; None where none fits."""
    whole = int(one["dim"])
    if dim_limit is None or whole <= dim_limit:
        return whole
    return max((short for short in one.get("shorter_dims", []) if short <= dim_limit), default=None)


def model_bytes(one: dict[str, Any], device: str | None) -> float | None:
    """Return the memory that a model takes while it runs; None for a hosted one or one of unknown size."""
    millions = one.get("parameters_millions")
    if one["hosted"] or millions is None:
        return None
    each = limit("bytes_a_parameter_gpu" if device == "gpu" else "bytes_a_parameter_cpu")
    weights = millions * 1e6 * each
    return float(weights * (1 + limit("working_memory_share")) + limit("program_bytes"))


def _licence_gap(one: dict[str, Any], wanted: str) -> str:
    kinds = {row["name"]: row["kind"] for row in table(TABLE)["licences"]}
    kind = kinds.get(one.get("licence", ""))
    if wanted == "any" or (one["hosted"] and wanted == "commercial"):
        return ""
    if one["hosted"]:
        return "hosted: its weights are not given out"
    if kind is None:
        return "its licence is not known here"
    return "" if kind == "permissive" else f"its licence is {one['licence']}, {kind}"


def _gaps(one: dict[str, Any], arguments: EmbedArguments, languages: tuple[str, ...]) -> Iterator[str]:
    yield _language_gap(one, languages)
    images = "images" in one["domains"]
    yield "made for texts, not images" if arguments.domain == "images" and not images else ""
    yield "made for images" if images and arguments.domain != "images" else ""
    longest = one.get("max_tokens")
    if arguments.max_tokens and longest and longest < arguments.max_tokens:
        yield f"reads {longest:,} tokens at most"
    if used_dim(one, arguments.dim_limit) is None:
        yield f"has {one['dim']:,} dimensions and cannot be shortened to {arguments.dim_limit:,}"
    yield _licence_gap(one, arguments.licence)
    if arguments.hosted is not None and one["hosted"] != arguments.hosted:
        yield "hosted" if one["hosted"] else "not hosted"
    yield "makes no sparse vectors" if arguments.hybrid and not one.get("sparse_too") else ""
    taken = model_bytes(one, arguments.device)
    if taken and arguments.memory_bytes and taken > arguments.memory_bytes:
        yield f"takes about {show_bytes(taken)} of memory"


def _strength(one: dict[str, Any]) -> Point:
    """Bigger models usually recall better: a slow gain, and never a leaderboard's."""
    millions = one.get("parameters_millions", 300)
    return Point(0.6 * math.log2(max(1.0, millions / 20)))


def _cost(one: dict[str, Any], arguments: EmbedArguments) -> Point:
    if one["hosted"]:
        return Point(-1.2 if arguments.hosted is None else 0)
    millions = one.get("parameters_millions", 1000)
    if arguments.device == "gpu":
        return Point(-millions / 2500)
    if arguments.device == "cpu" and millions > limit("cpu_parameters_millions"):
        return Point(-4 - millions / 1000, f"{millions:,g} million parameters are slow on a CPU")
    return Point(-millions / (250 if arguments.device == "cpu" else 450))


def _language_point(one: dict[str, Any], languages: tuple[str, ...]) -> Point:
    theirs = one.get("languages")
    if theirs is None:
        return Point(-1.5, "which languages it knows is not known here")
    if "multi" in theirs:
        return Point(0.5 if languages != ("en",) else -0.5)
    if len(theirs) > len(languages) and not one.get("one_language_each"):
        return Point(-0.8)
    return Point(1, f"made for {', '.join(languages)}" if languages != ("en",) else "")


def _domain_point(one: dict[str, Any], domain: str) -> Point:
    if domain in ("general", "images"):
        return Point(-2, "made for code") if one["domains"] == ["code"] else Point(0)
    if domain in one["domains"]:
        return Point(2.5, f"made for {domain} too" if len(one["domains"]) > 1 else f"made for {domain}")
    return Point(0)


def _note_point(one: dict[str, Any], arguments: EmbedArguments) -> Point:
    weight = 0.0
    note = one.get("note", "")
    if "short texts" in note:
        weight -= 1.5
    if "superseded" in note or "large for what" in note:
        weight -= 3
    if one["metric"] == "IP":
        weight -= 0.5
    if arguments.max_tokens and "max_tokens" not in one and "no limit" not in note:
        return Point(weight - 4, "its longest text is not known here")
    return Point(weight)


def _first_choice_point(one: dict[str, Any], arguments: EmbedArguments) -> Point:
    if one["model"] != FIRST_CHOICE or arguments.device == "gpu" or arguments.domain != "general":
        return Point(0)
    return Point(limit("first_choice_points"), "the usual first choice: start here and measure")


def storage(arguments: EmbedArguments, dim: int) -> tuple[int | None, float | None]:
    """Return the bytes of the raw vectors, and the memory to have for them under AUTOINDEX (`size`)."""
    if arguments.vectors is None:
        return None, None
    case = SizeArguments(vectors=arguments.vectors, dim=dim, index="AUTOINDEX")
    return 4 * arguments.vectors * dim, memory_to_have(demand(case).memory)


def rank(arguments: EmbedArguments) -> tuple[list[Choice], dict[str, str]]:
    """Return the models that suit, the best first, and why each other one does not.

    Raises:
        ToolInputError: a language or a model is not known here.
    """
    languages = read_languages(arguments.languages)
    found, left_out = [], {}
    for one in _asked(arguments):
        gap = next((reason for reason in _gaps(one, arguments, languages) if reason), "")
        dim = used_dim(one, arguments.dim_limit)
        if gap or dim is None:
            left_out[one["model"]] = gap
            continue
        raw, memory = storage(arguments, dim)
        short = Point(-0.7, f"shortened from {one['dim']:,} dimensions") if dim < one["dim"] else Point(0)
        points = (
            _strength(one),
            _cost(one, arguments),
            _language_point(one, languages),
            _domain_point(one, arguments.domain),
            _note_point(one, arguments),
            _first_choice_point(one, arguments),
            short,
            Point(-0.5 * dim / 1024),
        )
        found.append(Choice(one, dim, model_bytes(one, arguments.device), raw, memory, points))
    found.sort(key=lambda choice: (-choice.score, choice.row["model"]))
    return found, left_out
