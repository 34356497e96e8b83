package postern

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
)

// blockedTransport answers no request before it is cancelled.
type blockedTransport struct {
	begun chan struct{}
	count atomic.Int64
	ended atomic.Int64
}

func (b *blockedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	if b.count.Add(1) == 1 {
		close(b.begun)
	}
	<-request.Context().Done()
	b.ended.Add(1)
	return nil, request.Context().Err()
}

func TestCloseEndsAReadingOfTheKeysAndThereIsNoneAfterIt(t *testing.T) {
	transport := &blockedTransport{begun: make(chan struct{})}
	client, err := Dial(context.Background(), "127.0.0.1:1",
		WithAPIKey("key"), WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		t.Fatal(err)
	}
	<-transport.begun
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if transport.ended.Load() != 1 {
		t.Error("The keys are still being read")
	}
	if _, lastErr := client.keys.stats(); !errors.Is(lastErr, context.Canceled) {
		t.Error("The reading was not cancelled:", lastErr)
	}
	client.keys.hasTried = false
	client.keys.refresh(context.Background())
	if reads, _ := client.keys.stats(); reads != 1 {
		t.Error("The keys are read after Close")
	}
}
