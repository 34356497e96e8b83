package postern

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const (
	reviewInterval = 200 * time.Millisecond
	// How often the service is asked about an open call that the feed cannot answer for.
	askInterval = 600 * time.Millisecond
)

var errNobodyTold = errors.New("nobody can tell whether the token still holds")

// openCall is followed until its token is refused.
type openCall struct {
	token  string
	claims *Principal
	// check says whether the roles of now still suffice.
	check  func(*Principal) error
	cancel context.CancelCauseFunc
	// latest is what was last found of an API key: what was told of its owner before may be evicted by now.
	latest   atomic.Pointer[Principal]
	isAsking atomic.Bool
	askedAt  int64
	// When it was known for the last time that the token is good.
	knownAt atomic.Int64
}

// openCalls are all that are followed; they are reviewed together.
type openCalls struct {
	client *Client

	mu       sync.Mutex
	calls    map[*openCall]struct{}
	isClosed bool
}

func newOpenCalls(client *Client) *openCalls {
	return &openCalls{client: client, calls: map[*openCall]struct{}{}}
}

// Follow returns a context that is cancelled within a second when the token is revoked or expires, or when check (which
// may be nil) refuses the principal with the roles of then; also, as ErrUnavailable, when nobody could tell for longer
// than the option MaxStaleness allows, and when the client is closed. context.Cause tells the *Error. stop must be
// called. The interceptors and the middleware do this for every call; it is for connections that outlive their handler.
func (c *Client) Follow(
	ctx context.Context, token string, principal *Principal, check func(*Principal) error,
) (followed context.Context, stop func()) {
	followed, cancel := context.WithCancelCause(ctx)
	now := c.options.clock().mono
	call := &openCall{token: token, claims: principal, check: check, cancel: cancel, askedAt: now}
	call.knownAt.Store(now)
	call.latest.Store(principal)
	c.openCalls.add(call)
	return followed, func() {
		c.openCalls.remove(call)
		cancel(context.Canceled)
	}
}

func (o *openCalls) add(call *openCall) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.isClosed {
		call.cancel(unavailable(SourceLocal, errClosed))
		return
	}
	o.calls[call] = struct{}{}
}

// close ends all of them, and those that would come later.
func (o *openCalls) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.isClosed = true
	for call := range o.calls {
		call.cancel(unavailable(SourceLocal, errClosed))
	}
	clear(o.calls)
}

func (o *openCalls) remove(call *openCall) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.calls, call)
}

func (o *openCalls) size() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.calls)
}

func (o *openCalls) run(ctx context.Context) {
	ticker := time.NewTicker(reviewInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			o.review(ctx)
		}
	}
}

func (o *openCalls) review(ctx context.Context) {
	o.mu.Lock()
	calls := make([]*openCall, 0, len(o.calls))
	for call := range o.calls {
		calls = append(calls, call)
	}
	o.mu.Unlock()
	now := o.client.options.clock()
	clears := o.client.revocations.clears.Load()
	isFresh := o.client.options.mode != ModeRemote && o.client.local.isFresh(now)
	for _, call := range calls {
		// Since a feed that begins anew has told nothing yet, it is stale for those that are left.
		o.reviewOne(ctx, call, now, isFresh && o.client.revocations.clears.Load() == clears, clears)
	}
}

func (o *openCalls) reviewOne(ctx context.Context, call *openCall, now instant, isFresh bool, clears uint64) {
	if now.wall >= call.claims.ExpiresAt.UnixNano() {
		o.end(call, localExpired)
		return
	}
	if isFresh && o.isCovered(call) {
		principal, refusal, _ := o.client.revocations.judgeSince(call.claims, call.latest.Load())
		if o.client.revocations.clears.Load() != clears {
			return
		}
		if isAPIKeyText(call.token) && refusal == nil {
			call.latest.Store(principal)
		}
		call.knownAt.Store(now.mono)
		o.decide(call, principal, refusal)
		return
	}
	if now.mono-call.knownAt.Load() > int64(o.client.options.maxStaleness+askInterval) {
		o.end(call, unavailable(SourceLocal, errNobodyTold))
		return
	}
	if o.client.options.mode == ModeLocal || now.mono-call.askedAt < int64(askInterval) || call.isAsking.Swap(true) {
		return
	}
	call.askedAt = now.mono
	go func() {
		defer call.isAsking.Store(false)
		principal, err := o.client.batcher.ask(ctx, call.token)
		if err == nil && o.client.revocations.hasEnded(principal.SessionID) {
			err = localRevoked
		}
		if err == nil {
			call.knownAt.Store(o.client.options.clock().mono)
			if isAPIKeyText(call.token) {
				call.latest.Store(principal)
			}
			o.decide(call, principal, nil)
		} else if refusal := asError(err); refusal.Reason != ReasonUnavailable {
			// UNAVAILABLE says nothing about the token, so what was allowed goes on for as long as an answer is good.
			o.decide(call, nil, refusal)
		}
	}()
}

// isCovered reports whether all that can matter to an open call is still here. An API key is older than that, but what
// was told before the last answer is in that answer, which may have been a remembered one.
func (o *openCalls) isCovered(call *openCall) bool {
	if !isAPIKeyText(call.token) {
		return o.client.revocations.covers(call.claims)
	}
	oldest := apiKeyAgeNanos + keySlackNanos + int64(maxFlightAge+o.client.options.callTimeout)
	return o.client.revocations.hasAllSince(call.knownAt.Load() - oldest)
}

func (o *openCalls) decide(call *openCall, principal *Principal, refusal *Error) {
	switch {
	case refusal != nil:
		o.end(call, refusal)
	case call.check != nil:
		if err := call.check(principal); err != nil {
			o.end(call, err)
		}
	}
}

func (o *openCalls) end(call *openCall, cause error) {
	o.remove(call)
	call.cancel(cause)
}
