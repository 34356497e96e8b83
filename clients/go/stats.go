package postern

import (
	"slices"
	"sync/atomic"
	"time"
)

// Outcome is what became of a token: OutcomeAccepted, or the Reason of a refusal.
type Outcome string

// OutcomeAccepted: there is a principal.
const OutcomeAccepted Outcome = "ACCEPTED"

// Those of an answer; a role is looked for later.
var refusalReasons = [...]Reason{
	ReasonInvalidToken, ReasonTokenExpired, ReasonTokenRevoked, ReasonUserInactive, ReasonUnavailable,
}

// Stats are the numbers of a client.
type Stats struct {
	// Answers by who gave them and what they were.
	Answers map[Source]map[Outcome]uint64
	// Local says whether a token with a published key would be answered here.
	Local bool
	// Staleness: everything that was acknowledged so long ago is known here. Negative: nothing is known.
	Staleness time.Duration
	// WatchReconnects counts streams of the feed after the first, LastWatchError why the last one ended.
	WatchReconnects uint64
	LastWatchError  error
	// CachedTokens are verified tokens, CachedAPIKeys answers of the service that are kept.
	CachedTokens  int
	CachedAPIKeys int
	// KnownRevocations are the sessions and users that the feed has reported.
	KnownRevocations int
	// BatchCalls counts the questions to the service.
	BatchCalls uint64
	// KeySetReads counts readings of the published keys, LastKeySetError is nil when the last one went well.
	KeySetReads     uint64
	LastKeySetError error
	// OpenCalls are followed until their token is refused.
	OpenCalls int
}

const answerStripes = 16

// answerCounter counts in stripes: one counter for all would be passed from core to core at every answer.
type answerCounter struct {
	stripes [answerStripes]struct {
		accepted atomic.Uint64
		_        [56]byte
	}
	remoteAccepted         atomic.Uint64
	refused, remoteRefused [len(refusalReasons)]atomic.Uint64
}

func (c *answerCounter) countAccepted(token string) {
	// The last character of a signature is as good as random.
	c.stripes[token[len(token)-2]%answerStripes].accepted.Add(1)
}

func (c *answerCounter) count(source Source, refusal *Error) {
	isRemote := source == SourceRemote
	switch {
	case refusal == nil && isRemote:
		c.remoteAccepted.Add(1)
	case refusal == nil:
		c.stripes[0].accepted.Add(1)
	case isRemote:
		c.remoteRefused[findReason(refusal.Reason)].Add(1)
	default:
		c.refused[findReason(refusal.Reason)].Add(1)
	}
}

// findReason returns where a reason is counted. One that is not in the table, which no path should bring, counts as
// ReasonInvalidToken: to count must never end a process.
func findReason(reason Reason) int {
	return max(slices.Index(refusalReasons[:], reason), 0)
}

func (c *answerCounter) counts() map[Source]map[Outcome]uint64 {
	var accepted uint64
	for at := range c.stripes {
		accepted += c.stripes[at].accepted.Load()
	}
	local := map[Outcome]uint64{OutcomeAccepted: accepted}
	remote := map[Outcome]uint64{OutcomeAccepted: c.remoteAccepted.Load()}
	for at, reason := range refusalReasons {
		local[Outcome(reason)] = c.refused[at].Load()
		remote[Outcome(reason)] = c.remoteRefused[at].Load()
	}
	return map[Source]map[Outcome]uint64{SourceLocal: local, SourceRemote: remote}
}
