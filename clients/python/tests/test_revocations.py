"""At no moment does a change of what the feed has told let somebody through whom both states refuse."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import pytest

from postern import _local
from postern._freshness import Freshness
from postern._key_set import Key, KeySet
from postern._local import Answer, LocalAnswers
from postern._revocations import Revocations
from postern.errors import Unauthenticated
from postern.principal import Principal

NOW = datetime.now(timezone.utc)
ADA = Principal(
    user_id="1", username="ada", roles=("user",), session_id="2", issued_at=NOW, expires_at=NOW + timedelta(hours=1),
    kind="person", api_key_id="",
)


class Steps(dict[Any, Any]):
    """A table that is looked at after each step of a change."""

    def __init__(self, items: dict[Any, Any], look: Callable[[], None]) -> None:
        super().__init__(items)
        self._look = look

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self._look()

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(key)
        self._look()

    def pop(self, *args: Any) -> Any:
        value = super().pop(*args)
        self._look()
        return value


def refusals_seen(revocations: Revocations, change: Callable[[], None]) -> list[str]:
    seen: list[str] = []
    for name in ("_users", "_sessions", "_order"):
        if hasattr(revocations, name):
            table = Steps(getattr(revocations, name), lambda: seen.append(revocations.judge(ADA)[0]))
            setattr(revocations, name, table)
    change()
    return seen


def test_a_disabled_user_of_whom_is_told_again_is_refused_throughout() -> None:
    revocations = Revocations(60)
    revocations.end_user("1", "user_disabled", 1)
    seen = refusals_seen(revocations, lambda: revocations.end_user("1", "user_disabled", 2))
    assert set(seen) == {"USER_INACTIVE"}


def test_an_ended_session_of_which_is_told_again_is_refused_throughout() -> None:
    revocations = Revocations(60)
    revocations.end_session("2", 1)
    seen = refusals_seen(revocations, lambda: revocations.end_session("2", 2))
    assert set(seen) <= {"TOKEN_REVOKED"}
    assert revocations.judge(ADA)[0] == "TOKEN_REVOKED"


def test_a_user_of_whom_is_told_again_is_evicted_after_the_last_time_and_keeps_nobody_behind() -> None:
    revocations = Revocations(60)
    for user_id in ("1", "3", "4"):
        revocations.end_user(user_id, "user_disabled", 1)
    revocations.end_user("1", "user_disabled", 30)
    revocations.evict(62)
    assert revocations.judge(ADA)[0] == "USER_INACTIVE"
    assert len(revocations) == 1
    revocations.forget_users_of_before(31)
    assert len(revocations) == 1
    revocations.evict(91)
    assert len(revocations) == 0


def test_a_user_who_was_forgotten_is_not_looked_for_at_eviction() -> None:
    revocations = Revocations(60)
    revocations.end_user("1", "user_disabled", 1)
    revocations.forget_users_of_before(50)
    assert revocations.judge(ADA) == ("", ("user",))
    revocations.end_user("3", "user_disabled", 55)
    revocations.evict(200)
    assert len(revocations) == 0


def test_of_two_threads_that_renew_an_answer_the_slower_does_not_undo_the_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    local = make_local(monkeypatch)
    slow_has_judged, slow_may_go_on = threading.Event(), threading.Event()
    judge = local.judge

    def judge_slowly(principal: Principal) -> Answer:
        answer = judge(principal)
        if threading.current_thread() is slow:
            slow_has_judged.set()
            assert slow_may_go_on.wait(10)
        return answer

    monkeypatch.setattr(local, "judge", judge_slowly)
    slow = threading.Thread(target=local.recall, args=("token",))
    slow.start()
    assert slow_has_judged.wait(10)
    local._revocations.end_session("2", 1)

    def let_the_slow_one_end() -> None:
        slow_may_go_on.set()
        slow.join(10)

    Entry.after_step = let_the_slow_one_end
    local.recall("token")
    assert not slow.is_alive()
    answer = local.recall("token")
    assert isinstance(answer, Unauthenticated) and answer.reason == "TOKEN_REVOKED"


class Entry(_local._Verified):
    """Something happens after the first step of its next change by the main thread."""

    after_step: Optional[Callable[[], None]] = None

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        step = Entry.after_step
        if step is not None and threading.current_thread() is threading.main_thread():
            Entry.after_step = None
            step()


def make_local(monkeypatch: pytest.MonkeyPatch) -> LocalAnswers:
    """It has verified the token `token` of Ada."""
    keys, freshness = KeySet("http://127.0.0.1:1/jwks.json", 1), Freshness(60)
    key = Key("ES256", None, "k")
    keys._keys, keys._read_at = {"k": key}, time.monotonic()
    freshness.hear(time.time())
    local = LocalAnswers(
        keys, Revocations(60), freshness, issuer="", audience="", token_types=frozenset(), max_tokens=10, max_lifetime=1
    )
    local.tokens.add("token", Entry(ADA, ADA.expires_at.timestamp(), "k", key, keys.version))
    return local
