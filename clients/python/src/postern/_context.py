"""Who the current call is from."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Optional

from .principal import Principal
from .rules import Decision

current: ContextVar[Decision] = ContextVar("postern_decision", default=Decision())


def get_principal() -> Optional[Principal]:
    """Who the current call is from; None where the rule lets callers through without a token."""
    return current.get().principal


def get_anonymous_reason() -> str:
    """Why nobody is known, where the rule is `optional`; otherwise empty."""
    return current.get().anonymous_reason
