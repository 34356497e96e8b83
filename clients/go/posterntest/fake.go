// Package posterntest stands in for a Postern service in unit tests of handlers, interceptors and middleware.
package posterntest

import (
	"context"
	"sync"
	"time"

	"postern"
)

// Fake is a postern.Authenticator that knows the tokens that a test has made.
type Fake struct {
	mu      sync.Mutex
	known   map[string]*postern.Principal
	refused map[string]postern.Reason
	down    bool
	open    map[*followed]struct{}
}

type followed struct {
	token  string
	check  func(*postern.Principal) error
	cancel context.CancelCauseFunc
}

// New returns a fake that knows no token: every one is INVALID_TOKEN.
func New() *Fake {
	return &Fake{
		known:   map[string]*postern.Principal{},
		refused: map[string]postern.Reason{},
		open:    map[*followed]struct{}{},
	}
}

var _ postern.Authenticator = (*Fake)(nil)

// Accept makes a token valid. What the principal leaves out is filled in: an hour to live, a kind, and who answered.
func (f *Fake) Accept(token string, principal postern.Principal) {
	if principal.ExpiresAt.IsZero() {
		principal.ExpiresAt = time.Now().Add(time.Hour)
	}
	if principal.Kind == "" {
		principal.Kind = postern.KindPerson
	}
	if principal.Source == "" {
		principal.Source = postern.SourceLocal
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.refused, token)
	f.known[token] = &principal
	f.review()
}

// Refuse makes a token refused from now on, for example with postern.ReasonTokenRevoked; open calls end.
func (f *Fake) Refuse(token string, reason postern.Reason) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refused[token] = reason
	f.review()
}

// SetDown makes every answer UNAVAILABLE, or ends that. Open calls go on.
func (f *Fake) SetDown(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

// Validate answers as a client does.
func (f *Fake) Validate(ctx context.Context, token string) (*postern.Principal, error) {
	if err := ctx.Err(); err != nil {
		return nil, postern.NewError(postern.ReasonUnavailable)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return nil, postern.NewError(postern.ReasonUnavailable)
	}
	return f.find(token)
}

// Follow is that of a client, but at once.
func (f *Fake) Follow(
	ctx context.Context, token string, _ *postern.Principal, check func(*postern.Principal) error,
) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	call := &followed{token: token, check: check, cancel: cancel}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open[call] = struct{}{}
	return ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.open, call)
		cancel(context.Canceled)
	}
}

func (f *Fake) find(token string) (*postern.Principal, error) {
	if reason, isRefused := f.refused[token]; isRefused {
		return nil, postern.NewError(reason)
	}
	principal, isKnown := f.known[token]
	if !isKnown {
		return nil, postern.NewError(postern.ReasonInvalidToken)
	}
	if !time.Now().Before(principal.ExpiresAt) {
		return nil, postern.NewError(postern.ReasonTokenExpired)
	}
	return principal, nil
}

func (f *Fake) review() {
	for call := range f.open {
		principal, err := f.find(call.token)
		if err == nil && call.check != nil {
			err = call.check(principal)
		}
		if err != nil {
			delete(f.open, call)
			call.cancel(err)
		}
	}
}
