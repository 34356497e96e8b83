"""What becomes of an open gRPC call when its caller may not make it any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any, Callable, Optional

from ._core import raised
from ._local import Answer
from .errors import PosternError
from .rules import Demand, judge

# A handler that neither reads nor sends is not told by a raised refusal; its call is cancelled after this time.
_PATIENCE_SECONDS = 0.5


class Review:
    """Looks at new answers for the caller of an open call, and ends it by the first that forbids it."""

    def __init__(self, demand: Demand, end: Callable[[], object]) -> None:
        self._demand = demand
        self._end = end
        self.refusal: Optional[PosternError] = None

    def __call__(self, answer: Answer) -> bool:
        refusal = judge(Demand("token", self._demand.roles), answer).refusal
        if refusal is None:
            return True
        self.refusal = refusal
        self._end()
        return False

    def check(self) -> None:
        """Raises the refusal, if there is one."""
        if self.refusal is not None:
            raised(self.refusal)


def cancel_later(context: Any) -> None:
    """Cancels the call of a handler in a thread, unless it ends by itself before."""
    timer = threading.Timer(_PATIENCE_SECONDS, context.cancel)
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError:  # no thread can be started
        context.cancel()


class Requests:
    """The requests of a call until it is refused; then the refusal is raised where its handler waits for the next."""

    def __init__(self, requests: Iterator[Any], review: Review) -> None:
        self._requests = requests
        self._review = review

    def __iter__(self) -> Requests:
        return self

    def __next__(self) -> Any:
        self._review.check()
        try:
            return next(self._requests)
        finally:
            self._review.check()

    next = __next__

    def __getattr__(self, name: str) -> Any:
        return getattr(self._requests, name)


class AioContext:
    """The context of a handler that may be cancelled while it writes: gRPC takes no status beside a message."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._writing: Optional[asyncio.Future[None]] = None

    async def write(self, message: Any) -> None:
        self._writing = writing = asyncio.ensure_future(self._context.write(message))
        # Whoever is cancelled meanwhile does not ask how it went.
        writing.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        await asyncio.shield(writing)

    async def rest(self) -> None:
        """Returns when nothing is being written any more; a caller that does not read keeps it waiting."""
        if self._writing is not None:
            await asyncio.wait({self._writing})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)
