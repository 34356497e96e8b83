"""The driver of the Python client: clients/conformance/README.md has the protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import sys
import time
from datetime import timezone
from typing import Any, Optional

import grpc
import grpc.aio
import jwt
import uvicorn

from postern import Principal, Rule, get_anonymous_reason, get_principal
from postern.aio import Client
from postern.asgi import PosternMiddleware
from postern.auth.v1 import auth_service_pb2 as pb
from postern.auth.v1.auth_service_pb2_grpc import AuthServiceStub
from postern.grpc_server import AioPosternInterceptor

TICK_SECONDS = 0.1
# HealthCheckResponse { status: SERVING }
SERVING = b"\x08\x01"


def describe(principal: Principal) -> dict[str, Any]:
    return {
        "user_id": principal.user_id,
        "username": principal.username,
        "roles": list(principal.roles),
        "session_id": principal.session_id,
        "expires_at": principal.expires_at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def describe_caller() -> dict[str, Any]:
    principal = get_principal()
    if principal is not None:
        return describe(principal)
    reason = get_anonymous_reason()
    return {"anonymous": True, **({"anonymous_reason": reason} if reason else {})}


class Driver:
    def __init__(self) -> None:
        self.client: Optional[Client] = None
        self.opened: dict[str, Any] = {}
        self.servers: list[Any] = []

    async def open(self, request: dict[str, Any]) -> dict[str, Any]:
        names = {
            "jwks_url": "jwks_url",
            "api_key": "api_key",
            "mode": "mode",
            "issuer": "issuer",
            "audience": "audience",
        }
        options = {ours: request[theirs] for theirs, ours in names.items() if theirs in request}
        if "max_staleness_ms" in request:
            options["max_staleness"] = request["max_staleness_ms"] / 1000
        if self.client is not None:
            await self.client.close()
        self.opened = request
        self.client = Client(request["address"], **options)
        return {}

    async def validate(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.client is not None
        encoded = request.get("token_base64")
        # The API takes text: bytes of any kind are read as latin1.
        token = request["token"] if encoded is None else base64.b64decode(encoded).decode("latin-1")
        answer, via = await self.client.find(token)
        if isinstance(answer, Principal):
            return {"ok": True, "via": via, "principal": describe(answer)}
        return {"ok": False, "via": via, "reason": answer.reason}

    async def validate_all(self, request: dict[str, Any]) -> dict[str, Any]:
        # All at once: none waits for another line to come.
        answers = await asyncio.gather(*(self.validate({"token": token}) for token in request["tokens"]))
        return {"answers": answers}

    async def state(self, _: dict[str, Any]) -> dict[str, Any]:
        assert self.client is not None
        stats = self.client.stats()
        return {
            "local": stats.is_local,
            "staleness_ms": round(stats.staleness * 1000) if math.isfinite(stats.staleness) else -1,
            "watch_reconnects": stats.watch_reconnects,
            "cached_tokens": stats.cached_tokens,
            "batch_calls": stats.batch_calls,
        }

    async def bench(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.client is not None
        tokens = request.get("tokens") or [request["token"]]
        n = request["n"]
        way = request.get("way", "client")
        if way == "remote":
            wall, cpu = await measure_remote(self.opened["address"], tokens, n, request.get("concurrency", 64))
        elif way == "library":
            wall, cpu = measure_library(self.opened["jwks_url"], tokens, n)
        else:
            for token in tokens:
                await self.client.validate(token)
            wall, cpu = await measure_client(self.client, tokens, n)
        return {"ns_per_validate": wall / n, "cpu_ns_per_validate": cpu / n}

    async def serve(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.client is not None
        rules = [
            Rule(
                rule["match"],
                public=rule.get("public", False),
                optional=rule.get("optional", False),
                roles=rule.get("roles"),
            )
            for rule in request.get("rules") or []
        ]
        start = serve_grpc if request["kind"] == "grpc" else serve_http
        server, port = await start(self.client, rules)
        self.servers.append(server)
        return {"port": port}

    async def stop(self) -> None:
        for server in self.servers:
            await server()
        if self.client is not None:
            await self.client.close()


async def measure_client(client: Client, tokens: list[str], n: int) -> tuple[int, int]:
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    for i in range(n):
        await client.validate(tokens[i % len(tokens)])
    return time.perf_counter_ns() - wall, time.process_time_ns() - cpu


async def measure_remote(address: str, tokens: list[str], n: int, concurrency: int) -> tuple[int, int]:
    async with grpc.aio.insecure_channel(address) as channel:
        stub = AuthServiceStub(channel)
        numbers = iter(range(n))

        async def lane() -> None:
            for i in numbers:
                await stub.Validate(pb.ValidateRequest(access_token=tokens[i % len(tokens)]))

        wall, cpu = time.perf_counter_ns(), time.process_time_ns()
        await asyncio.gather(*(lane() for _ in range(concurrency)))
        return time.perf_counter_ns() - wall, time.process_time_ns() - cpu


def measure_library(jwks_url: str, tokens: list[str], n: int) -> tuple[int, int]:
    keys = jwt.PyJWKClient(jwks_url)
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    for i in range(n):
        token = tokens[i % len(tokens)]
        key = keys.get_signing_key_from_jwt(token)
        jwt.decode(token, key, algorithms=["ES256", "RS256"], audience="postern", issuer="postern")
    return time.perf_counter_ns() - wall, time.process_time_ns() - cpu


async def serve_grpc(client: Client, rules: list[Rule]) -> tuple[Any, int]:
    server = grpc.aio.server(interceptors=[AioPosternInterceptor(client, rules)])
    server.add_generic_rpc_handlers((echo_handlers(), *built_in_handlers()))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return (lambda: server.stop(None)), port


def echo_handlers() -> grpc.GenericRpcHandler:
    import echo_messages as echo

    async def who_am_i(_request: Any, _context: Any) -> Any:
        return echo.who_am_i(get_principal(), get_anonymous_reason())

    async def ticks(_request: Any, _context: Any) -> Any:
        number = 0
        while True:
            number += 1
            yield echo.tick(number)
            await asyncio.sleep(TICK_SECONDS)

    methods = {
        "WhoAmI": grpc.unary_unary_rpc_method_handler(who_am_i),
        "Ticks": grpc.unary_stream_rpc_method_handler(ticks),
    }
    return grpc.method_handlers_generic_handler("postern.conformance.v1.Echo", methods)


def built_in_handlers() -> list[grpc.GenericRpcHandler]:
    """What a client calls without a token unless a rule says otherwise: health, and what stands for reflection."""

    async def answer(_request: Any, _context: Any) -> bytes:
        return SERVING

    handler = grpc.unary_unary_rpc_method_handler(answer)
    reflection = [f"grpc.reflection.{version}.ServerReflection" for version in ("v1", "v1alpha")]
    return [
        grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": handler}),
        *(grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": handler}) for name in reflection),
    ]


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["path"].startswith("/ticks"):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        while True:
            await send({"type": "http.response.body", "body": b"tick\n", "more_body": True})
            await asyncio.sleep(TICK_SECONDS)
    body = json.dumps(describe_caller()).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def serve_http(client: Client, rules: list[Rule]) -> tuple[Any, int]:
    app = PosternMiddleware(application, client=client, rules=rules)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off", access_log=False)
    server = uvicorn.Server(config)
    server.capture_signals = __import__("contextlib").nullcontext  # type: ignore[method-assign]
    task = asyncio.ensure_future(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]

    async def stop() -> None:
        server.should_exit = server.force_exit = True
        await asyncio.wait([task], timeout=2)

    return stop, port


async def main() -> None:
    driver = Driver()
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=64 * 2**20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    pending: set[asyncio.Task[None]] = set()

    async def answer(request: dict[str, Any]) -> None:
        try:
            result = {"ok": True, **(await getattr(driver, request["op"])(request))}
        except Exception as error:
            result = {"ok": False, "error": str(error) or type(error).__name__}
        write({**({"id": request["id"]} if "id" in request else {}), **result})

    while True:
        line = await lines.readline()
        request = json.loads(line) if line.strip() else {"op": "close"} if not line else None
        if request is None:
            continue
        if request["op"] == "close":
            await driver.stop()
            write({**({"id": request["id"]} if "id" in request else {}), "ok": True})
            sys.stdout.flush()
            # What others still hold open is theirs.
            __import__("os")._exit(0)
        if "id" in request:
            task = asyncio.ensure_future(answer(request))
            pending.add(task)
            task.add_done_callback(pending.discard)
        else:
            await answer(request)


def write(reply: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


asyncio.run(main())
