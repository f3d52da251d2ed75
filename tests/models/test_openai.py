"""An endpoint gives typed replies, and what it cannot do is found out by asking."""

from __future__ import annotations

import asyncio
from typing import Annotated

import pytest
from pydantic import BaseModel

from tests.models.asking import GOOD, SIZE, Answered, ask, request
from tests.openai_spec import OpenAISpecification
from threadlore.chat import ChatReply, ChatRequest, Turn, at_most, reference
from threadlore.endpoints import BendingLimit, Endpoint
from threadlore.errors import (
    ModelDown,
    ModelReplyUnusable,
    NotFound,
)
from threadlore.models import ModelChoice, load_model
from threadlore.prompts import load
from threadlore.testing.endpoint import Asked, FakeEndpoint, scripted, serving
from threadlore.testing.faults import (
    Fault,
    HalfBody,
    Status,
)
from threadlore.testing.replies import Answer, ToolWish


def test_a_reply_comes_in_its_type_with_what_it_took(endpoint: FakeEndpoint) -> None:
    reply = ask(endpoint)
    assert reply.output == Answered.model_validate(GOOD)
    assert reply.usage.tokens_in > 0
    (body,) = endpoint.requests
    form = body["response_format"]["json_schema"]
    assert form["strict"] is True
    assert form["schema"]["additionalProperties"] is False
    assert form["schema"]["$defs"]["Fact"]["properties"]["title"] == {"type": "string"}
    assert body["messages"][0] == {"role": "system", "content": "Answer."}
    assert body["temperature"] == 0


def test_tools_are_offered_and_wishes_come_back_as_written(endpoint: FakeEndpoint) -> None:
    endpoint.rule = scripted([[ToolWish("size", {"vectors": 1000})]])
    reply = ask(endpoint, request(tools=(SIZE,)))
    assert reply.output is None
    (wish,) = reply.tool_requests
    assert (wish.name, wish.arguments) == ("size", '{"vectors": 1000}')
    answered = ChatRequest(
        "draft/1",
        "Answer.",
        (Turn("user", "How?"), Turn("assistant", "", (wish,)), Turn("tool", "4 GB", answers=wish.id)),
        Answered,
        (SIZE,),
    )
    endpoint.rule = lambda asked: GOOD
    assert ask(endpoint, answered).output is not None


def test_an_endpoint_without_schemas_is_asked_by_the_prompt_from_then_on(endpoint: FakeEndpoint) -> None:
    endpoint.forms = ()
    endpoint.rule = scripted(["```json\n" + Answered.model_validate(GOOD).model_dump_json() + "\n```"])
    assert ask(endpoint, request("one"), request("two")).output == Answered.model_validate(GOOD)
    with_form = ["response_format" in body for body in endpoint.requests]
    assert with_form == [True, True, True, False, False], "each form, then none: found out once"
    assert '"facts"' in endpoint.requests[-1]["messages"][0]["content"]


@pytest.mark.parametrize("status", [400, 500])
def test_an_endpoint_that_binds_objects_alone_is_given_the_schema_so(
    endpoint: FakeEndpoint, status: int
) -> None:
    endpoint.forms, endpoint.form_status = ("bound", "json_object"), status
    assert ask(endpoint, request("one"), request("two", tools=(SIZE,)), retries=0).output is not None
    forms = [body["response_format"] for body in endpoint.requests]
    assert [form["type"] for form in forms] == ["json_schema", "json_object", "json_object"]
    assert forms[1]["schema"] == forms[2]["schema"] == forms[0]["json_schema"]["schema"]
    assert '"facts"' in endpoint.requests[-1]["messages"][0]["content"], "for those that pass it over"


class Bounded(BaseModel):
    refs: Annotated[list[Annotated[str, reference("m")]], at_most(2)]


def test_bounds_of_a_schema_are_sent_until_strict_output_refuses_them(endpoint: FakeEndpoint) -> None:
    endpoint.rule = scripted([{"refs": ["[m1]", "m2", "m3"]}])
    endpoint.faults = lambda asked: (
        Status(400, "Invalid schema: 'pattern' is not permitted.") if "pattern" in str(asked.body) else None
    )
    model = load_model("openai", ModelChoice("fake", Endpoint(endpoint.url), 8192, ""))
    asked = ChatRequest("draft/1", "Answer.", (Turn("user", "How?"),), Bounded)
    reply = asyncio.run(model.complete(asked))
    assert reply.output == Bounded(refs=["[m1]", "m2", "m3"]), "what is written all the same is read"
    schemas = [body["response_format"]["json_schema"]["schema"] for body in endpoint.requests]
    assert schemas[0]["properties"]["refs"]["maxItems"] == 2
    assert schemas[0]["properties"]["refs"]["items"]["pattern"] == "^[m][0-9]+$"
    assert schemas[1]["properties"]["refs"] == {"items": {"type": "string"}, "type": "array"}


def test_many_refusals_at_once_give_up_one_form(endpoint: FakeEndpoint) -> None:
    endpoint.forms, endpoint.wait_s = ("bound",), 0.02
    model = load_model("openai", ModelChoice("fake", Endpoint(endpoint.url), 8192, load("json_reply").text))

    async def many() -> list[ChatReply[Answered]]:
        return await asyncio.gather(*(model.complete(request(str(number))) for number in range(8)))

    assert all(reply.output for reply in asyncio.run(many()))
    forms = [body["response_format"]["type"] for body in endpoint.requests]
    assert forms.count("json_schema") > 1, "they were under way together"
    again = [body for body in endpoint.requests if body["response_format"]["type"] != "json_schema"]
    assert len(again) == 8
    assert all("schema" in body["response_format"] for body in again)


def test_many_refusals_of_bounds_at_once_give_up_no_form(endpoint: FakeEndpoint) -> None:
    endpoint.rule = lambda asked: {"refs": ["m1"]}
    endpoint.faults = lambda asked: (
        Status(400, "Invalid schema: 'pattern' is not permitted.") if "pattern" in str(asked.body) else None
    )
    model = load_model("openai", ModelChoice("fake", Endpoint(endpoint.url), 8192, ""))

    async def many() -> list[ChatReply[Bounded]]:
        asked = [ChatRequest("draft/1", "Answer.", (Turn("user", str(n)),), Bounded) for n in range(8)]
        return await asyncio.gather(*map(model.complete, asked))

    assert all(reply.output for reply in asyncio.run(many()))
    assert {body["response_format"]["type"] for body in endpoint.requests} == {"json_schema"}
    assert len(endpoint.requests) == 16, "they were under way together"


def test_an_error_of_the_server_gives_up_no_form_that_has_proven_itself(endpoint: FakeEndpoint) -> None:
    endpoint.faults = {1: Status(500, "response_format: out of memory", retry_after=0.01)}
    assert ask(endpoint, request("one"), request("two")).output is not None
    assert [body["response_format"]["type"] for body in endpoint.requests] == ["json_schema"] * 3


def test_an_endpoint_that_passes_over_schemas_is_noticed(endpoint: FakeEndpoint) -> None:
    def rule(asked: Asked) -> Answer:
        return GOOD if "JSON Schema" in asked.system else "You should raise the timeout."

    endpoint.rule = rule
    address = Endpoint(endpoint.url)
    model = load_model("openai", ModelChoice("fake", address, 8192, load("json_reply").text))

    async def twice() -> ChatReply[Answered]:
        with pytest.raises(ModelReplyUnusable) as caught:
            await model.complete(request())
        assert caught.value.said == "You should raise the timeout."
        return await model.complete(request())

    assert asyncio.run(twice()).output is not None


def test_an_endpoint_that_answers_another_object_than_its_schema_is_noticed(endpoint: FakeEndpoint) -> None:
    endpoint.rule = lambda asked: GOOD if "JSON Schema" in asked.system else {"answer": "Raise it."}
    model = load_model("openai", ModelChoice("fake", Endpoint(endpoint.url), 8192, load("json_reply").text))

    async def twice() -> ChatReply[Answered]:
        with pytest.raises(ModelReplyUnusable, match="text: Field required"):
            await model.complete(request())
        return await model.complete(request())

    assert asyncio.run(twice()).output is not None


def test_one_slip_of_an_endpoint_that_keeps_schemas_changes_nothing(endpoint: FakeEndpoint) -> None:
    endpoint.rule = scripted([GOOD, "Sorry, what?", GOOD])
    model = load_model("openai", ModelChoice("fake", Endpoint(endpoint.url), 8192, ""))

    async def three() -> None:
        await model.complete(request("one"))
        with pytest.raises(ModelReplyUnusable):
            await model.complete(request("two"))
        await model.complete(request("three"))

    asyncio.run(three())
    assert all(body["response_format"]["type"] == "json_schema" for body in endpoint.requests)


def test_something_else_at_the_address_is_named(endpoint: FakeEndpoint) -> None:
    endpoint.faults = lambda asked: HalfBody()
    with pytest.raises(ModelDown, match="no chat completion"):
        ask(endpoint)
    assert len(endpoint.requests) == 1


def test_words_that_a_model_does_not_take_are_left_out(endpoint: FakeEndpoint) -> None:
    def fault(asked: Asked) -> Fault | None:
        if "max_tokens" in asked.body:
            return Status(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        if "temperature" in asked.body:
            return Status(400, "Unsupported value: 'temperature' does not support 0 with this model.")
        return None

    endpoint.faults = fault
    assert ask(endpoint, request("one"), request("two")).output is not None
    assert len(endpoint.requests) == 4
    assert endpoint.requests[-1]["max_completion_tokens"] == 200


def test_many_refusals_of_a_word_at_once_fail_no_request(endpoint: FakeEndpoint) -> None:
    endpoint.faults = lambda asked: (
        Status(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        if "max_tokens" in asked.body
        else None
    )
    model = load_model("openai", ModelChoice("fake", Endpoint(endpoint.url), 8192, ""))

    async def many() -> list[ChatReply[Answered]]:
        return await asyncio.gather(*(model.complete(request(str(number))) for number in range(8)))

    assert all(reply.output for reply in asyncio.run(many()))
    assert len(endpoint.requests) == 16, "they were under way together"


def test_thoughts_before_the_object_are_passed_over(endpoint: FakeEndpoint) -> None:
    endpoint.rule = scripted(['<think>{"text": 1}</think> Here it is: {"text": "yes", "facts": []} Done.'])
    assert ask(endpoint).output == Answered(text="yes")


def test_requests_side_by_side_are_bounded_and_bend_to_429(endpoint: FakeEndpoint) -> None:
    endpoint.faults = {number: Status(429, retry_after=0.01) for number in range(4)}
    endpoint.wait_s = 0.02
    address = Endpoint(endpoint.url, retries=5, at_once=6)
    model = load_model("openai", ModelChoice("fake", address, 8192, ""))

    async def many() -> list[ChatReply[Answered]]:
        return await asyncio.gather(*(model.complete(request(str(number))) for number in range(30)))

    assert all(reply.output for reply in asyncio.run(many()))
    assert endpoint.most_at_once <= 6


def test_the_limit_halves_and_comes_back_slowly() -> None:
    limit = BendingLimit(8)
    limit.slower()
    limit.slower()
    assert limit.now == 2
    for _ in range(4):
        limit.faster()
    assert 3 < limit.now < 4
    for _ in range(10):
        limit.slower()
    assert limit.now == 1
    for _ in range(100):
        limit.faster()
    assert limit.now == 8


def test_an_unknown_backend_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NotFound) as caught:
        load_model("magic", ModelChoice("x", Endpoint(""), 8192, ""))
    assert "openai" in caught.value.hint


def test_what_is_known_of_an_endpoint_is_checked_against_the_specification(
    openai_specification: OpenAISpecification,
) -> None:
    with serving(FakeEndpoint(lambda asked: GOOD, validator=openai_specification)) as served:
        ask(served, request(), request(tools=(SIZE,)))
        assert served.violations == []
