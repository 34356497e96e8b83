"""What a validation can end with, apart from a principal."""

from __future__ import annotations

from typing import Optional

ERROR_DOMAIN = "auth.postern"
"""The `domain` of google.rpc.ErrorInfo, as the service sets it."""


class PosternError(Exception):
    """A token was not accepted. `reason` is one of docs/errors.md of the service."""

    code = 2
    """google.rpc.Code."""
    http_status = 500

    def __init__(self, reason: str, message: str, *, retry_after: Optional[float] = None) -> None:
        super().__init__(f"{message} ({reason})")
        self.reason = reason
        """A word of the table of reasons, such as TOKEN_REVOKED."""
        self.message = message
        """Fixed text that may be shown to whoever presented the token."""
        self.retry_after = retry_after
        """When another try makes sense, in seconds; None where waiting does not help."""


class Unauthenticated(PosternError):
    """The token does not stand for anybody: INVALID_TOKEN, TOKEN_EXPIRED, TOKEN_REVOKED, USER_INACTIVE."""

    code = 16
    http_status = 401

    def __init__(self, reason: str) -> None:
        super().__init__(reason, "Inactive user" if reason == "USER_INACTIVE" else "Could not validate credentials")


class PermissionDenied(PosternError):
    """The token is good, but none of the demanded roles is held: ROLE_MISSING."""

    code = 7
    http_status = 403

    def __init__(self) -> None:
        super().__init__("ROLE_MISSING", "Not enough permissions")


class Unavailable(PosternError):
    """Nobody could tell whether the token is good: neither this process nor the service. Never a verdict on it."""

    code = 14
    http_status = 503

    def __init__(self, why: str, *, retry_after: float = 1.0) -> None:
        super().__init__("UNAVAILABLE", "Authentication is unavailable", retry_after=retry_after)
        self.why = why
        """For the log: what was tried and how it failed. Holds no token."""

    def __str__(self) -> str:
        return f"{self.message}: {self.why}"
