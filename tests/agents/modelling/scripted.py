"""A chat model for the nodes: a function of what it is asked, over real records."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

from tests.agents.forum import NOW
from threadlore.agents.budget import Purse
from threadlore.agents.context import AnalysisContext
from threadlore.agents.model_calls import ModelCalls
from threadlore.chat import ChatRequest
from threadlore.testing import ScriptedAnswer, ScriptedModel
from threadlore.types import Skipped

Script = Callable[[ChatRequest[Any]], ScriptedAnswer]
Answers = dict[str, ScriptedAnswer | Script]

_LINE = re.compile(r"^(?P<ref>[a-z]\d+) (?P<text>.*(?:\n .*)*)", re.MULTILINE)


def with_model(
    context: AnalysisContext, answers: Answers, window: int = 8192
) -> tuple[AnalysisContext, ScriptedModel, list[Skipped]]:
    """Return the context with a model that answers by the name of the prompt, and what the run names."""

    def answer(request: ChatRequest[Any]) -> ScriptedAnswer:
        said = answers[request.prompt.partition("/")[0]]
        return said(request) if callable(said) else said

    model = ScriptedModel(answer, window=window)
    named: list[Skipped] = []
    calls = ModelCalls(context.records, model, Purse(), context.run_id, lambda: NOW)
    return dataclasses.replace(context, calls=calls, skipped=named.extend), model, named


def shown(request: ChatRequest[Any]) -> dict[str, str]:
    """Return what the data of a request shows, by reference, lines joined."""
    text = "\n".join(turn.text for turn in request.turns if "<data " in turn.text)
    return {found["ref"]: " ".join(found["text"].split()) for found in _LINE.finditer(text)}


def claim(text: str, *cites: tuple[str, str], form: str = "sentence") -> dict[str, object]:
    """Return a claim of a reply."""
    return {"form": form, "text": text, "cites": [{"ref": ref, "quote": quote} for ref, quote in cites]}


def all_supported(request: ChatRequest[Any]) -> dict[str, object]:
    """Return the reply of a check that objects to nothing."""
    claims = [int(found) for found in re.findall(r"^q\d+ claim (\d+):", request.turns[-1].text, re.MULTILINE)]
    return {"verdicts": [{"claim": number, "verdict": "supported"} for number in claims]}
