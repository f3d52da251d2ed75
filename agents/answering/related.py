"""Settled threads that nobody has reviewed, for a question that no entry answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from threadlore.agents.answering.state import AnswerContext, AnswerState
from threadlore.agents.drafting.hosts import links_allowed, own_hosts
from threadlore.agents.drafting.wording import is_hostile, words_of
from threadlore.embedding import embed_cached
from threadlore.seams import RelatedThread, VectorQuery
from threadlore.types import Message, Question, QuestionStatus, Role, Thread, ThreadKind, Visibility

QUESTIONS = "questions"
"""Collection of the vector store with a row a question of the threads."""

RELATED = 3
CLOSE_ENOUGH = 0.52
"""Cosine of what is asked and a settled question with its answer from which its thread is worth showing."""

READ = 8
"""Settled questions, the nearest ones, that are read together with their answers."""

SNIPPET = 300
READ_ANSWER = 600
"""Characters of an answer that are compared with what is asked."""

LONG = 30
"""Messages from which the title of a thread is the name of a place, and tells nothing of a question in it."""

_HITS = 24


@dataclass(frozen=True, slots=True)
class _Talk:
    """A settled question with its thread and what settled it."""

    question: Question
    thread: Thread
    answers: tuple[Message, ...]

    @property
    def text(self) -> str:
        said = " ".join(message.text for message in self.answers)
        return f"{self.question.text} {said[:READ_ANSWER]}"


async def related_threads(state: AnswerState, context: AnswerContext) -> tuple[RelatedThread, ...]:
    """Return up to three settled, public threads whose question and answer are near to what is asked."""
    import numpy as np

    vector = np.asarray(state.vector, np.float32)
    if not state.vector:
        vector = (await context.embedder.embed([state.question]))[0]
    hits = (await context.vectors.search(QUESTIONS, [VectorQuery(vector, state.question)], _HITS))[0]
    talks = await asyncio.to_thread(_settled, [hit.id for hit in hits], context)
    if not talks:
        return ()
    vectors = await embed_cached(context.records, context.embedder, [one.question.text for one in talks])
    nearest = np.argsort(-(vectors @ vector), kind="stable")[:READ]
    read = [talks[place] for place in nearest]
    # A question alone is often a few words; with its answer it tells what its thread is about.
    whole = await context.embedder.embed([one.text for one in read])
    found: dict[str, RelatedThread] = {}
    for cosine, place in sorted(zip((whole @ vector).tolist(), range(len(read)), strict=True), reverse=True):
        if cosine < CLOSE_ENOUGH or len(found) == RELATED:
            break
        found.setdefault(read[place].thread.id, _shown(read[place], state.question))
    return tuple(found.values())


def _settled(keys: list[str], context: AnswerContext) -> list[_Talk]:
    """Return those of the questions that are settled in public and whose threads may be shown, in order."""
    asked = {item.id: item for item in context.records.questions(keys)} if keys else {}
    talks = []
    for key in keys:
        question = asked.get(key)
        if question is None or question.status is not QuestionStatus.SETTLED:
            continue
        threads = context.records.threads([question.thread_id])
        messages = context.records.messages(question.resolution)
        public = question.visibility is Visibility.PUBLIC
        if not threads or not public or threads[0].visibility is not Visibility.PUBLIC:
            continue
        answers = tuple(one for one in messages if _may_be_shown(question, threads[0].title, one, context))
        # Who vouches for it, or another than the asker, must have had the last word.
        if answers and answers[-1] == messages[-1]:
            talks.append(_Talk(question, threads[0], answers))
    return talks


def _shown(talk: _Talk, asked: str) -> RelatedThread:
    """Return a thread with the message that says most of what is asked, and where it is."""
    wanted = words_of(f"{asked} {talk.question.text}")
    said = max(talk.answers, key=lambda one: (len(wanted & words_of(one.text)), min(len(one.text), SNIPPET)))
    text = " ".join(said.text.split())
    answer = text if len(text) <= SNIPPET else text[:SNIPPET].rsplit(" ", 1)[0] + " …"
    whole = talk.thread.kind is ThreadKind.NATIVE and len(talk.thread.message_ids) < LONG
    names = bool(talk.thread.title) and whole
    title = talk.thread.title if names else talk.question.text
    return RelatedThread(title, (talk.thread.url if names else "") or said.url or talk.thread.url, answer)


def _may_be_shown(question: Question, title: str, said: Message, context: AnswerContext) -> bool:
    """Return whether what nobody reviewed may be pointed to: not what its asker says alone.

    Who asks and answers himself could put anything before readers; nor may a thread speak to a model, or
    link to where neither the profile nor the thread itself is.
    """
    vouched = said.role in (Role.HELPER, Role.MAINTAINER) or bool(said.marks.solved)
    if said.author == question.author and not vouched:
        return False
    hosts = own_hosts(context.profile, [said.url])
    shown = (title, question.text, said.text)
    return not any(is_hostile(text) or not links_allowed(text, hosts) for text in shown)
