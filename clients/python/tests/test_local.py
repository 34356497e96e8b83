"""What is kept in memory is used for as long as it may be, and no longer."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from time import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from postern import _freshness, _key_set, _local
from postern._freshness import Freshness
from postern._key_set import Key, KeySet
from postern._local import LocalAnswers
from postern._revocations import Revocations
from postern._verified_tokens import GenerationalCache
from postern.principal import Principal

QUARTER_OF_AN_HOUR = 900.0
PRIVATE_KEY = ec.generate_private_key(ec.SECP256R1())
API_KEY = "pstn_" + "A" * 22 + "_" + "b" * 49


class Local:
    """Answers with one published key and a feed that beats whenever time passes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.mono = 5_000.0
        for module in (_freshness, _key_set, _local):
            monkeypatch.setattr(module, "monotonic", lambda: self.mono)
        self.keys = KeySet("http://127.0.0.1:1/jwks.json", 1)
        self.keys._keys = {"k": Key("ES256", PRIVATE_KEY.public_key(), "k")}
        self.keys._read_at = self.mono
        self.freshness = Freshness(2.5)
        self.answers = LocalAnswers(
            self.keys,
            Revocations(3_660),
            self.freshness,
            issuer="postern",
            audience="postern",
            token_types=frozenset({"at+jwt"}),
            max_tokens=100,
            max_lifetime=3_600,
        )
        self.pass_seconds(0)

    def pass_seconds(self, seconds: float) -> None:
        self.mono += seconds
        self.freshness.hear(time())

    def verify(self, token: str) -> object:
        header = self.answers.header(token)
        assert header is not None
        key = self.keys.find("k")
        assert key is not None
        return self.answers.verify(token, header, key)


@pytest.fixture(name="local")
def local_answers(monkeypatch: pytest.MonkeyPatch) -> Local:
    return Local(monkeypatch)


@pytest.fixture(name="issue")
def issuer() -> Callable[[], str]:
    def issue() -> str:
        now = int(time())
        claims = {
            "iss": "postern", "aud": "postern", "client_id": "postern", "sub": str(uuid.uuid4()),
            "sid": str(uuid.uuid4()), "jti": str(uuid.uuid4()), "preferred_username": "ada", "roles": ["user"],
            "iat": now, "exp": now + 3_000,
        }
        return jwt.encode(claims, PRIVATE_KEY, algorithm="ES256", headers={"typ": "at+jwt", "kid": "k"})

    return issue


def test_keys_whose_publisher_is_gone_are_used_for_a_quarter_of_an_hour(
    local: Local, issue: Callable[[], str]
) -> None:
    token = issue()
    assert isinstance(local.verify(token), Principal)
    local.pass_seconds(QUARTER_OF_AN_HOUR - 0.1)
    assert isinstance(local.answers.recall(token), Principal)
    assert isinstance(local.verify(issue()), Principal)
    local.pass_seconds(0.1)
    assert local.answers.recall(token) is None
    assert local.verify(issue()) is None
    assert not local.answers.is_usable()


def test_an_api_key_is_answered_from_memory_for_a_minute(local: Local, issue: Callable[[], str]) -> None:
    owner = local.verify(issue())
    assert isinstance(owner, Principal)
    local.answers.remember_api_key(API_KEY, owner, local.mono)
    local.pass_seconds(59.9)
    assert local.answers.recall(API_KEY) is owner
    local.pass_seconds(0.1)
    assert local.answers.recall(API_KEY) is None


def test_an_api_key_is_asked_about_again_when_the_feed_has_told_of_its_end(
    local: Local, issue: Callable[[], str]
) -> None:
    owner = local.verify(issue())
    assert isinstance(owner, Principal)
    local.answers.remember_api_key(API_KEY, owner, local.mono)
    local.answers._revocations.end_session(owner.session_id, local.mono)
    assert local.answers.recall(API_KEY) is None


def test_the_cache_holds_as_many_as_it_may_and_what_is_used_stays() -> None:
    cache: GenerationalCache[int] = GenerationalCache(1_000, 1 << 20)
    cache.add("in use", 1)
    for at in range(10_000):
        cache.add(f"token-{at}", at)
        assert cache.find("in use") == 1
        assert len(cache) <= 1_000
