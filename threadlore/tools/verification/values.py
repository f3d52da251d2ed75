"""Whether two values of a field are the same: floats by a tolerance that fits their type."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

TOLERANCE = {
    "FLOAT": 1e-6,
    "DOUBLE": 1e-12,
    "FLOAT_VECTOR": 1e-6,
    "SPARSE_FLOAT_VECTOR": 1e-6,
    "FLOAT16_VECTOR": 1e-3,
    "BFLOAT16_VECTOR": 1e-2,
}
"""Largest relative difference of two equal values, by type of Milvus. Half floats keep 11 and 8 bits."""

HALF = frozenset({"FLOAT16_VECTOR", "BFLOAT16_VECTOR"})
VECTORS = frozenset(
    {
        "FLOAT_VECTOR",
        "FLOAT16_VECTOR",
        "BFLOAT16_VECTOR",
        "BINARY_VECTOR",
        "SPARSE_FLOAT_VECTOR",
        "INT8_VECTOR",
    }
)
SAME_DIRECTION = 1e-5
"""Largest difference of a value of two unit vectors that are the same one, normalised on one side."""


def tolerance_of(source_type: str, target_type: str) -> float:
    """Return the larger tolerance of the two types; 0 for what has to be equal."""
    return max(TOLERANCE.get(source_type, 0.0), TOLERANCE.get(target_type, 0.0))


def numbers(value: object, kind: str) -> list[float] | None:
    """Return the values of a dense vector; half floats are decoded from their bytes. None for no vector."""
    if isinstance(value, bytes | bytearray) or (
        isinstance(value, list) and len(value) == 1 and isinstance(value[0], bytes)
    ):
        raw = bytes(value[0] if isinstance(value, list) else value)
        if kind == "FLOAT16_VECTOR" and len(raw) % 2 == 0:
            return list(struct.unpack(f"<{len(raw) // 2}e", raw))
        if kind == "BFLOAT16_VECTOR" and len(raw) % 2 == 0:
            halves = struct.unpack(f"<{len(raw) // 2}H", raw)
            return [struct.unpack("<f", struct.pack("<I", half << 16))[0] for half in halves]
        return [float(byte) for byte in raw]
    if isinstance(value, Mapping | str) or not hasattr(value, "__iter__"):
        return None
    items = list(value)
    return [float(one) for one in items] if all(isinstance(one, int | float) for one in items) else None


def plain(value: Any) -> Any:
    """Return a value as dicts, lists and plain values, whatever containers the client gave."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, str | bytes | bool | int | float) or value is None:
        return value
    return (
        [plain(one) for one in value] if isinstance(value, Sequence) or hasattr(value, "__iter__") else value
    )


def close(first: float, second: float, tolerance: float) -> bool:
    """Tell whether two numbers are equal within a tolerance; NaN equals NaN."""
    if math.isnan(first) or math.isnan(second):
        return math.isnan(first) and math.isnan(second)
    return math.isclose(first, second, rel_tol=tolerance, abs_tol=tolerance)


def same(first: Any, second: Any, tolerance: float = 0.0) -> bool:
    """Tell whether two plain values are the same, numbers inside them within a tolerance."""
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, int | float) and isinstance(second, int | float):
        return (
            close(float(first), float(second), tolerance)
            if isinstance(first + second, float)
            else first == second
        )
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(
            same(first[key], second[key], tolerance) for key in first
        )
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(lambda a, b: same(a, b, tolerance), first, second))
    return bool(first == second)


def same_direction(first: Sequence[float], second: Sequence[float]) -> bool:
    """Tell whether two vectors of one dimension differ in length alone."""
    one, other = (math.sqrt(sum(number * number for number in vector)) for vector in (first, second))
    if not (0 < one < math.inf and 0 < other < math.inf):
        return False
    return all(abs(a / one - b / other) <= SAME_DIRECTION for a, b in zip(first, second, strict=True))


def compare(first: Any, second: Any, source_type: str, target_type: str) -> str:
    """Return how two values of one field compare: `same`, `rescaled` or `different`.

    `rescaled` are dense vectors of one direction and different length: what a source leaves that
    normalises its vectors.
    """
    tolerance = tolerance_of(source_type, target_type)
    if source_type in VECTORS and source_type != "SPARSE_FLOAT_VECTOR":
        one, other = numbers(first, source_type), numbers(second, target_type)
        if one is not None and other is not None:
            if len(one) == len(other) and all(map(lambda a, b: close(a, b, tolerance), one, other)):
                return "same"
            dense = source_type not in ("BINARY_VECTOR", "INT8_VECTOR")
            rescaled = dense and len(one) == len(other) and same_direction(one, other)
            return "rescaled" if rescaled else "different"
    return "same" if same(plain(first), plain(second), tolerance) else "different"
