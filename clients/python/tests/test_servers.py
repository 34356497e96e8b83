"""The middleware in front of real servers, with the client that stands in for a service."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent import futures
from typing import Any, Iterator

import grpc
import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from postern import Principal, Rule, get_principal
from postern.asgi import PosternMiddleware
from postern.fastapi import optional, protect, require
from postern.grpc_server import PosternInterceptor
from postern.rules import compile_rules
from postern.testing import FakeAsyncClient, FakeClient

RULES = [
    Rule("/test.Svc/Open", public=True),
    Rule("/test.Svc/Admin", roles=["admin"]),
    Rule("/test.Svc/Maybe", optional=True),
]


def who(_request: Any, _context: Any) -> bytes:
    principal = get_principal()
    return b"nobody" if principal is None else principal.username.encode()


def ticks(_request: Any, _context: Any) -> Iterator[bytes]:
    while True:
        yield who(None, None)
        time.sleep(0.05)


@pytest.fixture()
def served() -> Iterator[tuple[FakeClient, grpc.Channel]]:
    client = FakeClient()
    server = grpc.server(futures.ThreadPoolExecutor(8), interceptors=[PosternInterceptor(client, RULES)])
    names = ("Who", "Open", "Admin", "Maybe")
    methods: dict[str, Any] = {name: grpc.unary_unary_rpc_method_handler(who) for name in names}
    methods["Ticks"] = grpc.unary_stream_rpc_method_handler(ticks)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Svc", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield client, channel
    server.stop(None).wait()


def call(channel: grpc.Channel, method: str, token: str = "") -> bytes:
    metadata = [("authorization", f"Bearer {token}")] if token else []
    answer: bytes = channel.unary_unary(f"/test.Svc/{method}")(b"", metadata=metadata, timeout=5)
    return answer


def refusal(channel: grpc.Channel, method: str, token: str = "") -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(channel, method, token)
    trailers = dict(caught.value.trailing_metadata())
    status, info = Status.FromString(trailers["grpc-status-details-bin"]), ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.domain == "auth.postern"
    return caught.value.code(), info.reason


def test_grpc_rules(served: tuple[FakeClient, grpc.Channel]) -> None:
    client, channel = served
    token = client.sign_in("ada")
    assert call(channel, "Who", token) == b"ada"
    assert call(channel, "Open") == b"nobody"
    assert call(channel, "Maybe") == b"nobody"
    assert call(channel, "Maybe", token) == b"ada"
    assert call(channel, "Admin", client.sign_in("root", roles=["admin"])) == b"root"
    assert refusal(channel, "Who") == (grpc.StatusCode.UNAUTHENTICATED, "INVALID_TOKEN")
    assert refusal(channel, "Who", "rubbish") == (grpc.StatusCode.UNAUTHENTICATED, "INVALID_TOKEN")
    assert refusal(channel, "Admin", token) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")
    client.refuse(token)
    assert refusal(channel, "Who", token) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_REVOKED")
    client.is_unavailable = True
    assert refusal(channel, "Who", token) == (grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE")


def test_grpc_stream_ends_with_its_token(served: tuple[FakeClient, grpc.Channel]) -> None:
    client, channel = served
    token = client.sign_in("ada")
    stream = channel.unary_stream("/test.Svc/Ticks")(b"", metadata=[("authorization", f"Bearer {token}")], timeout=10)
    assert next(stream) == b"ada"
    client.refuse(token)
    began = time.monotonic()
    with pytest.raises(grpc.RpcError) as caught:
        for _ in stream:
            pass
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert time.monotonic() - began < 1


def an_app(client: FakeAsyncClient) -> TestClient:
    app = FastAPI()
    protect(app, client, [Rule("/open/*", public=True), Rule("/me", optional=True), Rule("/admin/*", roles=["admin"])])

    @app.get("/open/door")
    async def door() -> str:
        return "open"

    @app.get("/me")
    async def me(caller: Principal = Depends(optional())) -> str:
        return "nobody" if caller is None else caller.username

    @app.get("/orders")
    async def orders(caller: Principal = Depends(require())) -> str:
        return caller.username

    @app.get("/guarded")
    async def guarded(caller: Principal = Depends(require("admin"))) -> str:
        return caller.username

    return TestClient(app, base_url="http://test", follow_redirects=False)


def get(app: TestClient, path: str, token: str = "") -> tuple[int, Any]:
    answer = app.get(path, headers={"authorization": f"Bearer {token}"} if token else {})
    return answer.status_code, answer.headers.get("www-authenticate")


def test_fastapi() -> None:
    client = FakeAsyncClient()
    app = an_app(client)
    token = client.sign_in("ada")
    assert app.get("/open/door").json() == "open"
    assert app.get("/me").json() == "nobody"
    assert app.get("/me", headers={"authorization": f"bearer {token}"}).json() == "ada"
    assert get(app, "/orders") == (401, "Bearer")
    assert get(app, "/orders", "rubbish") == (401, 'Bearer error="invalid_token"')
    assert get(app, "/orders", token) == (200, None)
    assert get(app, "/guarded", token) == (403, 'Bearer error="insufficient_scope"')
    assert get(app, "/guarded", client.sign_in(roles=["admin"])) == (200, None)
    assert get(app, "/nowhere") == (401, "Bearer")
    client.is_unavailable = True
    answer = app.get("/orders", headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


# What all clients answer alike is asked by test/clients/paths.test.ts.
@pytest.mark.parametrize(
    "path",
    [
        "/open/../orders",
        "/open/..%2forders",
        "/open/%252e%252e%252forders",
        "/orders/../open/x",
        "//open/x",
        "/ADMIN/x",
    ],
)
def test_asgi_refuses_paths_that_routers_read_differently(path: str) -> None:
    assert asyncio.run(answered(path, b"")) == 400


@pytest.mark.parametrize("path", ["/admin//x", "/admin/./x", "/admin/", "/admin"])
def test_asgi_takes_other_forms_of_a_path_for_the_same(path: str) -> None:
    client = FakeAsyncClient()
    token = client.sign_in("ada")
    assert asyncio.run(answered(path, f"Bearer {token}".encode(), client)) == 403


async def answered(path: str, authorization: bytes, client: Any = None) -> int:
    from urllib.parse import unquote

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    rules = [Rule("/open/*", public=True), Rule("/admin/*", roles=["admin"])]
    middleware = PosternMiddleware(app, client=client or FakeAsyncClient(), rules=rules)
    statuses: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    headers = [(b"authorization", authorization)] if authorization else []
    # A server decodes the path once.
    await middleware({"type": "http", "method": "GET", "path": unquote(path), "headers": headers}, receive, send)
    return statuses[0]


async def ended_while(app: Any) -> list[Any]:
    """What is sent of a response whose token is refused a tenth of a second after the application has begun."""
    client = FakeAsyncClient()
    token = client.sign_in("ada")
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.sleep(10)

    threading.Timer(0.1, client.refuse, [token]).start()
    headers = [(b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "http", "method": "GET", "path": "/x", "headers": headers}
    await asyncio.wait_for(PosternMiddleware(app, client=client)(scope, receive, send), 2)
    assert len(client.open_calls) == 0
    return sent


def test_asgi_ends_an_open_response_with_its_token() -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"tick", "more_body": True})
            await asyncio.sleep(0.01)

    sent = asyncio.run(ended_while(app))
    assert [message["type"] for message in sent].count("http.response.start") == 1
    assert all(message.get("more_body", True) for message in sent)


def test_asgi_answers_with_the_refusal_where_the_token_ends_before_the_response_begins() -> None:
    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        await asyncio.sleep(10)

    start, body = asyncio.run(ended_while(app))
    assert start["status"] == 401
    assert dict(start["headers"])[b"www-authenticate"] == b'Bearer error="invalid_token"'
    assert b"TOKEN_REVOKED" in body["body"]


def test_asgi_lets_an_application_finish_what_it_does_behind_its_answer() -> None:
    done: list[str] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})
        await asyncio.sleep(0.5)
        done.append("the mail is sent")

    sent = asyncio.run(ended_while(app))
    assert [message.get("status", message.get("body")) for message in sent] == [200, b"done"]
    assert done == ["the mail is sent"]


@pytest.mark.parametrize("match", ["orders", "/a*", "/a/*/b", ""])
def test_rules_that_cannot_be_meant_so(match: str) -> None:
    with pytest.raises(ValueError):
        Rule(match)
    with pytest.raises(ValueError):
        Rule("/a", public=True, roles=["x"])
    with pytest.raises(ValueError):
        Rule("/a", roles="admin")
    for roles in ([], [""], ["a", ""]):
        with pytest.raises(ValueError):
            Rule("/a", roles=roles)


def test_a_rule_for_get_is_for_head_as_well() -> None:
    find = compile_rules([Rule("/a", methods=["get"], roles=["admin"]), Rule("/a", public=True)])
    assert [find("/a", method).roles for method in ("GET", "HEAD", "POST")] == [("admin",), ("admin",), ()]
    assert find("/a", "POST").access == "public"
