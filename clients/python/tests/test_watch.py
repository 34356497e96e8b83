"""A feed that breaks is opened again: at once, then ever later, and from its beginning where that is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import time
from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from postern import _watch
from postern._freshness import Freshness
from postern._revocations import Revocations
from postern._watch import Watch
from postern.auth.v1 import auth_service_pb2 as pb

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
CAUGHT_UP = pb.WatchRevocationsResponse(caught_up=pb.CaughtUp(), resume_token="2")


class Refusal(grpc.RpcError):
    def __init__(self, code: grpc.StatusCode) -> None:
        self._code = code

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return ""


class Stream:
    """Brings its messages, and ends with a status."""

    def __init__(self, code: grpc.StatusCode, messages: Sequence[pb.WatchRevocationsResponse]) -> None:
        self._code, self._messages = code, messages

    def __iter__(self) -> Iterator[pb.WatchRevocationsResponse]:
        yield from self._messages
        raise Refusal(self._code)

    def cancel(self) -> None:
        pass


class Script:
    """A watch whose streams end one after the other with the statuses of a test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.messages: Sequence[pb.WatchRevocationsResponse] = ()
        """What each stream brings before it ends."""
        self.pauses: list[float] = []
        """The longest pauses."""
        self.shortest: list[float] = []
        self.tokens: list[str] = []
        """The resume tokens that were sent."""
        self.freshness = Freshness(2.5)
        connection: Any = SimpleNamespace(stub=lambda: SimpleNamespace(WatchRevocations=self._open))
        self.watch = Watch(connection, "key", Revocations(60), self.freshness, lambda _: None)
        self.watch._resume_token, self.watch._heard_at = "1", _watch.monotonic()
        self._codes: list[grpc.StatusCode] = []

    def run(self, *codes: grpc.StatusCode) -> None:
        self._codes = list(codes)
        self._monkeypatch.setattr(_watch.random, "uniform", self._choose)
        stopping: Any = SimpleNamespace(wait=self.pauses.append, is_set=lambda: len(self.pauses) >= len(codes))
        self.watch._stopping = stopping
        self.watch._run()

    def _choose(self, shortest: float, longest: float) -> float:
        self.shortest.append(shortest / longest)
        return longest

    def _open(self, request: Any, metadata: Any) -> Stream:
        self.tokens.append(request.resume_token)
        return Stream(self._codes[len(self.tokens) - 1], self.messages)


@pytest.fixture(name="script")
def scripted_watch(monkeypatch: pytest.MonkeyPatch) -> Script:
    return Script(monkeypatch)


def test_pauses_grow_to_2_seconds_and_are_at_least_half_as_long(script: Script) -> None:
    script.run(*[UNAVAILABLE] * 8)
    assert script.pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, 2])
    assert set(script.shortest) == {0.5}
    assert set(script.tokens) == {"1"}


@pytest.mark.parametrize("code", [UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED])
def test_pauses_grow_to_15_seconds_where_the_key_is_refused(code: grpc.StatusCode, script: Script) -> None:
    script.run(*[code] * 10)
    assert script.pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 15, 15])


def test_a_service_that_is_away_is_asked_again_within_2_seconds_though_it_refused_the_key_before(
    script: Script,
) -> None:
    script.run(*[UNAUTHENTICATED] * 10, UNAVAILABLE, UNAUTHENTICATED)
    assert script.pauses[-3:] == pytest.approx([15, 2, 15])


def test_pauses_are_short_again_after_a_stream_that_has_caught_up(script: Script) -> None:
    script.messages = (CAUGHT_UP,)
    script.run(*[UNAVAILABLE] * 4)
    assert script.pauses == pytest.approx([0.1] * 4)
    assert script.tokens == ["1", "2", "2", "2"]


def test_a_resume_token_that_is_refused_is_not_sent_again(script: Script) -> None:
    script.run(*[grpc.StatusCode.INVALID_ARGUMENT] * 3)
    assert script.tokens == ["1", "", ""]


@pytest.mark.parametrize(("code", "trusted"), [(UNAVAILABLE, True), (grpc.StatusCode.INVALID_ARGUMENT, False)])
def test_what_was_heard_is_trusted_while_the_feed_is_away_unless_its_resume_token_is_refused(
    code: grpc.StatusCode, trusted: bool, script: Script
) -> None:
    script.freshness.hear(time())
    script.run(code)
    assert script.freshness.is_fresh() == trusted


@pytest.mark.parametrize(("silent_seconds", "token"), [(89, "1"), (91, "")])
def test_the_feed_is_read_from_its_beginning_after_90_seconds_without_word(
    silent_seconds: float, token: str, script: Script
) -> None:
    script.watch._heard_at -= silent_seconds
    script.run(UNAVAILABLE)
    assert script.tokens == [token]
