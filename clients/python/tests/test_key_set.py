"""The published keys are read often enough that one that is withdrawn is forgotten, and not by all clients at once."""

from __future__ import annotations

import json
from concurrent.futures import Future

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from postern import _key_set
from postern._key_set import KeySet

URL = "http://127.0.0.1:1/jwks.json"


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.mono = 5_000.0
        monkeypatch.setattr(_key_set, "monotonic", lambda: self.mono)


@pytest.fixture(name="clock")
def stepped_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def read_slowly(keys: KeySet, clock: Clock, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads one key; the answer takes its time."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    body = json.dumps({"keys": [{**ECAlgorithm.to_jwk(public, as_dict=True), "kid": "k"}]}).encode()

    def fetch(_url: str, _timeout: float) -> bytes:
        clock.mono += seconds
        return body

    monkeypatch.setattr(_key_set, "_fetch", fetch)
    keys._tried_at = clock.mono
    keys._read(Future(), clock.mono)


def test_keys_are_as_old_as_the_question_for_them(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = KeySet(URL, 1)
    asked_at = clock.mono
    read_slowly(keys, clock, 4, monkeypatch)
    clock.mono = asked_at + 899.9
    assert keys.is_usable()
    clock.mono = asked_at + 900
    assert not keys.is_usable()


def test_keys_are_read_again_after_a_minute_with_jitter(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = [KeySet(URL, 1) for _ in range(20)]
    began_at = clock.mono
    for keys in fleet:
        clock.mono = began_at
        read_slowly(keys, clock, 0, monkeypatch)
    clock.mono = began_at + 53.9
    assert not any(keys.is_due() for keys in fleet)
    clock.mono = began_at + 60
    assert {keys.is_due() for keys in fleet} == {False, True}
    clock.mono = began_at + 66.1
    assert all(keys.is_due() for keys in fleet)


def test_a_reading_that_failed_is_repeated_after_5_seconds(clock: Clock) -> None:
    keys = KeySet(URL, 1)
    keys._tried_at = clock.mono
    clock.mono += 5
    assert not keys.is_due()
    clock.mono += 0.1
    assert keys.is_due()
