"""A model is asked once for each thing, within a budget, and what it said is kept before it is used."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from tests.store.builders import a_batch, a_message
from threadlore.agents.budget import Price, Purse
from threadlore.agents.model_calls import PATIENCE, KeepsNothing, ModelCalls
from threadlore.calls import CallRecords
from threadlore.chat import ChatRequest, ToolOffer, ToolRequest, Turn
from threadlore.errors import BudgetSpent, ModelDown, ModelReplyUnusable, RequestRefused
from threadlore.store.deletion import delete_messages
from threadlore.store.records import Records
from threadlore.testing import ScriptedModel

NOW = datetime(2026, 11, 1, tzinfo=UTC)
FIRST = a_message("1", "How do I start?")


class Named(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str


def asking(text: str) -> ChatRequest[Named]:
    return ChatRequest("label@1", "Name it.", (Turn("user", text),), Named, max_tokens=50)


def calls(model: ScriptedModel, records: CallRecords, purse: Purse | None = None) -> ModelCalls:
    return ModelCalls(records, model, purse or Purse(), "run_1", lambda: NOW)


@pytest.fixture
def opened(tmp_path: Path) -> Records:
    records = Records(tmp_path)
    records.save_batch(a_batch(FIRST))
    return records


def test_a_reply_is_paid_for_once_even_by_another_process(opened: Records, tmp_path: Path) -> None:
    model = ScriptedModel(lambda request: {"name": request.turns[0].text.upper()})
    said = asyncio.run(calls(model, opened).ask(asking("start"), [FIRST.id]))
    opened.close()
    again = Records(tmp_path)
    spent = Purse()
    kept = asyncio.run(calls(model, again, spent).ask(asking("start"), [FIRST.id]))
    again.close()
    assert said.output == kept.output == Named(name="START")
    assert len(model.requests) == 1
    (spending,) = spent.spending()
    assert (spending.calls, spending.reused, spending.tokens_in) == (0, 1, 0)


def test_the_same_request_at_the_same_time_is_one_call(opened: Records) -> None:
    model = ScriptedModel(lambda request: {"name": "x"})

    async def twice() -> None:
        asked = calls(model, opened)
        await asyncio.gather(asked.ask(asking("a"), []), asked.ask(asking("a"), []))

    asyncio.run(twice())
    opened.close()
    assert len(model.requests) == 1


def test_a_reply_that_does_not_fit_is_repaired_once_and_both_are_kept(opened: Records) -> None:
    model = ScriptedModel(['{"title": "x"}', {"name": "mended"}])
    asked = calls(model, opened)
    first = asyncio.run(asked.ask(asking("a"), []))
    second = asyncio.run(asked.ask(asking("a"), []))
    assert first.output == second.output == Named(name="mended")
    kept = opened.model_call(first.key)
    opened.close()
    assert kept is not None and kept.problem == ""
    assert [turn.role for turn in model.requests[1].turns] == ["user", "assistant", "user"]
    assert len(model.requests) == 2


def test_a_reply_beyond_repair_is_not_asked_for_again(opened: Records) -> None:
    model = ScriptedModel(["no", "still no"])
    asked = calls(model, opened)
    for _ in range(2):
        with pytest.raises(ModelReplyUnusable):
            asyncio.run(asked.ask(asking("a"), []))
    opened.close()
    assert len(model.requests) == 2


def test_a_repair_that_the_window_does_not_hold_is_not_tried(opened: Records) -> None:
    small = asking("a").rough_tokens() + 60
    model = ScriptedModel(["never an object " * 20], window=small)
    with pytest.raises(ModelReplyUnusable, match="does not fit"):
        asyncio.run(calls(model, opened).ask(asking("a"), []))
    opened.close()
    assert len(model.requests) == 1, "a server would refuse it, or cut off the instructions"


def test_a_request_that_is_refused_unread_is_asked_again_by_the_next_run(opened: Records) -> None:
    model = ScriptedModel([RequestRefused("it is too long"), {"name": "x"}])
    asked = calls(model, opened)
    with pytest.raises(ModelReplyUnusable):
        asyncio.run(asked.ask(asking("a"), []))
    assert asyncio.run(asked.ask(asking("a"), [])).output == Named(name="x")
    opened.close()


SIZE = ToolOffer("size", "Sizes a cluster.", {"type": "object"})


def test_requests_for_tools_are_kept_as_they_were_written(opened: Records) -> None:
    wish = ToolRequest("call_1", "size", '{"vectors": 1e6')
    model = ScriptedModel([(wish,)])
    asked = calls(model, opened)
    for _ in range(2):
        reply = asyncio.run(asked.ask(replace(asking("a"), tools=(SIZE,)), []))
        assert reply.output is None
        assert reply.tool_requests == (wish,)
    opened.close()


def test_a_tool_that_nobody_offered_is_never_asked_for(opened: Records) -> None:
    model = ScriptedModel([(ToolRequest("call_1", "rm", "{}"),), {"name": "x"}])
    reply = asyncio.run(calls(model, opened).ask(replace(asking("a"), tools=(SIZE,)), []))
    opened.close()
    assert reply.output == Named(name="x")
    assert "The tools are: size." in model.requests[1].turns[-1].text


def test_an_endpoint_that_is_down_is_left_alone_after_a_few_calls(opened: Records) -> None:
    model = ScriptedModel(lambda request: ModelDown("no answer"))
    asked = calls(model, opened)
    for number in range(PATIENCE + 5):
        with pytest.raises(ModelDown):
            asyncio.run(asked.ask(asking(str(number)), []))
    opened.close()
    assert len(model.requests) == PATIENCE


def test_a_budget_is_never_gone_over_and_stops_what_comes_later(opened: Records) -> None:
    most = Price(1.0, 1.0).of(asking("10").rough_tokens(), 50)
    purse = Purse(Price(1.0, 1.0), most * 2.5)
    model = ScriptedModel(lambda request: {"name": "a name as long as can be " * 4})
    asked = calls(model, opened, purse)

    async def many() -> list[BaseException | object]:
        wanted = [asked.ask(asking(str(number)), []) for number in range(10, 30)]
        return await asyncio.gather(*wanted, return_exceptions=True)

    results = asyncio.run(many())
    done = [one for one in results if not isinstance(one, BaseException)]
    assert all(isinstance(one, BudgetSpent) for one in results if isinstance(one, BaseException))
    assert len(model.requests) == len(done)
    assert 2 <= len(done) < 20
    assert sum(one.cost for one in purse.spending()) <= most * 2.5
    with pytest.raises(BudgetSpent):
        asyncio.run(asked.ask(asking("!"), []))
    kept = asyncio.run(asked.ask(asking("10"), []))
    opened.close()
    assert kept.output is not None


def test_a_call_that_may_be_billed_though_nobody_heard_its_answer_counts_in_the_budget(
    opened: Records,
) -> None:
    request = asking("a")
    most = Price(1.0, 1.0).of(request.rough_tokens(), 50)
    purse = Purse(Price(1.0, 1.0), most * 1.5)
    model = ScriptedModel([ModelDown("no answer within 120 s", tokens=(request.rough_tokens(), 50))])
    asked = calls(model, opened, purse)
    with pytest.raises(ModelDown):
        asyncio.run(asked.ask(request, []))
    with pytest.raises(BudgetSpent):
        asyncio.run(asked.ask(request, []))
    opened.close()
    (spending,) = purse.spending()
    assert spending.cost == most


def test_what_waits_for_a_call_goes_with_it() -> None:
    def locks() -> int:
        return sum(isinstance(one, asyncio.Lock) for one in gc.get_objects())

    asked = calls(ScriptedModel(lambda request: {"name": "x"}), KeepsNothing())
    before = locks()
    for number in range(5):
        asyncio.run(asked.ask(asking(str(number)), []))
    assert locks() == before


def test_deleting_a_message_deletes_the_replies_that_were_given_its_text(opened: Records) -> None:
    model = ScriptedModel(lambda request: {"name": "x"})
    asked = calls(model, opened)
    asyncio.run(asked.ask(asking("with"), [FIRST.id]))
    asyncio.run(asked.ask(asking("without"), []))
    delete_messages(opened, [FIRST.id])
    assert opened.model_call(asking("with").key("scripted")) is None
    assert opened.model_call(asking("without").key("scripted")) is not None
    asyncio.run(asked.ask(asking("with"), [FIRST.id]))
    assert opened.model_call(asking("with").key("scripted")) is None, "it was deleted while the model worked"
    opened.close()


def test_nothing_is_kept_of_what_people_ask_the_bot() -> None:
    model = ScriptedModel(lambda request: {"name": "x"})
    asked = calls(model, KeepsNothing())
    for _ in range(2):
        asyncio.run(asked.ask(asking("a"), []))
    assert len(model.requests) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda one: ChatRequest("label@2", one.system, one.turns, Named, max_tokens=50),
        lambda one: ChatRequest(one.prompt, "Name it well.", one.turns, Named, max_tokens=50),
        lambda one: ChatRequest(one.prompt, one.system, one.turns, Named, max_tokens=51),
    ],
)
def test_anything_that_changes_the_request_changes_its_key(
    change: Callable[[ChatRequest[Named]], ChatRequest[Named]],
) -> None:
    one = asking("a")
    assert one.key("m") == asking("a").key("m")
    assert one.key("m") != change(one).key("m")
    assert one.key("m") != one.key("n")
