"""The client for code with threads."""

from __future__ import annotations

import sys
from concurrent.futures import Future
from time import monotonic, sleep
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
    """Validates tokens. One per process, shared by all threads; survives a fork."""

    def validate(self, token: str) -> Principal:
        """Whose token this is: an access token or an API key, without `Bearer`.

        Raises Unauthenticated when it is refused, Unavailable when nobody can tell.
        """
        known = self._find_known(token)
        return known if known is not None else self._validate(token)

    def _validate(self, token: str) -> Principal:
        while True:
            engine = self._engine
            verdict = self._judge(engine, token)
            if isinstance(verdict, Principal):
                return verdict
            if isinstance(verdict, Future):
                verdict.result()
                continue
            try:
                return self._accept(engine, engine.ask(token).result())
            except Retired:
                # The process was forked meanwhile; once more with the engine of now.
                self._start()

    def wait_until_local(self, timeout: float = 5.0) -> bool:
        """Waits until tokens are answered without the service; whether that was reached in `timeout` seconds."""
        deadline = monotonic() + timeout
        while not self.stats().is_local:
            if monotonic() >= deadline:
                return False
            sleep(0.01)
        return True

    def close(self) -> None:
        """Ends the threads and connections. A call after that is refused with Unavailable."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()
