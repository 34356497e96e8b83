package postern

import "context"

type contextKey struct{}

// FromContext returns who calls; nil where a rule is public, or optional and nobody is known.
func FromContext(ctx context.Context) *Principal {
	known, _ := ctx.Value(contextKey{}).(identity)
	return known.principal
}

// AnonymousReason returns why nobody is known where a rule is optional; "" otherwise.
func AnonymousReason(ctx context.Context) Reason {
	known, _ := ctx.Value(contextKey{}).(identity)
	if known.anonymous == nil {
		return ""
	}
	return known.anonymous.Reason
}

// NewContext returns a context that FromContext finds the principal in: for tests of handlers.
func NewContext(ctx context.Context, principal *Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, identity{principal: principal})
}

func withIdentity(ctx context.Context, known identity) context.Context {
	return context.WithValue(ctx, contextKey{}, known)
}
