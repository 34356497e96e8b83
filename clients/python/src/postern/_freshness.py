"""How old what the feed has told may be."""

from __future__ import annotations

import math
from time import monotonic, time
from typing import Optional


ROUNDING_SECONDS = 0.1


class Freshness:
    """Measures how old the news of the last heartbeat is.

    A heartbeat says up to when, by the clock of the service. That clock is compared with the wall clock here at the
    first heartbeat, and from then on with the monotonic one: a clock that jumps, here or there, makes nothing look
    fresher than it is, nor stale for longer than until the next heartbeat.
    """

    def __init__(self, max_staleness: float) -> None:
        self._max_staleness = max_staleness
        self._offset: Optional[float] = None
        """What the monotonic clock shows when the clock of the service shows 0."""
        self._last_fresh_at = -math.inf
        self._heard_at = -math.inf
        self._heard_wall = -math.inf
        self._lag = 0.0
        self.until = -math.inf
        """The end of the trust by the monotonic clock; `until_wall` likewise. Trust ends with the earlier one."""
        self.until_wall = -math.inf

    def begin_stream(self) -> None:
        """Its heartbeats may come from another replica, with another clock."""
        self._last_fresh_at = -math.inf

    def hear(self, fresh_at: float) -> None:
        """A heartbeat has come that tells of the wall time `fresh_at`, in seconds since the epoch."""
        now, wall = monotonic(), time()
        self._lag = self._measure_lag(fresh_at, now, wall)
        self._offset = now - fresh_at - self._lag
        self._last_fresh_at = fresh_at
        self._heard_at, self._heard_wall = now, wall
        # By both clocks: the monotonic one stands still while a machine is suspended.
        trust = self._max_staleness - self._lag
        self.until_wall = wall + trust
        self.until = now + trust

    def _measure_lag(self, fresh_at: float, now: float, wall: float) -> float:
        by_wall = wall - fresh_at
        if self._offset is None:
            return max(0.0, by_wall)
        # Within one stream it goes back when the clock of the service is set back, or by a rounding.
        if fresh_at < self._last_fresh_at - ROUNDING_SECONDS:
            return self._lag
        by_monotonic = max(0.0, now - fresh_at - self._offset)
        # The clocks may have been apart at the first heartbeat and agree now.
        return by_wall if 0 <= by_wall < by_monotonic else by_monotonic

    def distrust(self) -> None:
        """Nothing is to be trusted until the next heartbeat."""
        self.until = self.until_wall = -math.inf

    def is_fresh(self) -> bool:
        return monotonic() < self.until and time() < self.until_wall

    def staleness(self) -> float:
        """Seconds; infinite before the first heartbeat."""
        return self._lag + max(0.0, monotonic() - self._heard_at, time() - self._heard_wall)
