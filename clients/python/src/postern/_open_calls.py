"""Ends open streams whose token is revoked or has expired."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic, time
from typing import TYPE_CHECKING

from .errors import Unavailable
from .principal import Principal

if TYPE_CHECKING:
    from ._core import Core
    from ._local import Answer

_TICK_SECONDS = 0.2
# How often the service is asked of callers whom the feed does not vouch for.
_ASK_SECONDS = 0.6

Review = Callable[["Answer"], bool]
"""Looks at a new answer for the caller, ends the call if it forbids it, and says whether it goes on."""


class _Open:
    __slots__ = ("asked_at", "is_asking", "known_at", "principal", "review", "revision", "token")

    def __init__(self, token: str, principal: Principal, review: Review) -> None:
        self.token = token
        self.principal = principal
        self.review = review
        self.revision = -1
        self.known_at = self.asked_at = monotonic()
        self.is_asking = False


CLOSED = Unavailable("the client is closed")
UNWATCHED = Unavailable("no thread can be started to watch over the call")

log = logging.getLogger("postern")


def _review(call: _Open, answer: Answer) -> bool:
    """False too where the event loop of the call was closed under it: the thread has others to look after."""
    try:
        return call.review(answer)
    except RuntimeError:
        return False


class OpenCalls:
    """Every open call is looked at five times a second; the thread runs while there is one."""

    def __init__(self, core: Core, max_staleness: float) -> None:
        self._core = core
        self._max_staleness = max_staleness
        self._lock = threading.Lock()
        self._calls: dict[int, _Open] = {}
        self._next = 0
        self._is_running = False
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, token: str, principal: Principal, review: Review) -> Callable[[], None]:
        """Watches over a call until it ends or the returned function is called."""
        call = _Open(token, principal, review)
        with self._lock:
            self._next += 1
            number = self._next
            refusal = CLOSED if self._is_closed else None if self._is_running or self._start() else UNWATCHED
            if refusal is None:
                self._calls[number] = call
        if refusal is not None:
            _review(call, refusal)
        return lambda: self._remove(number)

    def close(self) -> None:
        """Ends all of them, and those that would come later."""
        with self._lock:
            self._is_closed = True
            calls, self._calls = list(self._calls.values()), {}
        for call in calls:
            _review(call, CLOSED)

    def after_fork(self) -> None:
        """Of the parent's calls this process has none."""
        self._lock = threading.Lock()
        self._calls = {}
        self._is_running = False

    def _remove(self, number: int) -> None:
        with self._lock:
            self._calls.pop(number, None)

    def _start(self) -> bool:
        try:
            threading.Thread(target=self._run, name="postern-streams", daemon=True).start()
        except (RuntimeError, MemoryError) as error:
            log.error("postern: open calls cannot be watched over: %s", error)
            return False
        self._is_running = True
        return True

    def _run(self) -> None:
        stop = threading.Event()
        while True:
            stop.wait(_TICK_SECONDS)
            with self._lock:
                calls = list(self._calls.items())
                if not calls:
                    self._is_running = False
                    return
            for number, call in calls:
                try:
                    goes_on = self._look(call)
                except Exception:  # the others have to be looked at, and this one again
                    log.exception("postern: an open call could not be looked at")
                    continue
                if not goes_on:
                    self._remove(number)

    def _look(self, call: _Open) -> bool:
        from ._local import EXPIRED

        if time() >= call.principal.expires_at.timestamp():
            return _review(call, EXPIRED)
        now = monotonic()
        state = self._core.state
        if state.freshness.is_fresh():
            call.known_at = now
            revision = state.revocations.version
            if revision == call.revision:
                return True
            goes_on = _review(call, state.local.judge(call.principal))
            call.revision = revision
            return goes_on
        if now - call.known_at > self._max_staleness + _ASK_SECONDS:
            return _review(call, Unavailable("nobody can tell whether the token still holds"))
        if not call.is_asking and now - call.asked_at >= _ASK_SECONDS:
            call.is_asking = True
            call.asked_at = now
            asked = self._core.ask_about_open(call.token)
            if asked is not None:
                asked.add_done_callback(lambda done: self._hear(call, done))
        return True

    def _hear(self, call: _Open, asked: Future[Answer]) -> None:
        call.is_asking = False
        # Retired: a fork came between, and the next question goes to the service of now.
        answer = None if asked.exception() is not None else asked.result()
        if answer is None or isinstance(answer, Unavailable):
            return
        call.known_at = monotonic()
        _review(call, answer)
