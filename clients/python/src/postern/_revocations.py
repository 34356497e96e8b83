"""What the feed has told: ended sessions and API keys, and what users have become."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Optional

from .principal import Principal

REPLICA_LAG_SECONDS = 20.0
"""How far one replica may be behind another that told us something; the service's own overlap is 15 s."""


class User(NamedTuple):
    roles: Optional[tuple[str, ...]]
    """None: the user's tokens are void."""
    reason: str
    heard_at: float
    version: int


class Revocations:
    """The latest that was told of each session and user. Written by the watch alone, read by every thread.

    `version` grows with every change, after the change can be read: whoever noted it before a look at the tables has
    seen everything up to it.
    """

    def __init__(self, retention: float) -> None:
        self._retention = retention
        # In the order of hearing, so that eviction looks at the front only.
        self._sessions: dict[str, float] = {}
        self._users: dict[str, User] = {}
        # The users in the order of hearing. Apart, so that a record is replaced in one step: whoever looked between two
        # would find that nothing was told of the user.
        self._order: dict[str, None] = {}
        self.version = 0

    def end_session(self, session_id: str, now: float) -> None:
        if session_id in self._sessions:
            return
        self._sessions[session_id] = now
        self.version += 1

    def end_user(self, user_id: str, reason: str, now: float) -> None:
        self._set_user(user_id, None, reason, now)

    def change_roles(self, user_id: str, roles: Iterable[str], now: float) -> None:
        self._set_user(user_id, tuple(roles), "", now)

    def _set_user(self, user_id: str, roles: Optional[tuple[str, ...]], reason: str, now: float) -> None:
        self._users[user_id] = User(roles, reason, now, self.version + 1)
        self._order.pop(user_id, None)
        self._order[user_id] = None
        self.version += 1

    def judge(self, principal: Principal) -> tuple[str, tuple[str, ...]]:
        """Why the principal is refused now (empty: it is not), and the roles in force. Decides as the service does."""
        user = self._users.get(principal.user_id)
        if user is not None and user.roles is None:
            return ("USER_INACTIVE" if user.reason == "user_disabled" else "TOKEN_REVOKED"), ()
        if principal.session_id in self._sessions:
            return "TOKEN_REVOKED", ()
        if user is None or user.roles is None:
            return "", principal.roles
        if principal.api_key_id == "":
            return "", user.roles
        return "", tuple(role for role in principal.roles if role in user.roles)

    def has_ended(self, session_id: str) -> bool:
        """Whether a session or an API key has ended; none begins again."""
        return session_id in self._sessions

    def find_user(self, user_id: str) -> Optional[User]:
        return self._users.get(user_id)

    def forget_users_of_before(self, stream_began_at: float) -> None:
        """After a stream that told everything from the beginning: what it did not tell again is no longer so.

        What was heard shortly before may be news to the replica of the new stream, and stays.
        """
        bound = stream_began_at - REPLICA_LAG_SECONDS
        outdated = [user_id for user_id, user in self._users.items() if user.heard_at < bound]
        for user_id in outdated:
            del self._users[user_id], self._order[user_id]
        self.version += 1

    def evict(self, now: float) -> None:
        """Drops what no living token can be touched by any more. Called by the watch, between two messages."""
        bound = now - self._retention
        while self._sessions:
            session_id = next(iter(self._sessions))
            if self._sessions[session_id] > bound:
                break
            del self._sessions[session_id]
        while self._order:
            user_id = next(iter(self._order))
            if self._users[user_id].heard_at > bound:
                break
            del self._users[user_id], self._order[user_id]

    def __len__(self) -> int:
        return len(self._sessions) + len(self._users)
