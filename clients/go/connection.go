package postern

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/keepalive"

	"postern/authv1"
)

const (
	// What is under way on a connection that was replaced may end.
	replacedLinger     = 3 * time.Second
	minReplaceInterval = time.Second
	// The service answers a test list in one message; an answer to 100 tokens is far smaller.
	maxReceiveBytes = 4 << 20
)

// connection is to the service. A connection that has gone silent looks open to gRPC for minutes; it can be replaced.
type connection struct {
	dial       func() (*grpc.ClientConn, error)
	mu         sync.RWMutex
	current    *grpc.ClientConn
	replacedAt time.Time
	isClosed   bool
}

func openConnection(address string, options []grpc.DialOption) (*connection, error) {
	all := append([]grpc.DialOption{
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{
				BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second,
			},
			MinConnectTimeout: 2 * time.Second,
		}),
		// Beside the heartbeats of the feed, for connections without one (remote mode).
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 5 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxReceiveBytes)),
		grpc.WithIdleTimeout(0),
	}, options...)
	c := &connection{dial: func() (*grpc.ClientConn, error) { return grpc.NewClient(address, all...) }}
	current, err := c.dial()
	if err != nil {
		return nil, err
	}
	c.current = current
	return c, nil
}

// service returns the stub, and what it goes over for replace.
func (c *connection) service() (authv1.AuthServiceClient, *grpc.ClientConn) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return authv1.NewAuthServiceClient(c.current), c.current
}

// replace opens another connection, unless that has been done since `silent` was handed out.
func (c *connection) replace(silent *grpc.ClientConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isClosed || c.current != silent || time.Since(c.replacedAt) < minReplaceInterval {
		return
	}
	fresh, err := c.dial()
	if err != nil {
		return
	}
	c.current, c.replacedAt = fresh, time.Now()
	time.AfterFunc(replacedLinger, func() { silent.Close() })
}

func (c *connection) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isClosed = true
	c.current.Close()
}

type batchCall func(ctx context.Context, tokens []string) ([]*authv1.BatchValidateResult, error)
