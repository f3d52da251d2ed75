"""An endpoint gives typed replies, and whatever is wrong with it has a name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict

from tests.openai_spec import OpenAISpecification
from threadlore.chat import ChatReply, ChatRequest, ToolOffer, Turn, at_most, reference
from threadlore.endpoints import BendingLimit, Endpoint
from threadlore.errors import (
    ConfigError,
    ModelDown,
    ModelReplyUnusable,
    NotFound,
    ReplyEmpty,
    RequestRefused,
    ThreadloreError,
)
from threadlore.models import ModelChoice, load_model
from threadlore.prompts import load
from threadlore.testing.endpoint import Asked, FakeEndpoint, scripted, serving
from threadlore.testing.faults import (
    CallsTool,
    Choices,
    Dropped,
    Fault,
    HalfBody,
    Redirect,
    Refusal,
    Says,
    Status,
    Timeout,
)
from threadlore.testing.replies import Answer, ToolWish


class Fact(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    version: str | None = None


class Answered(BaseModel):
    """What the model is to say."""

    model_config = ConfigDict(extra="forbid")

    text: str
    facts: tuple[Fact, ...] = ()


GOOD = {"text": "Raise the timeout.", "facts": [{"title": "timeout", "version": "2.4"}]}
SIZE = ToolOffer(
    "size", "Sizes a cluster.", {"type": "object", "properties": {"vectors": {"type": "integer"}}}
)


def request(text: str = "How?", tools: tuple[ToolOffer, ...] = ()) -> ChatRequest[Answered]:
    return ChatRequest("draft/1", "Answer.", (Turn("user", text),), Answered, tools, max_tokens=200)


def ask(
    endpoint: FakeEndpoint, *asked: ChatRequest[Answered], retries: int = 2, timeout_s: float = 5.0
) -> Any:
    """Ask one after the other by one client; return the last reply."""
    address = Endpoint(endpoint.url, timeout_s=timeout_s, retries=retries)
    model = load_model("openai", ModelChoice("fake", address, 8192, load("json_reply").text))

    async def all_of() -> ChatReply[Answered] | None:
        reply = None
        for one in asked or (request(),):
            reply = await model.complete(one)
        return reply

    return asyncio.run(all_of())


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> Iterator[FakeEndpoint]:
    """An endpoint that says GOOD, with every body checked against the specification where that is here."""
    try:
        validator = request.getfixturevalue("openai_specification")
    except pytest.skip.Exception:
        validator = None
    with serving(FakeEndpoint(lambda asked: GOOD, validator=validator)) as served:
        yield served
    assert served.violations == []


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
    assert all("schema" in body["response_format"] for body in endpoint.requests[-8:])


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


def test_thoughts_before_the_object_are_passed_over(endpoint: FakeEndpoint) -> None:
    endpoint.rule = scripted(['<think>{"text": 1}</think> Here it is: {"text": "yes", "facts": []} Done.'])
    assert ask(endpoint).output == Answered(text="yes")


@pytest.mark.parametrize(
    "fault",
    [
        Status(429, "slow down", retry_after=0.01),
        Status(500),
        Status(503, retry_after=0.01),
    ],
    ids=repr,
)
def test_what_costs_nothing_and_may_help_is_asked_again(endpoint: FakeEndpoint, fault: Fault) -> None:
    endpoint.faults = {0: fault}
    assert ask(endpoint).output is not None
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (Dropped(), ModelDown, False),
        (Timeout(30), ModelDown, False),
        (HalfBody(), ModelDown, False),
        (Choices(), ReplyEmpty, False),
        (Says(""), ReplyEmpty, False),
        (Says(None), ReplyEmpty, False),
        (Refusal(), ModelReplyUnusable, False),
        (Says("x", finish_reason="content_filter"), ModelReplyUnusable, False),
        (Says('{"text": "Raise', finish_reason="length"), ModelReplyUnusable, True),
        (Says('{"text": "Raise'), ModelReplyUnusable, True),
        (Says('{"words": "Raise the timeout."}'), ModelReplyUnusable, True),
        (Says("[1, 2]"), ModelReplyUnusable, True),
        (Says("{" * 200_000), ModelReplyUnusable, False),
        (Says("x" * 10_000_000), ModelReplyUnusable, False),
        (Status(401), ConfigError, False),
        (Status(404, "no such model"), ConfigError, False),
        (Status(400, "maximum context length is 8192 tokens"), ModelReplyUnusable, False),
        (Status(429, "wait", retry_after=3600), ModelDown, False),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_what_is_paid_for_or_does_not_help_is_named_after_one_request(
    endpoint: FakeEndpoint, fault: Fault, error: type[Exception], said: bool
) -> None:
    endpoint.faults = lambda asked: fault
    with pytest.raises(error) as caught:
        ask(endpoint, timeout_s=0.5 if isinstance(fault, Timeout) else 5.0)
    assert len(endpoint.requests) == 1
    if isinstance(caught.value, ModelReplyUnusable):
        assert bool(caught.value.said) == said


@pytest.mark.parametrize(
    "told",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
        "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
    ],
)
def test_a_request_beyond_the_window_names_the_setting(endpoint: FakeEndpoint, told: str) -> None:
    endpoint.faults = {0: Status(400, told)}
    with pytest.raises(RequestRefused, match="longer than the window") as caught:
        ask(endpoint)
    assert "model_window" in caught.value.hint
    assert "4096" in caught.value.hint


def test_a_redirect_takes_no_text_to_another_address(endpoint: FakeEndpoint) -> None:
    with serving(FakeEndpoint(lambda asked: GOOD)) as elsewhere:
        endpoint.faults = lambda asked: Redirect(f"{elsewhere.url}/chat/completions")
        with pytest.raises(ConfigError, match="another address"):
            ask(endpoint)
        assert elsewhere.requests == []


def test_a_loopback_endpoint_is_asked_through_no_proxy(
    endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(endpoint, retries=0).output is not None


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_server_that_repeats_the_key_brings_it_into_no_message(endpoint: FakeEndpoint, status: int) -> None:
    endpoint.faults = lambda asked: Status(status, "no: Bearer sk-secret-42", retry_after=0.01)
    address = Endpoint(endpoint.url, key="sk-secret-42", retries=0)
    model = load_model("openai", ModelChoice("fake", address, 8192, ""))
    with pytest.raises(ThreadloreError) as caught:
        asyncio.run(model.complete(request()))
    assert "sk-secret" not in f"{caught.value.message} {caught.value.hint}"


def test_a_reply_without_content_is_paid_for(endpoint: FakeEndpoint) -> None:
    endpoint.faults = lambda asked: Says("")
    with pytest.raises(ReplyEmpty) as caught:
        ask(endpoint)
    assert caught.value.tokens_in > 0


def test_a_reply_too_long_to_be_read_is_paid_for(endpoint: FakeEndpoint) -> None:
    endpoint.faults = lambda asked: Says("x" * 10_000_000)
    with pytest.raises(ModelReplyUnusable) as caught:
        ask(endpoint)
    assert caught.value.tokens_in > 0
    assert caught.value.tokens_out == request().max_tokens


def test_an_endpoint_that_stays_down_is_named(endpoint: FakeEndpoint) -> None:
    endpoint.faults = lambda asked: Status(500, "on fire", retry_after=0.01)
    with pytest.raises(ModelDown, match=r"answered 500\.") as caught:
        ask(endpoint, retries=2)
    assert "on fire" in caught.value.hint
    assert len(endpoint.requests) == 3


@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_what_a_server_says_is_told_and_not_what_a_run_keeps(endpoint: FakeEndpoint, status: int) -> None:
    endpoint.faults = lambda asked: Status(status, "I was asked: my name is Ann", retry_after=0.01)
    with pytest.raises(ThreadloreError) as caught:
        ask(endpoint, retries=0)
    assert "Ann" in caught.value.hint
    assert "Ann" not in str(caught.value)


@pytest.mark.parametrize("fault", [Timeout(30), Dropped(), HalfBody()], ids=repr)
def test_an_answer_that_nobody_could_wait_for_may_be_billed(endpoint: FakeEndpoint, fault: Fault) -> None:
    endpoint.faults = lambda asked: fault
    with pytest.raises(ModelDown) as caught:
        ask(endpoint, retries=0, timeout_s=0.5)
    assert (caught.value.tokens_in, caught.value.tokens_out) == (request().most_tokens(), 200)


def test_an_address_where_nothing_listens_is_named() -> None:
    nowhere = FakeEndpoint(lambda asked: GOOD, url="http://127.0.0.1:9/v1")
    with pytest.raises(ModelDown, match="cannot be reached") as caught:
        ask(nowhere, retries=0)
    assert (caught.value.tokens_in, caught.value.tokens_out) == (0, 0), "nothing was sent"


def test_a_wish_for_a_tool_that_nobody_offered_is_told_as_it_is(endpoint: FakeEndpoint) -> None:
    endpoint.faults = {0: CallsTool("rm")}
    assert ask(endpoint, request(tools=(SIZE,))).tool_requests[0].name == "rm"


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
