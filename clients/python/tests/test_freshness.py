"""Clocks that jump make nothing look fresher than it is, nor stale for longer than until the next heartbeat."""

from __future__ import annotations

import pytest

from postern import _freshness
from postern._freshness import Freshness

MAX_STALENESS = 2.0
# Of the service and of this machine, where they agree.
EPOCH = 1_800_000_000.0


class Clocks:
    """Both stand still until they are moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.mono, self.wall = 5_000.0, EPOCH
        monkeypatch.setattr(_freshness, "monotonic", lambda: self.mono)
        monkeypatch.setattr(_freshness, "time", lambda: self.wall)

    def pass_seconds(self, seconds: float) -> None:
        self.mono += seconds
        self.wall += seconds


@pytest.fixture(name="clocks")
def stepped_clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


@pytest.fixture(name="freshness")
def heard(clocks: Clocks) -> Freshness:
    freshness = Freshness(MAX_STALENESS)
    freshness.begin_stream()
    freshness.hear(clocks.wall)
    return freshness


def test_what_was_heard_is_trusted_for_max_staleness(clocks: Clocks, freshness: Freshness) -> None:
    clocks.pass_seconds(1.99)
    assert freshness.is_fresh()
    clocks.pass_seconds(0.01)
    assert not freshness.is_fresh()
    assert freshness.staleness() == pytest.approx(2.0)


def test_a_heartbeat_that_was_held_up_counts_as_old_as_it_is(clocks: Clocks, freshness: Freshness) -> None:
    sent = clocks.wall + 1
    clocks.pass_seconds(2.5)
    freshness.hear(sent)
    assert freshness.staleness() == pytest.approx(1.5)


@pytest.mark.parametrize("jump", [-600.0, 600.0])
def test_a_clock_here_that_jumps_ages_the_news_until_the_next_heartbeat_at_most(
    clocks: Clocks, freshness: Freshness, jump: float
) -> None:
    clocks.wall += jump
    # Set forward it may have been suspended; set back it must not be taken for younger.
    assert freshness.is_fresh() == (jump < 0)
    clocks.pass_seconds(1)
    freshness.hear(EPOCH + 1)
    assert freshness.is_fresh()
    clocks.pass_seconds(MAX_STALENESS)
    assert not freshness.is_fresh()


@pytest.mark.parametrize("jump", [-3_600.0, 3_600.0])
def test_a_clock_of_the_service_that_jumps_changes_nothing(
    clocks: Clocks, freshness: Freshness, jump: float
) -> None:
    for _ in range(5):
        clocks.pass_seconds(1)
        freshness.hear(clocks.wall + jump)
        assert freshness.staleness() == pytest.approx(0, abs=1e-3)
    clocks.pass_seconds(MAX_STALENESS)
    assert not freshness.is_fresh()


def test_a_replica_that_does_not_see_its_store_is_stale_however_often_it_says_so(
    clocks: Clocks, freshness: Freshness
) -> None:
    for _ in range(5):
        clocks.pass_seconds(1)
        freshness.hear(EPOCH)
    assert not freshness.is_fresh()
    assert freshness.staleness() == pytest.approx(5.0)


def test_a_replica_that_does_not_see_its_store_is_stale_though_roundings_move_what_it_says(
    clocks: Clocks, freshness: Freshness
) -> None:
    for n in range(1, 6):
        clocks.pass_seconds(1)
        freshness.hear(EPOCH - 0.001 * (n % 2))
    assert freshness.staleness() == pytest.approx(5.001)


def test_the_first_heartbeat_is_as_old_as_the_wall_clock_says_and_never_of_the_future(clocks: Clocks) -> None:
    for skew, staleness in [(-60.0, 60.0), (60.0, 0.0)]:
        freshness = Freshness(MAX_STALENESS)
        freshness.begin_stream()
        freshness.hear(clocks.wall + skew)
        assert freshness.staleness() == pytest.approx(staleness)


def test_a_wall_clock_that_was_wrong_at_the_first_heartbeat_is_believed_once_it_is_right(clocks: Clocks) -> None:
    freshness = Freshness(MAX_STALENESS)
    freshness.begin_stream()
    freshness.hear(EPOCH - 60)
    assert not freshness.is_fresh()
    clocks.pass_seconds(1)
    clocks.wall -= 60
    freshness.hear(EPOCH - 59)
    assert freshness.staleness() == pytest.approx(0)
    assert freshness.is_fresh()


def test_a_replica_whose_clock_is_behind_that_of_the_last_one_looks_older_than_it_is_never_younger(
    clocks: Clocks, freshness: Freshness
) -> None:
    sent = clocks.wall - 0.7
    freshness.begin_stream()
    freshness.hear(sent)
    assert freshness.staleness() == pytest.approx(0.7)


def test_nothing_is_trusted_after_distrust_until_the_next_heartbeat(clocks: Clocks, freshness: Freshness) -> None:
    freshness.distrust()
    assert not freshness.is_fresh()
    freshness.hear(clocks.wall)
    assert freshness.is_fresh()
