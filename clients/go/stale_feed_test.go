package postern

import (
	"context"
	"errors"
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"postern/authv1"
)

// staleClient has a feed that was fresh a minute ago, and a service that accepts every token, as of this session (or
// API key) of ada.
func staleClient(t *testing.T, sessionID string) (client *Client, token string) {
	t.Helper()
	local, issue := newLocal(t)
	later := local.clock()
	later.mono, later.wall = later.mono+int64(time.Minute), later.wall+int64(time.Minute)
	local.clock = func() instant { return later }
	local.options.clock = local.clock
	client = &Client{options: local.options, local: local, revocations: local.revocations, freshness: local.freshness}
	client.openCalls = newOpenCalls(client)
	client.batcher = newBatcher(func(_ context.Context, tokens []string) ([]*authv1.BatchValidateResult, error) {
		told := &authv1.Principal{
			UserId: "ada", SessionId: sessionID, ExpiresAt: timestamppb.New(time.Now().Add(time.Hour)),
		}
		results := make([]*authv1.BatchValidateResult, len(tokens))
		for at := range tokens {
			results[at] = &authv1.BatchValidateResult{Outcome: &authv1.BatchValidateResult_Principal{Principal: told}}
		}
		return results, nil
	}, 10*time.Second)
	return client, issue(nil)
}

// wholeAPIKey is a text with the right checksum.
func wholeAPIKey() string {
	body := "pstn_" + strings.Repeat("0", 22) + "_" + strings.Repeat("0", 43)
	rest, checksum := crc32.ChecksumIEEE([]byte(body)), ""
	for range checksumLength {
		checksum, rest = string(base62[rest%62])+checksum, rest/62
	}
	return body + checksum
}

func TestWhatTheFeedHasEndedIsRefusedThoughAReplicaStillAcceptsIt(t *testing.T) {
	for _, isAPIKey := range []bool{false, true} {
		client, token := staleClient(t, "the session")
		if isAPIKey {
			token = wholeAPIKey()
		}
		client.revocations.endSession("another", client.options.clock())
		if principal, err := client.Validate(context.Background(), token); err != nil || principal.Source != SourceRemote {
			t.Error("Refused before the feed has told of it", principal, err)
		}
		client.revocations.endSession("the session", client.options.clock())
		if principal, err := client.Validate(context.Background(), token); !errors.Is(err, ErrTokenRevoked) {
			t.Error("Accepted after the feed has told of it", principal, err)
		}
	}
}

func TestAnOpenCallEndsByWhatTheFeedHasEndedThoughAReplicaStillAcceptsIt(t *testing.T) {
	client, token := staleClient(t, "the session")
	client.revocations.endSession("the session", client.options.clock())
	principal := &Principal{UserID: "ada", SessionID: "the session", ExpiresAt: time.Now().Add(time.Hour)}
	ctx, stop := client.Follow(context.Background(), token, principal, nil)
	defer stop()
	for call := range client.openCalls.calls {
		call.askedAt -= int64(askInterval)
	}
	client.openCalls.review(context.Background())
	select {
	case <-ctx.Done():
		if !errors.Is(context.Cause(ctx), ErrTokenRevoked) {
			t.Error(context.Cause(ctx))
		}
	case <-time.After(20 * time.Second):
		t.Error("The call goes on")
	}
}
