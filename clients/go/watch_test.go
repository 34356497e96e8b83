package postern

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"postern/authv1"
)

// scriptedStream brings its messages, and ends with UNAVAILABLE.
type scriptedStream struct {
	messages []*authv1.WatchRevocationsResponse
}

func (s *scriptedStream) Recv() (*authv1.WatchRevocationsResponse, error) {
	if len(s.messages) == 0 {
		return nil, status.Error(codes.Unavailable, "it stops")
	}
	message := s.messages[0]
	s.messages = s.messages[1:]
	return message, nil
}

// scriptedWatch makes a watch whose streams catch up, beat once and end. `now` is its clock, `tokens` what it sent.
func scriptedWatch() (w *watch, now *instant, tokens *[]string) {
	start := time.Now().UnixNano()
	now, tokens = &instant{wall: start, mono: start}, &[]string{}
	w = &watch{
		revocations: newRevocations(),
		freshness:   &freshness{},
		clock:       func() instant { return *now },
		onRefused:   func(error) {},
	}
	w.open = func(_ context.Context, resumeToken string) (feedStream, func(), error) {
		*tokens = append(*tokens, resumeToken)
		beat := &authv1.Heartbeat{FreshAt: timestamppb.New(time.Unix(0, now.wall))}
		return &scriptedStream{messages: []*authv1.WatchRevocationsResponse{
			{Event: &authv1.WatchRevocationsResponse_CaughtUp{CaughtUp: &authv1.CaughtUp{}}, ResumeToken: "1"},
			{Event: &authv1.WatchRevocationsResponse_Heartbeat{Heartbeat: beat}, ResumeToken: "1"},
		}}, func() {}, nil
	}
	return w, now, tokens
}

func (n *instant) pass(passed time.Duration) {
	n.wall, n.mono = n.wall+int64(passed), n.mono+int64(passed)
}

// expectPauses has the watch fail, and compares its pauses with the longest steps: each is a half to all of its step.
func expectPauses(t *testing.T, w *watch, err error, steps ...time.Duration) {
	t.Helper()
	seen := map[time.Duration]bool{}
	for _, step := range steps {
		pause := w.backoff(err)
		seen[pause*1000/step] = true
		if pause < step/2 || pause > step {
			t.Errorf("A pause of %v where %v to %v was due", pause, step/2, step)
		}
	}
	if len(steps) > 3 && len(seen) == 1 {
		t.Error("The pauses have no jitter")
	}
}

const ms = time.Millisecond

func TestPausesGrowTo2SecondsAndAreShortAgainAfterAHeartbeat(t *testing.T) {
	w, _, _ := scriptedWatch()
	away := status.Error(codes.Unavailable, "")
	expectPauses(t, w, away, 100*ms, 200*ms, 400*ms, 800*ms, 1600*ms, 2*time.Second, 2*time.Second)
	if err := w.follow(context.Background()); status.Code(err) != codes.Unavailable {
		t.Fatal(err)
	}
	expectPauses(t, w, away, 100*ms, 200*ms)
}

func TestPausesGrowTo15SecondsWhereTheKeyIsRefusedAndThatIsReported(t *testing.T) {
	for _, code := range []codes.Code{codes.Unauthenticated, codes.PermissionDenied} {
		w, _, _ := scriptedWatch()
		var reported []error
		w.onRefused = func(err error) { reported = append(reported, err) }
		refused := status.Error(code, "")
		expectPauses(t, w, refused, 100*ms, 200*ms, 400*ms, 800*ms, 1600*ms, 3200*ms, 6400*ms, 12800*ms,
			15*time.Second, 15*time.Second)
		if len(reported) != 10 || !errors.Is(reported[0], refused) {
			t.Error(code, "was reported as", reported)
		}
		expectPauses(t, w, status.Error(codes.Unavailable, ""), 2*time.Second)
		expectPauses(t, w, refused, 15*time.Second)
	}
}

func TestTheFeedIsReadFromItsBeginningAfter90SecondsWithoutWord(t *testing.T) {
	w, now, tokens := scriptedWatch()
	for _, silence := range []time.Duration{0, 90 * time.Second, 90*time.Second + 1} {
		now.pass(silence)
		_ = w.follow(context.Background())
	}
	if want := []string{"", "1", ""}; !slices.Equal(*tokens, want) {
		t.Errorf("%q was sent instead of %q", *tokens, want)
	}
}

func TestAResumeTokenThatIsRefusedIsNotSentAgainAndNothingIsTrustedUntilAllIsRead(t *testing.T) {
	w, now, tokens := scriptedWatch()
	_ = w.follow(context.Background())
	w.revocations.endSession("a session", *now)
	w.backoff(status.Error(codes.Unavailable, ""))
	if !w.freshness.isWithin(time.Second, *now) || w.revocations.size() != 1 {
		t.Error("What was heard counts no more, though the feed is only away")
	}
	w.backoff(status.Error(codes.InvalidArgument, ""))
	if w.freshness.isWithin(time.Hour, *now) || w.revocations.size() != 0 {
		t.Error("What was heard counts, though the service knows nothing of it")
	}
	_ = w.follow(context.Background())
	if want := []string{"", ""}; !slices.Equal(*tokens, want) {
		t.Errorf("%q was sent instead of %q", *tokens, want)
	}
}
