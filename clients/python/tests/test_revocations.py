"""What the feed has told is never unknown again in between."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from postern._revocations import Revocations
from postern.principal import Principal

NOW = datetime.now(timezone.utc)
ADA = Principal(
    user_id="1", username="ada", roles=("admin",), session_id="2", issued_at=NOW, expires_at=NOW + timedelta(hours=1),
    kind="person", api_key_id="",
)


class Watched(dict[str, Any]):
    """Judges as another thread may: after each step of the one that writes."""

    def __init__(self, revocations: Revocations) -> None:
        super().__init__()
        self.revocations = revocations
        self.seen: list[str] = []

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self.look()

    def pop(self, *args: Any) -> Any:
        popped = super().pop(*args)
        self.look()
        return popped

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self.look()

    def look(self) -> None:
        self.seen.append(self.revocations.judge(ADA)[0])


def test_a_user_who_is_told_of_again_is_refused_at_every_moment() -> None:
    revocations = Revocations(3_600)
    users = revocations._users = Watched(revocations)
    for now in (0.0, 15.0, 30.0):
        revocations.end_user("1", "user_disabled", now)
    assert set(users.seen) == {"USER_INACTIVE"}


def test_a_user_is_forgotten_when_what_was_heard_last_is_old_enough() -> None:
    revocations = Revocations(100)
    revocations.end_user("1", "user_disabled", 0)
    revocations.end_user("2", "user_disabled", 10)
    revocations.end_user("1", "user_disabled", 50)
    revocations.evict(140)
    assert (revocations.find_user("2"), len(revocations)) == (None, 1)
    assert revocations.judge(ADA)[0] == "USER_INACTIVE"
    revocations.evict(150)
    assert len(revocations) == 0
