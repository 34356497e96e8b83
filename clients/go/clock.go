package postern

import "time"

// instant is one reading of both clocks, in nanoseconds.
type instant struct {
	// wall is since the epoch.
	wall int64
	// mono is by the monotonic clock, from wherever.
	mono int64
}

// clock is read on every answer, so it is no interface.
type clock func() instant

func systemClock() clock {
	start := time.Now()
	return func() instant {
		now := time.Now()
		return instant{wall: now.UnixNano(), mono: int64(now.Sub(start))}
	}
}
