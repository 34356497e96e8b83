"""A client for the unit tests of a service: no Postern runs."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from ._core import raised
from ._local import INVALID, Answer
from .errors import Unauthenticated, Unavailable
from .principal import Principal

__all__ = ["FakeClient", "FakeAsyncClient"]


class _FakeCalls:
    """Open calls are looked at whenever something changes."""

    def __init__(self) -> None:
        self.calls: dict[int, tuple[str, Any]] = {}
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self.calls)

    def add(self, token: str, principal: Principal, review: Any) -> Any:
        number = next(self._numbers)
        self.calls[number] = (token, review)
        return lambda: self.calls.pop(number, None) and None


class _Fake:
    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._numbers = itertools.count(1)
        self.open_calls = _FakeCalls()
        self._core = self
        self.is_unavailable = False
        """Whether nobody can tell anything."""

    def sign_in(self, username: str = "ada", roles: Sequence[str] = ("user",), kind: Any = "person") -> str:
        """A token that is good from now on."""
        token = f"token-{next(self._numbers)}"
        now = datetime.now(timezone.utc)
        ids = (str(uuid.uuid4()), str(uuid.uuid4()))
        self._answers[token] = Principal(
            user_id=ids[0],
            username=username,
            roles=tuple(roles),
            session_id=ids[1],
            issued_at=now,
            expires_at=now + timedelta(minutes=30),
            kind=kind,
            api_key_id="",
        )
        return token

    def refuse(self, token: str, reason: str = "TOKEN_REVOKED") -> None:
        """From now on the token is refused, and open calls of it end."""
        self._answers[token] = Unauthenticated(reason)
        self.review()

    def review(self) -> None:
        for number, (token, review) in list(self.open_calls.calls.items()):
            if not review(self._look(token)):
                self.open_calls.calls.pop(number, None)

    def answer_now(self, token: str) -> Optional[Answer]:
        return self._look(token)

    def _look(self, token: str) -> Answer:
        return Unavailable("the test says so") if self.is_unavailable else self._answers.get(token, INVALID)


class FakeClient(_Fake):
    """Stands in for `postern.Client`."""

    def validate(self, token: str) -> Principal:
        return raised(self._look(token))

    def answer(self, token: str) -> Answer:
        return self._look(token)


class FakeAsyncClient(_Fake):
    """Stands in for `postern.aio.Client`."""

    async def validate(self, token: str) -> Principal:
        return raised(self._look(token))

    async def answer(self, token: str) -> Answer:
        return self._look(token)
