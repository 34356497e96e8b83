package postern

import (
	"context"
	"sync/atomic"
	"testing"
	"time"
)

// beginAnew does what a watch does whose resume token is refused.
func beginAnew(local *localAnswers, now instant) {
	local.freshness.forget()
	local.revocations.clear(now)
}

func TestATokenIsNotAcceptedByAFeedThatBeginsAnewAfterItWasFoundFresh(t *testing.T) {
	local, issue := newLocal(t)
	token := issue(nil)
	principal, _ := local.verify(context.Background(), token)
	entry, _ := local.verified.find(token)
	now := local.clock()
	local.revocations.endSession(principal.SessionID, now)
	// The caller has found the feed fresh.
	beginAnew(local, now)
	if principal, refusal := local.judge(entry, now); principal != nil || refusal != nil {
		t.Error("Answered without a feed", principal, refusal)
	}
	// The feed is complete again: nothing of the time between was kept.
	local.revocations.endSession(principal.SessionID, now)
	local.freshness.onHeartbeat(now.wall, now)
	if _, refusal := local.recall(token); refusal != localRevoked {
		t.Error(refusal)
	}
}

// whileItBegins has the feed begin anew while ask, which has found it fresh, is about to look into what it told: a
// clear that waits for its turn stops whoever would read. Were ask slower than the pause, it would find the feed stale.
func whileItBegins(local *localAnswers, ask func()) {
	clock, now := local.clock, local.clock()
	var reads atomic.Int64
	local.clock = func() instant {
		reads.Add(1)
		return clock()
	}
	local.revocations.mu.RLock()
	cleared, answered := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(cleared)
		local.revocations.clear(now)
	}()
	for local.revocations.mu.TryRLock() {
		local.revocations.mu.RUnlock()
		time.Sleep(time.Millisecond)
	}
	go func() {
		defer close(answered)
		ask()
	}()
	for reads.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	local.freshness.forget()
	local.revocations.mu.RUnlock()
	<-cleared
	<-answered
}

func TestARevokedTokenIsNotAcceptedWhereTheFeedBeginsAnewMeanwhile(t *testing.T) {
	local, issue := newLocal(t)
	token := issue(nil)
	principal, _ := local.verify(context.Background(), token)
	local.revocations.endSession(principal.SessionID, local.clock())
	whileItBegins(local, func() {
		if principal, refusal := local.recall(token); principal != nil || refusal != nil {
			t.Error("Answered without a feed", principal, refusal)
		}
	})
}

func TestARevokedAPIKeyIsNotAcceptedWhereTheFeedBeginsAnewMeanwhile(t *testing.T) {
	local, issue := newLocal(t)
	at := stepClock(local)
	principal, _ := local.verify(context.Background(), issue(nil))
	asked := at(10 * time.Second)
	local.rememberAPIKey("pstn_of_ada", principal, asked.mono)
	if principal, _ := local.recall("pstn_of_ada"); principal == nil {
		t.Fatal("It is not remembered")
	}
	local.revocations.endSession(principal.SessionID, at(11*time.Second))
	whileItBegins(local, func() {
		if principal, refusal := local.recall("pstn_of_ada"); principal != nil || refusal != nil {
			t.Error("Answered without a feed", principal, refusal)
		}
	})
}

func TestAnOpenCallIsNotHeldGoodByAFeedThatBeginsAnewDuringAReview(t *testing.T) {
	client, call, at := followKey(t)
	client.revocations.endSession("a-key", at(time.Second))
	now, clears, knownAt := at(2*time.Second), client.revocations.clears.Load(), call.knownAt.Load()
	beginAnew(client.local, now)
	client.openCalls.reviewOne(context.Background(), call, now, true, clears)
	if call.knownAt.Load() != knownAt {
		t.Error("It counts as good without a feed")
	}
}
