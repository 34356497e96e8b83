"""Validates the access tokens and API keys of a Postern service inside this process.

`Client` is for code with threads, `postern.aio.Client` for asyncio. Middleware: `postern.grpc`, `postern.asgi`,
`postern.fastapi`. For unit tests: `postern.testing`.
"""

from .client import Client
from .context import current_principal
from .errors import PermissionDenied, PosternError, Unauthenticated, Unavailable
from .principal import Principal
from .rules import Rule
from .stats import Stats

__all__ = [
    "Client",
    "PermissionDenied",
    "PosternError",
    "Principal",
    "Rule",
    "Stats",
    "Unauthenticated",
    "Unavailable",
    "current_principal",
]
