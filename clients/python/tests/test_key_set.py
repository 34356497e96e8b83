"""The published keys are read often enough that one that is withdrawn is forgotten, and not by all clients at once."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Iterator

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


class Publisher(BaseHTTPRequestHandler):
    """Sends a byte now and then, or to another place."""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/drips")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass  # nobody reads on

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(name="publisher")
def started_publisher() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_publisher_that_drips_is_given_up_after_the_timeout(publisher: str) -> None:
    with pytest.raises(TimeoutError, match="not read within 0.5 s"):
        _key_set._fetch(f"{publisher}/drips", 0.5)


def test_keys_are_read_from_no_other_place_than_was_asked_for(publisher: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="302"):
        _key_set._fetch(f"{publisher}/moved", 0.5)


def test_a_reading_that_no_thread_can_do_has_failed_and_is_repeated(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = KeySet(URL, 1)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        reading = keys.refresh()
    assert reading is not None and reading.result(0) is False
    clock.mono += 5.1
    again = keys.refresh()
    assert again is not None and again is not reading
