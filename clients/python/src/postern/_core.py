"""What the clients of both kinds share: options, the engine of this process, forks, and the end of the interpreter."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections.abc import Callable, Iterable
from time import monotonic, time
from typing import Optional

import grpc

from ._batch import Answer
from ._engine import Engine, Mode, Options, Verdict
from ._guards import Guard, Guards
from .errors import PosternError, Unauthenticated, Unavailable
from .principal import Principal
from .stats import Counters, Stats, Via

_cores: weakref.WeakSet[Core] = weakref.WeakSet()
_MAX_STALENESS_SECONDS = 60.0


class Core:
    """The base of `postern.Client` and `postern.aio.Client`, and what middleware asks of either.

    Threads and calls of gRPC do not survive a fork. So they are ended before one, and both processes begin anew: the
    parent at its next call or when it has open streams, the child at its first call.
    """

    def __init__(
        self,
        address: str,
        *,
        api_key: str = "",
        jwks_url: str = "",
        mode: Mode = "auto",
        max_staleness: float = 2.5,
        issuer: str = "postern",
        audience: str = "postern",
        token_types: Iterable[str] = ("at+jwt", "application/at+jwt"),
        credentials: Optional[grpc.ChannelCredentials] = None,
        timeout: float = 2.0,
        cache_size: int = 20_000,
        max_token_lifetime: float = 3600.0,
    ) -> None:
        """Connects in the background and returns at once.

        address: of the service's gRPC port, such as `postern:50051`. api_key: of a service account with the role
        `service`; needed in every mode but `remote`. jwks_url: unset, port 8080 of the same host. max_staleness: how
        old the feed may be, in seconds, at most 60. credentials: of the channel; unset, no TLS. timeout: of a call to
        the service, in seconds. max_token_lifetime: ACCESS_TOKEN_EXPIRE_MINUTES of the service, in seconds; tokens
        that live longer are the service's to judge.
        """
        if mode not in ("auto", "local", "remote"):
            raise ValueError(f"mode must be 'auto', 'local' or 'remote', not {mode!r}")
        if mode != "remote" and api_key == "":
            raise ValueError("api_key is needed to follow the feed of revocations; without one, use mode='remote'")
        if not 0 < max_staleness <= _MAX_STALENESS_SECONDS:
            raise ValueError("max_staleness must be over 0 and at most 60 seconds")
        scheme = "http" if credentials is None else "https"
        host = address.rpartition(":")[0] or address
        self._options = Options(
            address=address,
            api_key=api_key,
            jwks_url=jwks_url or f"{scheme}://{host}:8080/.well-known/jwks.json",
            mode=mode,
            max_staleness=max_staleness,
            issuer=issuer,
            audience=audience,
            token_types=frozenset(each.lower() for each in token_types),
            credentials=credentials,
            timeout=timeout,
            cache_size=cache_size,
            max_token_lifetime=max_token_lifetime,
        )
        self._guards = Guards()
        self._reset()
        self._is_closed = False
        self._start()
        _cores.add(self)

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._counters = Counters()
        self._count_local = self._counters.answers["local", "ok"].add
        self._engine = Engine(self._options, self._guards, self._counters)
        self._is_started = False

    def _start(self) -> None:
        with self._lock:
            if self._is_closed:
                raise Unavailable("the client is closed")
            if not self._is_started:
                self._engine.start()
                self._is_started = True

    def _find_known(self, token: str) -> Optional[Principal]:
        """The usual call: a token seen before, nothing told since, the feed fresh."""
        engine = self._engine
        entry = engine.verified.young.get(token)
        if entry is None or entry.version != engine.revocations.version:
            return None
        now, freshness = time(), engine.freshness
        if (
            entry.key_version != engine.key_set.version
            or now >= entry.expires_at
            or now >= freshness.until_wall
            or monotonic() >= freshness.until
        ):
            return None
        self._count_local()
        return entry.principal

    def _judge(self, engine: Engine, token: str) -> Verdict:
        if not self._is_started:
            self._start()
        try:
            verdict = engine.judge(token)
        except PosternError as error:
            self._count("local", error)
            raise
        if isinstance(verdict, Principal):
            self._count_local()
        return verdict

    def _accept(self, engine: Engine, answer: Answer) -> Principal:
        try:
            principal = engine.accept(answer)
        except PosternError as error:
            self._count("remote", error)
            raise _copy(error) from None
        self._counters.answers["remote", "ok"].add()
        return principal

    def _count(self, via: Via, error: PosternError) -> None:
        outcome = "unauthenticated" if isinstance(error, Unauthenticated) else "unavailable"
        self._counters.answers[via, outcome].add()

    def _guard(
        self, token: str, principal: Principal, roles: tuple[str, ...], on_end: Callable[[PosternError], object]
    ) -> Callable[[], None]:
        """Calls back once when the token ends while the stream is open; returns what ends that.

        From any thread, within a second.
        """
        guard = Guard(token, principal, roles, on_end)
        self._guards.add(guard)
        if not self._is_started:
            self._start()
        # What was told between the validation and now.
        self._engine._look_at(guard)
        return lambda: self._guards.remove(guard)

    def stats(self) -> Stats:
        """The numbers of now."""
        engine = self._engine
        return Stats(
            answers={key: counter.value for key, counter in self._counters.answers.items()},
            is_local=not engine.is_remote and engine.freshness.is_fresh(),
            staleness=engine.freshness.staleness(),
            watch_reconnects=engine.watch.reconnects,
            watch_error=engine.watch.last_error,
            batch_calls=self._counters.batch_calls.value,
            key_set_reads=engine.key_set.reads,
            cached_tokens=len(engine.verified),
            cached_api_keys=len(engine.api_keys),
            revocations=len(engine.revocations),
            open_streams=len(self._guards),
        )

    def _close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._is_started = True
        self._engine.close()

    def _before_fork(self) -> None:
        self._lock.acquire()
        if self._is_started:
            self._engine.close()

    def _after_fork(self, is_child: bool) -> None:
        counters = self._counters
        lock = self._lock
        if is_child:
            self._guards = Guards()
            self._reset()
            return
        self._engine = Engine(self._options, self._guards, counters)
        self._is_started = False
        lock.release()
        if len(self._guards) > 0 and not self._is_closed:
            self._start()


def _copy(error: PosternError) -> PosternError:
    """An error of one flight goes to many callers; each gets its own, with its own traceback."""
    if isinstance(error, Unauthenticated):
        return Unauthenticated(error.reason)
    return Unavailable(error.why) if isinstance(error, Unavailable) else error


_forking: list[Core] = []


def _before_fork() -> None:
    _forking[:] = list(_cores)
    for core in _forking:
        core._before_fork()


def _after_fork(is_child: bool) -> None:
    for core in _forking:
        core._after_fork(is_child)
    _forking.clear()


def _close_all() -> None:
    for core in list(_cores):
        core._close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=lambda: _after_fork(False),
        after_in_child=lambda: _after_fork(True),
    )
atexit.register(_close_all)


