"""Whether a chat model can be reached and answers in the form that it is asked for."""

from __future__ import annotations

from pydantic import BaseModel

from threadlore.chat import ChatModel, ChatRequest, Turn
from threadlore.prompts import load


class Heard(BaseModel):
    """The reply to a probe."""

    word: str


async def probe(model: ChatModel) -> str:
    """Ask the model for one word; return its name, its window, and the tokens that it took.

    Raises:
        ModelDown: it does not answer.
        ModelReplyUnusable: what it says does not have the form that was asked for.
        ConfigError: the key or the model name is refused.
    """
    prompt = load("probe")
    request = ChatRequest(
        prompt.label, prompt.text, (Turn("user", "Can you hear me?"),), Heard, max_tokens=256
    )
    reply = await model.complete(request)
    used = reply.usage
    return f"{model.model}: {model.window} tokens, answered with {used.tokens_in} in, {used.tokens_out} out"
