package postern

import (
	"testing"
	"time"
)

func TestFreshnessAgesThoughRoundingsMoveWhatAReplicaThatLostItsStoreSays(t *testing.T) {
	second := int64(time.Second)
	at := func(passed int64) instant {
		return instant{mono: (10 + passed) * second, wall: (10_000 + passed) * second}
	}
	f := &freshness{}
	f.startStream()
	f.onHeartbeat(10_000*second, at(0))
	for passed := int64(1); passed <= 5; passed++ {
		f.onHeartbeat(10_000*second-int64(time.Millisecond)*(passed%2), at(passed))
	}
	if staleness := f.staleness(at(5)); staleness < 5*time.Second {
		t.Error("Old by", staleness, "only")
	}
}

func TestFreshnessFollowsTheMonotonicClockWhenAWallClockJumps(t *testing.T) {
	second := int64(time.Second)
	f := &freshness{}
	f.startStream()
	at := func(mono, wall int64) instant { return instant{mono: mono * second, wall: wall * second} }
	f.onHeartbeat(1000*second, at(10, 1000))
	if !f.isWithin(time.Second, at(10, 1000)) {
		t.Error("Not fresh at the heartbeat")
	}
	// The clock here is set back ten minutes: the feed ages all the same.
	if f.isWithin(2*time.Second, at(13, 400)) {
		t.Error("Fresh without a heartbeat, since the clock was set back")
	}
	// Forward ten minutes: stale until the next heartbeat and no longer.
	if f.isWithin(time.Second, at(10, 1600)) {
		t.Error("A machine that slept trusts what it knew")
	}
	f.onHeartbeat(1001*second, at(11, 1601))
	if !f.isWithin(time.Second, at(11, 1601)) {
		t.Error("Stale after a heartbeat, since the clock was set forward")
	}
	// A feed that beats without progress.
	f.onHeartbeat(1001*second, at(20, 1610))
	if f.isWithin(2*time.Second, at(20, 1610)) {
		t.Error("Fresh by a heartbeat of a replica that lost its store")
	}
}

func TestFreshnessSurvivesWhatTheClockOfTheServiceDoes(t *testing.T) {
	second := int64(time.Second)
	at := func(passed int64) instant {
		return instant{mono: (10 + passed) * second, wall: (10_000 + passed) * second}
	}
	for name, jump := range map[string]int64{"set back": -3600, "set forward": 3600} {
		f := &freshness{}
		f.startStream()
		f.onHeartbeat(10_000*second, at(0))
		for passed := int64(1); passed <= 5; passed++ {
			f.onHeartbeat((10_000+passed+jump)*second, at(passed))
			if staleness := f.staleness(at(passed)); staleness != 0 {
				t.Error("The clock of the service was", name, "and what it says looks old by", staleness)
			}
		}
		if staleness := f.staleness(at(7)); staleness != 2*time.Second {
			t.Error("The clock of the service was", name, "and silence of 2 s looks like", staleness)
		}
	}
	f := &freshness{}
	f.onHeartbeat(9_940*second, at(0))
	if staleness := f.staleness(at(0)); staleness != time.Minute {
		t.Error("The first heartbeat is a minute old by the wall clock and looks like", staleness)
	}
	// Another replica, whose clock is behind: older than it is, never younger.
	f.onHeartbeat(10_001*second, at(1))
	f.startStream()
	f.onHeartbeat(10_000*second, at(1))
	if staleness := f.staleness(at(1)); staleness != time.Second {
		t.Error("A replica whose clock is a second behind the last one looks old by", staleness)
	}
}

func TestAWallClockThatWasWrongAtTheFirstHeartbeatIsBelievedOnceItIsRight(t *testing.T) {
	second := int64(time.Second)
	f := &freshness{}
	f.onHeartbeat(940*second, instant{mono: 10 * second, wall: 1000 * second})
	f.onHeartbeat(941*second, instant{mono: 11 * second, wall: 941 * second})
	if staleness := f.staleness(instant{mono: 11 * second, wall: 941 * second}); staleness != 0 {
		t.Error("Old by", staleness)
	}
}
