"""Interceptors for grpcio servers, synchronous and asyncio."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Callable, Union

import grpc
import grpc.aio

from ._context import current
from ._followed import AioContext, Requests, Review, cancel_later
from ._status import grpc_code, grpc_trailers
from .aio import Client as AsyncClient
from .client import BaseClient, Client
from .errors import PosternError
from .rules import BUILT_IN, Decision, Demand, Rule, compile_rules, decide_without_token, judge, read_bearer


class _Interceptor:
    def __init__(self, client: BaseClient, rules: Iterable[Rule] = ()) -> None:
        """rules: the first that matches counts; health and reflection are public unless one of them says otherwise."""
        self._client = client
        self._find = compile_rules([*rules, *BUILT_IN])

    def _open_calls(self) -> Any:
        return self._client._core.open_calls


def _bearer(metadata: Any) -> str:
    return read_bearer(next((value for key, value in metadata or () if key == "authorization"), None))


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
            return _rebuild(handler, lambda behavior: self._streaming(handler, behavior, demand, token))
        if handler.request_streaming:
            return _rebuild(handler, lambda behavior: self._gathering(behavior, demand, token))
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

    def _gathering(self, behavior: Any, demand: Demand, token: str) -> Any:
        """Many requests and one answer."""

        def call(requests: Any, context: Any) -> Any:
            decision = self._decide(demand, token, context)
            reset = current.set(decision)
            try:
                with self._followed(decision, demand, token, context) as review:
                    return behavior(Requests(requests, review), context)
            finally:
                current.reset(reset)

        return call

    def _streaming(self, handler: Any, behavior: Any, demand: Demand, token: str) -> Any:
        def call(request: Any, context: Any) -> Iterator[Any]:
            decision = self._decide(demand, token, context)
            scope = contextvars.copy_context()
            scope.run(current.set, decision)
            with self._followed(decision, demand, token, context) as review:
                given = Requests(request, review) if handler.request_streaming else request
                messages = scope.run(iter, scope.run(behavior, given, context))
                while True:
                    try:
                        message = scope.run(next, messages)
                    except StopIteration:
                        return
                    review.check()
                    yield message

        return call

    @contextmanager
    def _followed(self, decision: Decision, demand: Demand, token: str, context: Any) -> Iterator[Review]:
        """Ends the call with a refusal, however its handler ends, when its caller may not make it any more."""
        review = Review(demand, lambda: cancel_later(context))
        forget: Callable[[], None] = lambda: None
        if decision.principal is not None:
            forget = self._open_calls().add(token, decision.principal, review)
        try:
            yield review
        except Exception:
            if review.refusal is None:
                raise
        finally:
            forget()
        if review.refusal is not None:
            _abort(context, review.refusal)


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
        if handler.response_streaming:
            return _rebuild(handler, lambda behavior: self._followed(_send_all, behavior, demand, token))
        if handler.request_streaming:
            return _rebuild(handler, lambda behavior: self._followed(_answer, behavior, demand, token))
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

    def _followed(self, run: Callable[..., Any], behavior: Any, demand: Demand, token: str) -> Any:
        async def call(request: Any, context: Any) -> Any:
            decision = await self._decide(demand, token, context)
            current.set(decision)
            loop = asyncio.get_running_loop()
            writing = AioContext(context)
            work = asyncio.ensure_future(run(behavior, request, writing))
            review = Review(demand, lambda: loop.call_soon_threadsafe(work.cancel))
            forget: Callable[[], None] = lambda: None
            if decision.principal is not None:
                forget = self._open_calls().add(token, decision.principal, review)
            try:
                answer = await work
            except (Exception, asyncio.CancelledError):
                work.cancel()
                if review.refusal is None:
                    raise
            finally:
                forget()
            if review.refusal is not None:
                await writing.rest()
                await _abort_aio(context, review.refusal)
            return answer

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
