"""What the synchronous and the asynchronous client share."""

from __future__ import annotations

import os
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal, Optional

import grpc

from ._batch import Batcher, Retired
from ._connection import Connection
from ._freshness import Freshness
from ._key_set import KeySet
from ._local import INVALID, Answer, LocalAnswers
from ._open_calls import OpenCalls
from ._revocations import Revocations
from ._token_text import is_api_key_text
from ._watch import Watch
from .errors import PosternError, Unauthenticated, Unavailable
from .principal import Principal

Mode = Literal["auto", "local", "remote"]
Via = Literal["local", "remote"]
Found = tuple[Answer, Via]

MAX_STALENESS_SECONDS = 60.0
# Beside the life of a token: clocks that are apart, and what is under way.
_RETENTION_SLACK_SECONDS = 60.0
_HOUSEKEEPING_SECONDS = 0.5


@dataclass(frozen=True)
class Options:
    """How a client behaves; see `Client`."""

    address: str
    api_key: str
    mode: Mode
    jwks_url: str
    issuer: str
    audience: str
    token_type: str
    max_staleness: float
    max_cached_tokens: int
    max_token_lifetime: float
    call_timeout: float
    credentials: Optional[grpc.ChannelCredentials]


def check_options(
    address: str,
    *,
    api_key: Optional[str],
    mode: str,
    jwks_url: Optional[str],
    issuer: str,
    audience: str,
    token_type: str,
    max_staleness: float,
    max_cached_tokens: int,
    max_token_lifetime: float,
    call_timeout: float,
    credentials: Optional[grpc.ChannelCredentials],
) -> Options:
    """Raises ValueError that says what to do."""
    if mode not in ("auto", "local", "remote"):
        raise ValueError(f"mode must be auto, local or remote, not {mode!r}")
    if not address or "://" in address:
        raise ValueError(f"address must be HOST:PORT of the gRPC port, such as localhost:50051, not {address!r}")
    if mode != "remote" and not api_key:
        raise ValueError("api_key must be an API key of a service account with the role service; or set mode='remote'")
    if not 0 < max_staleness <= MAX_STALENESS_SECONDS:
        raise ValueError(f"max_staleness must be more than 0 and at most {MAX_STALENESS_SECONDS:.0f} seconds")
    if token_type not in ("at+jwt", "JWT"):
        raise ValueError(f"token_type must be at+jwt or JWT, as JWT_TYP of the service, not {token_type!r}")
    if max_cached_tokens < 2 or call_timeout <= 0 or max_token_lifetime <= 0:
        raise ValueError("max_cached_tokens must be at least 2; call_timeout and max_token_lifetime more than 0")
    url = jwks_url or f"http://{address.rsplit(':', 1)[0]}:8080/.well-known/jwks.json"
    return Options(
        address,
        api_key or "",
        mode,  # type: ignore[arg-type]
        url,
        issuer,
        audience,
        token_type,
        max_staleness,
        max_cached_tokens,
        max_token_lifetime,
        call_timeout,
        credentials,
    )


class _State:
    """Everything that holds a thread or a connection; made anew after a fork."""

    def __init__(self, options: Options, on_batch: Callable[[], object]) -> None:
        types = frozenset({"jwt", "at+jwt"} if options.token_type == "JWT" else {"at+jwt", "application/at+jwt"})
        self.connection = Connection(options.address, options.credentials)
        self.keys = KeySet(options.jwks_url, options.call_timeout)
        self.revocations = Revocations(options.max_token_lifetime + _RETENTION_SLACK_SECONDS)
        self.freshness = Freshness(options.max_staleness)
        self.local = LocalAnswers(
            self.keys,
            self.revocations,
            self.freshness,
            issuer=options.issuer,
            audience=options.audience,
            token_types=types,
            max_tokens=options.max_cached_tokens,
            max_lifetime=options.max_token_lifetime,
        )
        self.batcher = Batcher(self.connection, options.call_timeout, on_batch)
        self.watch = Watch(self.connection, options.api_key, self.revocations, self.freshness, lambda _: None)
        self._follows = options.mode != "remote"
        self._stopping = threading.Event()
        self._housekeeper = threading.Thread(target=self._keep_house, name="postern-housekeeping", daemon=True)

    def start(self) -> None:
        self.batcher.start()
        if self._follows:
            self.keys.refresh()
            self.watch.start()
            self._housekeeper.start()

    def close(self) -> None:
        self._stopping.set()
        self.freshness.distrust()
        if self._follows:
            self.watch.close()
        self.batcher.close()
        self.connection.close()

    def _keep_house(self) -> None:
        while not self._stopping.wait(_HOUSEKEEPING_SECONDS):
            self.watch.look_for_silence()
            if self.keys.is_due():
                self.keys.refresh()


class Core:
    """Answers who is behind a token: from memory, or as a generator of what has to be waited for."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.counts: Counter[tuple[str, str]] = Counter()
        self.batch_calls = 0
        self._is_closed = False
        self._was_suspended = False
        self.state = _State(options, self._count_batch)
        self.open_calls = OpenCalls(self, options.max_staleness)
        self.state.start()
        _cores.add(self)

    def answer_now(self, token: object) -> Optional[Answer]:
        """The answer if it is in memory."""
        if self.options.mode == "remote" or self._is_closed or not isinstance(token, str):
            return None
        answer = self.state.local.recall(token)
        if answer is not None:
            self._count(answer, "local")
        return answer

    def answer(self, token: object) -> Found:
        """The answer, whatever has to be waited for."""
        recalled = self.answer_now(token)
        if recalled is not None:
            return recalled, "local"
        steps = self.find(token)
        try:
            future = next(steps)
            while True:
                try:
                    result = future.result(self.options.call_timeout + 1)
                except Exception as error:
                    future = steps.throw(error)
                else:
                    future = steps.send(result)
        except StopIteration as done:
            found: Found = done.value
            return found

    def find(self, token: object) -> Generator[Future[Any], Any, Found]:
        """Yields what to wait for, and returns the answer. What is thrown into it means that nobody answered."""
        found: Found = Unavailable("the client is closed"), "local"
        if not self._is_closed:
            found = yield from self._find(token)
        self._count(*found)
        return found

    def _find(self, token: object) -> Generator[Future[Any], Any, Found]:
        state = self.state
        refused = state.local.refuse_unread(token)
        if refused is not None or not isinstance(token, str):
            return refused or INVALID, "local"
        mode = self.options.mode
        is_key = is_api_key_text(token)
        if mode != "remote" and not is_key:
            answer = yield from self._verify(token)
            if answer is not None:
                return answer, "local"
        if mode == "local":
            return Unavailable("this process cannot tell, and mode is local"), "local"
        asked_at = monotonic()
        told = yield from self._ask(token)
        if is_key and mode == "auto" and isinstance(told, Principal):
            self.state.local.remember_api_key(token, told, asked_at)
        return told, "remote"

    def _verify(self, token: str) -> Generator[Future[Any], Any, Optional[Answer]]:
        state = self.state
        header = state.local.header(token)
        # Whoever can verify HS256 can forge it: this client never has that key.
        if header is None or header.algorithm == "HS256" or not state.local.is_usable():
            return None
        if header.kid is None:
            return INVALID
        key = state.keys.find(header.kid)
        if key is None:
            reading = state.keys.refresh()
            if reading is not None:
                try:
                    yield reading
                except Exception:
                    return None
            key = state.keys.find(header.kid)
        if key is None:
            return INVALID if state.keys.is_new() else None
        return state.local.verify(token, header, key)

    def _ask(self, token: str) -> Generator[Future[Any], Any, Answer]:
        for _ in range(2):
            try:
                answer: Answer = yield self.state.batcher.ask(token)
                return answer
            except Retired:
                # A fork came between; the connection has been opened anew.
                continue
            except Exception as error:
                return Unavailable(f"BatchValidate: {error or type(error).__name__}")
        return Unavailable("BatchValidate: the client was closed")

    def is_local(self) -> bool:
        return self.options.mode != "remote" and not self._is_closed and self.state.local.is_usable()

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        _cores.discard(self)
        self.state.close()

    def suspend(self) -> None:
        """Before a fork: no thread of gRPC may live through it."""
        self._was_suspended = not self._is_closed
        if self._was_suspended:
            self.state.close()

    def resume(self, *, is_child: bool) -> None:
        if is_child:
            self.open_calls.after_fork()
        if self._was_suspended:
            self.state = _State(self.options, self._count_batch)
            self.state.start()

    def _count_batch(self) -> None:
        self.batch_calls += 1

    def _count(self, answer: Answer, via: Via) -> None:
        self.counts[(via, "OK" if isinstance(answer, Principal) else answer.reason)] += 1


def raised(answer: Answer) -> Principal:
    """The principal, or a new exception: one that is raised twice would carry the traces of both."""
    if isinstance(answer, Principal):
        return answer
    if isinstance(answer, Unauthenticated):
        raise Unauthenticated(answer.reason)
    if isinstance(answer, Unavailable):
        raise Unavailable(answer.why)
    raise PosternError(answer.reason, answer.message)


_cores: weakref.WeakSet[Core] = weakref.WeakSet()


def _before_fork() -> None:
    for core in list(_cores):
        core.suspend()


def _after_fork_in_parent() -> None:
    for core in list(_cores):
        core.resume(is_child=False)


def _after_fork_in_child() -> None:
    for core in list(_cores):
        core.resume(is_child=True)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
    )
