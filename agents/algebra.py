"""Matrix products on one thread, for as long as a piece of work lasts."""

from __future__ import annotations

from contextlib import AbstractContextManager


def one_thread() -> AbstractContextManager[object]:
    """Keep matrix products to one thread while it lasts.

    Sums that are split by the number of cores round otherwise on each machine, and threads that wait for
    each other on a busy one cost more CPU than the product.
    """
    import numpy  # noqa: F401 - only libraries that are loaded can be limited
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="blas")
    return limits
