"""Decides about tokens. A fork gives each process an engine of its own."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future
from dataclasses import dataclass, replace
from time import monotonic, time
from typing import Literal, Optional, Union

import grpc
import jwt

from ._batch import Answer, Batcher
from ._claims import read_claims
from ._connection import Connection
from ._freshness import Freshness
from ._guards import Guard, Guards
from ._key_set import Key, KeySet
from ._revocations import REPLICA_LAG_SECONDS, Revocations
from ._token_text import MAX_TOKEN_LENGTH, is_api_key_text, is_well_formed_api_key, read_header
from ._verified_tokens import GenerationalCache
from ._watch import Watch
from .errors import PermissionDenied, PosternError, Unauthenticated, Unavailable
from .principal import Principal
from .stats import Counters

Mode = Literal["auto", "local", "remote"]
ASK: Literal["ask"] = "ask"
"""The service is to be asked."""
Verdict = Union[Principal, Literal["ask"], "Future[bool]"]

_JWS = jwt.PyJWS(algorithms=["ES256", "RS256"])
_API_KEY_SECONDS = 60.0
_REFUSED_API_KEY_SECONDS = 10.0
_CACHE_BYTES = 32 * 1024 * 1024
_TICK_SECONDS = 0.25

log = logging.getLogger("postern")


@dataclass(frozen=True)
class Options:
    address: str
    api_key: str
    jwks_url: str
    mode: Mode
    max_staleness: float
    issuer: str
    audience: str
    token_types: frozenset[str]
    credentials: Optional[grpc.ChannelCredentials]
    timeout: float
    cache_size: int
    max_token_lifetime: float


class Verified:
    """A token whose signature was right, and what was found when it was last compared with the feed."""

    __slots__ = ("claims", "expires_at", "key", "key_version", "kid", "principal", "version")

    def __init__(self, claims: Principal, expires_at: float, kid: str, key: Key) -> None:
        self.claims = self.principal = claims
        self.expires_at = expires_at
        self.kid = kid
        self.key = key
        self.version = self.key_version = -1


class KnownApiKey:
    """What the service said of an API key, and when: by the monotonic clock, and by the version of the feed."""

    __slots__ = ("answer", "asked_at", "version")

    def __init__(self, answer: Union[Principal, Unauthenticated], asked_at: float, version: int) -> None:
        self.answer = answer
        self.asked_at = asked_at
        self.version = version


class Engine:
    def __init__(self, options: Options, guards: Guards, counters: Counters) -> None:
        self._options = options
        self._guards = guards
        self.is_remote = options.mode == "remote"
        self.verified: GenerationalCache[Verified] = GenerationalCache(options.cache_size, _CACHE_BYTES)
        self.api_keys: GenerationalCache[KnownApiKey] = GenerationalCache(options.cache_size, _CACHE_BYTES)
        self._refused_keys: GenerationalCache[KnownApiKey] = GenerationalCache(2048, 1024 * 1024)
        self.freshness = Freshness(options.max_staleness)
        self.revocations = Revocations(options.max_token_lifetime + 120)
        self.key_set = KeySet(options.jwks_url, options.timeout)
        connection = Connection(options.address, options.credentials)
        self._connection = connection
        self._batcher = Batcher(connection, options.timeout, counters.batch_calls.add)
        self.watch = Watch(connection, options.api_key, self.revocations, self.freshness, self._on_change)
        self._stopping = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="postern-clock", daemon=True)

    def start(self) -> None:
        self._batcher.start()
        self._ticker.start()
        if not self.is_remote:
            self.key_set.refresh()
            self.watch.start()

    def close(self) -> None:
        """Ends every thread and call; returns when gRPC is at rest, at most some seconds later."""
        self._stopping.set()
        self.watch.close()
        self._connection.close()
        self._batcher.close()
        if self._ticker.ident is not None and self._ticker is not threading.current_thread():
            self._ticker.join(2)

    def judge(self, token: str) -> Verdict:
        """The principal; or ASK; or, in the mode `local`, what is to be waited for before the next try.

        Raises Unauthenticated for what no service would accept, Unavailable in the mode `local`.
        """
        if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN_LENGTH or not token.isascii():
            raise Unauthenticated("INVALID_TOKEN")
        if self.is_remote:
            return ASK
        if is_api_key_text(token):
            return self._judge_api_key(token)
        entry = self.verified.find(token)
        if entry is None or not self._has_key(entry):
            found = self._verify(token)
            if not isinstance(found, Verified):
                return found
            entry = found
        if time() >= entry.expires_at:
            self.verified.delete(token)
            raise Unauthenticated("TOKEN_EXPIRED")
        if not self.freshness.is_fresh():
            return self._ask("the feed of revocations is not followed")
        return self._check(entry)

    def _ask(self, why: str) -> Literal["ask"]:
        if self._options.mode == "local":
            raise Unavailable(why)
        return ASK

    def _check(self, entry: Verified) -> Principal:
        # Noted before the look at the tables: a change in between makes the next call look again.
        version = self.revocations.version
        reason, roles = self.revocations.judge(entry.claims)
        if reason != "":
            raise Unauthenticated(reason)
        if roles != entry.principal.roles:
            entry.principal = replace(entry.claims, roles=roles)
        entry.version = version
        return entry.principal

    def _has_key(self, entry: Verified) -> bool:
        """Whether the key that signed is still published."""
        version = self.key_set.version
        if entry.key_version == version:
            return True
        key = self.key_set.find(entry.kid)
        if key is None or key.text != entry.key.text:
            return False
        entry.key_version = version
        return True

    def _verify(self, token: str) -> Union[Verified, Literal["ask"], Future[bool]]:
        header = read_header(token, self._options.token_types)
        if header is None:
            raise Unauthenticated("INVALID_TOKEN")
        if header.algorithm == "HS256":
            return self._ask("HS256 is never verified here: who can verify could forge")
        if header.algorithm not in ("ES256", "RS256") or header.kid is None:
            raise Unauthenticated("INVALID_TOKEN")
        version = self.key_set.version
        key = self.key_set.find(header.kid)
        if key is None:
            return self._find_key()
        if key.algorithm != header.algorithm:
            raise Unauthenticated("INVALID_TOKEN")
        try:
            payload = _JWS.decode_complete(token, key.public_key, algorithms=[key.algorithm])["payload"]
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise Unauthenticated("INVALID_TOKEN") from None
        now = time()
        claims = read_claims(payload, self._options.issuer, self._options.audience, now)
        if claims is None:
            raise Unauthenticated("INVALID_TOKEN")
        if now >= claims.expires_at:
            raise Unauthenticated("TOKEN_EXPIRED")
        if claims.lifetime > self._options.max_token_lifetime:
            return self._ask("the token lives longer than max_token_lifetime")
        entry = Verified(claims.principal, claims.expires_at, header.kid, key)
        entry.key_version = version
        self.verified.add(token, entry)
        return entry

    def _find_key(self) -> Union[Literal["ask"], Future[bool]]:
        if self._options.mode == "auto":
            self.key_set.refresh()
            return ASK
        if self.key_set.is_new():
            raise Unauthenticated("INVALID_TOKEN")
        reading = self.key_set.refresh()
        if reading is None:
            raise Unavailable("the key set could not be read a moment ago")
        return reading

    def _judge_api_key(self, token: str) -> Verdict:
        if not is_well_formed_api_key(token):
            raise Unauthenticated("INVALID_TOKEN")
        refused = self._refused_keys.find(token)
        if refused is not None and monotonic() - refused.asked_at < _REFUSED_API_KEY_SECONDS:
            assert isinstance(refused.answer, Unauthenticated)
            raise Unauthenticated(refused.answer.reason)
        known = self.api_keys.find(token)
        if known is None or monotonic() - known.asked_at > _API_KEY_SECONDS or not self.freshness.is_fresh():
            return self._ask("only the service knows API keys")
        principal = known.answer
        assert isinstance(principal, Principal)
        if time() >= principal.expires_at.timestamp():
            raise Unauthenticated("TOKEN_EXPIRED")
        reason, _ = self.revocations.judge(principal)
        if reason != "":
            raise Unauthenticated(reason)
        owner = self.revocations.find_user(principal.user_id)
        if owner is not None and (owner.version > known.version or known.asked_at - owner.heard_at < REPLICA_LAG_SECONDS):
            # Another replica may have answered before it heard of the change.
            return self._ask("the owner of the API key has changed")
        return principal

    def ask(self, token: str) -> Future[Answer]:
        """The service's answer, kept where it may be. See Batcher.ask."""
        if is_api_key_text(token):
            version, asked_at = self.revocations.version, monotonic()
            flight = self._batcher.ask(token)
            flight.add_done_callback(lambda done: self._keep(token, done, asked_at, version))
            return flight
        return self._batcher.ask(token)

    def _keep(self, token: str, flight: Future[Answer], asked_at: float, version: int) -> None:
        if flight.exception() is not None:
            return
        answer = flight.result()
        if isinstance(answer, Principal):
            self.api_keys.add(token, KnownApiKey(answer, asked_at, version))
        elif isinstance(answer, Unauthenticated):
            self.api_keys.delete(token)
            if answer.reason != "USER_INACTIVE":
                self._refused_keys.add(token, KnownApiKey(answer, asked_at, version))

    def accept(self, answer: Answer) -> Principal:
        """The principal of the service's answer, unless more is known here than that replica knew."""
        if isinstance(answer, PosternError):
            raise answer
        if self.revocations.has_ended(answer.session_id):
            raise Unauthenticated("TOKEN_REVOKED")
        return answer

    def _on_change(self, changed_id: str) -> None:
        for guard in self._guards.find(changed_id):
            self._look_at(guard)

    def _look_at(self, guard: Guard) -> None:
        guard.checked_at = monotonic()
        try:
            verdict = self.judge(guard.token)
        except Unavailable:
            return
        except PosternError as error:
            guard.end(error)
            return
        if isinstance(verdict, Principal):
            _demand(guard, verdict)
        elif verdict == ASK:
            self.ask(guard.token).add_done_callback(lambda flight: self._on_answer(guard, flight))

    def _on_answer(self, guard: Guard, flight: Future[Answer]) -> None:
        # While nobody can tell, an admitted stream goes on, at most until its token expires.
        if flight.exception() is not None or isinstance(flight.result(), Unavailable):
            return
        try:
            _demand(guard, self.accept(flight.result()))
        except PosternError as error:
            guard.end(error)

    def _tick(self) -> None:
        while not self._stopping.wait(_TICK_SECONDS):
            try:
                if not self.is_remote:
                    self.watch.look_for_silence()
                    if self.key_set.is_due():
                        self.key_set.refresh()
                for guard in self._guards.due(self.freshness.is_fresh()):
                    if time() >= guard.expires_at:
                        guard.end(Unauthenticated("TOKEN_EXPIRED"))
                    else:
                        self._look_at(guard)
            except Exception:  # one stream's callback must not end the watch over the others
                log.exception("postern: a check of open streams failed")


def _demand(guard: Guard, principal: Principal) -> None:
    if guard.roles and not principal.has_role(*guard.roles):
        guard.end(PermissionDenied())
