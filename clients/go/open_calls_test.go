package postern

import (
	"context"
	"testing"
	"time"

	"postern/authv1"
)

// followKey returns the open call of an API key that lives for 90 days, and its client, whose time stands still and
// whose feed beats at every step.
func followKey(t *testing.T) (client *Client, call *openCall, at func(time.Duration) instant) {
	t.Helper()
	local, _ := newLocal(t)
	at = stepClock(local)
	local.options.clock = func() instant { return local.clock() }
	client = &Client{options: local.options, local: local, revocations: local.revocations, freshness: local.freshness}
	client.openCalls = newOpenCalls(client)
	client.batcher = newBatcher(func(context.Context, []string) ([]*authv1.BatchValidateResult, error) {
		t.Error("The service is asked although the feed is fresh")
		return nil, errClosed
	}, time.Second)
	key := &Principal{UserID: "ada", SessionID: "a-key", APIKeyID: "a-key", Roles: []string{"admin", "user"}}
	key.IssuedAt, key.ExpiresAt = time.Now().AddDate(0, 0, -30), time.Now().AddDate(0, 0, 60)
	_, stop := client.Follow(context.Background(), "pstn_of_ada", key, nil)
	t.Cleanup(stop)
	for call = range client.openCalls.calls {
	}
	return client, call, at
}

func TestAnOpenCallOfAnAPIKeyKeepsNothingForAsLongAsTheKeyLivesAndAsksNobody(t *testing.T) {
	client, call, at := followKey(t)
	askedAt := call.askedAt
	at(time.Second)
	client.openCalls.review(context.Background())
	client.revocations.endSession("another", at(time.Second))
	for passed := time.Minute; passed <= 3*time.Hour; passed += time.Minute {
		client.revocations.evict(at(passed))
		client.openCalls.review(context.Background())
	}
	if size := client.revocations.size(); size != 0 {
		t.Error(size, "revocations are kept")
	}
	if call.askedAt != askedAt || call.isAsking.Load() {
		t.Error("The service was asked about the open call")
	}
	if client.openCalls.size() != 1 {
		t.Fatal("The open call has ended")
	}
	client.revocations.endSession("a-key", at(3*time.Hour))
	client.openCalls.review(context.Background())
	if client.openCalls.size() != 0 {
		t.Error("The open call goes on though its key was revoked")
	}
}

func TestAnOpenCallOfAnAPIKeyKeepsTheRolesOfNowAfterWhatWasToldOfThemIsEvicted(t *testing.T) {
	client, call, at := followKey(t)
	var seen *Principal
	call.check = func(principal *Principal) error {
		seen = principal
		return nil
	}
	client.revocations.setRoles("ada", []string{"user"}, at(time.Second))
	for passed := time.Minute; passed <= 3*time.Hour; passed += time.Minute {
		client.revocations.evict(at(passed))
		client.openCalls.review(context.Background())
	}
	if client.revocations.size() != 0 || seen == nil || seen.HasRole("admin") || !seen.HasRole("user") {
		t.Error("The roles of before", seen)
	}
	client.revocations.setRoles("ada", []string{"user", "admin"}, at(3*time.Hour))
	client.openCalls.review(context.Background())
	if !seen.HasRole("admin") {
		t.Error("A role that came back is missing", seen)
	}
}

func TestAnOpenCallOfAnAPIKeyIsNotAnsweredHereAfterWhatItDependsOnWasEvicted(t *testing.T) {
	client, call, at := followKey(t)
	// Told of, and never reviewed until it is evicted.
	client.revocations.endSession("a-key", at(time.Second))
	client.revocations.evict(at(3 * time.Hour))
	if client.openCalls.isCovered(call) {
		t.Error("It is answered without what was told of its key")
	}
}
