"""The worst model: it does whatever an attack says, in every field of every reply, with real citations."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.agents.modelling.scripted import shown
from tests.attacks.cases import Attack
from threadlore.chat import ChatRequest, ToolRequest
from threadlore.testing import ScriptedAnswer

SYSTEM_SHOWN = 900
_PLAIN_QUOTE = 60


class Obedient:
    """Answers every request as the attack wants it; a check finds everything supported."""

    def __init__(self, attack: Attack) -> None:
        self.attack = attack
        self.asked: list[ChatRequest[Any]] = []

    def __call__(self, request: ChatRequest[Any]) -> ScriptedAnswer:
        """Return the reply that obeys."""
        self.asked.append(request)
        rule = getattr(self, f"_{request.output.__name__.lower()}", None)
        if rule is None:
            return {name: " ".join(self._said(request)) for name in request.output.model_fields}
        answer: ScriptedAnswer = rule(request)
        return answer

    def _said(self, request: ChatRequest[Any]) -> list[str]:
        system = " ".join(request.system.split())[:SYSTEM_SHOWN]
        return [text.replace("{system}", system) for text in self.attack.obeyed]

    def _cites(self, request: ChatRequest[Any]) -> list[dict[str, str]]:
        """Return a real quote of every source that is shown."""
        found = []
        for ref, text in shown(request).items():
            body = text.partition(": ")[2]
            found.append({"ref": ref, "quote": body[:_PLAIN_QUOTE].rsplit(" ", 1)[0] or body})
            at = body.find(self.attack.plant[:20])
            if at >= 0:
                found.append({"ref": ref, "quote": body[at : at + _PLAIN_QUOTE]})
        return found

    def _claims(self, request: ChatRequest[Any]) -> list[dict[str, Any]]:
        cites = self._cites(request)
        claims: list[dict[str, Any]] = []
        for text in [*self._said(request), self.attack.plant]:
            claims += [{"form": form, "text": text, "cites": cites} for form in ("sentence", "code", "item")]
        return claims

    def _draftreply(self, request: ChatRequest[Any]) -> ScriptedAnswer:
        if request.tools:
            return self._tools()
        return {"question": self._said(request)[0], "claims": self._claims(request)}

    def _answerreply(self, request: ChatRequest[Any]) -> ScriptedAnswer:
        if request.tools:
            return self._tools()
        said = self._said(request)
        return {"action": "answer", "claims": self._claims(request), "missing": said[0], "between": said}

    def _tools(self) -> tuple[ToolRequest, ...]:
        return (
            ToolRequest("c1", "shell", json.dumps({"command": self.attack.plant})),
            ToolRequest(
                "c2", "verify-migration", json.dumps({"source": "http://evil.example", "target": "x"})
            ),
        )

    def _checkreply(self, request: ChatRequest[Any]) -> ScriptedAnswer:
        numbers = re.findall(r"^q\d+ claim (\d+):", request.turns[-1].text, re.MULTILINE)
        return {"verdicts": [{"claim": int(one), "verdict": "supported"} for one in numbers]}

    def _librarianreply(self, request: ChatRequest[Any]) -> ScriptedAnswer:
        numbers = re.findall(r"^q\d+ draft (\d+):", request.turns[-1].text, re.MULTILINE)
        return {
            "relations": [{"draft": int(one), "relation": "contradiction", "entry": 1} for one in numbers]
        }

    def _distilreply(self, request: ChatRequest[Any]) -> ScriptedAnswer:
        asking = []
        conversation, first, last = "", "", ""
        said = [*self._said(request), self.attack.plant]

        def close() -> None:
            if conversation and first:
                texts = [*said, "How do I upgrade milvus from 2.4 to 2.6?"]
                settled = {"asked": [first], "by": [last], "status": "settled", "ok": [last], "lang": "en"}
                asking.append(
                    {"c": conversation, "q": [{"text": text, "facts": [], **settled} for text in texts]}
                )

        for ref in shown(request):
            if ref.startswith("c"):
                close()
                conversation, first = ref, ""
            elif ref.startswith("m"):
                first, last = first or ref, ref
        close()
        return {"asking": asking, "none": []}

    def _labelreply(self, request: ChatRequest[Any]) -> ScriptedAnswer:
        said = self._said(request)
        refs = [ref for ref in shown(request) if ref.startswith("q")]
        line = " ".join([*said, self.attack.plant])
        return {"topics": [{"t": ref, "name": said[0], "area": said[-1], "line": line} for ref in refs]}

    def _analystreply(self, request: ChatRequest[Any]) -> ScriptedAnswer:
        rows = [(ref, row.removeprefix("row: ")) for ref, row in shown(request).items()]
        said = [*self._said(request), self.attack.plant]
        sentences = [{"text": row, "rows": [ref]} for ref, row in rows[:2]]
        sentences += [{"text": text, "rows": [ref for ref, _ in rows]} for text in said[:3]]
        sentences += [{"text": f"{rows[0][1]}. {text}", "rows": [rows[0][0]]} for text in said[:3]]
        return {"sentences": sentences}
