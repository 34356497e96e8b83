"""Middleware for ASGI applications: Starlette, FastAPI, Quart, Django and others."""

from __future__ import annotations

import asyncio
import posixpath
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Optional
from urllib.parse import unquote

from ._context import current
from ._local import Answer
from ._status import http_refusal
from .aio import Client
from .errors import PosternError
from .rules import Decision, Demand, Rule, compile_path_rules, decide_without_token, judge, read_bearer

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_CLOSE_POLICY_VIOLATION = 1008


class PosternMiddleware:
    """Protects every path: `app.add_middleware(PosternMiddleware, client=client, rules=[...])`.

    The principal is `request.state.principal` (Starlette, FastAPI), `scope["state"]["principal"]`, and
    `postern.get_principal()`; `anonymous_reason` beside it. An open response or WebSocket ends within a second of the
    end of its token; a response that has not begun by then is the refusal. A path that routers read differently
    (`/open/..%2fme`), with different rules, is answered 400.
    """

    def __init__(self, app: App, *, client: Client, rules: Iterable[Rule] = ()) -> None:
        self._app = app
        self._client = client
        self._find, self._find_folded = compile_path_rules(rules, _canonical, lambda path: _canonical(path).lower())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        demand = self._demand(scope)
        if demand is None:
            await _refuse(scope, send, 400, [("content-type", "text/plain")], b"Bad request target\n")
            return
        headers = scope.get("headers") or ()
        token = read_bearer(next((value for name, value in headers if name.lower() == b"authorization"), None))
        decision = await self._decide(demand, token)
        if decision.refusal is not None:
            await _refuse(scope, send, *http_refusal(decision.refusal, token_sent=decision.token_sent))
            return
        state = scope.setdefault("state", {})
        state["principal"] = decision.principal
        state["anonymous_reason"] = decision.anonymous_reason
        current.set(decision)
        if decision.principal is None:
            await self._app(scope, receive, send)
        else:
            await self._run_watched(scope, receive, send, demand, token, decision)

    def _demand(self, scope: Scope) -> Optional[Demand]:
        """None where routers read the path differently and the rules of what they read differ."""
        path = scope.get("path") or "/"
        method = str(scope.get("method", "")).upper()
        canonical = _canonical(path)
        demand = self._find(canonical, method)
        for form in (_raw_path(scope, path), path):
            if self._find(form.rstrip("/") or "/", method) is not demand:
                return None
        return demand if self._find_folded(canonical.lower(), method) is demand else None

    async def _decide(self, demand: Demand, token: str) -> Decision:
        if demand.access == "public" or token == "":
            return decide_without_token(demand)
        return judge(demand, await self._client.answer(token))

    async def _run_watched(
        self, scope: Scope, receive: Receive, send: Send, demand: Demand, token: str, decision: Decision
    ) -> None:
        assert decision.principal is not None
        loop = asyncio.get_running_loop()
        response = _Response(send)
        work = asyncio.ensure_future(self._app(scope, receive, response.send))
        ended: list[PosternError] = []

        def end() -> None:
            # What an application does behind its answer concerns the caller no more.
            if not response.is_over:
                work.cancel()

        def review(answer: Answer) -> bool:
            refusal = judge(Demand("token", demand.roles), answer).refusal
            if refusal is None:
                return True
            ended.append(refusal)
            loop.call_soon_threadsafe(end)
            return False

        forget = self._client._core.open_calls.add(token, decision.principal, review)
        try:
            await work
        except asyncio.CancelledError:
            work.cancel()
            if not ended:
                raise
            # A response that has begun is left unfinished, and the server closes its connection.
            if not response.has_begun:
                await _refuse(scope, send, *http_refusal(ended[-1], token_sent=True))
        finally:
            forget()


class _Response:
    """How far an answer has come."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False
        self.is_over = False

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.is_over = True


async def _refuse(scope: Scope, send: Send, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _CLOSE_POLICY_VIOLATION})
        return
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def _raw_path(scope: Scope, path: str) -> str:
    """The path as it came, where the server tells it."""
    raw = (scope.get("raw_path") or b"").split(b"?")[0].decode("latin-1")
    # Inside an application that is mounted below a path, the server's path may not be the one of now.
    return raw if unquote(raw) == path else path


def _canonical(path: str) -> str:
    """Decoded to the end, without dot segments, backslashes, doubled slashes and a slash at the end."""
    decoded = path
    for _ in range(8):
        once = unquote(decoded)
        if once == decoded:
            break
        decoded = once
    resolved = posixpath.normpath("/" + decoded.replace("\\", "/"))
    return re.sub(r"^/+", "/", resolved)
