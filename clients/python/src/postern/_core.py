"""What the synchronous and the asynchronous client share."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import Future
from time import monotonic
from typing import Any, Literal, Optional

from ._batch import Batcher, Retired
from ._connection import Connection
from ._fork import survive
from ._freshness import Freshness
from ._key_set import KeySet
from ._local import INVALID, Answer, LocalAnswers
from ._open_calls import OpenCalls
from ._options import Options
from ._revocations import Revocations
from ._token_text import is_api_key_text
from ._watch import Watch
from .errors import PermissionDenied, PosternError, Unauthenticated, Unavailable
from .principal import Principal

Via = Literal["local", "remote"]
log = logging.getLogger("postern")

Found = tuple[Answer, Via]

# Beside the life of a token: clocks that are apart, and what is under way.
_RETENTION_SLACK_SECONDS = 60.0
_HOUSEKEEPING_SECONDS = 0.5
_REST_SECONDS = 1.0


class _State:
    """Everything that holds a thread or a connection; made anew after a fork.

    The parent goes on with what it has learnt and takes the feed up where it was. A child begins with nothing: a thread
    that it does not have may have held a lock.
    """

    def __init__(self, options: Options, on_batch: Callable[[], object], before: Optional[_State] = None) -> None:
        types = frozenset({"jwt", "at+jwt"} if options.token_type == "JWT" else {"at+jwt", "application/at+jwt"})
        self.connection = Connection(options.address, options.credentials)
        self.keys: KeySet = before.keys if before else KeySet(options.jwks_url, options.call_timeout)
        retention = options.max_token_lifetime + _RETENTION_SLACK_SECONDS
        self.revocations: Revocations = before.revocations if before else Revocations(retention)
        self.freshness: Freshness = before.freshness if before else Freshness(options.max_staleness)
        self.local: LocalAnswers = (
            before.local
            if before
            else LocalAnswers(
                self.keys,
                self.revocations,
                self.freshness,
                issuer=options.issuer,
                audience=options.audience,
                token_types=types,
                max_tokens=options.max_cached_tokens,
                max_lifetime=options.max_token_lifetime,
            )
        )
        self.batcher = Batcher(self.connection, options.call_timeout, on_batch)
        self.watch = Watch(self.connection, options.api_key, self.revocations, self.freshness, lambda _: None)
        if before:
            self.watch.resume(before.watch)
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
        """Returns when nothing of gRPC is under way any more, at most some seconds later."""
        self._stopping.set()
        if self._follows:
            self.watch.close()
        # Before the connection: who waits is told of the end, not of a connection that broke.
        self.batcher.close()
        self.connection.close()
        self.keys.await_reading(_REST_SECONDS)
        if self._housekeeper.ident is not None and self._housekeeper is not threading.current_thread():
            self._housekeeper.join(2)

    def _keep_house(self) -> None:
        while not self._stopping.wait(_HOUSEKEEPING_SECONDS):
            try:
                self.watch.look_for_silence()
                if self.keys.is_due():
                    self.keys.refresh()
            except Exception:  # without this thread keys would never be read again
                log.exception("postern: housekeeping failed; it goes on")


class Core:
    """Answers who is behind a token: from memory, or as a generator of what has to be waited for."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.counts: Counter[tuple[str, str]] = Counter()
        self.batch_calls = 0
        self._is_closed = False
        self._was_suspended = False
        self._gate = threading.RLock()
        self.state = _State(options, self._count_batch)
        self.open_calls = OpenCalls(self, options.max_staleness)
        self.state.start()
        survive(self)

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
        if mode != "auto" or not isinstance(told, Principal):
            return told, "remote"
        # A replica that is cut off from its store may not have heard it. Sessions and API keys that have ended stay so.
        if self.state.revocations.has_ended(told.session_id):
            return Unauthenticated("TOKEN_REVOKED"), "local"
        if is_key:
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
                # A fork came between: until it is over nothing can be asked, then by a new connection.
                with self._gate:
                    continue
            except Exception as error:
                return Unavailable(f"BatchValidate: {error or type(error).__name__}")
        return Unavailable("BatchValidate: the client was closed")

    def ask_about_open(self, token: str) -> Optional[Future[Answer]]:
        """What the service says of the caller of an open call; None where it is never asked."""
        if self.options.mode == "local" or self._is_closed:
            return None
        asked = self.state.batcher.ask(token)
        asked.add_done_callback(lambda done: None if done.exception() else self._count(done.result(), "remote"))
        return asked

    def is_local(self) -> bool:
        return self.options.mode != "remote" and not self._is_closed and self.state.local.is_usable()

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self.state.freshness.distrust()
        self.open_calls.close()
        self.state.close()

    def suspend(self) -> bool:
        """Before a fork: no thread of gRPC may live through it."""
        self._gate.acquire()
        self._was_suspended = not self._is_closed
        if self._was_suspended:
            self.state.close()
        return self._was_suspended

    def resume(self, *, is_child: bool) -> None:
        gate = self._gate
        if is_child:
            self._gate = threading.RLock()
            self.open_calls.after_fork()
        if self._was_suspended:
            self.state = _State(self.options, self._count_batch, None if is_child else self.state)
            self.state.start()
        if not is_child:
            gate.release()

    def _count_batch(self) -> None:
        self.batch_calls += 1

    def _count(self, answer: Answer, via: Via) -> None:
        self.counts[(via, "ACCEPTED" if isinstance(answer, Principal) else answer.reason)] += 1


def raised(answer: Answer) -> Principal:
    """The principal, or a new exception: one that is raised twice would carry the traces of both."""
    if isinstance(answer, Principal):
        return answer
    if isinstance(answer, Unauthenticated):
        raise Unauthenticated(answer.reason)
    if isinstance(answer, Unavailable):
        raise Unavailable(answer.why)
    if isinstance(answer, PermissionDenied):
        raise PermissionDenied()
    raise PosternError(answer.reason, answer.message)
