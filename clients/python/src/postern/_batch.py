"""Asks the service about tokens, many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic
from typing import Any, Union

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
# What waits while a call is under way goes with the next one, but not for longer than this.
_WAIT_IN_FLIGHT_SECONDS = 0.01

Answer = Union[Principal, PosternError]


class Retired(Exception):
    """This batcher was closed, for a fork or for good, before the answer came."""


class Batcher:
    """One flight per token: callers that ask about a token that is on its way get the same answer.

    A thread of its own sends what has gathered within a millisecond; it never waits for an answer.
    """

    def __init__(self, connection: Connection, timeout: float, on_call: Callable[[], object]) -> None:
        self._connection = connection
        self._timeout = timeout
        self._on_call = on_call
        self._condition = threading.Condition()
        self._flights: dict[str, Future[Answer]] = {}
        self._waiting: list[str] = []
        self._first_at = 0.0
        self._in_flight = 0
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="postern-batch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask(self, token: str) -> Future[Answer]:
        """The service's answer; the future never fails but with Retired, and cannot be cancelled."""
        with self._condition:
            flight = self._flights.get(token)
            if flight is not None:
                return flight
            flight = Future()
            flight.set_running_or_notify_cancel()
            if self._is_closed:
                flight.set_exception(Retired())
                return flight
            self._flights[token] = flight
            if not self._waiting:
                self._first_at = monotonic()
            self._waiting.append(token)
            if len(self._waiting) in (1, MAX_TOKENS):
                self._condition.notify()
            return flight

    def close(self) -> None:
        with self._condition:
            self._is_closed = True
            self._condition.notify()
        if self._thread.ident is not None:
            self._thread.join(2)
        with self._condition:
            flights, self._flights = list(self._flights.values()), {}
        for flight in flights:
            _fail(flight)

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._waiting and not self._is_closed:
                    self._condition.wait()
                if self._is_closed:
                    return
                self._wait_for_more()
                tokens, self._waiting = self._waiting, []
            # A flood of API keys that nobody holds is refused as a whole call, and must not take tokens with it.
            for kind in ([t for t in tokens if not is_api_key_text(t)], [t for t in tokens if is_api_key_text(t)]):
                for chunk in _chunks(kind):
                    with self._condition:
                        self._in_flight += 1
                    self._send(chunk, monotonic() + self._timeout, may_retry=True)

    def _wait_for_more(self) -> None:
        while len(self._waiting) < MAX_TOKENS and not self._is_closed:
            limit = _WAIT_SECONDS if self._in_flight == 0 else _WAIT_IN_FLIGHT_SECONDS
            left = self._first_at + limit - monotonic()
            if left <= 0:
                return
            self._condition.wait(left)

    def _send(self, tokens: list[str], deadline: float, *, may_retry: bool) -> None:
        self._on_call()
        request = pb.BatchValidateRequest(access_tokens=tokens)
        try:
            call = self._connection.stub().BatchValidate.future(request, timeout=max(0.001, deadline - monotonic()))
        except (ConnectionError, ValueError) as error:  # ValueError: a channel that was closed meanwhile
            self._land(tokens, [Unavailable(str(error))] * len(tokens))
            return
        call.add_done_callback(lambda done: self._on_done(done, tokens, deadline, may_retry))

    def _on_done(self, call: Any, tokens: list[str], deadline: float, may_retry: bool) -> None:
        code = call.code()
        if code is grpc.StatusCode.OK:
            results = call.result().results
            if len(results) == len(tokens):
                self._land(tokens, [_parse(result) for result in results])
                return
        # A connection that was cut in mid-call, or replaced: once more on another.
        lost = code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
        if lost and may_retry and not self._is_closed:
            self._send(tokens, deadline, may_retry=False)
            return
        self._land(tokens, [Unavailable(f"BatchValidate: {code.name} {call.details() or ''}".strip())] * len(tokens))

    def _land(self, tokens: list[str], answers: list[Answer]) -> None:
        with self._condition:
            self._in_flight -= 1
            self._condition.notify()
            flights = [self._flights.pop(token, None) for token in tokens]
        for flight, answer in zip(flights, answers):
            if flight is None:
                continue
            if self._is_closed and isinstance(answer, Unavailable):
                _fail(flight)
            else:
                flight.set_result(answer)


def _fail(flight: Future[Answer]) -> None:
    if not flight.done():
        flight.set_exception(Retired())


def _chunks(tokens: list[str]) -> list[list[str]]:
    chunks: list[list[str]] = []
    size = _MAX_BYTES
    for token in tokens:
        if size + len(token) > _MAX_BYTES or len(chunks[-1]) >= MAX_TOKENS:
            chunks.append([])
            size = 0
        chunks[-1].append(token)
        size += len(token) + 4
    return chunks


def _parse(result: pb.BatchValidateResult) -> Answer:
    outcome = result.WhichOneof("outcome")
    if outcome == "error":
        if result.error.code == Unauthenticated.code:
            return Unauthenticated(result.error.reason)
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
