"""Any endpoint that speaks OpenAI's chat completions: OpenAI, Azure (v1), vLLM, Ollama, llama.cpp.

What an endpoint cannot do is found out by asking, once, and remembered while the program runs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from threadlore.chat import ChatReply, ChatRequest, Output, ToolRequest, Usage, rough_tokens
from threadlore.endpoints import Connection, may_be_billed
from threadlore.errors import ModelDown, ModelReplyUnusable, ReplyEmpty
from threadlore.models import ModelChoice
from threadlore.models.openai.abilities import Abilities, body_of
from threadlore.models.openai.reading import BREAKS_OFF, Completion, read_completion, read_output

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class OpenAIModel:
    """One model behind an endpoint; safe for many requests at once."""

    def __init__(self, choice: ModelChoice) -> None:
        self.model = choice.name
        self.window = choice.window
        self.at_a_time = choice.at_a_time
        self.tries = 1 + choice.endpoint.retries
        self._json_rule = choice.json_rule
        self._connection = Connection(choice.endpoint, again=False)
        self._abilities = Abilities()

    async def complete(self, request: ChatRequest[Output]) -> ChatReply[Output]:
        """Return the typed reply to `request`.

        Raises:
            ModelDown: no answer after all retries, none that was heard, or one that is no chat completion.
            ModelReplyUnusable: refused, cut, too long, or it does not fit the output type.
            ReplyEmpty: there is neither text nor a wish for a tool in it, nor a reason why.
            ConfigError: the key or the model name is refused.
        """
        client, limit = self._connection.open()
        async with limit:
            completion = await self._sent(client, request)
        if completion.broken:
            raise ModelDown(
                f"{self.model} answered with something that is no chat completion.",
                "Check that the address is that of an OpenAI-compatible endpoint.",
                (request.most_tokens(), request.max_tokens),
            )
        return self._read(completion, request)

    async def _sent(self, client: AsyncOpenAI, request: ChatRequest[Any]) -> Completion:
        """Send the request, less what the endpoint turns out not to know."""
        from openai import APIStatusError, OpenAIError

        while True:
            known = replace(self._abilities)
            body = body_of(request, self.model, known, self._json_rule)
            try:
                raw = await client.chat.completions.with_raw_response.create(**body)
            except APIStatusError as error:
                refused = error.status_code in (400, 422, 500, 501)
                # What another request was refused meanwhile may be what this one was refused for.
                if refused and (
                    known != self._abilities
                    or self._abilities.without(error.message, body, error.status_code)
                ):
                    continue
                raise self._connection.explained(error, self.model) from error
            except OpenAIError as error:
                told = self._connection.explained(error, self.model)
                if isinstance(told, ModelReplyUnusable | ModelDown) and may_be_billed(error.__cause__):
                    # A reply that nobody reads, or waits for, names no usage, and is paid for.
                    told.tokens_in, told.tokens_out = request.most_tokens(), request.max_tokens
                raise told from error
            return read_completion(raw.http_response.content)

    def _read(self, completion: Completion, request: ChatRequest[Output]) -> ChatReply[Output]:
        usage = completion.usage or Usage(request.rough_tokens(), rough_tokens(completion.text))
        tokens = (usage.tokens_in, usage.tokens_out)
        if completion.empty:
            raise ReplyEmpty(completion.problem, tokens=tokens)
        if completion.problem:
            raise ModelReplyUnusable(completion.problem, said=completion.said, tokens=tokens)
        if completion.tools:
            wishes = tuple(ToolRequest(one.id, one.name, one.arguments) for one in completion.tools)
            return ChatReply(None, self.model, usage, wishes)
        output, problem = read_output(completion.text, request.output)
        if output is None:
            if not problem.startswith(BREAKS_OFF):
                self._abilities.ignored_schema()
            problem = problem or "there is no JSON object in it"
            raise ModelReplyUnusable(
                f"The reply does not fit: {problem}.", said=completion.said, tokens=tokens
            )
        self._abilities.kept_schema()
        return ChatReply(output, self.model, usage)


def load(choice: ModelChoice) -> OpenAIModel:
    """Return the model behind an OpenAI-compatible endpoint; nothing is asked of it yet."""
    return OpenAIModel(choice)
