"""Who a valid token stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["person", "service"]


@dataclass(frozen=True)
class Principal:
    """Who is behind an access token or an API key, with the roles in force now. Immutable, shared by all callers."""

    __slots__ = ("api_key_id", "expires_at", "issued_at", "kind", "roles", "session_id", "user_id", "username")

    user_id: str
    """The user's id (claim `sub`)."""
    username: str
    """The user's name (claim `preferred_username`)."""
    roles: tuple[str, ...]
    """The roles the user holds now; of an API key those that key and owner both hold."""
    session_id: str
    """The session (claim `sid`); of an API key its id."""
    issued_at: datetime
    """When the token was issued, or the API key made; in UTC."""
    expires_at: datetime
    """When the token or the API key expires; in UTC."""
    kind: Kind
    """A person or a service account."""
    api_key_id: str
    """The API key that was presented, or that the token was exchanged for. Empty for a session."""

    def has_role(self, *roles: str) -> bool:
        """Whether any one of these roles is held; matched exactly, with regard to case."""
        return any(role in self.roles for role in roles)
