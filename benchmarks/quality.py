"""Quality on labelled data: every `threadlore bench` task and its trivial baseline, scored alike.

    python benchmarks/quality.py --data DIR --scorers DIR [--task split ...] [--only PART]

DIR holds the public data sets in the forms that `threadlore bench` reads; the scorers are scripts that
take GOLD and PREDICTIONS and print JSON. What is measured is what ingest, analyze and ask call. A row
marked "in sample" is one that shipped weights or rules were fitted on: it tells of no other data.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from threadlore.bench.split import to_messages
from threadlore.ingest.split.reading import read_lines

Row = dict[str, Any]
Baselines = dict[str, Callable[[], list[Row]]]
THREADLORE = str(Path(sys.executable).with_name("threadlore"))
SEED = 7
PHRASINGS = 5
HALF_HOUR = 1800.0


@dataclass(frozen=True)
class Case:
    """One measured run: the command's arguments, the gold, and baselines made from the same data."""

    task: str
    name: str
    arguments: list[str]
    gold: str
    scorer: str
    extra: tuple[str, ...]
    baselines: Baselines
    in_sample: bool = False
    profile: str = "generic"


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a .jsonl or .jsonl.gz file."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def write_rows(path: Path, rows: Iterable[Row]) -> Path:
    """Write rows as JSON lines; return the path."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def previous_message(data: Path) -> list[Row]:
    """Each stream is one conversation in which every message answers the one before."""
    rows, last = [], dict[str, str]()
    for row in read_rows(data):
        stream = str(row.get("file") or row.get("project"))
        reply = [last[stream]] if stream in last else []
        rows.append({"file": stream, "id": row["id"], "conversation": stream, "reply_to": reply})
        last[stream] = row["id"]
    return rows


def reply_rule(data: Path) -> list[Row]:
    """Link to the last message of whom a message addresses, else to the speaker's own or one that named him.

    Nothing older than half an hour; whatever finds nothing starts a conversation. No text is compared.
    """
    streams = defaultdict[str, list[Row]](list)
    for row in read_rows(data):
        streams[str(row.get("file") or row.get("project"))].append(row)
    found = []
    for stream, rows in streams.items():
        last: dict[int, int] = {}
        naming: dict[int, int] = {}
        roots, lines = list(range(len(rows))), read_lines(to_messages(rows, stream))
        for place, line in enumerate(lines):
            if line is None:
                continue
            own = [places[line.author] for places in (last, naming) if line.author in places]
            told = [last[who] for who in line.addressed[:1] if who in last]
            before = told[0] if told else max(own, default=place)
            past = lines[before]
            if past is not None and line.at - past.at <= HALF_HOUR:
                roots[place] = roots[before]
                found.append({"file": stream, "id": rows[place]["id"], "conversation": roots[place],
                              "reply_to": [rows[before]["id"]] if before != place else []})  # fmt: skip
            last[line.author] = place
            naming.update(dict.fromkeys(line.addressed, place))
    return found


def split_cases(data: Path) -> Iterable[Case]:
    """Chat with gold conversations. The two networks were fitted on all but the Ubuntu development set."""
    for path in sorted((data / "disentangle").glob("*.jsonl.gz")):
        simple: Baselines = {
            "one conversation a stream": partial(previous_message, path),
            "reply rule": partial(reply_rule, path),
        }
        yield Case(
            "split", path.name.removesuffix(".jsonl.gz"), ["--data", str(path)], str(path),
            "score_disentangle.py", (), simple, "ubuntu_irc_dev" not in path.name,
        )  # fmt: skip


def one_each(data: Path, key: str) -> list[Row]:
    """Every question is a topic of its own."""
    return [{"id": row[key], "cluster": number} for number, row in enumerate(read_rows(data))]


def word_means(data: Path, count: int) -> list[Row]:
    """K-means over weighted words; unlike Threadlore it is told the number of topics."""
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    rows = read_rows(data)
    texts = [f"{row.get('title') or ''} {row.get('text') or row.get('body') or ''}" for row in rows]
    weights = TfidfVectorizer(stop_words="english", sublinear_tf=True, min_df=3).fit_transform(texts)
    dense = normalize(TruncatedSVD(100, random_state=SEED).fit_transform(weights))
    labels = MiniBatchKMeans(count, n_init=5, random_state=SEED).fit_predict(dense)
    return [{"id": row["id"], "cluster": int(label)} for row, label in zip(rows, labels, strict=True)]


def cluster_cases(data: Path) -> Iterable[Case]:
    """Gold topics of two research sets, and threads that ask the same."""
    for name in ("newsgroups20", "stackoverflow20_titles"):
        path = data / "cluster" / f"{name}.jsonl.gz"
        simple: Baselines = {
            "each alone": partial(one_each, path, "id"),
            "TF-IDF, k-means": partial(word_means, path, 20),
        }
        yield Case(
            "cluster", name, ["--data", str(path)], str(path), "score_clusters.py", (),
            simple,
        )  # fmt: skip
    path = data / "milvus" / "milvus_threads_raw.jsonl.gz"
    yield Case(
        "cluster", "milvus_question_groups", ["--data", str(path)],
        str(data / "milvus" / "milvus_question_groups.jsonl.gz"), "score_clusters.py", (),
        {"each alone": partial(one_each, path, "key")},
    )  # fmt: skip


def possible_labels(row: Row) -> list[str]:
    """Return the labels of a row, any of which is right; none for a row without."""
    labels = row.get("labels_possible") or [row.get("label")]
    return [str(label) for label in labels if label]


def majority(data: Path) -> list[Row]:
    """Everything gets the commonest label."""
    rows = read_rows(data)
    label = Counter(label for row in rows for label in possible_labels(row)).most_common(1)[0][0]
    return [{"key": row["key"], "label": label} for row in rows]


def label_cases(data: Path) -> Iterable[Case]:
    """Areas of Milvus threads, by the Milvus profile's weights and by the descriptions of the generic one.

    The weights were fitted on all three files: `fit_labels.py` holds out. The descriptions were not fitted.
    """
    for name in ("milvus_labelled", "milvus_labelled_extra", "milvus_ambiguous"):
        path = data / "milvus" / f"{name}.jsonl.gz"
        yield Case(
            "label", f"{name}, profile milvus", ["--data", str(path)], str(path), "score_labels.py", (),
            {}, True, "milvus",
        )  # fmt: skip
        yield Case(
            "label", f"{name}, profile generic", ["--data", str(path)], str(path), "score_labels.py", (),
            {"majority": partial(majority, path)},
        )  # fmt: skip


def words(text: str) -> set[str]:
    """Return the lower-case words of a text."""
    return set(text.lower().split())


def overlap_match(faq: Path, data: Path) -> list[Row]:
    """Rank entries by the share of common words; never abstain."""
    entries = defaultdict[str, list[set[str]]](list)
    for row in read_rows(faq):
        entries[row["id"]] += [words(text) for text in (row["question"], *row.get("paraphrases", []))]
    found = []
    for row in read_rows(data):
        asked = words(row.get("text") or f"{row['title']} {row.get('body', '')}")
        scores = {
            key: max(len(asked & one) / len(asked | one) for one in texts) for key, texts in entries.items()
        }
        own = row.get("id") or row["key"]
        ranked = sorted(scores.keys() - {own}, key=lambda key: (-scores[key], key))[:10]
        found.append({"id": own, "ranked": ranked, "score": scores[ranked[0]]})
    return found


def intent_faq(rows: list[Row], held_out: set[str], folder: Path, name: str) -> tuple[Path, Path]:
    """Make a FAQ with a few phrasings an intent; the rest, and the intents held out, are asked."""
    by_label = defaultdict[str, list[Row]](list)
    for row in rows:
        by_label[row["label"]].append(row)
    shuffled = random.Random(SEED)
    faq, asked = [], []
    for label in sorted(by_label):
        examples = by_label[label]
        shuffled.shuffle(examples)
        if label in held_out or label == "oos":
            asked += [{**row, "out_of_scope": True} for row in examples[:60]]
            continue
        texts = [row["text"] for row in examples[:PHRASINGS]]
        faq.append({"id": label, "question": texts[0], "paraphrases": texts[1:], "answer": ""})
        asked += examples[PHRASINGS : PHRASINGS + 40]
    return write_rows(folder / f"{name}.faq.jsonl", faq), write_rows(folder / f"{name}.asked.jsonl", asked)


def match_cases(data: Path, folder: Path) -> Iterable[Case]:
    """Intents with few phrasings, unanswered questions of the same domain, the Milvus FAQ, duplicates.

    The weights were fitted on every set but askubuntu, in other draws of phrasings and questions.
    """
    banking = read_rows(data / "intent" / "banking77_train.jsonl.gz")
    ubuntu = [
        {**row, "label": "oos" if row["label"] == "None" else row["label"]}
        for row in read_rows(data / "intent" / "askubuntucorpus.jsonl.gz")
    ]
    labels = sorted({row["label"] for row in banking})
    unseen = set(random.Random(SEED).sample(labels, len(labels) // 4))
    clinc = [
        row
        for name in ("train", "oos_val")
        for row in read_rows(data / "intent" / f"clinc150_{name}.jsonl.gz")
    ]
    made = {
        "banking77, 5 phrasings": intent_faq(banking, set(), folder, "banking"),
        "banking77, a quarter unanswered": intent_faq(banking, unseen, folder, "unseen"),
        "clinc150 with out of scope": intent_faq(clinc, set(), folder, "clinc"),
        "askubuntu, 5 phrasings": intent_faq(ubuntu, set(), folder, "ubuntu"),
    }
    docs_faq = read_rows(data / "milvus" / "milvus_docs_faq.jsonl.gz")
    faq = write_rows(folder / "docs.faq.jsonl", ({**row, "answer": row["answer_md"]} for row in docs_faq))
    made["milvus documentation FAQ"] = (faq, data / "milvus" / "milvus_faq_map.jsonl.gz")
    for name in ("hadoop", "seamonkey"):
        corpus = {row["id"]: row for row in read_rows(data / "duplicates" / f"{name}_bugs_corpus.jsonl.gz")}
        pairs = read_rows(data / "duplicates" / f"{name}_dup_pairs.jsonl.gz")
        # All of them: many a report that asks is also the answer to another one, and none answers itself.
        entries = (
            {"id": key, "question": row["title"], "paraphrases": [], "answer": row["body"] or ""}
            for key, row in corpus.items()
        )
        queries = (
            {**pair, "title": corpus[pair["id"]]["title"], "body": corpus[pair["id"]]["body"]}
            for pair in pairs
        )
        made[f"{name} duplicates"] = (
            write_rows(folder / f"{name}.faq.jsonl", entries),
            write_rows(folder / f"{name}.asked.jsonl", queries),
        )
    for name, (faq, asked) in made.items():
        yield Case(
            "match", name, ["--faq", str(faq), "--data", str(asked)], str(asked), "score_match.py", (),
            {"word overlap": partial(overlap_match, faq, asked)}, not name.startswith("askubuntu"),
        )  # fmt: skip


def first_question_mark(data: Path) -> list[Row]:
    """The first message with a question mark asks; the last message of somebody else settles."""
    found = []
    for row in read_rows(data):
        asking = next((message for message in row["messages"] if "?" in (message["text"] or "")), None)
        questions = []
        if asking:
            others = [message["id"] for message in row["messages"] if message["author"] != asking["author"]]
            questions = [
                {"text": asking["text"], "message_ids": [asking["id"]], "status": "resolved",
                 "resolution_message_ids": others[-1:]}
            ]  # fmt: skip
        found.append({"id": row["id"], "questions": questions})
    return found


def distil_cases(data: Path) -> Iterable[Case]:
    """Questions and what settled them, in real conversations. The rules were tuned on this set."""
    path = data / "distil" / "distil_gold.jsonl.gz"
    yield Case(
        "distil", "distil_gold", ["--data", str(path)], str(path), "score_distil.py", (),
        {"first question mark": partial(first_question_mark, path)}, True,
    )  # fmt: skip


FIGURES = {
    "split": ("vi", "ari", "one_to_one", "exact_f", "link_f"),
    "cluster": ("single.v", "single.ari", "single.ami", "single.pair_f", "outlier_share"),
    "label": ("accuracy", "macro_f1"),
    "match": ("acc1", "recall5", "recall10", "mrr", "auroc", "at95.false_answer_rate",
              "at90.false_answer_rate", "decision.precision", "decision.in_scope_answered",
              "decision.false_answer_rate"),
    "distil": ("question_f1", "asks_nothing_acc", "status_acc", "resolution_f1", "text_f1"),
}  # fmt: skip


def figures(task: str, scores: Row) -> Row:
    """Pick the figures of a task, x100 with one decimal; a missing one is left out."""
    if task == "distil":
        scores = scores["all"]
    picked = {}
    for name in FIGURES[task]:
        value: Any = scores
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, int | float) and value == value:
            picked[name] = round(100 * value, 1)
    return picked


def score(case: Case, predictions: Path, scorers: Path) -> Row:
    """Score a file of predictions with the scorer of the case."""
    command = [sys.executable, str(scorers / case.scorer), case.gold, str(predictions), "--json", *case.extra]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return figures(case.task, json.loads(done.stdout))


def measure(case: Case, folder: Path, scorers: Path) -> None:
    """Run a case and its baseline, and print a table row of each."""
    ours = folder / "ours.jsonl"
    command = [THREADLORE, "bench", case.task, *case.arguments, "--predictions", str(ours)]
    name = "Threadlore, in sample" if case.in_sample else "Threadlore"
    started = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "THREADLORE_PROFILE": case.profile},
    )  # fmt: skip
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        print(f"| {case.task} | {case.name} | {name} | failed: {done.stderr.strip()[-300:]} | |", flush=True)
        return
    seconds = used.ru_utime + used.ru_stime - started.ru_utime - started.ru_stime
    results = [(name, ours, f"{seconds:.0f}")]
    for number, (baseline, made) in enumerate(case.baselines.items()):
        results.append((baseline, write_rows(folder / f"baseline{number}.jsonl", made()), ""))
    for method, path, cost in results:
        shown = ", ".join(f"{key} {value}" for key, value in score(case, path, scorers).items())
        print(f"| {case.task} | {case.name} | {method} | {shown} | {cost} |", flush=True)


def main() -> None:
    """Run the cases and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scorers", type=Path, required=True)
    parser.add_argument("--task", action="append", choices=sorted(FIGURES))
    parser.add_argument("--only", default="", help="Part of a case's name.")
    options = parser.parse_args()
    makers: dict[str, Callable[[Path, Path], Iterable[Case]]] = {
        "split": lambda data, _: split_cases(data),
        "cluster": lambda data, _: cluster_cases(data),
        "label": lambda data, _: label_cases(data),
        "match": match_cases,
        "distil": lambda data, _: distil_cases(data),
    }
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        print("| task | data | method | figures (x100) | CPU s |\n|---|---|---|---|---|", flush=True)
        for task in options.task or makers:
            for case in makers[task](options.data, folder):
                if options.only in case.name:
                    measure(case, folder, options.scorers)


if __name__ == "__main__":
    main()
