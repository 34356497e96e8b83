"""Interceptors for grpcio servers, synchronous and asyncio."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, Callable, Optional, Union

import grpc
import grpc.aio

from ._context import current
from ._local import Answer
from ._status import grpc_code, grpc_trailers
from .aio import Client as AsyncClient
from .client import BaseClient, Client
from .errors import PosternError
from .rules import BUILT_IN, Decision, Demand, Rule, compile_rules, decide_without_token, judge, read_bearer

# A handler that sends and reads nothing is not told by a raised refusal; its call is cancelled after this time.
_PATIENCE_SECONDS = 0.5


Forget = Callable[[], None]


class _Interceptor:
    def __init__(self, client: BaseClient, rules: Iterable[Rule] = ()) -> None:
        """rules: the first that matches counts; health and reflection are public unless one of them says otherwise."""
        self._client = client
        self._find = compile_rules([*rules, *BUILT_IN])

    def _open_calls(self) -> Any:
        return self._client._core.open_calls


def _bearer(metadata: Any) -> str:
    return read_bearer(next((value for key, value in metadata or () if key == "authorization"), None))


class _Review:
    """What becomes of an open call when a new answer forbids it."""

    def __init__(self, demand: Demand, end: Callable[[PosternError], None]) -> None:
        self._demand = demand
        self._end = end
        self.refusal: Optional[PosternError] = None

    def __call__(self, answer: Answer) -> bool:
        refusal = judge(Demand("token", self._demand.roles), answer).refusal
        if refusal is None:
            return True
        self.refusal = refusal
        self._end(refusal)
        return False


class PosternInterceptor(_Interceptor, grpc.ServerInterceptor):  # type: ignore[misc]
    """Protects every method of a `grpc.server`: `grpc.server(pool, interceptors=[PosternInterceptor(client)])`."""

    _client: Client

    def intercept_service(self, continuation: Any, details: Any) -> Any:
        handler = continuation(details)
        if handler is None:
            return None
        demand = self._find(details.method, "")
        if demand.access == "public":
            return handler
        token = _bearer(details.invocation_metadata)
        # Decided in the handler's thread, since this one serves all calls.
        if handler.response_streaming:
            return _rebuild(handler, lambda behavior: self._streaming(behavior, demand, token))
        if handler.request_streaming:
            return _rebuild(handler, lambda behavior: self._client_streaming(behavior, demand, token))
        return _rebuild(handler, lambda behavior: self._unary(behavior, demand, token))

    def _decide(self, demand: Demand, token: str, context: Any) -> Decision:
        decision = judge(demand, self._client.answer(token)) if token else decide_without_token(demand)
        if decision.refusal is not None:
            _abort(context, decision.refusal)
        return decision

    def _unary(self, behavior: Any, demand: Demand, token: str) -> Any:
        def call(request: Any, context: Any) -> Any:
            decision = self._decide(demand, token, context)
            reset = current.set(decision)
            try:
                return behavior(request, context)
            finally:
                current.reset(reset)

        return call

    def _follow(self, decision: Decision, demand: Demand, token: str, context: Any) -> tuple[_Review, Forget]:
        def end(_: PosternError) -> None:
            _cancel_later(context)

        review = _Review(demand, end)
        if decision.principal is None:
            return review, lambda: None
        return review, self._open_calls().add(token, decision.principal, review)

    def _client_streaming(self, behavior: Any, demand: Demand, token: str) -> Any:
        def call(requests: Iterator[Any], context: Any) -> Any:
            decision = self._decide(demand, token, context)
            review, forget = self._follow(decision, demand, token, context)
            reset = current.set(decision)
            try:
                answer = behavior(_allowed(requests, review, context), context)
                if review.refusal is not None:
                    _abort(context, review.refusal)
                return answer
            finally:
                current.reset(reset)
                forget()

        return call

    def _streaming(self, behavior: Any, demand: Demand, token: str) -> Any:
        def call(request: Any, context: Any) -> Iterator[Any]:
            decision = self._decide(demand, token, context)
            scope = contextvars.copy_context()
            scope.run(current.set, decision)
            review, forget = self._follow(decision, demand, token, context)
            try:
                messages = scope.run(iter, scope.run(behavior, request, context))
                while True:
                    try:
                        message = scope.run(next, messages)
                    except StopIteration:
                        return
                    if review.refusal is not None:
                        _abort(context, review.refusal)
                    yield message
            finally:
                forget()

        return call


def _allowed(requests: Iterator[Any], review: _Review, context: Any) -> Iterator[Any]:
    for request in requests:
        if review.refusal is not None:
            _abort(context, review.refusal)
        yield request


def _cancel_later(context: Any) -> None:
    timer = threading.Timer(_PATIENCE_SECONDS, context.cancel)
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError:  # the process has as many threads as it may have
        context.cancel()


def _abort(context: Any, refusal: PosternError) -> None:
    context.set_trailing_metadata(grpc_trailers(refusal))
    context.abort(grpc_code(refusal), refusal.message)


class AioPosternInterceptor(_Interceptor, grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Protects every method of a `grpc.aio.server`."""

    _client: AsyncClient

    async def intercept_service(self, continuation: Any, details: Any) -> Any:
        handler = await continuation(details)
        if handler is None:
            return None
        demand = self._find(details.method, "")
        if demand.access == "public":
            return handler
        token = _bearer(details.invocation_metadata)
        if handler.response_streaming or handler.request_streaming:
            work = _send_all if handler.response_streaming else _answer
            return _rebuild(handler, lambda behavior: self._streaming(work, behavior, demand, token))
        return _rebuild(handler, lambda behavior: self._unary(behavior, demand, token))

    async def _decide(self, demand: Demand, token: str, context: Any) -> Decision:
        decision = judge(demand, await self._client.answer(token)) if token else decide_without_token(demand)
        if decision.refusal is not None:
            await _abort_aio(context, decision.refusal)
        return decision

    def _unary(self, behavior: Any, demand: Demand, token: str) -> Any:
        async def call(request: Any, context: Any) -> Any:
            current.set(await self._decide(demand, token, context))
            return await _answer(behavior, request, context)

        return call

    def _streaming(self, run: Any, behavior: Any, demand: Demand, token: str) -> Any:
        async def call(request: Any, context: Any) -> Any:
            decision = await self._decide(demand, token, context)
            current.set(decision)
            loop = asyncio.get_running_loop()
            work = asyncio.ensure_future(run(behavior, request, context))

            def end(_: PosternError) -> None:
                loop.call_soon_threadsafe(work.cancel)

            review = _Review(demand, end)
            forget: Callable[[], None] = lambda: None
            if decision.principal is not None:
                forget = self._open_calls().add(token, decision.principal, review)
            try:
                return await work
            except asyncio.CancelledError:
                work.cancel()
                if review.refusal is None:
                    raise
                await _abort_aio(context, review.refusal)
            finally:
                forget()

        return call


async def _answer(behavior: Any, request: Any, context: Any) -> Any:
    answer = behavior(request, context)
    return await answer if inspect.isawaitable(answer) else answer


async def _send_all(behavior: Any, request: Any, context: Any) -> None:
    answer: Union[AsyncIterator[Any], Any] = behavior(request, context)
    if inspect.isasyncgen(answer) or hasattr(answer, "__aiter__"):
        async for message in answer:
            await context.write(message)
    elif inspect.isawaitable(answer):
        await answer


async def _abort_aio(context: Any, refusal: PosternError) -> None:
    context.set_trailing_metadata(grpc_trailers(refusal))
    await context.abort(grpc_code(refusal), refusal.message)


def _rebuild(handler: Any, wrap: Callable[[Any], Any]) -> Any:
    kind = ("stream" if handler.request_streaming else "unary", "stream" if handler.response_streaming else "unary")
    name = "_".join(kind)
    build = getattr(grpc, f"{name}_rpc_method_handler")
    return build(
        wrap(getattr(handler, name)),
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )
