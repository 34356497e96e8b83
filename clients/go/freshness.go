package postern

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// rounding is how much what a heartbeat says may go back while the clock of the service goes on.
const rounding = 100 * time.Millisecond

// freshness tells how old what the feed has told is. A heartbeat says up to when, by the clock of the service; that
// clock is compared with the wall clock here at the first heartbeat, and from then on with the monotonic one, so that a
// clock that jumps, here or there, makes nothing look fresher than it is, nor stale for longer than until the next
// heartbeat.
type freshness struct {
	mu sync.Mutex
	// What the monotonic clock shows when the clock of the service shows 0.
	offset    int64
	hasOffset bool
	lastFresh int64
	last      atomic.Pointer[heard]
}

// heard is what the last heartbeat said.
type heard struct {
	// How old the news was when it came.
	lag int64
	at  instant
}

// startStream: the heartbeats to come may be from another replica, with another clock.
func (f *freshness) startStream() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lastFresh = math.MinInt64 + int64(rounding)
}

// forget: from now on nothing is known.
func (f *freshness) forget() {
	f.last.Store(nil)
}

// onHeartbeat takes when the replica had seen everything, in ns since the epoch by the clock of the service.
func (f *freshness) onHeartbeat(freshAt int64, now instant) {
	f.mu.Lock()
	defer f.mu.Unlock()
	lag := f.measureLag(freshAt, now)
	f.offset, f.hasOffset = now.mono-freshAt-lag, true
	f.lastFresh = freshAt
	f.last.Store(&heard{lag: lag, at: now})
}

func (f *freshness) measureLag(freshAt int64, now instant) int64 {
	byWall := now.wall - freshAt
	if !f.hasOffset {
		return max(0, byWall)
	}
	// Within one stream it goes back when the clock of the service is set back, or by a rounding.
	if last := f.last.Load(); freshAt < f.lastFresh-int64(rounding) && last != nil {
		return last.lag
	}
	byMonotonic := max(0, now.mono-freshAt-f.offset)
	// The clocks may have been apart at the first heartbeat and agree now.
	if byWall >= 0 && byWall < byMonotonic {
		return byWall
	}
	return byMonotonic
}

// staleness: everything that was acknowledged so long ago has been heard of. Negative: nothing is known.
func (f *freshness) staleness(now instant) time.Duration {
	last := f.last.Load()
	if last == nil {
		return -1
	}
	// By both clocks: a machine that was suspended shows it by the wall clock only.
	return time.Duration(last.lag + max(0, now.mono-last.at.mono, now.wall-last.at.wall))
}

func (f *freshness) isWithin(limit time.Duration, now instant) bool {
	staleness := f.staleness(now)
	return staleness >= 0 && staleness < limit
}
