package postern

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// newLocal makes answers with one published key and a feed that has just beaten.
func newLocal(t testing.TB) (*localAnswers, func(changes jwt.MapClaims) string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	o, err := readOptions("127.0.0.1:1", []Option{WithAPIKey("key")})
	if err != nil {
		t.Fatal(err)
	}
	keys := newKeySet(o.keysURL, o.httpClient, o.clock)
	keys.replace(map[string]*verificationKey{"k": {kid: "k", algorithm: algorithmES, public: &private.PublicKey}})
	keys.hasAny.Store(true)
	keys.readAt.Store(o.clock().mono)
	fresh := &freshness{}
	fresh.onHeartbeat(time.Now().UnixNano(), o.clock())
	count := 0
	return newLocalAnswers(o, keys, newRevocations(), fresh), func(changes jwt.MapClaims) string {
		count++
		id := func(version int) string { return fmt.Sprintf("%08x-0000-%d000-8000-000000000000", count, version) }
		now := time.Now().Unix()
		claims := jwt.MapClaims{
			"iss": "postern", "aud": "postern", "client_id": "postern", "sub": id(4), "sid": id(7), "jti": id(4),
			"preferred_username": "ada", "roles": []string{"user"}, "iat": now, "exp": now + 600,
		}
		for name, value := range changes {
			claims[name] = value
		}
		token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
		token.Header["typ"], token.Header["kid"] = "at+jwt", "k"
		text, err := token.SignedString(private)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
}

func TestATokenIsAnsweredByTheSameValueUntilItsRolesChange(t *testing.T) {
	local, issue := newLocal(t)
	token := issue(nil)
	first, refusal := local.verify(context.Background(), token)
	if first == nil || refusal != nil {
		t.Fatal(first, refusal)
	}
	local.revocations.endSession("another", local.clock())
	if again, _ := local.recall(token); again != first {
		t.Error("Another value for the same principal")
	}
	local.revocations.setRoles(first.UserID, []string{"admin"}, local.clock())
	if again, _ := local.recall(token); again == nil || !again.HasRole("admin") || again.HasRole("user") {
		t.Error("The roles of before", again)
	}
	local.revocations.endSession(first.SessionID, local.clock())
	if _, refusal := local.recall(token); refusal != localRevoked {
		t.Error(refusal)
	}
}

func TestATokenIsNotAnsweredHereAfterWhatItDependsOnWasEvicted(t *testing.T) {
	local, issue := newLocal(t)
	principal, _ := local.verify(context.Background(), issue(nil))
	now := local.clock()
	local.revocations.endSession(principal.SessionID, now)
	later := instant{wall: now.wall + int64(3*time.Hour), mono: now.mono + int64(3*time.Hour)}
	local.revocations.evict(later)
	if local.revocations.size() != 0 {
		t.Error("Nothing was evicted")
	}
	if local.revocations.covers(principal) {
		t.Error("A token of before the eviction is still answered")
	}
}

func TestACacheIsBounded(t *testing.T) {
	c := newCache[*verifiedToken](1000, 1<<20)
	for at := range 100_000 {
		c.add(&verifiedToken{text: fmt.Sprintf("token-%08d", at)})
	}
	if size := c.size(); size > 1000 {
		t.Errorf("%d entries of 1000", size)
	}
}

// stepClock makes time stand still; the returned function sets how much of it has passed, and has the feed beat then.
func stepClock(local *localAnswers) func(passed time.Duration) instant {
	start := local.clock()
	now := start
	local.clock = func() instant { return now }
	local.keys.clock = local.clock
	local.keys.readAt.Store(start.mono)
	return func(passed time.Duration) instant {
		now = instant{wall: start.wall + int64(passed), mono: start.mono + int64(passed)}
		local.freshness.onHeartbeat(now.wall, now)
		return now
	}
}

func TestKeysWhosePublisherIsGoneAreUsedForAQuarterOfAnHour(t *testing.T) {
	local, issue := newLocal(t)
	at := stepClock(local)
	lasting := jwt.MapClaims{"exp": time.Now().Add(time.Hour).Unix()}
	token := issue(lasting)
	if principal, refusal := local.verify(context.Background(), token); principal == nil {
		t.Fatal(refusal)
	}
	at(15*time.Minute - 1)
	if principal, _ := local.recall(token); principal == nil {
		t.Error("A token that is known is not answered within a quarter of an hour")
	}
	if principal, _ := local.verify(context.Background(), issue(lasting)); principal == nil {
		t.Error("A new token is not answered within a quarter of an hour")
	}
	at(15 * time.Minute)
	if principal, refusal := local.recall(token); principal != nil || refusal != nil {
		t.Error("A token that is known is answered by keys that are too old", principal, refusal)
	}
	if principal, refusal := local.verify(context.Background(), issue(lasting)); principal != nil || refusal != nil {
		t.Error("A new token is answered by keys that are too old", principal, refusal)
	}
}

func TestAnAPIKeyIsAnsweredFromMemoryForAMinuteAndNotAfterNewsOfIt(t *testing.T) {
	local, issue := newLocal(t)
	at := stepClock(local)
	owner, _ := local.verify(context.Background(), issue(nil))
	// Later than what a replica may not have heard at the beginning.
	asked := at(10 * time.Second)
	local.rememberAPIKey("pstn_of_ada", owner, asked.mono)
	at(10*time.Second + time.Minute - 1)
	if principal, _ := local.recall("pstn_of_ada"); principal == nil || principal.UserID != owner.UserID {
		t.Error("Not answered within a minute", principal)
	}
	asked = at(10*time.Second + time.Minute)
	if principal, refusal := local.recall("pstn_of_ada"); principal != nil || refusal != nil {
		t.Error("Answered after a minute", principal, refusal)
	}
	local.rememberAPIKey("pstn_of_ada", owner, asked.mono)
	local.revocations.endSession(owner.SessionID, asked)
	if principal, refusal := local.recall("pstn_of_ada"); principal != nil || refusal != nil {
		t.Error("Answered after news of it", principal, refusal)
	}
}

func FuzzNoTextIsAcceptedOrCrashes(f *testing.F) {
	local, issue := newLocal(f)
	f.Add(issue(nil)[1:])
	f.Add("pstn_")
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		if principal, _ := local.verify(context.Background(), token); principal != nil {
			t.Error("Accepted", token)
		}
	})
}

func BenchmarkValidateWarm(b *testing.B) {
	local, issue := newLocal(b)
	client := &Client{options: local.options, local: local}
	// Fresh for as long as signing and measuring take.
	local.freshness.last.Load().at.mono += int64(time.Hour)
	local.freshness.last.Load().at.wall += int64(time.Hour)
	tokens := make([]string, 10_000)
	for at := range tokens {
		tokens[at] = issue(nil)
		if _, refusal := local.verify(context.Background(), tokens[at]); refusal != nil {
			b.Fatal(refusal)
		}
	}
	at := 0
	for b.Loop() {
		if _, err := client.Validate(context.Background(), tokens[at%len(tokens)]); err != nil {
			b.Fatal(err)
		}
		at++
	}
}
