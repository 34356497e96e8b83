"""The principal of the call that is being handled."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Optional

from .principal import Principal

principal_of_call: ContextVar[Optional[Principal]] = ContextVar("postern_principal", default=None)


def current_principal() -> Optional[Principal]:
    """Who calls, as the middleware found. None: the method is public, or the caller anonymous where that is allowed."""
    return principal_of_call.get()
