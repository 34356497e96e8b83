"""The numbers of a client as Prometheus reads them."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from postern import Client, Unauthenticated, Unavailable
from postern.prometheus import PosternCollector

# A header that names ES256, a `typ` and a `kid`; claims; 64 bytes that are no signature of anybody.
WELL_FORMED = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"alg":"ES256","typ":"at+jwt","kid":"k"}', b'{"sub":"1"}', b"x" * 64)
)


def test_the_numbers_are_those_of_the_moment_they_are_read() -> None:
    registry = CollectorRegistry()
    with Client("127.0.0.1:1", mode="remote", call_timeout=0.2) as client:
        registry.register(PosternCollector(client))
        for count in (1, 2):
            with pytest.raises(Unauthenticated):
                client.validate("no token")
            text = generate_latest(registry).decode()
            assert f'postern_client_answers_total{{outcome="INVALID_TOKEN",via="local"}} {count}.0\n' in text
            assert "postern_client_local 0.0\n" in text
            assert "postern_client_staleness_seconds +Inf\n" in text
            assert "postern_client_batch_calls_total 0.0\n" in text
        with pytest.raises(Unavailable):
            client.validate(WELL_FORMED)
        text = generate_latest(registry).decode()
        assert 'postern_client_answers_total{outcome="UNAVAILABLE",via="remote"} 1.0\n' in text
        for name in ("cached_tokens", "cached_api_keys", "open_calls", "known_revocations"):
            assert f"# TYPE postern_client_{name} gauge\n" in text
        for name in ("batch_calls", "watch_reconnects", "key_set_reads", "answers"):
            assert f"# TYPE postern_client_{name}_total counter\n" in text


# Beside the clients of the other languages, which do the same, this keeps the names alike in all of them.
def test_the_metrics_are_those_of_the_documentation_no_more_and_no_fewer() -> None:
    page = (Path(__file__).parents[3] / "docs" / "clients.md").read_text()
    section = page.split("\n## Metrics\n")[1].split("\n## ")[0]
    documented = set(re.findall(r"`(postern_client_\w+)", section))
    assert documented
    registry = CollectorRegistry()
    with Client("127.0.0.1:1", mode="remote") as client:
        registry.register(PosternCollector(client))
        text = generate_latest(registry).decode()
    assert set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE)) == documented
