"""The client for asyncio. It shares everything with the synchronous one but the waiting."""

from __future__ import annotations

import asyncio
from time import monotonic
from types import TracebackType
from typing import Optional

from ._core import Found, raised
from ._local import Answer
from .client import BaseClient
from .principal import Principal

__all__ = ["Client"]

_READY_POLL_SECONDS = 0.02


class Client(BaseClient):
    """Answers who is behind an access token or an API key, from memory where it can."""

    async def validate(self, token: str) -> Principal:
        """Who is behind a token or an API key.

        Raises Unauthenticated with the reason why nobody is, Unavailable when nobody could tell.
        """
        answer = self._core.answer_now(token)
        if isinstance(answer, Principal):
            return answer
        return raised(answer if answer is not None else (await self.find(token))[0])

    async def answer(self, token: str) -> Answer:
        """What `validate` returns or raises, as a value."""
        answer = self._core.answer_now(token)
        return answer if answer is not None else (await self.find(token))[0]

    async def find(self, token: str) -> Found:
        """The answer and who gave it, `local` or `remote`; for tests of a set-up."""
        recalled = self._core.answer_now(token)
        if recalled is not None:
            return recalled, "local"
        steps = self._core.find(token)
        timeout = self._core.options.call_timeout + 1
        try:
            future = next(steps)
            while True:
                try:
                    # Shielded: the flight is shared with others who wait for it.
                    result = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), timeout)
                except asyncio.CancelledError:
                    steps.close()
                    raise
                except Exception as error:
                    future = steps.throw(error)
                else:
                    future = steps.send(result)
        except StopIteration as done:
            found: Found = done.value
            return found

    async def ready(self, timeout: float = 10.0) -> None:
        """Returns when tokens are answered from memory. Raises TimeoutError that says what stands in the way."""
        deadline = monotonic() + timeout
        while self._core.options.mode != "remote" and not self._core.is_local():
            if monotonic() >= deadline:
                raise TimeoutError(f"Tokens cannot be answered here: {self._obstacle()}")
            await asyncio.sleep(_READY_POLL_SECONDS)

    async def close(self) -> None:
        """Ends open streams; from now on every answer is Unavailable."""
        await asyncio.to_thread(self._core.close)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self,
        exc_type: Optional[type[BaseException]],
        exc: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        await self.close()
