package postern

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	"postern/authv1"
)

// The tests run in bubbles of testing/synctest: its clock stands still until every goroutine waits, so that nothing
// depends on how fast this machine is.

// service answers each batch after a while, and keeps what it was asked.
type service struct {
	takes time.Duration

	mu      sync.Mutex
	batches [][]string
}

func (s *service) batchValidate(_ context.Context, tokens []string) ([]*authv1.BatchValidateResult, error) {
	s.mu.Lock()
	s.batches = append(s.batches, tokens)
	s.mu.Unlock()
	time.Sleep(s.takes)
	results := make([]*authv1.BatchValidateResult, len(tokens))
	for at, token := range tokens {
		principal := &authv1.Principal{UserId: token}
		results[at] = &authv1.BatchValidateResult{Outcome: &authv1.BatchValidateResult_Principal{Principal: principal}}
	}
	return results, nil
}

func (s *service) sizes() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	sizes := make([]int, len(s.batches))
	for at, batch := range s.batches {
		sizes[at] = len(batch)
	}
	return sizes
}

// ask has a goroutine ask about a token after all that is due at this time, and returns when it waits for the answer.
func ask(t *testing.T, b *batcher, token string) {
	t.Helper()
	synctest.Wait()
	go func() {
		principal, err := b.ask(context.Background(), token)
		if err != nil || principal.UserID != token {
			t.Errorf("%s: %v, %v", token, principal, err)
		}
	}()
	synctest.Wait()
}

func expectSizes(t *testing.T, s *service, want ...int) {
	t.Helper()
	synctest.Wait()
	if sizes := s.sizes(); !slices.Equal(sizes, want) {
		t.Errorf("Batches of %v tokens, not of %v", sizes, want)
	}
}

func TestBatcherAsksOnceForAllWhoComeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{}
		b := newBatcher(s.batchValidate, time.Second)
		var callers sync.WaitGroup
		begin := make(chan struct{})
		for at := range 64 {
			callers.Go(func() {
				<-begin
				token := fmt.Sprint(at % 32)
				principal, err := b.ask(context.Background(), token)
				if err != nil || principal.UserID != token {
					t.Errorf("%s: %v, %v", token, principal, err)
				}
			})
		}
		synctest.Wait()
		close(begin)
		callers.Wait()
		expectSizes(t, s, 32)
	})
}

func TestBatcherAsksTwiceForACrowdThatComesDuringACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: 4 * time.Millisecond}
		b := newBatcher(s.batchValidate, time.Second)
		// The first leaves alone after a millisecond; 63 more come in the 3.15 ms that follow.
		for at := range 64 {
			ask(t, b, fmt.Sprint(at))
			if at == 0 {
				time.Sleep(batchDelay)
			} else {
				time.Sleep(50 * time.Microsecond)
			}
		}
		time.Sleep(time.Second)
		expectSizes(t, s, 1, 63)
	})
}

func TestBatcherDoesNotWaitForACallThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: time.Second}
		b := newBatcher(s.batchValidate, time.Minute)
		ask(t, b, "hangs")
		time.Sleep(batchDelay)
		ask(t, b, "waits")
		time.Sleep(maxGathering - time.Microsecond)
		expectSizes(t, s, 1)
		time.Sleep(time.Microsecond)
		expectSizes(t, s, 1, 1)
		time.Sleep(time.Minute)
	})
}

func TestBatcherGathersAMillisecondForWhoComesAtTheEndOfACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: 2 * time.Millisecond}
		b := newBatcher(s.batchValidate, time.Second)
		ask(t, b, "first")
		time.Sleep(batchDelay + s.takes - time.Microsecond)
		ask(t, b, "second")
		time.Sleep(batchDelay / 2)
		ask(t, b, "third")
		time.Sleep(time.Second)
		expectSizes(t, s, 1, 2)
	})
}

func TestBatcherSendsAtMost100TokensAnd100KiBInACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: time.Millisecond}
		b := newBatcher(s.batchValidate, time.Second)
		for at := range 250 {
			ask(t, b, fmt.Sprint(at))
		}
		time.Sleep(time.Second)
		expectSizes(t, s, 100, 100, 50)
		s.batches = nil
		for at := range 60 {
			ask(t, b, fmt.Sprintf("%04d%s", at, strings.Repeat("x", 4_092)))
		}
		time.Sleep(time.Second)
		expectSizes(t, s, 25, 25, 10)
	})
}

func TestBatcherAsksAnewAboutATokenWhoseCallHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: time.Second}
		b := newBatcher(s.batchValidate, time.Minute)
		ask(t, b, "token")
		time.Sleep(maxFlightAge - time.Millisecond)
		ask(t, b, "token")
		expectSizes(t, s, 1)
		// Revoked meanwhile, it would be accepted by an answer of before.
		time.Sleep(time.Millisecond)
		ask(t, b, "token")
		time.Sleep(time.Minute)
		expectSizes(t, s, 1, 1)
	})
}

func TestBatcherRefusesATokenAtOnceWhile10000AreAskedAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: time.Second}
		b := newBatcher(s.batchValidate, time.Minute)
		for at := range maxAskedTokens {
			ask(t, b, fmt.Sprint(at))
		}
		_, err := b.ask(context.Background(), "one more")
		var refusal *Error
		if !errors.As(err, &refusal) || refusal.Reason != ReasonUnavailable || refusal.Source != SourceRemote {
			t.Errorf("%v", err)
		}
		// Who asks about a token that is on its way is one of the many, and not one more.
		ask(t, b, fmt.Sprint(maxAskedTokens-1))
		time.Sleep(time.Minute)
		ask(t, b, "one more")
		time.Sleep(time.Minute)
	})
}

func TestResultsWithAnotherCodeThanUnauthenticatedSayNothingOfATokenAndAnUnknownReasonRefusesIt(t *testing.T) {
	for _, each := range []struct {
		code   codes.Code
		reason string
		want   Reason
	}{
		{codes.Unauthenticated, "TOKEN_REVOKED", ReasonTokenRevoked},
		{codes.Unauthenticated, "EMAIL_UNVERIFIED", ReasonInvalidToken},
		{codes.Unauthenticated, "", ReasonInvalidToken},
		{codes.Unavailable, "STORE_UNAVAILABLE", ReasonUnavailable},
		{codes.OK, "TOKEN_REVOKED", ReasonUnavailable},
	} {
		refusal := &authv1.BatchValidateError{Code: int32(each.code), Reason: each.reason}
		principal, err := readResult(&authv1.BatchValidateResult{Outcome: &authv1.BatchValidateResult_Error{Error: refusal}})
		if principal != nil || err == nil || err.Reason != each.want {
			t.Errorf("%s %q: %v, %v", each.code, each.reason, principal, err)
		}
	}
}
