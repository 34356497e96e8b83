"""The client for asyncio.

The feed is followed by a thread of its own, so a loop that is busy does not make it stale, any number of loops can use
one client, and it survives a fork, which grpc.aio does not.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import Future
from time import monotonic
from types import TracebackType
from typing import Optional

from ._batch import Retired
from ._core import Core
from .principal import Principal

if sys.version_info >= (3, 11):
    from typing import Self
else:
    from typing_extensions import Self


class Client(Core):
    """Validates tokens. One per process; survives a fork."""

    async def validate(self, token: str) -> Principal:
        """Whose token this is: an access token or an API key, without `Bearer`.

        Raises Unauthenticated when it is refused, Unavailable when nobody can tell. Does not yield to the loop unless
        the service has to be asked.
        """
        known = self._find_known(token)
        return known if known is not None else await self._validate(token)

    async def _validate(self, token: str) -> Principal:
        while True:
            engine = self._engine
            verdict = self._judge(engine, token)
            if isinstance(verdict, Principal):
                return verdict
            if isinstance(verdict, Future):
                await asyncio.wrap_future(verdict)
                continue
            try:
                return self._accept(engine, await asyncio.wrap_future(engine.ask(token)))
            except Retired:
                # The process was forked meanwhile; once more with the engine of now.
                self._start()

    async def wait_until_local(self, timeout: float = 5.0) -> bool:
        """Waits until tokens are answered without the service; whether that was reached in `timeout` seconds."""
        deadline = monotonic() + timeout
        while not self.stats().is_local:
            if monotonic() >= deadline:
                return False
            await asyncio.sleep(0.01)
        return True

    async def close(self) -> None:
        """Ends the threads and connections. A call after that is refused with Unavailable."""
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        await self.close()
