package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"postern/authv1"
)

// bench measures one way of answering who is behind a token, in a loop of n calls.
func (d *driver) bench(asked request) (answer, error) {
	tokens := asked.Tokens
	if len(tokens) == 0 {
		tokens = []string{asked.Token}
	}
	validate, closeWay, err := d.way(asked.Way)
	if err != nil {
		return nil, err
	}
	defer closeWay()
	for _, token := range tokens {
		if err := validate(token); err != nil {
			return nil, err
		}
	}
	cpu, start := cpuTime(), time.Now()
	err = loop(asked.N, max(1, asked.Concurrency), tokens, validate)
	elapsed, used := time.Since(start), cpuTime()-cpu
	if err != nil {
		return nil, err
	}
	perCall := func(duration time.Duration) float64 { return float64(duration) / float64(asked.N) }
	return answer{"ok": true, "ns_per_validate": perCall(elapsed), "cpu_ns_per_validate": perCall(used)}, nil
}

func loop(n, concurrency int, tokens []string, validate func(string) error) error {
	if concurrency == 1 {
		for at := range n {
			if err := validate(tokens[at%len(tokens)]); err != nil {
				return err
			}
		}
		return nil
	}
	var next atomic.Int64
	var failure atomic.Pointer[error]
	var workers sync.WaitGroup
	for range concurrency {
		workers.Go(func() {
			for at := next.Add(1); at <= int64(n) && failure.Load() == nil; at = next.Add(1) {
				if err := validate(tokens[int(at)%len(tokens)]); err != nil {
					failure.Store(&err)
				}
			}
		})
	}
	workers.Wait()
	if err := failure.Load(); err != nil {
		return *err
	}
	return nil
}

// way returns a function that answers one token, and what ends it.
func (d *driver) way(name string) (func(string) error, func(), error) {
	ctx := context.Background()
	switch name {
	case "", "client":
		return func(token string) error {
			_, err := d.client.Validate(ctx, token)
			return err
		}, func() {}, nil
	case "remote":
		connection, err := grpc.NewClient(d.opened.Address, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return nil, nil, err
		}
		service := authv1.NewAuthServiceClient(connection)
		return func(token string) error {
			_, err := service.Validate(ctx, &authv1.ValidateRequest{AccessToken: token})
			return err
		}, func() { connection.Close() }, nil
	case "library":
		return d.jwtLibrary(ctx)
	default:
		return nil, nil, fmt.Errorf("there is no way %q", name)
	}
}

// jwtLibrary is what a careful engineer writes by hand: golang-jwt with keyfunc, which verifies at each call.
func (d *driver) jwtLibrary(ctx context.Context) (func(string) error, func(), error) {
	ctx, cancel := context.WithCancel(ctx)
	keys, err := keyfunc.NewDefaultCtx(ctx, []string{d.opened.KeysURL})
	if err != nil {
		cancel()
		return nil, nil, err
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"ES256", "RS256"}),
		jwt.WithIssuer("postern"), jwt.WithAudience("postern"), jwt.WithExpirationRequired(),
	)
	return func(token string) error {
		parsed, err := parser.Parse(token, keys.Keyfunc)
		if err == nil && parsed.Header["typ"] != "at+jwt" {
			err = errors.New("no access token")
		}
		return err
	}, cancel, nil
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
