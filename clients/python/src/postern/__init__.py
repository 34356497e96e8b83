"""Validates access tokens and API keys of a Postern service inside the caller; a logout is seen within a second."""

from ._context import get_anonymous_reason, get_principal
from .client import Client, Stats
from .errors import PermissionDenied, PosternError, Unauthenticated, Unavailable
from .principal import Principal
from .rules import Rule

__all__ = [
    "Client",
    "PermissionDenied",
    "PosternError",
    "Principal",
    "Rule",
    "Stats",
    "Unauthenticated",
    "Unavailable",
    "get_anonymous_reason",
    "get_principal",
]
