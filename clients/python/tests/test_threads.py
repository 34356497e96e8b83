"""Nothing is let through for want of a thread, and no thread ends with an error that nobody expected."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from postern import _open_calls
from postern._freshness import Freshness
from postern._key_set import KeySet
from postern._open_calls import OpenCalls
from postern._revocations import Revocations
from postern._watch import Watch
from postern.errors import Unauthenticated, Unavailable
from test_open_calls import ADA, revoked

SECONDS = 10


@pytest.fixture(name="threadless")
def no_threads(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    return monkeypatch


def test_a_call_that_nobody_can_watch_over_is_ended_and_the_next_tries_again(threadless: pytest.MonkeyPatch) -> None:
    calls = OpenCalls(revoked(), 2.5)
    answers: list[Any] = []
    calls.add("a", ADA, lambda answer: bool(answers.append(answer)))
    assert [type(answer) for answer in answers] == [Unavailable]
    assert len(calls) == 0
    threadless.undo()
    ended = threading.Event()
    calls.add("b", ADA, lambda _: bool(ended.set()))
    assert ended.wait(SECONDS)


def test_a_call_whose_review_fails_is_reviewed_again_and_keeps_nobody_from_being_ended() -> None:
    calls = OpenCalls(revoked(), 2.5)
    tries: list[Any] = []
    ended, reviewed = threading.Event(), threading.Event()

    def review_badly(answer: Any) -> bool:
        tries.append(answer)
        if len(tries) == 1:
            raise KeyError("unexpected")
        reviewed.set()
        return False

    calls.add("a", ADA, review_badly)
    calls.add("b", ADA, lambda _: bool(ended.set()))
    assert ended.wait(SECONDS)
    assert reviewed.wait(SECONDS)


def test_open_calls_are_asked_about_without_a_thread_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_open_calls, "_ASK_SECONDS", 0)
    asked: Future[Any] = Future()
    is_asked = threading.Event()

    def ask(_token: str) -> Future[Any]:
        is_asked.set()
        return asked

    state = SimpleNamespace(freshness=SimpleNamespace(is_fresh=lambda: False))
    core: Any = SimpleNamespace(state=state, ask_about_open=ask)
    calls = OpenCalls(core, 60)
    answers: list[Any] = []
    calls.add("a", ADA, lambda answer: bool(answers.append(answer)))
    assert is_asked.wait(SECONDS)
    assert "postern-ask" not in {thread.name for thread in threading.enumerate()}
    asked.set_result(Unauthenticated("TOKEN_REVOKED"))
    assert [answer.reason for answer in answers] == ["TOKEN_REVOKED"]
    calls.close()


def test_a_key_set_that_no_thread_can_read_is_a_failed_reading(threadless: pytest.MonkeyPatch) -> None:
    keys = KeySet("http://127.0.0.1:1/jwks.json", 1)
    reading = keys.refresh()
    assert reading is not None and reading.result(0) is False
    keys.await_reading(0)
    assert keys._reading is None


def test_the_feed_is_read_from_its_beginning_after_an_error_that_nobody_expected() -> None:
    pauses: list[float] = []

    def fail() -> Any:
        raise KeyError("unexpected")

    watch = Watch(SimpleNamespace(stub=fail), "key", Revocations(60), Freshness(2.5), lambda _: None)  # type: ignore
    watch._resume_token = "1"
    watch._stopping = SimpleNamespace(wait=pauses.append, is_set=lambda: len(pauses) >= 2)  # type: ignore
    watch._run()
    assert len(pauses) == 2 and min(pauses) > 0
    assert watch._resume_token == ""
