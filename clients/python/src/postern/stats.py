"""The numbers of a client."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

Via = Literal["local", "remote"]
OUTCOMES = ("ok", "unauthenticated", "unavailable")


@dataclass(frozen=True)
class Stats:
    """What a client has done since it was made; in a forked process since the fork."""

    answers: dict[tuple[Via, str], int]
    """By way and outcome (ok, unauthenticated, unavailable)."""
    is_local: bool
    """Whether access tokens are answered without the service now."""
    staleness: float
    """Seconds since which the feed was last known to be complete; infinite when it never was."""
    watch_reconnects: int
    watch_error: str
    """Why the feed is not followed; empty while it is."""
    batch_calls: int
    """Calls of BatchValidate."""
    key_set_reads: int
    cached_tokens: int
    cached_api_keys: int
    revocations: int
    """Sessions and users of which the feed has told."""
    open_streams: int


class Counter:
    """Counts without a lock: `next` of itertools.count is atomic."""

    def __init__(self) -> None:
        self._count = itertools.count()
        self.add = self._count.__next__

    @property
    def value(self) -> int:
        return int(repr(self._count)[6:-1])


class Counters:
    def __init__(self) -> None:
        self.answers: dict[tuple[Via, str], Counter] = {
            (via, outcome): Counter() for via in ("local", "remote") for outcome in OUTCOMES
        }
        self.batch_calls = Counter()
