"""Questions with the threads that they stand in."""

from __future__ import annotations

from collections.abc import Iterable

from threadlore.bundle import AskedQuestion
from threadlore.seams import BundleRecords
from threadlore.types import Question


def places_of(records: BundleRecords, questions: Iterable[Question]) -> dict[str, AskedQuestion]:
    """Return by question id each question with the title and the link of its place."""
    asked = sorted(questions, key=lambda question: question.id)
    threads = {
        thread.id: thread for thread in records.threads(sorted({question.thread_id for question in asked}))
    }
    wanted = sorted({question.message_ids[0] for question in asked if question.message_ids})
    messages = {message.id: message for message in records.messages(wanted)}
    places = {}
    for question in asked:
        thread = threads.get(question.thread_id)
        message = messages.get(question.message_ids[0]) if question.message_ids else None
        url = (message.url if message else "") or (thread.url if thread else "")
        places[question.id] = AskedQuestion(question=question, title=thread.title if thread else "", url=url)
    return places
