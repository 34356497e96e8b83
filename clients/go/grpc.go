package postern

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// What probes and tools call without a token; a rule of the service may say otherwise.
var publicMethods = []Rule{
	Public("/grpc.health.v1.Health/*"),
	Public("/grpc.reflection.v1.ServerReflection/*"),
	Public("/grpc.reflection.v1alpha.ServerReflection/*"),
}

func grpcRules(rules []Rule) *ruleSet {
	return newRuleSet(append(append([]Rule{}, rules...), publicMethods...))
}

// UnaryServerInterceptor lets calls through by the rules; every method that none matches wants a valid token. Refusals
// are UNAUTHENTICATED, PERMISSION_DENIED or UNAVAILABLE, as the service gives them.
func UnaryServerInterceptor(client Authenticator, rules ...Rule) grpc.UnaryServerInterceptor {
	set := grpcRules(rules)
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		known, err := decide(ctx, client, set.find(info.FullMethod, ""), incomingBearer(ctx))
		if err != nil {
			return nil, err
		}
		return handler(withIdentity(ctx, known), request)
	}
}

// StreamServerInterceptor does the same for streams, and ends an open one within a second when its token is revoked or
// expires, or its roles no longer suffice. The context of the handler is cancelled then; the caller is answered at
// once, whether the handler returns or not.
func StreamServerInterceptor(client Authenticator, rules ...Rule) grpc.StreamServerInterceptor {
	set := grpcRules(rules)
	return func(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		ctx := stream.Context()
		rule := set.find(info.FullMethod, "")
		known, err := decide(ctx, client, rule, incomingBearer(ctx))
		if err != nil {
			return err
		}
		ctx = withIdentity(ctx, known)
		if known.principal == nil {
			return handler(server, &identifiedStream{ServerStream: stream, ctx: ctx})
		}
		ctx, stop := client.Follow(ctx, known.token, known.principal, rule.check)
		defer stop()
		return runUntilRefused(ctx, func() error {
			return handler(server, &identifiedStream{ServerStream: stream, ctx: ctx})
		})
	}
}

// runUntilRefused returns when the handler does, or when the context is cancelled with a refusal: a handler that waits
// in Recv does not see its context. A panic of the handler goes on in the goroutine that serves the stream.
func runUntilRefused(ctx context.Context, handle func() error) error {
	type outcome struct {
		err      error
		panicked any
		returned bool
	}
	done := make(chan outcome, 1)
	go func() {
		var result outcome
		defer func() {
			if !result.returned {
				result.panicked = recover()
			}
			done <- result
		}()
		result.err = handle()
		result.returned = true
	}()
	finish := func(result outcome) error {
		if !result.returned && result.panicked != nil {
			panic(result.panicked)
		}
		if refusal, ok := context.Cause(ctx).(*Error); ok {
			return refusal
		}
		return result.err
	}
	select {
	case result := <-done:
		return finish(result)
	case <-ctx.Done():
		if refusal, ok := context.Cause(ctx).(*Error); ok {
			return refusal
		}
		// The caller is gone: the handler is given the time that it takes, as without this interceptor.
		return finish(<-done)
	}
}

type identifiedStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s *identifiedStream) Context() context.Context { return s.ctx }

// SendMsg sends nothing after a refusal.
func (s *identifiedStream) SendMsg(message any) error {
	if refusal, ok := context.Cause(s.ctx).(*Error); ok {
		return refusal
	}
	return s.ServerStream.SendMsg(message)
}

func incomingBearer(ctx context.Context) string {
	values := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(values) == 0 {
		return ""
	}
	return readBearer(values[0])
}
