"""Whatever is wrong with an endpoint has a name, and what may be billed is told."""

from __future__ import annotations

import asyncio

import pytest

from tests.models.asking import GOOD, SIZE, ask, request
from threadlore.endpoints import Endpoint
from threadlore.errors import (
    ConfigError,
    ModelDown,
    ModelReplyUnusable,
    ReplyEmpty,
    RequestRefused,
    ThreadloreError,
)
from threadlore.models import ModelChoice, load_model
from threadlore.testing.endpoint import FakeEndpoint, serving
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
