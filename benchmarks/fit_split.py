"""Fit the two networks of `threadlore.ingest.split` on public chats with gold conversations.

    python benchmarks/fit_split.py --data DIR --out DIR [--leave-out SET ...] [--fits 1] [--streams N]

DIR holds the IRC disentanglement sets of Kummerfeld et al. 2019 and the LiveChat sets as JSON lines. The
first network scores links to single messages (a softmax over the candidates of a message), the second
whole conversations. The second learns first along the gold conversations, then also along those that it
builds itself, with link chances from networks that never saw the stream. Two such fits are averaged into
one network; in the second some streams start without what was said before, and some have no times.

Writes `links.json` and `talks.json` and prints the scores of every set. The Ubuntu development set is
never fitted on. Features and decoding are those of the product, so both cannot drift apart.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threadlore.bench.split import to_messages
from threadlore.ingest.split.decode import Choose, Decoder, Talk
from threadlore.ingest.split.network import Network, network_from_json
from threadlore.ingest.split.pairs import Candidates, candidates_of
from threadlore.ingest.split.reading import read_lines

HIDDEN = (64, 32)
DROPOUT, DECAY, RATE, BATCH = 0.1, 1e-4, 2e-3, 512
LINK_EPOCHS, FOLD_EPOCHS, TALK_EPOCHS = 10, 8, 8
FOLDS = 2
OWN_SHARE = 0.3
"""Share of a built conversation that must be of the message's gold conversation to be a right choice."""
COLD_EVERY, TIMELESS_EVERY = 4, 10
"""In every second fit each so many streams starts cold, and each so many of Ubuntu has no times."""


@dataclass(frozen=True)
class ChatSet:
    """A public set: its files, and how much a message of it weighs (0: never fitted on)."""

    name: str
    files: tuple[str, ...]
    weight: float


GITTER = ("angular", "appium", "gitter", "nodejs")
SETS = (
    ChatSet("ubuntu", ("ubuntu_irc_train",), 1.0),
    ChatSet("linux", ("linux_irc_channel_two_dev_pilot",), 4.0),
    ChatSet("channels", ("irc_new_domains_sample0",), 4.0),
    ChatSet("livechat", tuple(f"livechat_gitter_{name}" for name in GITTER), 2.0),
    ChatSet("ubuntu-dev", ("ubuntu_irc_dev",), 0.0),
)


@dataclass
class Lists:
    """Lists of rows of which some are right: one list is what can be chosen from for one message."""

    rows: NDArray[np.float32]
    right: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    weights: NDArray[np.float32]


@dataclass
class Stream:
    """A stream of a set with its gold, and the candidates of its messages by the product's own code.

    `candidates` keep only their last row: all rows, one after another, are `rows`. `answers` holds for an
    annotated message the positions that it answers (its own: it starts), and is None for the others.
    """

    kind: ChatSet
    number: int
    conversations: list[str]
    answers: list[set[int] | None]
    candidates: list[Candidates]
    rows: NDArray[np.float32]

    def spans(self) -> Iterator[tuple[Candidates, slice]]:
        """Yield the candidates of each message with the place of their rows."""
        start = 0
        for one in self.candidates:
            yield one, slice(start, start + len(one.positions))
            start += len(one.positions)


def read_streams(data: Path, kind: ChatSet) -> list[list[dict[str, Any]]]:
    """Return the rows of each stream of a set, in the order of its files."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for name in kind.files:
        with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as handle:
            for line in handle:
                row = json.loads(line)
                found[row.get("file") or row["project"]].append(row)
    return list(found.values())


def gold_answers(rows: Sequence[dict[str, Any]]) -> list[set[int] | None]:
    """Return what each message answers: the annotated links, else the message before in its conversation."""
    places = {str(row["id"]): place for place, row in enumerate(rows)}
    found: list[set[int] | None] = []
    last: dict[str, int] = {}
    for place, row in enumerate(rows):
        if "annotated" not in row:
            found.append({last.get(row["conversation_id"], place)})
            last[row["conversation_id"]] = place
        elif row["annotated"]:
            found.append({places[str(key)] for key in row["reply_to"] if str(key) in places} or {place})
        else:
            found.append(None)
    return found


def to_stream(kind: ChatSet, number: int, rows: list[dict[str, Any]], *, timeless: bool) -> Stream:
    """Return the rows of a stream as the product reads them."""
    messages = to_messages(rows, f"{kind.name}-{number}")
    if timeless:
        messages = [one.model_copy(update={"created_at": messages[0].created_at}) for one in messages]
    candidates: list[Candidates] = []
    parts: list[NDArray[np.float32]] = []
    for one in candidates_of([line for line in read_lines(messages) if line is not None]):
        parts.append(np.array(one.rows, dtype=np.float32))
        candidates.append(Candidates(one.line, one.positions, one.rows[-1:], one.turn_width))
    conversations = [str(row.get("conversation_id")) for row in rows]
    return Stream(kind, number, conversations, gold_answers(rows), candidates, np.concatenate(parts))


def roughened(stream: Stream, rows: list[dict[str, Any]]) -> Stream:
    """Return a stream as the second fit sees it: it may lack what was said before, or its times."""
    cold = stream.number % COLD_EVERY == 1
    timeless = stream.kind.name == "ubuntu" and stream.number % TIMELESS_EVERY == 0
    if cold:
        first = next(place for place, answers in enumerate(stream.answers) if answers is not None)
        rows = rows[first:]
    return to_stream(stream.kind, stream.number, rows, timeless=timeless) if cold or timeless else stream


def link_lists(streams: Sequence[Stream]) -> Lists:
    """Return the candidates of every annotated message whose antecedent is among them.

    Without annotated links any message of the same conversation but the last is neither right nor wrong.
    """
    rows, right, usable, sizes, weights = [], [], [], [], []
    for stream in streams:
        linked = any(answers is None for answers in stream.answers)
        for one, span in stream.spans():
            gold = stream.answers[one.line.index]
            hits = [position in gold for position in one.positions] if gold else [False]
            if gold is None or not any(hits):
                continue
            own = stream.conversations[one.line.index]
            rows.append(stream.rows[span])
            right += hits
            usable += [
                hit or linked or position == one.line.index or stream.conversations[position] != own
                for position, hit in zip(one.positions, hits, strict=True)
            ]
            sizes.append(len(hits))
            weights.append(stream.kind.weight)
    return Lists(
        np.concatenate(rows),
        np.array(right),
        np.array(usable),
        np.array(sizes),
        np.array(weights, np.float32),
    )


def chances(stream: Stream, links: Network) -> Iterator[tuple[Candidates, list[float]]]:
    """Yield the candidates of each message with their chances, as the product computes them."""
    odds = np.exp(links.score(stream.rows))
    for one, span in stream.spans():
        yield one, (odds[span] / odds[span].sum()).tolist()


def chooser(talks: Network) -> Choose:
    """Return the choice of the conversation that a network scores highest."""

    def choose(_one: Candidates, _talks: list[Talk], rows: list[list[float]]) -> int:
        return int(talks.score(np.array(rows, dtype=np.float32)).argmax())

    return choose


class Lessons:
    """Notes, while a stream is decoded, which conversation each annotated message should have joined."""

    def __init__(self, stream: Stream, follow: Choose | None) -> None:
        """Decode along the gold, or along what `follow` chooses."""
        self._stream, self._follow = stream, follow
        self._inside: dict[int, Counter[str]] = {}
        self._decoder = Decoder(self._choose)
        self.rows: list[list[float]] = []
        self.right: list[bool] = []
        self.sizes: list[int] = []

    def learn(self, links: Network) -> None:
        """Decode the stream."""
        for one, row in chances(self._stream, links):
            self._decoder.place(one, row)

    def _choose(self, one: Candidates, talks: list[Talk], rows: list[list[float]]) -> int:
        gold = self._stream.answers[one.line.index]
        if gold is None:  # what was said before the annotated part: by the sum of link chances
            return max(range(len(rows)), key=lambda place: rows[place][1])
        own = self._stream.conversations[one.line.index]
        right = self._right(own, gold, talks)
        self.rows += rows
        self.right += right
        self.sizes.append(len(rows))
        chosen = self._follow(one, talks, rows) if self._follow else right.index(True)
        self._inside.setdefault(talks[chosen].root, Counter())[own] += 1
        return chosen

    def _right(self, own: str, gold: set[int], talks: list[Talk]) -> list[bool]:
        """Mark the conversations that hold most of the message's own; else the one that it answers into."""
        shares = [0.0] * len(talks)
        for place, talk in enumerate(talks[:-1]):
            inside = self._inside.get(talk.root)
            shares[place] = inside[own] / inside.total() if inside else 0.0
        best = max(shares)
        if best > OWN_SHARE:
            return [share == best for share in shares]
        before = [place for place in gold if self._stream.answers[place] is None]
        root = self._decoder.placed.get(min(before), (-1, -1))[0] if before else -1
        into = [talk.root == root for talk in talks[:-1]]
        return [*into, not any(into)]


def talk_lists(streams: Sequence[Stream], links: Sequence[Network], follow: Choose | None) -> Lists:
    """Return the choices of every annotated message; `links[k]` did not see the streams of fold k."""
    taught = [Lessons(stream, follow) for stream in streams]
    rows = []
    for lessons, stream in zip(taught, streams, strict=True):
        lessons.learn(links[stream.number % FOLDS])
        rows.append(np.array(lessons.rows, dtype=np.float32))
        lessons.rows = []
    right = np.array([one for lessons in taught for one in lessons.right])
    sizes = np.array([one for lessons in taught for one in lessons.sizes])
    weights = np.repeat([one.kind.weight for one in streams], [len(one.sizes) for one in taught])
    return Lists(np.concatenate(rows), right, np.ones(len(right), bool), sizes, weights.astype(np.float32))


def fit_network(lists: Lists, epochs: int, seed: int) -> dict[str, Any]:
    """Fit a network so that the right rows of each list get most of its softmax; return its arrays."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    mean, scale = lists.rows.mean(axis=0), lists.rows.std(axis=0)
    scale[scale < 1e-3] = 1.0
    rows = torch.from_numpy(np.clip((lists.rows - mean) / scale, -5.0, 5.0))
    right, usable = torch.from_numpy(lists.right.astype(np.float32)), torch.from_numpy(lists.usable)
    widths = [rows.shape[1], *HIDDEN]
    layers: list[Any] = []
    for inputs, outputs in pairwise(widths):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU(), torch.nn.Dropout(DROPOUT)]
    network = torch.nn.Sequential(*layers, torch.nn.Linear(widths[-1], 1))
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    count, starts = len(lists.sizes), np.cumsum(lists.sizes) - lists.sizes
    steps = epochs * -(-count // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.1)
    for _ in range(epochs):
        order = draw.permutation(count)
        for batch in np.split(order, range(BATCH, count, BATCH)):
            sizes = lists.sizes[batch]
            offsets = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            at = torch.from_numpy(np.repeat(starts[batch], sizes) + offsets)
            owner = torch.from_numpy(np.repeat(np.arange(len(batch)), sizes))
            odds = network(rows[at]).squeeze(-1).clamp(-30.0, 30.0).exp() * usable[at]
            every = torch.zeros(len(batch)).index_add(0, owner, odds)
            hit = torch.zeros(len(batch)).index_add(0, owner, odds * right[at])
            weight = torch.from_numpy(lists.weights[batch])
            loss: Any = (((every + 1e-9).log() - (hit + 1e-9).log()) * weight).sum() / weight.sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    named = {name: one.detach().numpy() for name, one in network.named_parameters()}
    weights = [value.T for name, value in named.items() if name.endswith("weight")]
    biases = [value for name, value in named.items() if name.endswith("bias")]
    return {"mean": mean, "scale": scale, "weights": weights, "biases": biases}


def rounded(values: Any) -> Any:
    """Return an array as nested lists of numbers with five digits."""
    array = np.asarray(values, dtype=float)
    return [rounded(one) for one in array] if array.ndim > 1 else [float(f"{one:.5g}") for one in array]


def averaged(networks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return one network whose score is the mean of the scores of several, side by side in its layers."""
    from scipy.linalg import block_diag

    mean, scale = networks[0]["mean"], networks[0]["scale"]
    first, bias = [], []
    for one in networks:
        first.append(one["weights"][0] * (scale / one["scale"])[:, None])
        bias.append(one["biases"][0] + ((mean - one["mean"]) / one["scale"]) @ one["weights"][0])
    weights, biases = [np.concatenate(first, axis=1)], [np.concatenate(bias)]
    for layer in range(1, len(HIDDEN)):
        weights.append(block_diag(*(one["weights"][layer] for one in networks)))
        biases.append(np.concatenate([one["biases"][layer] for one in networks]))
    weights.append(np.concatenate([one["weights"][-1] for one in networks]) / len(networks))
    biases.append(np.mean([one["biases"][-1] for one in networks], axis=0))
    shown = {"weights": [rounded(one) for one in weights], "biases": [rounded(one) for one in biases]}
    return {"mean": rounded(mean), "scale": rounded(scale), **shown}


def fit_once(streams: Sequence[Stream], seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the networks of links and of conversations, as arrays."""
    folds = []
    for fold in range(FOLDS):
        lists = link_lists([one for one in streams if one.number % FOLDS != fold])
        folds.append(network_from_json(fit_network(lists, FOLD_EPOCHS, seed + fold)))
    lists = talk_lists(streams, folds, None)
    talks = fit_network(lists, TALK_EPOCHS, seed)
    more = talk_lists(streams, folds, chooser(network_from_json(talks)))
    both = Lists(*map(np.concatenate, zip(astuple(lists), astuple(more), strict=True)))
    talks = fit_network(both, TALK_EPOCHS, seed + 1)
    return fit_network(link_lists(streams), LINK_EPOCHS, seed), talks


def scores(streams: Sequence[Stream], links: Network, talks: Network) -> dict[str, float]:
    """Return VI (1 - VI / log2 n), adjusted Rand, F of whole conversations and F of links, x100, pooled."""
    from scipy.stats import entropy
    from sklearn.metrics import adjusted_rand_score, mutual_info_score

    gold, found = [], []
    hit = shown = true = 0
    for stream in streams:
        decoder = Decoder(chooser(talks))
        for one, row in chances(stream, links):
            decoder.place(one, row)
        for place, answers in enumerate(stream.answers):
            if answers is None:
                continue
            root, answer = decoder.placed.get(place, (place, place))
            gold.append(f"{stream.number}:{stream.conversations[place]}")
            found.append(f"{stream.number}:{root}")
            hit, shown, true = hit + (answer in answers), shown + 1, true + len(answers)
    sizes, others = Counter(gold), Counter(found)
    apart = entropy([*sizes.values()]) + entropy([*others.values()]) - 2 * mutual_info_score(gold, found)
    both = Counter(zip(gold, found, strict=True))
    same = sum(n > 1 and n == sizes[one] == others[other] for (one, other), n in both.items())
    exact = 200 * same / sum(n > 1 for n in [*sizes.values(), *others.values()])
    result = {"vi": 100 - 100 * apart / np.log(len(gold)), "ari": 100 * adjusted_rand_score(gold, found)}
    return {**result, "exact F": exact, "link F": 200 * hit / (shown + true)}


def main() -> None:
    """Read, fit, write, and print the scores."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--leave-out", action="append", default=[], choices=[one.name for one in SETS])
    parser.add_argument("--fits", type=int, default=2, help="Networks that are averaged.")
    parser.add_argument("--streams", type=int, default=10_000, help="Of a set at most, two or more.")
    given = parser.parse_args()
    raw = {kind: read_streams(given.data, kind)[: max(FOLDS, given.streams)] for kind in SETS}
    plain = [
        to_stream(kind, number, rows, timeless=False)
        for kind, streams in raw.items()
        for number, rows in enumerate(streams)
    ]
    seen = [one for one in plain if one.kind.weight and one.kind.name not in given.leave_out]
    fits = []
    for number in range(given.fits):
        rough = [roughened(one, raw[one.kind][one.number]) for one in seen] if number % 2 else seen
        fits.append(fit_once(rough, 10 * number))
    given.out.mkdir(parents=True, exist_ok=True)
    forms = dict(zip(("links", "talks"), map(averaged, zip(*fits, strict=True)), strict=True))
    for name, form in forms.items():
        (given.out / f"{name}.json").write_text(json.dumps(form), encoding="utf-8")
    links, talks = map(network_from_json, forms.values())
    for kind in SETS:
        streams = [one for one in plain if one.kind is kind]
        what = "fitted on" if any(one.kind is kind for one in seen) else "left out"
        figures = scores(streams, links, talks)
        print(kind.name, f"({what}):", *(f"{key} {value:.1f}" for key, value in figures.items()), flush=True)


if __name__ == "__main__":
    main()
