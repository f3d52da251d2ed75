"""What every file source keeps to. A new module in `ingest/sources` is found here by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest import samples
from threadlore.errors import BadInput
from threadlore.incoming import Incoming, IncomingDocument, IncomingMessage, IncomingSkip, IncomingThread
from threadlore.ingest.formats import FileSource
from threadlore.ingest.reading import read_head
from threadlore.ingest.sources import formats, open_sources, recognise

SAMPLES: dict[str, Callable[[Path], Path]] = {
    "discord_export": samples.discord_export,
    "discord_package": samples.discord_package,
    "docs": samples.docs,
    "github_discussions": samples.github_discussions,
    "github_issues": samples.github_issues,
    "jsonl": samples.jsonl,
}
REFUSED = {"discord_package"}
BY_COMMAND = {"docs"}
"""Opened by a command of their own, never guessed."""
NAMES = sorted(formats())
READ = [name for name in NAMES if name not in REFUSED]


def opened(name: str, folder: Path) -> FileSource:
    path = SAMPLES[name](folder)
    return formats()[name].open_files([path], "kind:test", "https://base.example")


def items(source: FileSource) -> list[Incoming]:
    async def read() -> list[Incoming]:
        return [item async for batch in source.batches({}) for item in batch.items]

    return asyncio.run(read())


def test_every_format_has_a_sample() -> None:
    assert set(NAMES) == set(SAMPLES)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in BY_COMMAND])
def test_recognises_its_own_and_leaves_others(name: str, tmp_path: Path) -> None:
    for other, make in SAMPLES.items():
        folder = tmp_path / other
        folder.mkdir()
        path = make(folder)
        if path.is_dir():
            continue
        found = recognise(path)
        assert found is not None and (found[0] == name) == (other == name)


@pytest.mark.parametrize("name", NAMES)
def test_has_a_title(name: str) -> None:
    assert formats()[name].TITLE


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refuses_with_a_reason(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        opened(name, tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize("name", READ)
def test_reads_something_and_the_same_twice(name: str, tmp_path: Path) -> None:
    source = opened(name, tmp_path)
    first = items(source)
    assert first == items(source)
    assert any(isinstance(item, IncomingMessage | IncomingDocument) for item in first)
    assert not [item for item in first if isinstance(item, IncomingSkip)]


@pytest.mark.parametrize("name", READ)
def test_messages_have_ids_and_times_with_zone(name: str, tmp_path: Path) -> None:
    found = items(opened(name, tmp_path))
    messages = [item for item in found if isinstance(item, IncomingMessage)]
    assert all(message.native_id and message.created_at.tzinfo for message in messages)
    assert len({message.native_id for message in messages}) == len(messages)
    threads = {item.native_id for item in found if isinstance(item, IncomingThread)}
    assert {message.thread_id for message in messages} - {None} <= threads


@pytest.mark.parametrize("name", READ)
def test_proves_no_deletion(name: str, tmp_path: Path) -> None:
    async def read() -> list[str]:
        found = opened(name, tmp_path).batches({})
        return [native_id async for batch in found for native_id in (*batch.deleted, *batch.deleted_threads)]

    assert asyncio.run(read()) == []


@pytest.mark.parametrize("name", [name for name in READ if name not in BY_COMMAND])
def test_a_file_that_breaks_off_keeps_what_came_before_and_says_so(name: str, tmp_path: Path) -> None:
    whole = SAMPLES[name](tmp_path).read_bytes()
    path = tmp_path / ("cut.jsonl" if name == "jsonl" else "cut.json")
    for part in (0.5, 0.7, 0.9, 0.97):
        path.write_bytes(whole[: int(len(whole) * part)].rstrip(b"\n"))
        found = items(formats()[name].open_files([path], "kind:test", ""))
        assert [item for item in found if isinstance(item, IncomingSkip)], part


MUTATIONS = st.lists(
    st.tuples(st.integers(0, 5000), st.binary(min_size=0, max_size=8), st.integers(0, 12)),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("name", [name for name in READ if name not in BY_COMMAND])
@given(mutations=MUTATIONS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files_raise_nothing_but_bad_input(
    name: str, tmp_path: Path, mutations: list[tuple[int, bytes, int]]
) -> None:
    data = bytearray(SAMPLES[name](tmp_path).read_bytes())
    for place, inserted, dropped in mutations:
        position = place % (len(data) + 1)
        data[position : position + dropped] = inserted
    path = tmp_path / "damaged.jsonl"
    path.write_bytes(bytes(data))
    try:
        for source in open_sources([path], "kind:test").sources:
            items(source)
        items(formats()[name].open_files([path], "kind:test", ""))
    except BadInput:
        return


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
KEYS = [
    "id",
    "number",
    "title",
    "url",
    "html_url",
    "issue_url",
    "comments_url",
    "user",
    "body",
    "labels",
    "created_at",
    "createdAt",
    "author",
    "comments",
    "replies",
    "nodes",
    "answer",
    "category",
    "messages",
    "guild",
    "channel",
    "exportedAt",
    "timestamp",
    "type",
    "content",
    "reactions",
    "emoji",
    "mentions",
    "reference",
    "forwardedMessage",
    "interaction",
    "embeds",
    "attachments",
    "text",
    "at",
    "role",
    "tags",
    "reply_to",
]
SHAPED = st.dictionaries(
    st.sampled_from(KEYS), JSON | st.dictionaries(st.sampled_from(KEYS), JSON), max_size=8
)


@pytest.mark.parametrize("name", [name for name in READ if name not in BY_COMMAND])
@given(raw=SHAPED, form=st.sampled_from(["{}", "[{}]", '{{"messages": [{}]}}', '{{"nodes": [{}]}}']))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_raises_nothing_but_bad_input(
    name: str, tmp_path: Path, raw: dict[str, object], form: str
) -> None:
    import json

    path = tmp_path / "any.json"
    path.write_text(form.format(json.dumps(raw)), encoding="utf-8")
    try:
        found = items(formats()[name].open_files([path], "kind:test", ""))
    except BadInput:
        return
    assert all(item.native_id for item in found if isinstance(item, IncomingMessage))


@given(data=st.binary(max_size=400))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arbitrary_bytes_are_recognised_or_not_and_never_crash(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(data)
    for format_ in formats().values():
        assert 0 <= format_.recognise(read_head(path), path) <= 1
