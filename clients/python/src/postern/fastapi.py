"""Dependencies for FastAPI. `protect(app, client)` once, then `Depends(require("admin"))` where it is wanted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Optional

from fastapi import HTTPException, Request

from ._status import http_refusal
from .aio import Client
from .asgi import PosternMiddleware
from .errors import PermissionDenied, PosternError, Unauthenticated
from .principal import Principal
from .rules import Rule

__all__ = ["optional", "protect", "require"]


def protect(app: Any, client: Client, rules: Iterable[Rule] = ()) -> None:
    """Puts the middleware before every path of a FastAPI or Starlette application."""
    app.add_middleware(PosternMiddleware, client=client, rules=list(rules))


def require(*roles: str) -> Callable[[Request], Awaitable[Principal]]:
    """A dependency: the principal, who holds one of these roles, if any are named. 401 or 403 otherwise."""

    async def principal(request: Request) -> Principal:
        found: Optional[Principal] = getattr(request.state, "principal", None)
        if found is None:
            raise _exception(Unauthenticated("INVALID_TOKEN"))
        if roles and not found.has_role(*roles):
            raise _exception(PermissionDenied())
        return found

    return principal


def optional() -> Callable[[Request], Awaitable[Optional[Principal]]]:
    """A dependency: the principal, or None where the rule of the path lets callers through without a token."""

    async def principal(request: Request) -> Optional[Principal]:
        return getattr(request.state, "principal", None)

    return principal


def _exception(error: PosternError) -> HTTPException:
    status, headers, _ = http_refusal(error, token_sent=False)
    kept = {name: value for name, value in headers if not name.startswith("content-")}
    return HTTPException(status, {"reason": error.reason, "message": error.message}, kept)
