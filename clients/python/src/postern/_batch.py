"""Asks the service about tokens, many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic
from typing import Any, NamedTuple, Union

import grpc

from ._claims import to_time
from ._connection import Connection
from ._token_text import is_api_key_text
from .auth.v1 import auth_service_pb2 as pb
from .errors import PosternError, Unauthenticated, Unavailable
from .principal import Principal

MAX_TOKENS = 100
# The service takes 128 KiB; a token may have 4 KiB.
_MAX_BYTES = 100 * 1024
_WAIT_SECONDS = 0.001
# While a call is under way the next one gathers callers until that ends, or for so long: a crowd costs two calls.
_WAIT_IN_FLIGHT_SECONDS = 0.005
# Whoever asks later than this after a token was asked about wants to know of what happened since.
_MAX_FLIGHT_AGE_SECONDS = 0.2
# More tokens than these are not waited for.
MAX_ASKED_TOKENS = 10_000
_REASONS = frozenset(("INVALID_TOKEN", "TOKEN_EXPIRED", "TOKEN_REVOKED", "USER_INACTIVE"))

Answer = Union[Principal, PosternError]


class Retired(Exception):
    """This batcher was closed, for a fork or for good, before the answer came."""


class _Flight(NamedTuple):
    token: str
    begun_at: float
    future: Future[Answer]


class Batcher:
    """One flight per token: callers that ask about a token that is on its way get the same answer.

    A thread of its own sends what has gathered within a millisecond, or within 5 while a call is under way; it never
    waits for an answer.
    """

    def __init__(
        self,
        connection: Connection,
        timeout: float,
        on_call: Callable[[], object],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._connection = connection
        self._timeout = timeout
        self._on_call = on_call
        self._clock = clock
        self._condition = threading.Condition()
        # The youngest of each token, and all whose answer has not come.
        self._flights: dict[str, _Flight] = {}
        self._open: set[_Flight] = set()
        self._waiting: list[_Flight] = []
        self._first_at = 0.0
        self._in_flight = 0
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="postern-batch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask(self, token: str) -> Future[Answer]:
        """The service's answer; the future never fails but with Retired, and cannot be cancelled."""
        with self._condition:
            now = self._clock()
            known = self._flights.get(token)
            if known is not None and now - known.begun_at < _MAX_FLIGHT_AGE_SECONDS:
                return known.future
            flight = _Flight(token, now, Future())
            flight.future.set_running_or_notify_cancel()
            if self._is_closed:
                flight.future.set_exception(Retired())
                return flight.future
            if len(self._open) >= MAX_ASKED_TOKENS:
                flight.future.set_result(Unavailable("too many tokens wait for the service"))
                return flight.future
            self._flights[token] = flight
            self._open.add(flight)
            if not self._waiting:
                self._first_at = now
            self._waiting.append(flight)
            if len(self._waiting) in (1, MAX_TOKENS):
                self._condition.notify()
            return flight.future

    def close(self) -> None:
        with self._condition:
            self._is_closed = True
            self._condition.notify()
        if self._thread.ident is not None:
            self._thread.join(2)
        with self._condition:
            flights, self._open, self._flights = self._open, set(), {}
        for flight in flights:
            _fail(flight.future)

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._waiting and not self._is_closed:
                    self._condition.wait()
                if self._is_closed:
                    return
                self._wait_for_more()
                flights, self._waiting = self._waiting, []
            # A flood of API keys that nobody holds is refused as a whole call, and must not take tokens with it.
            keys = [flight for flight in flights if is_api_key_text(flight.token)]
            tokens = [flight for flight in flights if not is_api_key_text(flight.token)]
            for kind in (tokens, keys):
                for chunk in _chunks(kind):
                    with self._condition:
                        self._in_flight += 1
                    self._send(chunk, monotonic() + self._timeout, may_retry=True)

    def _wait_for_more(self) -> None:
        while len(self._waiting) < MAX_TOKENS and not self._is_closed:
            limit = _WAIT_SECONDS if self._in_flight == 0 else _WAIT_IN_FLIGHT_SECONDS
            left = self._first_at + limit - self._clock()
            if left <= 0:
                return
            self._condition.wait(left)

    def _send(self, flights: list[_Flight], deadline: float, *, may_retry: bool) -> None:
        self._on_call()
        request = pb.BatchValidateRequest(access_tokens=[flight.token for flight in flights])
        try:
            call = self._connection.stub().BatchValidate.future(request, timeout=max(0.001, deadline - monotonic()))
        except Exception as error:  # a channel that was closed meanwhile, no thread; who waits is always answered
            self._land(flights, [Unavailable(str(error))] * len(flights))
            return
        call.add_done_callback(lambda done: self._on_done(done, flights, deadline, may_retry))

    def _on_done(self, call: Any, flights: list[_Flight], deadline: float, may_retry: bool) -> None:
        code = call.code()
        if code is grpc.StatusCode.OK:
            results = call.result().results
            if len(results) == len(flights):
                self._land(flights, [_read_result(result) for result in results])
                return
        # A connection that was cut in mid-call, or replaced: once more on another.
        lost = code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
        if lost and may_retry and not self._is_closed:
            self._send(flights, deadline, may_retry=False)
            return
        self._land(flights, [Unavailable(f"BatchValidate: {code.name} {call.details() or ''}".strip())] * len(flights))

    def _land(self, flights: list[_Flight], answers: list[Answer]) -> None:
        with self._condition:
            self._in_flight -= 1
            self._condition.notify()
            landed = [flight in self._open for flight in flights]
            self._open.difference_update(flights)
            for flight in flights:
                if self._flights.get(flight.token) is flight:
                    del self._flights[flight.token]
        for flight, answer, is_awaited in zip(flights, answers, landed):
            if not is_awaited:
                continue
            if self._is_closed and isinstance(answer, Unavailable):
                _fail(flight.future)
            else:
                flight.future.set_result(answer)


def _fail(future: Future[Answer]) -> None:
    if not future.done():
        future.set_exception(Retired())


def _chunks(flights: list[_Flight]) -> list[list[_Flight]]:
    chunks: list[list[_Flight]] = []
    size = _MAX_BYTES
    for flight in flights:
        if size + len(flight.token) > _MAX_BYTES or len(chunks[-1]) >= MAX_TOKENS:
            chunks.append([])
            size = 0
        chunks[-1].append(flight)
        size += len(flight.token) + 4
    return chunks


def _read_result(result: pb.BatchValidateResult) -> Answer:
    """Who waits is always answered."""
    try:
        return parse_result(result)
    except Exception as error:
        return Unavailable(f"BatchValidate: {error}")


def parse_result(result: pb.BatchValidateResult) -> Answer:
    outcome = result.WhichOneof("outcome")
    if outcome == "error":
        if result.error.code == Unauthenticated.code:
            reason = result.error.reason
            return Unauthenticated(reason if reason in _REASONS else "INVALID_TOKEN")
        return Unavailable(f"BatchValidate: {result.error.reason or result.error.code}")
    principal = result.principal
    if outcome != "principal" or principal.anonymous or principal.user_id == "":
        return Unavailable("BatchValidate: an answer without a principal")
    return Principal(
        user_id=principal.user_id,
        username=principal.username,
        roles=tuple(principal.roles),
        session_id=principal.session_id,
        issued_at=to_time(principal.issued_at.seconds),
        expires_at=to_time(principal.expires_at.seconds),
        kind="service" if principal.kind == pb.USER_KIND_SERVICE else "person",
        api_key_id=principal.api_key_id,
    )
