"""How old what the feed has told may be."""

from __future__ import annotations

import math
from time import monotonic, time


class Freshness:
    """Measures the age of the last heartbeat so that neither a clock that jumps nor one that differs hides it.

    The age on arrival is the smaller of two readings of this machine's clock (as it is, and as it was when the watch
    began, carried on by the monotonic clock), but at least how far the heartbeat lags behind the promptest one of its
    stream, which needs no common clock. From then on the larger advance of both clocks counts: the monotonic one
    stands still while a machine is suspended.
    """

    def __init__(self, max_staleness: float) -> None:
        self._max_staleness = max_staleness
        self._wall_offset = time() - monotonic()
        self._least_lag = math.inf
        self._heard_at = -math.inf
        self._heard_wall = -math.inf
        self._age = 0.0
        self.until = -math.inf
        """The end of the trust by the monotonic clock; `until_wall` likewise. Trust ends with the earlier one."""
        self.until_wall = -math.inf

    def begin_stream(self) -> None:
        self._least_lag = math.inf

    def hear(self, fresh_at: float) -> None:
        """A heartbeat has come that tells of the wall time `fresh_at`, in seconds since the epoch."""
        now, wall = monotonic(), time()
        lag = now - fresh_at
        self._least_lag = min(self._least_lag, lag)
        by_clock = max(0.0, min(wall - fresh_at, now + self._wall_offset - fresh_at))
        self._age = max(lag - self._least_lag, by_clock)
        self._heard_at, self._heard_wall = now, wall
        trust = self._max_staleness - self._age
        self.until_wall = wall + trust
        self.until = now + trust

    def distrust(self) -> None:
        """Nothing is to be trusted until the next heartbeat."""
        self.until = self.until_wall = -math.inf

    def is_fresh(self) -> bool:
        return monotonic() < self.until and time() < self.until_wall

    def staleness(self) -> float:
        """Seconds; infinite before the first heartbeat."""
        return self._age + max(0.0, monotonic() - self._heard_at, time() - self._heard_wall)
