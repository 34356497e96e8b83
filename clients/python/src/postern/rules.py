"""What methods and paths demand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Rule:
    """What one method or path demands: a valid token, unless it says otherwise."""

    match: str
    """`/pkg.Service/Method` or `/path`, exactly; with `*` at the end everything that begins so."""
    roles: tuple[str, ...] = ()
    """Any one of them suffices."""
    public: bool = False
    """No token is looked at."""
    optional: bool = False
    """Callers without a valid token pass as anonymous."""

    def __init__(
        self, match: str, *, roles: Iterable[str] = (), public: bool = False, optional: bool = False
    ) -> None:
        if isinstance(roles, str):
            raise TypeError(f"roles must be a list of names, not the text {roles!r}")
        roles = tuple(roles)
        if public + optional + bool(roles) > 1:
            raise ValueError(f"the rule for {match} can be only one of public, optional and for roles")
        if not match.startswith("/") or "*" in match[:-1]:
            raise ValueError(f"a rule begins with '/' and has '*' at its end only, not {match!r}")
        object.__setattr__(self, "match", match)
        object.__setattr__(self, "roles", roles)
        object.__setattr__(self, "public", public)
        object.__setattr__(self, "optional", optional)

    def matches(self, path: str) -> bool:
        return path.startswith(self.match[:-1]) if self.match.endswith("*") else path == self.match


GRPC_DEFAULTS = (
    Rule("/grpc.health.v1.Health/*", public=True),
    Rule("/grpc.reflection.v1.ServerReflection/*", public=True),
    Rule("/grpc.reflection.v1alpha.ServerReflection/*", public=True),
)
HTTP_DEFAULTS = (Rule("/healthz", public=True), Rule("/livez", public=True), Rule("/readyz", public=True))
_EVERYTHING = Rule("/*")
# What another program may read as a path of another name.
_AMBIGUOUS = re.compile(r"//|\\|/\.\.?(/|$)|[\x00-\x1f]")


class Rules:
    """The rules in force: the most specific one counts (an exact one, then the longest), and without one a token is
    demanded. Health and reflection are public unless a given rule matches them."""

    def __init__(self, given: Iterable[Rule], defaults: Iterable[Rule]) -> None:
        self._given = tuple(sorted(given, key=lambda rule: (rule.match.endswith("*"), -len(rule.match))))
        self._defaults = tuple(defaults)
        self.find = lru_cache(maxsize=1024)(self._find)

    def _find(self, path: str) -> Rule:
        if _AMBIGUOUS.search(path) is not None:
            # Never public by a prefix of what a router may understand otherwise; roles still count.
            return next((rule for rule in self._given if rule.roles and rule.matches(path)), _EVERYTHING)
        # A rule for everything is not meant for the health checks.
        for rule in (*(r for r in self._given if r.match != "/*"), *self._defaults, *self._given):
            if rule.matches(path):
                return rule
        return _EVERYTHING
