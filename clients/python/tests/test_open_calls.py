"""Open calls are looked after whatever becomes of one of them."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from postern._open_calls import OpenCalls
from postern.errors import Unauthenticated, Unavailable
from postern.principal import Principal

NOW = datetime.now(timezone.utc)
ADA = Principal(
    user_id="1", username="ada", roles=(), session_id="2", issued_at=NOW, expires_at=NOW + timedelta(hours=1),
    kind="person", api_key_id="",
)


def revoked() -> Any:
    """A core that knows that every session has ended."""
    state = SimpleNamespace(
        freshness=SimpleNamespace(is_fresh=lambda: True),
        revocations=SimpleNamespace(version=1),
        local=SimpleNamespace(judge=lambda _: Unauthenticated("TOKEN_REVOKED")),
    )
    return SimpleNamespace(state=state)


def test_a_call_whose_event_loop_was_closed_does_not_keep_others_from_being_ended() -> None:
    calls = OpenCalls(revoked(), 2.5)
    loop = asyncio.new_event_loop()
    loop.close()
    ended = threading.Event()

    def review_in_closed_loop(_: Any) -> bool:
        loop.call_soon_threadsafe(print)
        return False

    def review(_: Any) -> bool:
        ended.set()
        return False

    calls.add("a", ADA, review_in_closed_loop)
    calls.add("b", ADA, review)
    assert ended.wait(5)


def test_a_call_that_is_added_to_a_closed_client_is_ended_at_once() -> None:
    calls = OpenCalls(revoked(), 2.5)
    calls.close()
    answers: list[Any] = []
    calls.add("a", ADA, lambda answer: bool(answers.append(answer)))
    assert [type(answer) for answer in answers] == [Unavailable]
    assert len(calls) == 0


def test_a_review_that_fails_does_not_keep_others_from_being_ended() -> None:
    calls = OpenCalls(revoked(), 2.5)
    ended = threading.Event()

    def fail(_: Any) -> bool:
        raise KeyError("a bug of the caller")

    forget = calls.add("a", ADA, fail)
    calls.add("b", ADA, lambda _: bool(ended.set()))
    assert ended.wait(5)
    forget()


def test_a_call_is_ended_where_no_thread_can_follow_it_and_the_next_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = OpenCalls(revoked(), 2.5)
    answers: list[Any] = []

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        calls.add("a", ADA, lambda answer: bool(answers.append(answer)))
    assert [type(answer) for answer in answers] == [Unavailable]
    assert len(calls) == 0
    ended = threading.Event()
    calls.add("b", ADA, lambda _: bool(ended.set()))
    assert ended.wait(5)


def test_the_service_is_asked_about_many_calls_without_a_thread_for_each() -> None:
    asked: list[Future[Any]] = []

    def ask_about_open(_: str) -> Future[Any]:
        asked.append(Future())
        return asked[-1]

    state = SimpleNamespace(freshness=SimpleNamespace(is_fresh=lambda: False))
    calls = OpenCalls(SimpleNamespace(state=state, ask_about_open=ask_about_open), 60)  # type: ignore[arg-type]
    before = threading.active_count()
    ended: list[Any] = []
    for n in range(500):
        calls.add(str(n), ADA, lambda answer: bool(ended.append(answer)))
    until = time.monotonic() + 10
    while len(asked) < 500 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(asked) == 500
    assert threading.active_count() <= before + 1
    for question in asked:
        question.set_result(Unauthenticated("TOKEN_REVOKED"))
    assert [answer.reason for answer in ended] == ["TOKEN_REVOKED"] * 500
