package postern

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"

	"postern/authv1"
)

const (
	maxBatchTokens = 100
	// A message of the service has at most 128 KiB.
	maxBatchBytes = 100 << 10
	batchDelay    = time.Millisecond
	// While a call is under way the next one gathers callers until that ends, or for so long: a crowd costs two calls.
	maxGathering = 5 * time.Millisecond
	// More tokens than these are not waited for.
	maxAskedTokens = 10_000
	// Whoever asks later than this after a token was asked about wants to know of what happened since.
	maxFlightAge = 200 * time.Millisecond
)

var (
	errClosed       = errors.New("the client is closed")
	errTooManyAsked = errors.New("too many tokens wait for the service")
)

// flight is one token that the service is asked about, for all who want to know.
type flight struct {
	token   string
	begunAt time.Time
	done    chan struct{}
	// Set before done is closed.
	principal *Principal
	err       *Error
}

// batcher asks the service about what waits: 100 tokens at most, after 1 ms at most, or 5 ms while a call is under way;
// one flight per token.
type batcher struct {
	call    batchCall
	timeout time.Duration
	calls   atomic.Uint64

	mu      sync.Mutex
	flights map[string]*flight
	waiting []*flight
	bytes   int
	asked   int
	// Since when the first of those waits, and how many batches left before them.
	waitingSince time.Time
	sent         int
	// Calls without an answer yet.
	underWay int
}

func newBatcher(call batchCall, timeout time.Duration) *batcher {
	return &batcher{call: call, timeout: timeout, flights: map[string]*flight{}}
}

func (b *batcher) ask(ctx context.Context, token string) (*Principal, error) {
	asked, err := b.join(token)
	if err != nil {
		return nil, err
	}
	select {
	case <-asked.done:
		if asked.err != nil {
			return nil, asked.err
		}
		return asked.principal, nil
	case <-ctx.Done():
		return nil, unavailable(SourceRemote, ctx.Err())
	}
}

func (b *batcher) join(token string) (*flight, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if known := b.flights[token]; known != nil && time.Since(known.begunAt) < maxFlightAge {
		return known, nil
	}
	if b.asked >= maxAskedTokens {
		return nil, unavailable(SourceRemote, errTooManyAsked)
	}
	fresh := &flight{token: token, begunAt: time.Now(), done: make(chan struct{})}
	b.flights[token] = fresh
	b.asked++
	if b.bytes+len(token) > maxBatchBytes {
		b.send()
	}
	b.waiting = append(b.waiting, fresh)
	b.bytes += len(token)
	switch len(b.waiting) {
	case maxBatchTokens:
		b.send()
	case 1:
		b.waitingSince = fresh.begunAt
		b.sendAfter(batchDelay)
	}
	return fresh, nil
}

// sendAfter has what waits now sent after a while, unless it was sent before. Called with the lock held.
func (b *batcher) sendAfter(delay time.Duration) {
	batch := b.sent
	time.AfterFunc(delay, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.sent != batch {
			return
		}
		if rest := maxGathering - time.Since(b.waitingSince); b.underWay > 0 && rest > 0 {
			b.sendAfter(rest)
			return
		}
		b.send()
	})
}

// send is called with the lock held.
func (b *batcher) send() {
	if len(b.waiting) == 0 {
		return
	}
	batch := b.waiting
	b.waiting, b.bytes = nil, 0
	b.sent++
	b.underWay++
	go b.ship(batch)
}

func (b *batcher) ship(batch []*flight) {
	ctx, cancel := context.WithTimeout(context.Background(), b.timeout)
	defer cancel()
	tokens := make([]string, len(batch))
	for at, each := range batch {
		tokens[at] = each.token
	}
	b.calls.Add(1)
	results, err := b.call(ctx, tokens)
	if err == nil && len(results) != len(batch) {
		err = fmt.Errorf("%d answers to %d tokens", len(results), len(batch))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	// Who came a moment ago waits for others first.
	if b.underWay--; b.underWay == 0 && time.Since(b.waitingSince) >= batchDelay {
		b.send()
	}
	for at, each := range batch {
		if err != nil {
			each.err = unavailable(SourceRemote, err)
		} else {
			each.principal, each.err = readResult(results[at])
		}
		b.asked--
		if b.flights[each.token] == each {
			delete(b.flights, each.token)
		}
		close(each.done)
	}
}

func readResult(result *authv1.BatchValidateResult) (*Principal, *Error) {
	if refusal := result.GetError(); refusal != nil {
		// Only this code says something of the token.
		if code := codes.Code(refusal.GetCode()); code != codes.Unauthenticated {
			return nil, unavailable(SourceRemote, fmt.Errorf("%s: %s", code, refusal.GetReason()))
		}
		switch reason := Reason(refusal.GetReason()); reason {
		case ReasonTokenExpired, ReasonTokenRevoked, ReasonUserInactive:
			return nil, &Error{Reason: reason, Source: SourceRemote}
		default:
			return nil, &Error{Reason: ReasonInvalidToken, Source: SourceRemote}
		}
	}
	told := result.GetPrincipal()
	if told.GetUserId() == "" || told.GetAnonymous() {
		return nil, unavailable(SourceRemote, errors.New("an answer without a principal"))
	}
	kind := KindPerson
	if told.GetKind() == authv1.UserKind_USER_KIND_SERVICE {
		kind = KindService
	}
	return &Principal{
		UserID:    told.GetUserId(),
		Username:  told.GetUsername(),
		Roles:     told.GetRoles(),
		SessionID: told.GetSessionId(),
		IssuedAt:  told.GetIssuedAt().AsTime(),
		ExpiresAt: told.GetExpiresAt().AsTime(),
		Kind:      kind,
		APIKeyID:  told.GetApiKeyId(),
		Source:    SourceRemote,
	}, nil
}
