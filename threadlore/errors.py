"""Every error that Threadlore raises, sorted by what the caller should do.

ThreadloreError
├── BadInput                 mend the input (exit 2)
│   ├── NotFound             name something that exists (exit 2)
│   └── ModelReplyUnusable   the chat model's reply does not fit (exit 2)
│       ├── RequestRefused   the chat endpoint refused the request unread (exit 2)
│       └── ReplyEmpty       the chat model said nothing (exit 2)
├── Retry                    try again later (exit 3)
│   ├── Locked               another process holds it (exit 3)
│   ├── ModelDown            the chat endpoint did not answer (exit 3)
│   └── BudgetSpent          the run's budget is used up (exit 3)
└── Fatal                    stop and tell a person (exit 4)
    ├── ConfigError          mend the settings (exit 4)
    └── StoreDamaged         restore or rebuild (exit 4)
"""

from __future__ import annotations


class ThreadloreError(Exception):
    """Base of all errors: a message that names the thing, and a hint that names the way out."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadInput(ThreadloreError):
    """The input cannot be used as it is."""

    exit_code = 2


class NotFound(BadInput):
    """Nothing has the name that was given."""


class ModelReplyUnusable(BadInput):
    """A chat model answered, and what it said cannot be used.

    `said` is the reply where asking once more may mend it, else empty. The tokens were paid.
    """

    def __init__(
        self, message: str, hint: str = "", said: str = "", tokens: tuple[int, int] = (0, 0)
    ) -> None:
        super().__init__(message, hint)
        self.said = said
        self.tokens_in, self.tokens_out = tokens


class RequestRefused(ModelReplyUnusable):
    """A chat endpoint refused a request unread, such as one longer than its window: nothing was paid.

    It may take it another time, when its window or its settings are others.
    """


class ReplyEmpty(ModelReplyUnusable):
    """A chat model's reply holds nothing, and gives no reason. A second try often brings something."""


class Retry(ThreadloreError):
    """It may work later."""

    exit_code = 3


class Locked(Retry):
    """Another process holds what is needed."""


class ModelDown(Retry):
    """A chat endpoint did not answer. The tokens may be billed all the same: it was sent the request.

    Such a request is not sent again by itself: whoever pays for it decides.
    """

    def __init__(self, message: str, hint: str = "", tokens: tuple[int, int] = (0, 0)) -> None:
        super().__init__(message, hint)
        self.tokens_in, self.tokens_out = tokens


class BudgetSpent(Retry):
    """What a run may spend is spent; finished work is kept."""


class Fatal(ThreadloreError):
    """It cannot go on."""

    exit_code = 4


class ConfigError(Fatal):
    """A setting is missing or wrong."""


class StoreDamaged(Fatal):
    """The data folder is not as it should be."""
