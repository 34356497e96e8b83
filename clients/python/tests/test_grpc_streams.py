"""Every call with a stream in it ends with its token, whichever side streams, and whether or not anything comes."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import queue
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent import futures
from typing import Any, Callable, Union, cast

import grpc
import grpc.aio
import pytest

from postern import PosternError, Principal, Rule
from postern import _followed
from postern.grpc_server import AioPosternInterceptor, PosternInterceptor
from postern.testing import FakeAsyncClient, FakeClient

SECONDS = 10
RULES = [Rule("/test.Svc/*", roles=["admin"])]
METHODS = ["Collect", "Chat"]

Change = Callable[[Union[FakeClient, FakeAsyncClient], str], None]


def log_out(client: Any, token: str) -> None:
    client.refuse(token)


def lose_role(client: Any, token: str) -> None:
    client._answers[token] = dataclasses.replace(cast(Principal, client._answers[token]), roles=())
    client.review()


CHANGES = [(log_out, grpc.StatusCode.UNAUTHENTICATED), (lose_role, grpc.StatusCode.PERMISSION_DENIED)]


class Service:
    """Its handlers tell what they have read, and what was raised where they wait for more."""

    def __init__(self) -> None:
        self.read: queue.Queue[bytes] = queue.Queue()
        self.raised: queue.Queue[BaseException] = queue.Queue()

    def collect(self, requests: Iterator[bytes], _context: Any) -> bytes:
        for _ in self.chat(requests, None):
            pass
        return b"done"

    def chat(self, requests: Iterator[bytes], _context: Any) -> Iterator[bytes]:
        try:
            for request in requests:
                self.read.put(request)
                yield request
        except Exception as error:
            self.raised.put(error)
            raise

    async def collect_aio(self, requests: AsyncIterator[bytes], _context: Any) -> bytes:
        async for _ in self.chat_aio(requests, None):
            pass
        return b"done"

    async def chat_aio(self, requests: AsyncIterator[bytes], _context: Any) -> AsyncIterator[bytes]:
        try:
            async for request in requests:
                self.read.put(request)
                yield request
        except asyncio.CancelledError as error:
            self.raised.put(error)
            raise


@pytest.fixture(name="served")
def sync_server() -> Iterator[tuple[FakeClient, Service, grpc.Channel]]:
    client, service = FakeClient(), Service()
    server = grpc.server(futures.ThreadPoolExecutor(4), interceptors=[PosternInterceptor(client, RULES)])
    methods = {
        "Collect": grpc.stream_unary_rpc_method_handler(service.collect),
        "Chat": grpc.stream_stream_rpc_method_handler(service.chat),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Svc", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield client, service, channel
    server.stop(None).wait()


def begin(channel: grpc.Channel, method: str, token: str, requests: Iterator[bytes]) -> Any:
    metadata = [("authorization", f"Bearer {token}")]
    if method == "Collect":
        return channel.stream_unary("/test.Svc/Collect").future(requests, metadata=metadata, timeout=SECONDS)
    return channel.stream_stream("/test.Svc/Chat")(requests, metadata=metadata, timeout=SECONDS)


def begun(
    served: tuple[FakeClient, Service, grpc.Channel], method: str
) -> tuple[str, queue.Queue[bytes], Any]:
    """A token, what is put in to be sent by its call, and the call, of which one message was sent and read."""
    client, service, channel = served
    token = client.sign_in(roles=["admin"])
    outbox: queue.Queue[bytes] = queue.Queue()
    call = begin(channel, method, token, iter(outbox.get, b"end"))
    outbox.put(b"first")
    assert service.read.get(timeout=SECONDS) == b"first"
    if method == "Chat":
        assert next(call) == b"first"
    return token, outbox, call


def code_of(call: Any, method: str) -> grpc.StatusCode:
    """The status comes behind the answers."""
    with contextlib.suppress(grpc.RpcError):
        for _ in call if method == "Chat" else ():
            pass
    return cast(grpc.StatusCode, call.code())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("change", "code"), CHANGES)
def test_a_call_that_goes_on_sending_is_refused(
    served: tuple[FakeClient, Service, grpc.Channel], method: str, change: Change, code: grpc.StatusCode
) -> None:
    client, service, _ = served
    token, outbox, call = begun(served, method)
    assert len(client.open_calls) == 1
    change(client, token)
    outbox.put(b"second")
    assert isinstance(service.raised.get(timeout=SECONDS), PosternError)
    assert code_of(call, method) is code
    assert service.read.empty()
    assert len(client.open_calls) == 0
    outbox.put(b"end")


@pytest.mark.parametrize("method", METHODS)
def test_a_handler_that_waits_for_a_request_is_told_of_the_refusal(
    served: tuple[FakeClient, Service, grpc.Channel], method: str
) -> None:
    client, service, _ = served
    token, outbox, call = begun(served, method)
    client.refuse(token)
    error = service.raised.get(timeout=SECONDS)
    assert isinstance(error, PosternError) and error.reason == "TOKEN_REVOKED"
    assert code_of(call, method) in (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAUTHENTICATED)
    outbox.put(b"end")


def test_a_call_that_is_not_refused_is_answered(served: tuple[FakeClient, Service, grpc.Channel]) -> None:
    client, _, channel = served
    token = client.sign_in(roles=["admin"])
    assert begin(channel, "Collect", token, iter([b"a", b"b"])).result(SECONDS) == b"done"
    assert list(begin(channel, "Chat", token, iter([b"a", b"b"]))) == [b"a", b"b"]
    assert len(client.open_calls) == 0


def test_a_call_is_cancelled_at_once_where_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    cancelled: list[bool] = []

    class Context:
        def cancel(self) -> None:
            cancelled.append(True)

    _followed.cancel_later(Context())
    assert cancelled == [True]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("change", "code"), CHANGES)
def test_asyncio_calls_are_refused_though_nothing_comes(method: str, change: Change, code: grpc.StatusCode) -> None:
    asyncio.run(refuse_aio(method, change, code))


async def nothing() -> AsyncIterator[None]:
    return
    yield


async def refuse_aio(method: str, change: Change, code: grpc.StatusCode) -> None:
    client, service = FakeAsyncClient(), Service()
    server = grpc.aio.server(interceptors=[AioPosternInterceptor(cast(Any, client), RULES)])
    methods = {
        "Collect": grpc.stream_unary_rpc_method_handler(service.collect_aio),
        "Chat": grpc.stream_stream_rpc_method_handler(service.chat_aio),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Svc", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            token = client.sign_in(roles=["admin"])
            build = channel.stream_unary if method == "Collect" else channel.stream_stream
            metadata = (("authorization", f"Bearer {token}"),)
            answered = build(f"/test.Svc/{method}")(iter([b"a"]), metadata=metadata, timeout=SECONDS)
            if method == "Collect":
                assert await answered == b"done"
            else:
                assert [message async for message in answered] == [b"a"]
            assert service.read.get(timeout=SECONDS) == b"a"
            call = build(f"/test.Svc/{method}")(metadata=metadata, timeout=SECONDS)
            await call.write(b"first")
            assert await asyncio.to_thread(service.read.get, timeout=SECONDS) == b"first"
            change(client, token)
            with contextlib.suppress(grpc.RpcError):
                async for _ in call if method == "Chat" else nothing():
                    pass
            assert await call.code() is code
            if method == "Collect":  # the other handler may have been about to answer
                assert isinstance(service.raised.get(timeout=SECONDS), asyncio.CancelledError)
            assert len(client.open_calls) == 0
    finally:
        await server.stop(None)


def test_an_asyncio_call_that_is_refused_in_mid_write_is_answered() -> None:
    async def write_in_refusal() -> list[str]:
        done: list[str] = []
        reads = asyncio.Event()

        class Context:
            async def write(self, _message: bytes) -> None:
                await reads.wait()
                done.append("written")

        context = _followed.AioContext(Context())
        work = asyncio.ensure_future(context.write(b"a"))
        await asyncio.sleep(0)
        work.cancel()
        await asyncio.wait({work})
        rest = asyncio.ensure_future(context.rest())
        await asyncio.sleep(0)
        reads.set()
        await rest
        return [*done, "status"]

    assert asyncio.run(write_in_refusal()) == ["written", "status"]
