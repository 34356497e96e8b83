"""A feed that breaks is opened again: at once, then ever later, and from its beginning where that is needed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from postern import _watch
from postern._freshness import Freshness
from postern._revocations import Revocations
from postern._watch import Watch


class Refusal(grpc.RpcError):
    def __init__(self, code: grpc.StatusCode) -> None:
        self._code = code

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return ""


def pauses_after(code: grpc.StatusCode, count: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[float], list[str]]:
    """The longest pauses of a watch whose service refuses it again and again, and the resume tokens that it sent."""
    monkeypatch.setattr(_watch.random, "uniform", lambda _, longest: longest)
    pauses: list[float] = []
    tokens: list[str] = []

    def refuse(request: Any, metadata: Any) -> Any:
        tokens.append(request.resume_token)
        raise Refusal(code)

    connection: Any = SimpleNamespace(stub=lambda: SimpleNamespace(WatchRevocations=refuse))
    watch = Watch(connection, "key", Revocations(60), Freshness(2.5), lambda _: None)
    watch._resume_token, watch._heard_at = "1", _watch.monotonic()

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return True

    stopping: Any = SimpleNamespace(wait=wait, is_set=lambda: len(pauses) >= count)
    watch._stopping = stopping
    watch._run()
    return pauses, tokens


def test_pauses_grow_to_2_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses, tokens = pauses_after(grpc.StatusCode.UNAVAILABLE, 8, monkeypatch)
    assert pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, 2])
    assert set(tokens) == {"1"}


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED])
def test_pauses_grow_to_15_seconds_where_the_key_is_refused(
    code: grpc.StatusCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses, _ = pauses_after(code, 10, monkeypatch)
    assert pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 15, 15])


def test_a_resume_token_that_is_refused_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    _, tokens = pauses_after(grpc.StatusCode.INVALID_ARGUMENT, 3, monkeypatch)
    assert tokens == ["1", "", ""]
