"""Open calls are looked after whatever becomes of one of them."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

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
