"""What is said of a ranking of embedding models, and the program that measures them on one's own data."""

from __future__ import annotations

import math
from typing import Any

from threadlore.tools.embeddings.ranking import (
    Choice,
    EmbedArguments,
    first_choice_row,
    language_title,
    limit,
    model_bytes,
    read_languages,
)
from threadlore.tools.units import show_bytes, show_count

_SHOWN = 4
_UNKNOWN = "not known"

MEASURE = '''"""How many of your questions find their own text among ten: recall@10 of embedding models.

texts.jsonl holds {"id": ..., "text": ...} a line, questions.jsonl {"question": ..., "id": of its text}.
pip install sentence-transformers; some models also want trust_remote_code=True: read their code before.
"""

import json
import sys

# Name of a model, what stands before each question, what stands before each text.
MODELS = MODELS_HERE


def read(name):
    """Return the rows of a file of JSON lines."""
    with open(name, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def recall(embed, texts, questions, before=("", ""), hits=10):
    """Return the share of questions whose text is among the nearest ones by cosine."""
    rows = [unit(vector) for vector in embed([before[1] + row["text"] for row in texts])]
    asked = [unit(vector) for vector in embed([before[0] + row["question"] for row in questions])]
    found = 0
    for question, vector in zip(questions, asked):
        score = [sum(a * b for a, b in zip(vector, row)) for row in rows]
        nearest = sorted(range(len(texts)), key=lambda at: -score[at])[:hits]
        found += question["id"] in [texts[at]["id"] for at in nearest]
    return found / len(questions)


def unit(vector):
    """Return a vector of length 1."""
    length = sum(value * value for value in vector) ** 0.5 or 1.0
    return [value / length for value in vector]


def main():
    """Print the recall of each model."""
    from sentence_transformers import SentenceTransformer

    texts, questions = read("texts.jsonl"), read("questions.jsonl")
    for name, *before in [(name, "", "") for name in sys.argv[1:]] or MODELS:
        model = SentenceTransformer(name)
        share = recall(lambda batch: model.encode(batch).tolist(), texts, questions, before)
        noise = 2 * (share * (1 - share) / len(questions)) ** 0.5
        print(f"{name}: recall@10 {share:.3f}, give or take {noise:.3f}")


if __name__ == "__main__":
    main()
'''


def program(found: list[Choice]) -> str:
    """Return a program that measures the best models that one can run oneself."""
    local = [one.row for one in found if "hub" in one.row][:2] or [first_choice_row()]
    models = [(row["hub"], *row.get("prefixes", ("", ""))) for row in local]
    return MEASURE.replace("MODELS_HERE", repr(models))


def gives_up(one: Choice) -> str:
    """Return what choosing a model gives up."""
    if one.row["hosted"]:
        return "every text goes to its maker and costs by use; without it no further vector can be made"
    millions = one.row.get("parameters_millions")
    if millions is None:
        return "its size is not known here"
    if millions < 60:
        return "usually some recall against larger models"
    if millions > 500:
        return f"computing time: about {millions / 22.7:,.0f} times that of all-MiniLM-L6-v2, by its size"
    return "computing time against the smallest models, recall against the largest"


def _metric(one: Choice) -> str:
    if one.row["metric"] == "IP":
        return "metric IP alone: trained for dot products, COSINE and L2 rank wrongly"
    if one.dim < one.row["dim"]:
        return "metric COSINE (for IP or L2 normalise the shortened vectors)"
    if one.row.get("normalised"):
        return "metric COSINE (its vectors have length 1: IP and L2 rank alike)"
    return f"metric {one.row['metric']}"


def _lines(arguments: EmbedArguments, place: int, one: Choice) -> list[str]:
    row = one.row
    longest = f"{row['max_tokens']:,} tokens" if "max_tokens" in row else f"tokens {_UNKNOWN}"
    if "no limit" in row.get("note", ""):
        longest = "any length"
    where = "hosted" if row["hosted"] else f"licence {row.get('licence', _UNKNOWN)}"
    lines = [f"{place}. **{row['model']}**: {one.dim:,} dimensions, {longest}, {where}; {_metric(one)}"]
    takes = []
    if one.model_bytes:
        takes.append(f"the model about {show_bytes(one.model_bytes)} of memory")
    if one.raw_bytes is not None and one.memory_bytes is not None and arguments.vectors:
        takes.append(
            f"{show_count(arguments.vectors)} vectors {show_bytes(one.raw_bytes)}, under AUTOINDEX "
            f"{show_bytes(one.memory_bytes)} of memory"
        )
    if takes:
        lines.append(f"   - takes: {'; '.join(takes)}")
    said = [point.why for point in one.points if point.why] + ([row["note"]] if "note" in row else [])
    if said:
        lines.append(f"   - {'; '.join(said)}")
    lines.append(f"   - gives up: {gives_up(one)}")
    return lines


def _left_out(left_out: dict[str, str]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for model, reason in left_out.items():
        by_reason.setdefault(reason, []).append(model)
    return [f"  - {reason}: {_some(models)}" for reason, models in by_reason.items()]


def _some(models: list[str]) -> str:
    more = f" and {len(models) - 4} more" if len(models) > 4 else ""
    return ", ".join(models[:4]) + more


def _title(arguments: EmbedArguments) -> str:
    wishes = " and ".join(language_title(code) for code in read_languages(arguments.languages))
    about = "images, with words" if arguments.domain == "images" else f"{arguments.domain} texts"
    return f"**Embedding models for {about} in {wishes}**"


def summary(arguments: EmbedArguments, found: list[Choice], left_out: dict[str, str]) -> str:
    """Return the ranking for people, in Markdown."""
    lines = [_title(arguments)]
    if not found:
        lines.append("None that is known here suits. Loosen one of the wishes:")
    for place, one in enumerate(found[:_SHOWN], 1):
        lines += _lines(arguments, place, one)
    others = [one.row["model"] for one in found[_SHOWN:]]
    if others:
        lines.append(f"- then: {', '.join(others[:8])}" + (", ..." if len(others) > 8 else ""))
    if left_out:
        lines += ["- left out:", *_left_out(left_out)[:10]]
    lines.append(
        f"- measure: {limit('questions_to_measure'):.0f} to {limit('questions_to_be_sure'):.0f} real "
        "questions with the text that answers each; recall@10 of two models; the file `code` is the program"
    )
    return "\n".join(lines)


def brief(arguments: EmbedArguments, found: list[Choice]) -> str:
    """Return the core of the ranking, in Markdown: the first model whole, of the next ones a line."""
    first, *rest = found[:_SHOWN]
    lines = [_title(arguments), *_lines(arguments, 1, first)]
    lines += [_lines(arguments, place, one)[0] for place, one in enumerate(rest, 2)]
    others = [one.row["model"] for one in found[_SHOWN:]]
    return "\n".join([*lines, *([f"- then: {', '.join(others[:4])}"] if others else [])])


def values(arguments: EmbedArguments, found: list[Choice], left_out: dict[str, str]) -> dict[str, Any]:
    """Return the ranking for programs; None stands for what is not known."""
    return {
        "languages": list(read_languages(arguments.languages)),
        "models": [
            {
                "rank": place,
                "model": one.row["model"],
                "dim": one.dim,
                "full_dim": one.row["dim"],
                "metric": one.row["metric"],
                "normalised": one.row.get("normalised") if one.dim == one.row["dim"] else None,
                "max_tokens": one.row.get("max_tokens"),
                "languages": one.row.get("languages"),
                "hosted": one.row["hosted"],
                "licence": one.row.get("licence"),
                "parameters_millions": one.row.get("parameters_millions"),
                "model_memory_bytes": None if one.model_bytes is None else math.ceil(one.model_bytes),
                "raw_vectors_bytes": one.raw_bytes,
                "memory_to_have_bytes": None if one.memory_bytes is None else math.ceil(one.memory_bytes),
                "note": one.row.get("note"),
                "why": [point.why for point in one.points if point.why],
                "gives_up": gives_up(one),
                "score": round(one.score, 2),
            }
            for place, one in enumerate(found, 1)
        ],
        "left_out": left_out,
    }


def reasons(arguments: EmbedArguments, found: list[Choice]) -> tuple[str, ...]:
    """Return why the ranking is as it is, in sentences."""
    said = [
        "There is no best model: take one whose recall is good enough inside the budget, and tune once the "
        "whole system runs. More dimensions cost storage; larger models cost computing and usually recall "
        "better.",
        "Leaderboards such as MTEB may not match your data: their texts, questions and languages are others, "
        "and models are trained with them in view. No place on a leaderboard enters this ranking.",
        "Of two models that differ by less than the give or take of the measurement, take the cheaper. With "
        f"{limit('questions_to_be_sure'):.0f} questions that is about 8 points at a recall of 0.8.",
        "Texts longer than a model reads are cut off without a word: cut them into pieces before.",
        "All vectors of a field must come from one model: another model means embedding everything anew.",
    ]
    if arguments.domain not in ("general", "code", "images"):
        said.append(f"No model here is made for {arguments.domain} texts; measure on texts of your own.")
    if any("multi" in one.row.get("languages", []) for one in found[:_SHOWN]):
        said.append(
            "Which languages a multilingual model really knows stands on its card; they differ in quality."
        )
    said += [one.row["contradiction"] for one in found[:_SHOWN] if "contradiction" in one.row]
    smallest = min((model_bytes(one.row, arguments.device) or math.inf for one in found), default=math.inf)
    if math.isfinite(smallest):
        kind = "2 bytes" if arguments.device == "gpu" else "4 bytes"
        said.append(
            f"Memory of a model is our estimate: {kind} a parameter, half as much again for work, 1 GB for "
            "Python."
        )
    return tuple(said)
