"""The plain model copies from the data it is shown, and knows every prompt's output."""

from __future__ import annotations

import json
from importlib import resources
from pkgutil import resolve_name

import pytest
from pydantic import BaseModel

from threadlore.agents.drafting.replies import DraftReply
from threadlore.agents.modelling.replies import DistilReply
from threadlore.prompts import load, names
from threadlore.testing.endpoint import Asked
from threadlore.testing.plain_model import answer, lines_of
from threadlore.testing.schemas import smallest

TALK = """<data ab12>
c1 in help Proxy does not start
m1 A 2026-05-01: Hello. Why does the proxy
 not start on port 9091?
m2 B maintainer: Set proxy.port to 9092. It helps.
m3 A: thanks, fixed
c2 in help Hello
m4 A 2026-05-02: Hi all: how nice
</data ab12>"""


def asked(data: str, output: type[BaseModel], bound: bool = True) -> Asked:
    schema = output.model_json_schema()
    system = "Answer." if bound else load("json_reply").fill(schema=json.dumps(schema))
    messages = [{"role": "system", "content": system}, {"role": "user", "content": data}]
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    return Asked(0, {"messages": messages} | ({"response_format": form} if bound else {}))


def test_marked_data_is_read_line_by_line() -> None:
    lines = lines_of(TALK)
    assert [line.ref for line in lines] == ["c1", "m1", "m2", "m3", "c2", "m4"]
    assert lines[1].text == "Hello. Why does the proxy\nnot start on port 9091?"
    assert (lines[2].author, lines[2].head) == ("B", "B maintainer")
    assert lines[5].text == "Hi all: how nice"


def test_it_reads_what_is_asked_and_what_settled_it() -> None:
    reply = answer(asked(TALK.replace("proxy\n not", "proxy not"), DistilReply))
    (found,) = reply["asking"]
    assert found["c"] == "c1"
    assert found["q"][0]["text"] == "Why does the proxy not start on port 9091?"
    assert (found["q"][0]["by"], found["q"][0]["status"]) == (["m2"], "settled")
    assert reply["none"] == ["c2"]


def test_claims_quote_their_source_letter_for_letter() -> None:
    data = "<data f0>\nq1 asked: How?\nm1 B: Set proxy.port to 9092 in the file. Restart.\n</data f0>"
    (claim,) = answer(asked(data, DraftReply))["claims"]
    assert claim["text"] == "Set proxy.port to 9092 in the file."
    assert claim["cites"] == [{"ref": "m1", "quote": claim["text"]}]


@pytest.mark.parametrize("name", [name for name in names() if load(name).version])
def test_every_prompt_gets_an_output_of_its_type(name: str) -> None:
    output = resolve_name(load(name).output)
    assert issubclass(output, BaseModel)
    for data in ("", TALK):
        bound, told = (answer(asked(data, output, bound)) for bound in (True, False))
        output.model_validate(bound)
        assert told == bound


def test_the_smallest_value_fits_what_pydantic_asks_for() -> None:
    class Inner(BaseModel):
        kind: str = "a"
        count: int

    class Outer(BaseModel):
        inner: Inner
        many: list[Inner]
        maybe: int | None
        flag: bool

    value = smallest(Outer.model_json_schema())
    assert Outer.model_validate(value).inner.count == 0


def test_it_ships_without_anything_that_is_not_installed() -> None:
    files = {item.name for item in resources.files("threadlore.testing").iterdir()}
    assert {"endpoint.py", "faults.py", "plain_model.py", "serve.py"} <= files
