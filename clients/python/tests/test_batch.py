"""What the batcher asks, by a clock that moves and calls that end when the test says so."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from typing import Any, Callable, Iterator, Optional, cast

import grpc
import pytest

from postern._batch import MAX_ASKED_TOKENS, Answer, Batcher, parse_result
from postern._connection import Connection
from postern.auth.v1 import auth_service_pb2 as pb
from postern.errors import PosternError, Unavailable
from postern.principal import Principal

SECONDS = 10
A_MILLISECOND = 0.001


class Call:
    """A BatchValidate under way."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self._on_done: Optional[Callable[[Call], None]] = None
        self._is_watched = threading.Event()

    def add_done_callback(self, on_done: Callable[[Call], None]) -> None:
        self._on_done = on_done
        self._is_watched.set()

    def end(self) -> None:
        assert self._is_watched.wait(SECONDS)
        assert self._on_done is not None
        self._on_done(self)

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.OK

    def result(self) -> pb.BatchValidateResponse:
        return pb.BatchValidateResponse(
            results=[pb.BatchValidateResult(principal=pb.Principal(user_id=token)) for token in self.tokens]
        )


class Service:
    """Stands in for the connection, its stub and the method."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Call] = queue.Queue()
        self.now = 100.0
        self.batcher = Batcher(cast(Connection, self), 5, lambda: None, lambda: self.now)
        self.batcher.start()

    @property
    def BatchValidate(self) -> Service:  # noqa: N802
        return self

    def stub(self) -> Service:
        return self

    def future(self, request: pb.BatchValidateRequest, timeout: float) -> Call:
        call = Call(list(request.access_tokens))
        self.calls.put(call)
        return call

    def next_call(self) -> Call:
        return self.calls.get(timeout=SECONDS)

    def expect_no_call(self) -> None:
        with pytest.raises(queue.Empty):
            self.calls.get(timeout=0.03)

    def ask(self, *tokens: str) -> list[Future[Answer]]:
        return [self.batcher.ask(token) for token in tokens]


@pytest.fixture()
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.batcher.close()


def users(answers: list[Future[Answer]]) -> list[str]:
    return [cast(Principal, answer.result(SECONDS)).user_id for answer in answers]


def test_64_threads_that_ask_at_once_are_one_call(service: Service) -> None:
    barrier = threading.Barrier(64)
    told: dict[int, str] = {}

    def ask(n: int) -> None:
        barrier.wait(SECONDS)
        answer = service.ask(f"t{n % 32}")
        asked.release()
        told[n] = users(answer)[0]

    asked = threading.Semaphore(0)
    threads = [threading.Thread(target=ask, args=(n,)) for n in range(64)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert asked.acquire(timeout=SECONDS)
    service.now += A_MILLISECOND
    call = service.next_call()
    assert sorted(call.tokens) == sorted(f"t{n}" for n in range(32))
    call.end()
    for thread in threads:
        thread.join(SECONDS)
    assert told == {n: f"t{n % 32}" for n in range(64)}
    service.expect_no_call()


def test_63_who_come_during_a_call_are_one_more(service: Service) -> None:
    answers = service.ask("t0")
    service.now += A_MILLISECOND
    first = service.next_call()
    names = [f"t{n}" for n in range(1, 64)]
    for name in names:
        answers += service.ask(name)
        service.now += 4 * A_MILLISECOND / 64
    service.expect_no_call()
    first.end()
    second = service.next_call()
    assert (first.tokens, second.tokens) == (["t0"], names)
    second.end()
    assert users(answers) == ["t0", *names]


def test_a_call_that_hangs_is_waited_for_5_ms_at_most(service: Service) -> None:
    service.ask("hangs")
    service.now += A_MILLISECOND
    hanging = service.next_call()
    service.ask("waits")
    service.now += 4.9 * A_MILLISECOND
    service.expect_no_call()
    service.now += 0.2 * A_MILLISECOND
    waiting = service.next_call()
    assert waiting.tokens == ["waits"]
    hanging.end()
    waiting.end()


def test_who_comes_at_the_end_of_a_call_waits_a_millisecond_for_others(service: Service) -> None:
    service.ask("first")
    service.now += A_MILLISECOND
    first = service.next_call()
    service.ask("second")
    first.end()
    service.expect_no_call()
    service.ask("third")
    service.now += A_MILLISECOND
    second = service.next_call()
    assert second.tokens == ["second", "third"]
    second.end()


def test_a_token_whose_call_hangs_is_asked_about_anew_after_200_ms(service: Service) -> None:
    first = service.ask("token")
    service.now += A_MILLISECOND
    hanging = service.next_call()
    service.now += 0.198
    assert service.ask("token") == first
    service.now += 0.002
    # Revoked meanwhile, it would be accepted by an answer of before.
    second = service.ask("token")
    assert second != first
    service.now += 5 * A_MILLISECOND
    call = service.next_call()
    hanging.end()
    assert users(first) == ["token"]
    assert service.ask("token") == second
    call.end()
    assert users(second) == ["token"]


def test_a_call_has_at_most_100_tokens_and_100_kib(service: Service) -> None:
    service.ask(*(f"{n:04d}".ljust(4_096, "x") for n in range(60)))
    service.now += A_MILLISECOND
    calls = [service.next_call() for _ in range(3)]
    assert [len(call.tokens) for call in calls] == [24, 24, 12]
    for call in calls:
        call.end()
    service.ask(*(f"t{n}" for n in range(100)))
    calls = [service.next_call()]
    assert [len(call.tokens) for call in calls] == [100]
    calls[0].end()


def test_what_is_under_way_when_the_client_ends_is_told_so(service: Service) -> None:
    first = service.ask("token")
    service.now += A_MILLISECOND
    hanging = service.next_call()
    service.now += 0.3
    second = service.ask("token")
    service.batcher.close()
    hanging.end()
    for answer in first + second + service.ask("late"):
        assert type(answer.exception(SECONDS)).__name__ == "Retired"


def test_while_10_000_tokens_are_asked_about_one_more_is_unavailable_at_once(service: Service) -> None:
    asked = service.ask(*(f"t{n}" for n in range(MAX_ASKED_TOKENS)))
    refused = service.ask("one more")[0].result(SECONDS)
    assert isinstance(refused, Unavailable)
    # Who asks about a token that is on its way is one of the many, and not one more.
    assert service.ask("t9999") == [asked[-1]]
    while not all(future.done() for future in asked):
        service.now += 5 * A_MILLISECOND
        service.next_call().end()
    assert users(asked) == [f"t{n}" for n in range(MAX_ASKED_TOKENS)]
    more = service.ask("one more")
    service.now += 5 * A_MILLISECOND
    service.next_call().end()
    assert users(more) == ["one more"]


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (16, "TOKEN_REVOKED", "TOKEN_REVOKED"),
        (16, "EMAIL_UNVERIFIED", "INVALID_TOKEN"),
        (16, "", "INVALID_TOKEN"),
        (14, "STORE_UNAVAILABLE", "UNAVAILABLE"),
        (0, "TOKEN_REVOKED", "UNAVAILABLE"),
    ],
)
def test_only_unauthenticated_says_something_of_a_token_and_an_unknown_reason_refuses_it(
    code: int, reason: str, expected: str
) -> None:
    answer = parse_result(pb.BatchValidateResult(error=pb.BatchValidateError(code=code, reason=reason)))
    assert isinstance(answer, PosternError)
    assert answer.reason == expected
