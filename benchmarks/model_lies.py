"""A model that lies in every tenth sentence: what of it is published, and what good is cut by mistake.

Run: python -m benchmarks.model_lies [--rounds N] [--data DIR]
Sentences that a model would write about what people answered stand in benchmarks/model_sentences, by hand.
With DIR, which holds discord/meshcore_threads.jsonl.gz, the plain model lies about real threads as well.
The check by a second call finds everything supported: what is caught here is caught by code.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
import re
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.model_cost import as_threadlore
from threadlore import ids, pipeline
from threadlore.agents.budget import Purse
from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.sentences import pieces
from threadlore.agents.drafting.wording import as_sentence, overlap, words_of
from threadlore.agents.graph import build_writing
from threadlore.agents.grounding.citations import citation_marks, quote_found
from threadlore.agents.model_calls import ModelCalls
from threadlore.agents.state import DraftBatch
from threadlore.chat import ChatRequest
from threadlore.profile import load_profile
from threadlore.seams import CleanBatch
from threadlore.settings import load_settings
from threadlore.store.records import Records
from threadlore.testing import ScriptedModel
from threadlore.testing.endpoint import Asked, FakeEndpoint, serving
from threadlore.testing.plain_model import answer
from threadlore.testing.threads import CHANNEL, Said, Told, told, topic_over
from threadlore.types import Channel, FaqEntry, Question, Role, Topic
from threadlore.wiring import open_workspace

SENTENCES = Path(__file__).parent / "model_sentences"
START = datetime(2026, 3, 1, tzinfo=UTC)
EVERY = 10
SOURCE = "bench:lies"
Case = dict[str, Any]


def _number(text: str, rng: random.Random) -> str:
    digits = list(re.finditer(r"(?<![\w.])\d[\d,]*(?![\w.])", text))
    if not digits:
        return f"{text.rstrip('.')}, for up to {rng.randrange(13, 9999)} collections."
    found = rng.choice(digits)
    return f"{text[: found.start()]}{rng.randrange(20_000, 90_000)}{text[found.end() :]}"


def _version(text: str, rng: random.Random) -> str:
    version = f"{rng.randrange(3, 9)}.{rng.randrange(0, 9)}.{rng.randrange(0, 20)}"
    return f"{text.rstrip('.')} since {version}."


def _flag(text: str, rng: random.Random) -> str:
    flag = f"--{rng.choice(('fast', 'force', 'no-wal', 'turbo'))}-{rng.choice(('merge', 'sync'))}"
    return f"{text.rstrip('.')} with {flag}."


def _name(text: str, rng: random.Random) -> str:
    name = rng.choice(
        ("client.turbo_compact()", "enableFastPath", "flush_and_wait", "IndexWarmer", "queryNode.eager")
    )
    return f"{text.rstrip('.')} and call {name}."


def _parameter(text: str, rng: random.Random) -> str:
    name = rng.choice(("nprobe", "shards_num", "cache.ratio", "parallel", "segcore.threads"))
    return f"{text.rstrip('.')} and set {name} to {rng.choice(('true', 'high', 'auto'))}."


def _link(text: str, rng: random.Random) -> str:
    host = rng.choice(("docs.milvus.example", "milvus-help.net", "bit.ly"))
    return f"{text.rstrip('.')}, see https://{host}/{rng.randrange(99)}."


def _same(text: str, rng: random.Random) -> str:
    return text


KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "number": _number,
    "version": _version,
    "flag": _flag,
    "API name": _name,
    "parameter": _parameter,
    "link": _link,
    "quote": _same,
}


@dataclass
class Tally:
    """What was said and what stands, by kind of lie."""

    told: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    good: int = 0
    cut: int = 0
    unfounded: int = 0
    published: int = 0
    examples: list[str] = field(default_factory=list)


def _quoted(message: str, text: str) -> list[str]:
    """Return the beginnings of the two sentences of a message that say most of `text`."""
    parts = [one.text for one in pieces(message)]
    order = sorted(parts, key=lambda part: -overlap(words_of(text), part))
    telling = [part for part in order[:2] if overlap(words_of(text), part) > 0]
    return [" ".join(part.split()[:14]) for part in telling or order[:1]]


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _worded(asked: str) -> str:
    """Return what was asked as a question, as the prompt wants it: a draft without one is none."""
    return asked if asked.endswith("?") else f"What can be done about {asked}?"


class Liar:
    """Says the good sentences of each case, and in place of every tenth one a lie made from it."""

    def __init__(self, cases: list[Case], seed: int) -> None:
        self.cases = {_letters(case["asked"]): case for case in cases}
        self.replies: dict[str, dict[str, Any]] = {}
        self.rng = random.Random(seed)
        self.count = seed % EVERY
        self.lies: dict[str, dict[str, str]] = {}
        self.good: dict[str, list[str]] = {}

    def __call__(self, request: ChatRequest[Any]) -> dict[str, Any]:
        """Return the reply to a request; the check finds all supported."""
        text = "\n".join(turn.text for turn in request.turns)
        if request.prompt.startswith("check"):
            claims = re.findall(r"^q\d+ claim (\d+):", text, re.MULTILINE)
            return {"verdicts": [{"claim": int(one), "verdict": "supported"} for one in claims]}
        asked = re.search(r"^q1 asked: (.*)$", text, re.MULTILINE)
        case = self.cases[_letters(asked[1] if asked else "")]
        if case["asked"] not in self.good:
            self._write(case)
        return self.replies[case["asked"]]

    def _write(self, case: Case) -> None:
        key, claims = case["asked"], []
        self.good[key], self.lies[key] = [], {}
        for text in case["good"]:
            self.count += 1
            quotes = _quoted(case["quote"], text)
            said = text
            if self.count % EVERY == 0:
                kind = list(KINDS)[self.count // EVERY % len(KINDS)]
                said = KINDS[kind](text, self.rng)
                quotes = [f"I can confirm that {text}"] if kind == "quote" else quotes
                self.lies[key][as_sentence(said)] = kind
            else:
                self.good[key].append(as_sentence(said))
            claims.append(
                {"form": "sentence", "text": said, "cites": [{"ref": "m1", "quote": one} for one in quotes]}
            )
        self.replies[key] = {"question": _worded(key), "claims": claims}


def load_cases() -> list[Case]:
    """Return the cases, each question once."""
    files = sorted(SENTENCES.glob("*.toml"))
    return [case for path in files for case in tomllib.loads(path.read_text("utf-8"))["case"]]


def fill(records: Records, cases: list[Case]) -> list[Topic]:
    """Store each case as two threads that ask it and one answer of a maintainer; return a topic a case."""
    forum: list[Told] = []
    topics: list[Topic] = []
    asked: dict[str, list[Question]] = {}
    for number, case in enumerate(cases):
        settled = Said("max", case["quote"], Role.MAINTAINER)
        opened = START + timedelta(days=number)
        both = [
            told((SOURCE, f"{number}{who}"), case["asked"], [Said(who, case["asked"]), *more], opened)
            for who, more in (("ann", [settled]), ("bob", []))
        ]
        questions = [one.question(case["asked"]) for one in both]
        forum += both
        topics.append(topic_over(questions))
        asked |= {one.thread_id: [one] for one in questions}
    records.save_batch(
        CleanBatch(
            SOURCE,
            (Channel(id=ids.channel_id(SOURCE, CHANNEL), source=SOURCE, name=CHANNEL),),
            tuple(one.thread for one in forum),
            tuple(message for one in forum for message in one.messages),
        )
    )
    records.save_questions("extractive", asked)
    records.save_topics(topics, [])
    return topics


def _tally(entries: list[FaqEntry], liar: Liar, records: Records, tally: Tally) -> None:
    standing: dict[str, set[str]] = {key: set() for key in liar.good}
    for entry in entries:
        own = _letters(entry.question)
        key = next(one for one in liar.good if own in (_letters(one), _letters(_worded(one))))
        for text, marks in citation_marks(entry.answer):
            standing[key].add(text)
            cited = [entry.citations[mark] for mark in marks]
            texts = {one.id: one.text for one in records.messages([one.source_id for one in cited])}
            found = cited and all(quote_found(one.quote, texts.get(one.source_id, "")) for one in cited)
            tally.published += 1
            tally.unfounded += not found
    for key, stands in standing.items():
        for text in liar.good[key]:
            tally.good += 1
            if text not in stands:
                tally.cut += 1
                tally.examples.append(text)
        for text, kind in liar.lies[key].items():
            tally.told[kind] += 1
            tally.caught[kind] += text not in stands


@contextmanager
def _context(folder: Path, liar: Liar) -> Iterator[tuple[AnalysisContext, Records]]:
    with open_workspace(load_settings(data=folder, profile="milvus")) as workspace:
        calls = ModelCalls(workspace.records, ScriptedModel(liar), Purse(), "run", lambda: START)
        yield (
            AnalysisContext(
                records=workspace.records,
                embedder=lambda: workspace.embedder,
                vectors=lambda: workspace.vectors,
                profile=load_profile("milvus"),
                run_id="run",
                now=START,
                calls=calls,
            ),
            workspace.records,
        )


def by_hand(rounds: int) -> Tally:
    """Let a model lie about the cases by hand, each round in other sentences."""
    tally = Tally()
    cases = load_cases()
    for seed in range(rounds):
        liar = Liar(cases, seed)
        with tempfile.TemporaryDirectory() as name, _context(Path(name), liar) as (context, records):
            topics = fill(records, cases)
            batch = DraftBatch(topic_ids=tuple(topic.id for topic in topics))
            result = asyncio.run(build_writing().ainvoke(batch, context=context))
            _tally(result["checked"], liar, records, tally)
    return tally


class LyingModel:
    """The plain model, with a lie in place of every tenth sentence of its drafts."""

    def __init__(self) -> None:
        self.rng = random.Random(7)
        self.count = 0
        self.said: dict[str, str] = {}

    def __call__(self, asked: Asked) -> dict[str, Any]:
        """Return the reply; which sentences are lies is kept by sentence."""
        reply = dict(answer(asked))
        for claim in reply.get("claims", []):
            self.count += 1
            kind = ""
            if self.count % EVERY == 0:
                kind = list(KINDS)[self.count // EVERY % len(KINDS)]
                claim["text"] = KINDS[kind](claim["text"], self.rng)
                if kind == "quote":
                    claim["cites"][0]["quote"] = f"I can confirm that {claim['text']}"
            self.said[as_sentence(" ".join(claim["text"].split()))] = kind
        return reply


def _analyze(source: Path, folder: Path, url: str) -> None:
    lines = folder / "threads.jsonl"
    with gzip.open(source, "rt", encoding="utf-8") as file:
        rows = [json.dumps(as_threadlore(json.loads(line))) for line in file]
    lines.write_text("\n".join(rows), encoding="utf-8")
    settings = load_settings(data=folder / "data", profile="generic", model="fake", model_url=url)
    with open_workspace(settings) as workspace:
        asyncio.run(workspace.ingest([lines], "discord:meshcore"))
        asyncio.run(pipeline.analyze(workspace.analysis()))


def on_real_threads(data: Path) -> Tally:
    """Let the plain model lie about real threads; drafts go through the whole analysis."""
    tally, rules = Tally(), LyingModel()
    with tempfile.TemporaryDirectory() as name, serving(FakeEndpoint(rule=rules)) as endpoint:
        folder = Path(name)
        _analyze(data / "discord" / "meshcore_threads.jsonl.gz", folder, endpoint.url)
        records = Records(folder / "data")
        stands = set()
        for entry in records.entries():
            for text, marks in citation_marks(entry.answer):
                cited = [entry.citations[mark] for mark in marks]
                texts = {one.id: one.text for one in records.messages([one.source_id for one in cited])}
                contested = not marks and entry.contested
                found = cited and all(quote_found(one.quote, texts.get(one.source_id, "")) for one in cited)
                stands.add(text)
                tally.published += 1
                tally.unfounded += not found and not contested
        records.close()
    for text, kind in rules.said.items():
        if kind:
            tally.told[kind] += 1
            tally.caught[kind] += text not in stands
        elif _may_stand(text):
            tally.good += 1
            tally.cut += text not in stands
            tally.examples += [] if text in stands else [text]
    return tally


def _may_stand(text: str) -> bool:
    """Return whether a sentence could be good: the plain model copies questions and dead links too."""
    return not text.endswith("?") and not re.search(r"https?://|@", text)


def show(title: str, tally: Tally) -> None:
    """Print a table."""
    print(f"\n{title}\n\n| lie | told | caught |\n|---|--:|--:|")
    for kind in KINDS:
        print(f"| {kind} | {tally.told[kind]} | {tally.caught[kind]} |")
    print(f"| all | {tally.told.total()} | {tally.caught.total()} |\n")
    share = 100 * tally.cut / max(1, tally.good)
    print(f"good sentences cut by mistake: {tally.cut} of {tally.good}, {share:.1f} %")
    print(f"published: {tally.published}, without a quote found in its source: {tally.unfounded}")
    for text, count in Counter(tally.examples).most_common(8):
        print(f"  cut {count} times: {text}")


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--data", type=Path)
    arguments = parser.parse_args()
    show("Sentences by hand", by_hand(arguments.rounds))
    if arguments.data:
        show("Real threads", on_real_threads(arguments.data))


if __name__ == "__main__":
    main()
