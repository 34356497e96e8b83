"""What a client is opened with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Optional

import grpc

Mode = Literal["auto", "local", "remote"]
MIN_STALENESS_SECONDS = 0.1
MAX_STALENESS_SECONDS = 60.0


@dataclass(frozen=True)
class Options:
    """How a client behaves; see `Client`."""

    address: str
    api_key: str
    mode: Mode
    jwks_url: str
    issuer: str
    audience: str
    token_type: str
    max_staleness: float
    max_cached_tokens: int
    max_token_lifetime: float
    call_timeout: float
    credentials: Optional[grpc.ChannelCredentials]


def check_options(
    address: str,
    *,
    api_key: Optional[str],
    mode: str,
    jwks_url: Optional[str],
    issuer: str,
    audience: str,
    token_type: str,
    max_staleness: float,
    max_cached_tokens: int,
    max_token_lifetime: float,
    call_timeout: float,
    credentials: Optional[grpc.ChannelCredentials],
) -> Options:
    """Raises ValueError that says what to do."""
    if mode not in ("auto", "local", "remote"):
        raise ValueError(f"mode must be auto, local or remote, not {mode!r}")
    if not address or "://" in address:
        raise ValueError(f"address must be HOST:PORT of the gRPC port, such as localhost:50051, not {address!r}")
    if mode != "remote" and not api_key:
        raise ValueError("api_key must be an API key of a service account with the role service; or set mode='remote'")
    if not MIN_STALENESS_SECONDS <= max_staleness <= MAX_STALENESS_SECONDS:
        raise ValueError(f"max_staleness must be from {MIN_STALENESS_SECONDS} to {MAX_STALENESS_SECONDS:.0f} seconds")
    if token_type not in ("at+jwt", "JWT"):
        raise ValueError(f"token_type must be at+jwt or JWT, as JWT_TYP of the service, not {token_type!r}")
    if max_cached_tokens < 2 or call_timeout <= 0 or max_token_lifetime <= 0:
        raise ValueError("max_cached_tokens must be at least 2; call_timeout and max_token_lifetime more than 0")
    url = jwks_url or f"http://{address.rsplit(':', 1)[0]}:8080/.well-known/jwks.json"
    return Options(
        address,
        api_key or "",
        mode,  # type: ignore[arg-type]
        url,
        issuer,
        audience,
        token_type,
        max_staleness,
        max_cached_tokens,
        max_token_lifetime,
        call_timeout,
        credentials,
    )
