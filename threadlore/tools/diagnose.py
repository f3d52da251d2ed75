"""Why is it broken, or slow: known errors in logs and messages, and guides for questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from threadlore.tools.base import Tool, ToolInputError, ToolResult, argument
from threadlore.tools.diagnosis.causes import Evidence, Finding, find_causes
from threadlore.tools.diagnosis.guides import find_guides
from threadlore.tools.tables import facts_version, table

SHOWN = 3
"""Causes that the summary shows; the result holds all."""

_LARGEST = 64 * 2**20
"""Characters of all texts together that are read."""


@dataclass(frozen=True, slots=True)
class DiagnoseArguments:
    """Arguments of `diagnose`: at least one of them is needed."""

    message: str = argument(
        "An error message, or the lines of a log around it.",
        "",
        ask="Please paste the error message, or the lines of the log around it.",
    )
    question: str = argument("A question about speed, insight or how something works inside.", "")
    logs: tuple[str, ...] = argument("Texts of log files.", ())
    file_names: tuple[str, ...] = argument("Names of those files, in the same order.", ())


def _named_logs(arguments: DiagnoseArguments) -> list[tuple[str, str]]:
    names = [*arguments.file_names, *(f"log {n}" for n in range(1, len(arguments.logs) + 1))]
    logs = [(names[at], text) for at, text in enumerate(arguments.logs)]
    if arguments.message:
        logs.append(("", arguments.message))
    return logs


def _check_size(arguments: DiagnoseArguments) -> None:
    texts = (*arguments.logs, arguments.message, arguments.question)
    if not any(text.strip() for text in texts):
        raise ToolInputError(
            "diagnose got nothing to read: every text is empty.",
            "Give a log file, --message or --question.",
            ("message",),
        )
    if sum(map(len, texts)) > _LARGEST:
        raise ToolInputError(
            f"The texts have {sum(map(len, texts)):,} characters.",
            f"At most {_LARGEST:,} are read: give the part around the first error.",
        )


def _as_result(finding: Finding) -> dict[str, Any]:
    row = finding.row
    return {
        "id": row["id"],
        "title": row["title"],
        "layer": row["layer"],
        "confidence": finding.confidence,
        "cause": row["cause"],
        "checks": list(row["checks"]),
        "mends": list(row["mends"]),
        "versions": row.get("versions", ""),
        "evidence": _evidence(finding.evidence),
        "lines": finding.lines,
        "consequences": [_as_result(one) for one in finding.consequences],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {"file": evidence.file, "line": evidence.line, "quote": evidence.quote, "time": evidence.time}


def _where(evidence: Evidence) -> str:
    return f"{evidence.file}, line {evidence.line}" if evidence.file else f"line {evidence.line}"


def _code(text: str) -> str:
    """Return a quote as inline code, whatever it holds."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _finding_lines(number: int, finding: Finding) -> list[str]:
    row = finding.row
    seen = f", {finding.lines} lines" if finding.lines > 1 else ""
    lines = [f"{number}. **{row['title']}** ({finding.confidence}; {_where(finding.evidence)}{seen})"]
    lines += [f"   {_code(finding.evidence.quote)}", f"   {row['cause']}"]
    lines += [f"   - Check: {check}" for check in row["checks"]]
    lines += [f"   - Mend: {mend}" for mend in row["mends"]]
    if finding.consequences:
        named = "; ".join(f"{one.row['title']} ({_where(one.evidence)})" for one in finding.consequences)
        lines.append(f"   - Follows from it, most likely: {named}")
    return lines


def _guide_lines(guide: Mapping[str, Any]) -> list[str]:
    lines = [f"**{guide['title']}**"]
    lines += [f"{number}. {step}" for number, step in enumerate(guide["steps"], start=1)]
    lines += [f"- {row['question']}: `{row['metric']}`" for row in guide.get("metrics", ())]
    lines += [f"- {note}" for note in guide.get("notes", ())]
    return lines


def _unknown_lines() -> list[str]:
    guide = table("guides")
    return [
        "**Not known.** No known error is in what you gave.",
        "Ask the community, with these at hand:",
        *(f"- {row['what']}" for row in guide["collect"]),
        *(f"- {row['name']}: {row['url']}" for row in guide["handover"]),
    ]


def _summary(findings: Sequence[Finding], guides: Sequence[Mapping[str, Any]]) -> str:
    lines: list[str] = []
    for number, finding in enumerate(findings[:SHOWN], start=1):
        lines += _finding_lines(number, finding)
    if len(findings) > SHOWN:
        more = ", ".join(finding.row["title"] for finding in findings[SHOWN:])
        lines.append(f"Also met: {more}.")
    for guide in guides:
        lines += _guide_lines(guide)
    return "\n".join(lines or _unknown_lines())


def diagnose(arguments: DiagnoseArguments) -> ToolResult:
    """Return the causes that known errors in the texts point to, and guides for the question.

    Raises:
        ToolInputError: there is nothing to read, or too much.
    """
    _check_size(arguments)
    findings = find_causes(_named_logs(arguments))
    if arguments.question:
        findings += [one for one in find_causes([("", arguments.question)]) if one.weight > 1]
    guides = find_guides(arguments.question) if arguments.question else []
    known = bool(findings or guides)
    reasons = []
    if findings:
        reasons.append(
            "Causes are ordered by how sure the line is, then from what everything stands on (host, volumes, "
            "etcd, object storage, queue) to what stands on it (coordinator, nodes, client)."
        )
    if not known:
        reasons.append("A guess would cost you more time than it saves, so there is none.")
    result = {
        "known": known,
        "causes": [_as_result(finding) for finding in findings],
        "guides": [_guide_result(guide) for guide in guides],
        "handover": [] if known else _handover(),
    }
    return ToolResult(_summary(findings, guides), result, tuple(reasons), _VERSION)


def from_question(text: str, case: Mapping[str, object]) -> Mapping[str, object]:
    """Return `text` as the message where it holds a known error, else as the question."""
    named = any(finding.weight > 1 for finding in find_causes([("", text)]))
    return {"message": text} if named else {"question": text}


def _guide_result(guide: Mapping[str, Any]) -> dict[str, Any]:
    metrics = [{"question": row["question"], "metric": row["metric"]} for row in guide.get("metrics", ())]
    return {
        "id": guide["id"],
        "title": guide["title"],
        "steps": list(guide["steps"]),
        "metrics": metrics,
        "notes": list(guide.get("notes", ())),
    }


def _handover() -> list[dict[str, str]]:
    return [{"name": row["name"], "url": row["url"]} for row in table("guides")["handover"]]


_VERSION = facts_version("diagnoses", "guides")

TOOL = Tool(
    name="diagnose",
    title="What is broken, slow or going on inside",
    description="Known errors in logs and messages, with checks and mends; guides for questions on speed "
    "and insight.",
    arguments=DiagnoseArguments,
    run=diagnose,
    facts_version=_VERSION,
    texts="logs",
    from_question=from_question,
)
