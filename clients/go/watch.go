package postern

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"postern/authv1"
)

const (
	// There is a heartbeat every second.
	feedSilence = 3500 * time.Millisecond
	// What a full list may take until its first message.
	feedOpening = 5 * time.Second
	// After a longer time without word the feed is read from its beginning. Longer than any MaxStaleness.
	feedResumable = 90 * time.Second
	evictInterval = 30 * time.Second

	firstBackoff = 100 * time.Millisecond
	maxBackoff   = 2 * time.Second
	// Of a key that may not watch: only a person can mend it.
	refusedBackoff = 15 * time.Second
)

var errSilent = errors.New("nothing came for too long")

// feedStream is what the watch reads.
type feedStream interface {
	Recv() (*authv1.WatchRevocationsResponse, error)
}

// watch follows the feed over as many streams as that takes.
type watch struct {
	open        func(ctx context.Context, resumeToken string) (feedStream, func(), error)
	revocations *revocations
	freshness   *freshness
	clock       clock
	onRefused   func(error)

	// Of the goroutine that runs.
	resumeToken  string
	lastWordAt   int64
	isComplete   bool
	isStreamDone bool
	evictedAt    int64
	failures     int

	mu      sync.Mutex
	streams uint64
	lastErr error
}

// openFeed opens streams over the connection with the API key as bearer.
func openFeed(connection *connection, apiKey string) func(context.Context, string) (feedStream, func(), error) {
	return func(ctx context.Context, resumeToken string) (feedStream, func(), error) {
		service, over := connection.service()
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+apiKey)
		stream, err := service.WatchRevocations(ctx, &authv1.WatchRevocationsRequest{ResumeToken: resumeToken})
		return stream, func() { connection.replace(over) }, err
	}
}

func (w *watch) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := w.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		w.mu.Lock()
		w.lastErr = err
		w.mu.Unlock()
		pause(ctx, w.backoff(err))
	}
}

func (w *watch) backoff(err error) time.Duration {
	w.failures++
	longest := min(maxBackoff, firstBackoff<<min(w.failures-1, 10))
	switch status.Code(err) {
	case codes.InvalidArgument:
		// The resume token is of another service, or of one that has forgotten it.
		w.startOver()
	case codes.Unauthenticated, codes.PermissionDenied:
		w.onRefused(err)
		longest = min(refusedBackoff, firstBackoff<<min(w.failures-1, 10))
	}
	return longest/2 + rand.N(longest/2+1)
}

func (w *watch) startOver() {
	w.resumeToken, w.isComplete = "", false
	w.freshness.forget()
	w.revocations.clear(w.clock())
}

// follow reads one stream to its end.
func (w *watch) follow(parent context.Context) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	w.mu.Lock()
	w.streams++
	w.mu.Unlock()
	if w.resumeToken == "" || w.clock().mono-w.lastWordAt > int64(feedResumable) {
		w.startOver()
	}
	w.isStreamDone = false
	w.freshness.startStream()
	watchdog := time.AfterFunc(feedOpening, func() { cancel(errSilent) })
	defer watchdog.Stop()
	stream, replace, err := w.open(ctx, w.resumeToken)
	for err == nil {
		var message *authv1.WatchRevocationsResponse
		if message, err = stream.Recv(); err == nil {
			watchdog.Reset(feedSilence)
			err = w.onMessage(message)
		}
	}
	if errors.Is(context.Cause(ctx), errSilent) {
		replace()
		return errSilent
	}
	return err
}

func (w *watch) onMessage(message *authv1.WatchRevocationsResponse) error {
	now := w.clock()
	w.lastWordAt = now.mono
	switch event := message.GetEvent().(type) {
	case *authv1.WatchRevocationsResponse_Revocation:
		if err := w.onRevocation(event.Revocation, now); err != nil {
			return err
		}
	case *authv1.WatchRevocationsResponse_RoleChange:
		w.revocations.setRoles(event.RoleChange.GetUserId(), event.RoleChange.GetRoles(), now)
	case *authv1.WatchRevocationsResponse_CaughtUp:
		w.isStreamDone, w.isComplete = true, true
	case *authv1.WatchRevocationsResponse_Heartbeat:
		// Before all that was known has come it would vouch for what is still on its way.
		if freshAt := event.Heartbeat.GetFreshAt(); w.isStreamDone && freshAt.IsValid() {
			w.freshness.onHeartbeat(freshAt.AsTime().UnixNano(), now)
			w.failures = 0
		}
	}
	w.resumeToken = message.GetResumeToken()
	if now.mono-w.evictedAt > int64(evictInterval) {
		w.evictedAt = now.mono
		w.revocations.evict(now)
	}
	return nil
}

func (w *watch) onRevocation(revocation *authv1.Revocation, now instant) error {
	switch target := revocation.GetTarget().(type) {
	case *authv1.Revocation_SessionId:
		w.revocations.endSession(target.SessionId, now)
	case *authv1.Revocation_UserId:
		w.revocations.refuseUser(target.UserId, revocation.GetReason(), now)
	default:
		// What it forbids could be let through.
		w.freshness.forget()
		return fmt.Errorf("a revocation (%q) names nothing that is known here", revocation.GetReason())
	}
	return nil
}

func (w *watch) stats() (reconnects uint64, lastErr error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(w.streams, 1) - 1, w.lastErr
}
