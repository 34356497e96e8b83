"""The service's public keys, read over HTTP (RFC 7517 section 5)."""

from __future__ import annotations

import json
import logging
import math
import random
import threading
import urllib.request
from concurrent.futures import Future, wait
from time import monotonic
from typing import Any, NamedTuple, Optional

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

MIN_INTERVAL_SECONDS = 5.0
"""The least time between two reads that an unknown `kid` causes."""

_MAX_BYTES = 256 * 1024
_MAX_KEYS = 100
_MIN_RSA_BITS = 2048
_REFRESH_SECONDS = 60.0
_MAX_AGE_SECONDS = 15 * 60.0

log = logging.getLogger("postern")


class Key(NamedTuple):
    algorithm: str
    public_key: Any
    text: str
    """Its members as they were read, so that the same key is recognised in the next reading."""


class KeySet:
    """The keys of the last reading that succeeded.

    A reading that fails changes nothing: who is cut off goes on, for a quarter of an hour.
    """

    def __init__(self, url: str, timeout: float) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"jwks_url must begin with http:// or https://, not {url!r}")
        self._url = url
        self._timeout = timeout
        self._lock = threading.Lock()
        self._reading: Optional[Future[bool]] = None
        self._keys: dict[str, Key] = {}
        # With jitter: a fleet that was started at once does not read at once for ever.
        self._refresh_seconds = _REFRESH_SECONDS * random.uniform(0.9, 1.1)
        self._tried_at = -math.inf
        self._read_at = -math.inf
        """When the reading that succeeded last was begun."""
        self.reads = 0
        self.version = 0
        """Grows when a key came or went."""

    def is_usable(self) -> bool:
        """Whether there are keys to verify by, and not for too long without a word of their publisher."""
        return bool(self._keys) and monotonic() - self._read_at < _MAX_AGE_SECONDS

    def find(self, kid: str) -> Optional[Key]:
        return self._keys.get(kid)

    def is_new(self) -> bool:
        """Whether the last reading is so new that an unknown `kid` is not in the set."""
        return monotonic() - self._read_at < MIN_INTERVAL_SECONDS

    def is_due(self) -> bool:
        """Whether it should be read again without a cause: keys are withdrawn, and a failed reading is repeated."""
        has_failed = self._read_at < self._tried_at
        return monotonic() - self._tried_at > (MIN_INTERVAL_SECONDS if has_failed else self._refresh_seconds)

    def refresh(self) -> Optional[Future[bool]]:
        """Begins to read, or joins who reads: whether it succeeded. None when the last attempt was a moment ago."""
        with self._lock:
            if self._reading is not None:
                return self._reading
            now = monotonic()
            if now - self._tried_at < MIN_INTERVAL_SECONDS:
                return None
            self._tried_at = now
            reading: Future[bool] = Future()
            self._reading = reading
            reading.set_running_or_notify_cancel()
        try:
            threading.Thread(target=self._read, args=(reading, now), name="postern-keys", daemon=True).start()
        except (RuntimeError, MemoryError) as error:  # the process has as many threads as it may have
            log.warning("postern: the key set %s could not be read: %s", self._url, error)
            with self._lock:
                self._reading = None
            reading.set_result(False)
        return reading

    def await_reading(self, timeout: float) -> None:
        """Waits until nothing is being read: reading imports modules, and a fork meanwhile would keep their locks."""
        reading = self._reading
        if reading is not None:
            wait([reading], timeout)

    def _read(self, reading: Future[bool], began_at: float) -> None:
        succeeded = False
        try:
            keys = parse_key_set(_fetch(self._url, self._timeout))
            if _texts(keys) != _texts(self._keys):
                self._keys = keys
                self.version += 1
            self._read_at = began_at
            self.reads += 1
            succeeded = True
        except Exception as error:  # whatever a server may answer must not end the caller's process
            log.warning("postern: the key set %s could not be read: %s", self._url, error)
        finally:
            with self._lock:
                self._reading = None
            reading.set_result(succeeded)


def _texts(keys: dict[str, Key]) -> dict[str, str]:
    return {kid: key.text for kid, key in keys.items()}


def _fetch(url: str, timeout: float) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": "application/jwk-set+json, application/json"})
    deadline = monotonic() + timeout
    body = b""
    with _opener.open(request, timeout=timeout) as response:
        if response.status != 200:
            raise ValueError(f"status {response.status}")
        # The timeout of a socket begins anew with each byte.
        while chunk := response.read1(_MAX_BYTES):
            body += chunk
            if len(body) > _MAX_BYTES:
                raise ValueError(f"more than {_MAX_BYTES} bytes")
            if monotonic() > deadline:
                raise TimeoutError(f"not read within {timeout:g} s")
    return body


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Where keys are read from is the caller's choice, and nobody else's."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def parse_key_set(body: bytes) -> dict[str, Key]:
    """The usable keys by `kid`: ES256 and RS256. An unusable key is left out; what is no key set is a ValueError."""
    try:
        document = json.loads(body)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list):
        raise ValueError("it has no list of keys")
    if len(members) > _MAX_KEYS:
        raise ValueError(f"more than {_MAX_KEYS} keys")
    keys: dict[str, Key] = {}
    for member in members:
        key = _parse_key(member)
        if key is not None:
            keys.setdefault(member["kid"], key)
    return keys


def _parse_key(member: object) -> Optional[Key]:
    if not isinstance(member, dict) or not isinstance(member.get("kid"), str):
        return None
    algorithm = {"EC": "ES256", "RSA": "RS256"}.get(str(member.get("kty")))
    if algorithm is None or member.get("alg", algorithm) != algorithm or member.get("use", "sig") != "sig":
        return None
    try:
        # "d" would make it a private key.
        public = {name: value for name, value in member.items() if name != "d"}
        key = jwt.PyJWK(public, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        return None
    is_p256 = isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    is_rsa = isinstance(key, RSAPublicKey) and key.key_size >= _MIN_RSA_BITS
    return Key(algorithm, key, json.dumps(public, sort_keys=True)) if is_p256 or is_rsa else None
