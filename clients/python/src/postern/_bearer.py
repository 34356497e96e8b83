"""The credential of a call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Optional, Protocol

from .errors import PermissionDenied, Unauthenticated
from .principal import Principal
from .rules import Rule


def find_bearer(authorization: Sequence[str]) -> Optional[str]:
    """The token of `Bearer <token>`, the scheme in any case (RFC 9110); None when there is none.

    Empty, and so refused, when there are several: nobody knows which one another would take.
    """
    bearers = [value for value in authorization if value[:7].lower() == "bearer "]
    if not bearers:
        return None
    return bearers[0][7:].strip() if len(authorization) == 1 else ""


def demand_roles(principal: Principal, roles: Iterable[str]) -> None:
    """Raises PermissionDenied unless one of the roles is held, or none is demanded."""
    roles = tuple(roles)
    if roles and not principal.has_role(*roles):
        raise PermissionDenied()


class Admitted(NamedTuple):
    """A call that may go on."""

    principal: Optional[Principal]
    token: str
    rule: Rule


class Validate(Protocol):
    def validate(self, token: str) -> Principal: ...


class ValidateAsync(Protocol):
    async def validate(self, token: str) -> Principal: ...


def admit(client: Validate, rule: Rule, authorization: Sequence[str]) -> Admitted:
    """Raises PosternError when the rule does not let the call through."""
    if rule.public:
        return Admitted(None, "", rule)
    token = find_bearer(authorization) or ""
    try:
        principal = client.validate(token)
    except Unauthenticated:
        if rule.optional:
            return Admitted(None, "", rule)
        raise
    demand_roles(principal, rule.roles)
    return Admitted(principal, token, rule)


async def admit_async(client: ValidateAsync, rule: Rule, authorization: Sequence[str]) -> Admitted:
    """As `admit`."""
    if rule.public:
        return Admitted(None, "", rule)
    token = find_bearer(authorization) or ""
    try:
        principal = await client.validate(token)
    except Unauthenticated:
        if rule.optional:
            return Admitted(None, "", rule)
        raise
    demand_roles(principal, rule.roles)
    return Admitted(principal, token, rule)
