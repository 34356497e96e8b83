"""Open streams, each of which ends with its token."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from time import monotonic, time

from .errors import PosternError
from .principal import Principal


class Guard:
    """One open stream. `on_end` is called once, from any thread, when its token is revoked, expires or loses roles."""

    def __init__(
        self, token: str, principal: Principal, roles: tuple[str, ...], on_end: Callable[[PosternError], object]
    ) -> None:
        self.token = token
        self.roles = roles
        self.ids = (principal.session_id, principal.user_id)
        self.expires_at = principal.expires_at.timestamp()
        self.checked_at = monotonic()
        self._on_end = on_end
        self._lock = threading.Lock()
        self._is_over = False

    def end(self, error: PosternError) -> None:
        with self._lock:
            if self._is_over:
                return
            self._is_over = True
        self._on_end(error)

    def retire(self) -> None:
        with self._lock:
            self._is_over = True


class Guards:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_id: dict[str, set[Guard]] = {}
        self._all: set[Guard] = set()

    def add(self, guard: Guard) -> None:
        with self._lock:
            self._all.add(guard)
            for each in guard.ids:
                self._by_id.setdefault(each, set()).add(guard)

    def remove(self, guard: Guard) -> None:
        guard.retire()
        with self._lock:
            self._all.discard(guard)
            for each in guard.ids:
                guards = self._by_id.get(each)
                if guards is not None:
                    guards.discard(guard)
                    if not guards:
                        del self._by_id[each]

    def find(self, changed_id: str) -> list[Guard]:
        """The streams of a session or a user."""
        with self._lock:
            return list(self._by_id.get(changed_id, ()))

    def due(self, is_fresh: bool) -> Iterable[Guard]:
        """Those that have expired; while the feed is not followed also those not looked at for half a second."""
        now, wall = monotonic(), time()
        with self._lock:
            guards = list(self._all)
        return [guard for guard in guards if wall >= guard.expires_at or (not is_fresh and now - guard.checked_at > 0.5)]

    def __len__(self) -> int:
        return len(self._all)
