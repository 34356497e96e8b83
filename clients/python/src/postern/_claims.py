"""The claims of a token whose signature is right (RFC 9068 section 2.2), judged as the service judges them."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any, NamedTuple, Optional

from .principal import Principal

CLOCK_SKEW_SECONDS = 5
"""How far ahead the clock of who signed may be. It makes no token live longer: `exp` is taken as it stands."""

_MAX_SAFE_INTEGER = 2**53 - 1
_MAX_TIME = 253402300799
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Where a UUID has its version; the ids of API keys are of version 8, those of sessions of version 7.
_VERSION_AT = 14


class Claims(NamedTuple):
    principal: Principal
    expires_at: float
    """Seconds since the epoch."""
    lifetime: float
    """Seconds."""


def read_claims(payload: bytes, issuer: str, audience: str, now: float) -> Optional[Claims]:
    """The claims, every one of them required and typed, or None. The caller checks the expiry."""
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(claims, dict) or claims.get("iss") != issuer or claims.get("aud") != audience:
        return None
    return _read(claims, now) if _has_valid_names(claims) and _has_valid_times(claims, now) else None


def _has_valid_names(claims: dict[str, Any]) -> bool:
    roles = claims.get("roles")
    return (
        all(isinstance(claims.get(name), str) and claims[name] != "" for name in ("jti", "client_id"))
        and all(_is_uuid(claims.get(name)) for name in ("sub", "sid"))
        and isinstance(claims.get("preferred_username"), str)
        and isinstance(roles, list)
        and all(isinstance(role, str) for role in roles)
        and claims.get("kind", "person") in ("person", "service")
    )


def _has_valid_times(claims: dict[str, Any], now: float) -> bool:
    iat: Any = claims.get("iat")
    exp: Any = claims.get("exp")
    nbf: Any = claims.get("nbf", 0)
    if not _is_time(iat) or not _is_time(exp) or isinstance(nbf, bool) or not isinstance(nbf, (int, float)):
        return False
    return bool(iat <= exp and iat <= now + CLOCK_SKEW_SECONDS and nbf <= now + CLOCK_SKEW_SECONDS)


def _read(claims: dict[str, Any], now: float) -> Claims:
    session_id = claims["sid"]
    iat, exp = claims["iat"], claims["exp"]
    principal = Principal(
        user_id=claims["sub"],
        username=claims["preferred_username"],
        roles=tuple(claims["roles"]),
        session_id=session_id,
        issued_at=to_time(iat),
        expires_at=to_time(exp),
        kind=claims.get("kind", "person"),
        api_key_id=session_id if is_api_key_id(session_id) else "",
    )
    return Claims(principal, exp, exp - iat)


def is_api_key_id(session_id: str) -> bool:
    """Whether the `sid` of an access token is the id of an API key."""
    return session_id[_VERSION_AT : _VERSION_AT + 1] == "8"


def to_time(seconds: float) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, 0), _MAX_TIME), tz=timezone.utc)


def _is_uuid(value: object) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def _is_time(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_SAFE_INTEGER
