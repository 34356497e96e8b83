"""What a method or a path demands of its caller."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Optional, Union

from ._local import Answer
from .errors import PermissionDenied, PosternError, Unauthenticated, Unavailable
from .principal import Principal

Access = Literal["public", "optional", "token"]

_MATCH = re.compile(r"\*|/[^*]*\*?")
_BEARER = re.compile(r"bearer +(\S+) *", re.IGNORECASE)


@dataclass(frozen=True)
class Rule:
    """The first rule that matches counts; what none matches wants a valid token."""

    match: str
    """A path such as `/pkg.Service/Method` or `/orders`, or how paths begin: `/pkg.Service/*`, `/orders/*`, `*`."""
    public: bool = False
    """No token is looked at."""
    optional: bool = False
    """With a valid token there is a principal, and everybody else is let through without one."""
    roles: Optional[Sequence[str]] = None
    """One of these is wanted, matched exactly. None: any valid token will do; an empty list is refused."""
    methods: Sequence[str] = ()
    """HTTP methods that the rule is for, such as `GET`, which is for `HEAD` too; empty: all."""

    def __post_init__(self) -> None:
        is_beginning = "*" in self.match and not self.match.endswith("/*") and self.match != "*"
        if _MATCH.fullmatch(self.match) is None or is_beginning:
            raise ValueError(f"match must be a path, or a path that ends in /*, not {self.match!r}")
        if isinstance(self.roles, str) or isinstance(self.methods, str):
            raise ValueError("roles and methods are lists of names")
        if self.roles is not None and (not self.roles or "" in self.roles):
            raise ValueError(f"the rule of {self.match!r} must name its roles")
        if "" in self.methods:
            raise ValueError(f"the rule of {self.match!r} must name its methods")
        if self.public + self.optional + (self.roles is not None) > 1:
            raise ValueError("A rule is public, optional or wants roles: one of the three")


@dataclass(frozen=True, eq=False)
class Demand:
    """A rule as it is applied."""

    access: Access
    roles: tuple[str, ...]


VALID_TOKEN = Demand("token", ())
BUILT_IN = (Rule("/grpc.health.v1.Health/*", public=True), *(
    Rule(f"/grpc.reflection.{version}.ServerReflection/*", public=True) for version in ("v1", "v1alpha")
))


Find = Callable[[str, str], Demand]
"""The demand of a path and an HTTP method."""


def compile_rules(rules: Iterable[Rule]) -> Find:
    return _compile([(rule, _demand(rule)) for rule in rules], lambda path: path)


def compile_path_rules(rules: Iterable[Rule], *normalizations: Callable[[str], str]) -> list[Find]:
    """One for each form of paths; the demand of a rule is the same object in all of them."""
    demands = [(rule, _demand(rule)) for rule in rules]
    return [_compile(demands, normalize) for normalize in normalizations]


def _compile(demands: Sequence[tuple[Rule, Demand]], normalize: Callable[[str], str]) -> Find:
    compiled = [(_matcher(rule, normalize), demand) for rule, demand in demands]

    def find(path: str, method: str = "") -> Demand:
        for matches, demand in compiled:
            if matches(path, method):
                return demand
        return VALID_TOKEN

    return find


def _demand(rule: Rule) -> Demand:
    return Demand("public" if rule.public else "optional" if rule.optional else "token", tuple(rule.roles or ()))


def _matcher(rule: Rule, normalize: Callable[[str], str]) -> Callable[[str, str], bool]:
    methods = frozenset(method.upper() for method in rule.methods)
    # Frameworks give HEAD to the handler of GET.
    methods |= {"HEAD"} if "GET" in methods else set()
    if rule.match == "*":
        return lambda path, method: not methods or method in methods
    if not rule.match.endswith("*"):
        exact = normalize(rule.match)
        return lambda path, method: path == exact and (not methods or method in methods)
    start = normalize(rule.match[:-1]).rstrip("/") + "/"
    # Routers let `/orders` and `/orders/` be the same.
    return lambda path, method: (path.startswith(start) or path + "/" == start) and (not methods or method in methods)


def read_bearer(authorization: Union[str, bytes, None]) -> str:
    """The token of `authorization: Bearer <token>` (RFC 9110 section 11.4); empty when there is none."""
    if authorization is None:
        return ""
    text = authorization.decode("latin-1") if isinstance(authorization, bytes) else authorization
    found = _BEARER.fullmatch(text)
    return "" if found is None else found[1]


@dataclass(frozen=True)
class Decision:
    """What became of a call: a refusal, or who called."""

    refusal: Optional[PosternError] = None
    token_sent: bool = False
    principal: Optional[Principal] = None
    anonymous_reason: str = ""
    """Why nobody is known, where the rule is `optional`."""


PUBLIC = Decision()


def decide_without_token(demand: Demand) -> Decision:
    if demand.access == "public":
        return PUBLIC
    if demand.access == "optional":
        return Decision(anonymous_reason="INVALID_TOKEN")
    return Decision(refusal=Unauthenticated("INVALID_TOKEN"))


def judge(demand: Demand, answer: Answer) -> Decision:
    """What an answer means under a rule."""
    if not isinstance(answer, Principal):
        if demand.access == "optional" and not isinstance(answer, Unavailable):
            return Decision(anonymous_reason=answer.reason)
        return Decision(refusal=answer, token_sent=True)
    if demand.roles and not answer.has_role(*demand.roles):
        return Decision(refusal=PermissionDenied(), token_sent=True)
    return Decision(principal=answer)
