"""A small fitted network as plain arrays: it scores candidates, and the softmax of a list is their chance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Network:
    """Layers of weights, shape (inputs, outputs), and biases; ReLU between them, one output at the end.

    Inputs are shifted by `mean` and divided by `scale` first, then held within five deviations.
    """

    mean: Floats
    scale: Floats
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]

    def score(self, rows: Floats) -> Floats:
        """Return one score a row; `rows` has shape (n, inputs), the result (n,)."""
        import numpy as np

        value = np.clip((rows - self.mean) / self.scale, -5.0, 5.0)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            value = np.maximum(value @ weight + bias, 0.0)
        return np.asarray((value @ self.weights[-1] + self.biases[-1])[:, 0], dtype=np.float32)


def network_from_json(data: dict[str, Any]) -> Network:
    """Return a network from its JSON form: `mean`, `scale`, `weights`, `biases` as nested lists."""
    import numpy as np

    return Network(
        mean=np.array(data["mean"], dtype=np.float32),
        scale=np.array(data["scale"], dtype=np.float32),
        weights=tuple(np.array(layer, dtype=np.float32) for layer in data["weights"]),
        biases=tuple(np.array(layer, dtype=np.float32) for layer in data["biases"]),
    )


@lru_cache(maxsize=4)
def load_network(name: str) -> Network:
    """Return the shipped network `name`, a JSON file beside this one."""
    text = resources.files("threadlore.ingest.split").joinpath(f"{name}.json").read_text(encoding="utf-8")
    return network_from_json(json.loads(text))
