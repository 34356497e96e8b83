"""The text of access tokens and API keys, judged as the service judges it before it looks at a signature."""

from __future__ import annotations

import base64
import json
import re
import zlib
from functools import lru_cache
from typing import NamedTuple, Optional

MAX_TOKEN_LENGTH = 4096
API_KEY_PREFIX = "pstn_"

_MAX_KID_LENGTH = 64
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_API_KEY = re.compile(r"pstn_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}")
_CHECKSUM_LENGTH = 6
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Last characters with which no bits are left over (RFC 4648 section 3.5), by the length of the part modulo 4.
_LAST = {2: frozenset("AQgw"), 3: frozenset("AEIMQUYcgkosw048")}


class Header(NamedTuple):
    """The header of an access token, as far as it matters."""

    algorithm: str
    kid: Optional[str]


def read_header(token: str, types: frozenset[str]) -> Optional[Header]:
    """The header of a JWS in compact form (RFC 7515 section 7.1) of one of these types, else None."""
    if len(token) > MAX_TOKEN_LENGTH or _SHAPE.fullmatch(token) is None:
        return None
    parts = token.split(".")
    return _parse_header(parts[0], types) if all(_is_canonical(part) for part in parts) else None


def _is_canonical(part: str) -> bool:
    """Whether these bytes have no other base64url text."""
    rest = len(part) % 4
    return rest == 0 or part[-1] in _LAST.get(rest, frozenset())


@lru_cache(maxsize=64)
def _parse_header(text: str, types: frozenset[str]) -> Optional[Header]:
    try:
        header = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or "crit" in header:
        return None
    typ, algorithm, kid = header.get("typ"), header.get("alg"), header.get("kid")
    if not isinstance(typ, str) or typ.lower() not in types or not isinstance(algorithm, str):
        return None
    if "kid" in header and (not isinstance(kid, str) or len(kid) > _MAX_KID_LENGTH):
        return None
    return Header(algorithm, kid)


def is_api_key_text(token: str) -> bool:
    """Whether a credential is to be looked at as an API key; everything else is an access token."""
    return token.startswith(API_KEY_PREFIX)


def is_well_formed_api_key(token: str) -> bool:
    """Whether shape and checksum of an API key are right; whether anybody holds it, the service knows."""
    if _API_KEY.fullmatch(token) is None:
        return False
    body, checksum = token[:-_CHECKSUM_LENGTH], token[-_CHECKSUM_LENGTH:]
    return _base62(zlib.crc32(body.encode("ascii"))) == checksum


def _base62(value: int) -> str:
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        value, digit = divmod(value, len(_BASE62))
        digits.append(_BASE62[digit])
    return "".join(reversed(digits))
