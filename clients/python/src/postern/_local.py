"""What this process can tell of tokens by itself."""

from __future__ import annotations

import math
from time import monotonic, time
from typing import Optional, Union

import jwt

from ._claims import read_claims
from ._freshness import Freshness
from ._key_set import Key, KeySet
from ._revocations import REPLICA_LAG_SECONDS, Revocations
from ._signatures import verify_signature
from ._token_text import Header, is_api_key_text, is_well_formed_api_key, read_header
from ._verified_tokens import GenerationalCache
from .errors import PosternError, Unauthenticated
from .principal import Principal

Answer = Union[Principal, PosternError]

INVALID = Unauthenticated("INVALID_TOKEN")
EXPIRED = Unauthenticated("TOKEN_EXPIRED")

_BYTES_PER_TOKEN = 2_000
_MAX_API_KEYS = 10_000
_API_KEY_SECONDS = 60.0


class _Verified:
    __slots__ = ("expires_at", "key", "key_version", "kid", "principal", "verdict")

    def __init__(self, principal: Principal, expires_at: float, kid: str, key: Key, key_version: int) -> None:
        self.principal = principal
        """By the claims alone."""
        self.expires_at = expires_at
        self.kid = kid
        self.key = key
        self.key_version = key_version
        self.verdict: tuple[int, Answer] = (-1, principal)
        """The answer with the version of the revocations that it is of, replaced in one step: of two threads that renew
        it at once, the slower must not put an older answer under the newer version."""


class _KnownApiKey:
    __slots__ = ("asked_at", "principal")

    def __init__(self, principal: Principal, asked_at: float) -> None:
        self.principal = principal
        self.asked_at = asked_at


class LocalAnswers:
    """`None` is always "it cannot tell": whoever asks goes to the service, or says so."""

    def __init__(
        self,
        keys: KeySet,
        revocations: Revocations,
        freshness: Freshness,
        *,
        issuer: str,
        audience: str,
        token_types: frozenset[str],
        max_tokens: int,
        max_lifetime: float,
    ) -> None:
        self._keys = keys
        self._revocations = revocations
        self._freshness = freshness
        self._issuer = issuer
        self._audience = audience
        self._types = token_types
        self._max_lifetime = max_lifetime
        self.tokens: GenerationalCache[_Verified] = GenerationalCache(max_tokens, max_tokens * _BYTES_PER_TOKEN)
        self.api_keys: GenerationalCache[_KnownApiKey] = GenerationalCache(_MAX_API_KEYS, math.inf)

    def is_usable(self) -> bool:
        return self._freshness.is_fresh() and self._keys.is_usable()

    def recall(self, token: str) -> Optional[Answer]:
        """The answer for a token that was verified before, or for an API key that was asked about."""
        entry = self.tokens.young.get(token) or self.tokens.find(token)
        if entry is None:
            return self._recall_api_key(token) if is_api_key_text(token) else None
        if not self._freshness.is_fresh() or not self._keys.is_usable():
            return None
        if entry.key_version != self._keys.version and not self._is_published(entry):
            self.tokens.delete(token)
            return None
        if time() >= entry.expires_at:
            self.tokens.delete(token)
            return EXPIRED
        revision, answer = entry.verdict
        return answer if revision == self._revocations.version else self._renew(entry)

    def refuse_unread(self, token: object) -> Optional[Answer]:
        """INVALID_TOKEN for a text that nobody need be asked about."""
        if not isinstance(token, str):
            return INVALID
        if is_api_key_text(token):
            return None if is_well_formed_api_key(token) else INVALID
        return None if read_header(token, self._types) is not None else INVALID

    def header(self, token: str) -> Optional[Header]:
        return read_header(token, self._types)

    def verify(self, token: str, header: Header, key: Key) -> Optional[Answer]:
        """Verifies an access token that is new here."""
        key_version = self._keys.version
        if key.algorithm != header.algorithm:
            return INVALID
        try:
            payload = verify_signature(token, key.public_key, key.algorithm)
        except (jwt.PyJWTError, ValueError, TypeError):
            return INVALID
        now = time()
        claims = read_claims(payload, self._issuer, self._audience, now)
        if claims is None:
            return INVALID
        if now >= claims.expires_at:
            return EXPIRED
        # Revocations are not kept for so long.
        if claims.lifetime > self._max_lifetime:
            return None
        entry = _Verified(claims.principal, claims.expires_at, header.kid or "", key, key_version)
        # Meanwhile the keys or the feed may have changed.
        if not self.is_usable() or not self._is_published(entry):
            return None
        answer = self._renew(entry)
        self.tokens.add(token, entry)
        return answer

    def judge(self, principal: Principal) -> Answer:
        """What the feed says of somebody who was let through before."""
        reason, roles = self._revocations.judge(principal)
        if reason:
            return Unauthenticated(reason)
        return principal if roles == principal.roles else _with_roles(principal, roles)

    def remember_api_key(self, token: str, principal: Principal, asked_at: float) -> None:
        known = _KnownApiKey(principal, asked_at)
        if self._is_current(known):
            self.api_keys.add(token, known)

    def _recall_api_key(self, token: str) -> Optional[Answer]:
        known = self.api_keys.find(token)
        if known is None or not self._freshness.is_fresh():
            return None
        if monotonic() - known.asked_at >= _API_KEY_SECONDS or not self._is_current(known):
            self.api_keys.delete(token)
            return None
        return known.principal if time() < known.principal.expires_at.timestamp() else EXPIRED

    def _is_current(self, known: _KnownApiKey) -> bool:
        """Whether the feed has told nothing of the key or its owner that the answer may not know yet."""
        principal = known.principal
        if self._revocations.has_ended(principal.session_id):
            return False
        user = self._revocations.find_user(principal.user_id)
        return user is None or user.heard_at < known.asked_at - REPLICA_LAG_SECONDS

    def _is_published(self, entry: _Verified) -> bool:
        version = self._keys.version
        key = self._keys.find(entry.kid)
        if key is None or key.text != entry.key.text:
            return False
        entry.key_version = version
        return True

    def _renew(self, entry: _Verified) -> Answer:
        # Noted before the look: a change in between is looked at again.
        revision = self._revocations.version
        answer = self.judge(entry.principal)
        # A principal that has not changed stays the same object.
        before = entry.verdict[1]
        if isinstance(answer, Principal) and answer == before:
            answer = before
        entry.verdict = (revision, answer)
        return answer


def _with_roles(principal: Principal, roles: tuple[str, ...]) -> Principal:
    return Principal(
        user_id=principal.user_id,
        username=principal.username,
        roles=roles,
        session_id=principal.session_id,
        issued_at=principal.issued_at,
        expires_at=principal.expires_at,
        kind=principal.kind,
        api_key_id=principal.api_key_id,
    )
