package postern

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"postern/authv1"
)

// Client answers who is behind a token. Open one for each process and service; it may be used by any number of
// goroutines.
type Client struct {
	options     *options
	connection  *connection
	batcher     *batcher
	keys        *keySet
	revocations *revocations
	freshness   *freshness
	watch       *watch
	local       *localAnswers
	openCalls   *openCalls
	counter     answerCounter
	isClosed    atomic.Bool
	stop        context.CancelFunc
	running     sync.WaitGroup
	warnOnce    sync.Once
}

// Dial opens a client. It answers at once: by the service until it has read the keys and the feed; WaitUntilLocal waits
// for that. ctx bounds nothing but Dial itself: the client lives until Close.
func Dial(ctx context.Context, address string, opts ...Option) (*Client, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o, err := readOptions(address, opts)
	if err != nil {
		return nil, err
	}
	connection, err := openConnection(address, o.dialOptions)
	if err != nil {
		return nil, err
	}
	c := &Client{
		options:     o,
		connection:  connection,
		keys:        newKeySet(o.keysURL, o.httpClient, o.clock),
		revocations: newRevocations(),
		freshness:   &freshness{},
	}
	c.batcher = newBatcher(c.batchValidate, o.callTimeout)
	c.watch = &watch{
		open:        openFeed(connection, o.apiKey),
		revocations: c.revocations,
		freshness:   c.freshness,
		clock:       o.clock,
		onRefused:   c.warnOfRefusal,
	}
	c.local = newLocalAnswers(o, c.keys, c.revocations, c.freshness)
	c.openCalls = newOpenCalls(c)
	c.start()
	return c, nil
}

func (c *Client) start() {
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	run := func(work func(context.Context)) {
		c.running.Add(1)
		go func() {
			defer c.running.Done()
			work(ctx)
		}()
	}
	run(c.openCalls.run)
	if c.options.mode != ModeRemote {
		run(c.keys.run)
		run(c.watch.run)
	}
}

// Validate answers who is behind an access token or an API key. Every error is an *Error, for errors.Is with the Err
// variables; ErrUnavailable says that nobody could tell. The principal must not be changed.
func (c *Client) Validate(ctx context.Context, token string) (*Principal, error) {
	if c.options.mode != ModeRemote && !c.isClosed.Load() {
		principal, refusal := c.local.recall(token)
		if principal != nil {
			c.counter.countAccepted(token)
			return principal, nil
		}
		if refusal != nil {
			c.counter.count(SourceLocal, refusal)
			return nil, refusal
		}
	}
	principal, err := c.find(ctx, token)
	if err != nil {
		refusal := asError(err)
		c.counter.count(refusal.Source, refusal)
		return nil, refusal
	}
	c.counter.count(principal.Source, nil)
	return principal, nil
}

func (c *Client) find(ctx context.Context, token string) (*Principal, error) {
	if c.isClosed.Load() {
		return nil, unavailable(SourceLocal, errClosed)
	}
	if c.local.isHopeless(token) {
		return nil, localInvalid
	}
	isAPIKey := isAPIKeyText(token)
	if c.options.mode != ModeRemote && !isAPIKey {
		principal, refusal := c.local.verify(ctx, token)
		if refusal != nil {
			return nil, refusal
		}
		if principal != nil {
			return principal, nil
		}
	}
	if c.options.mode == ModeLocal {
		return nil, unavailable(SourceLocal, nil)
	}
	askedAt := c.options.clock().mono
	principal, err := c.batcher.ask(ctx, token)
	if err != nil || c.options.mode != ModeAuto {
		return principal, err
	}
	// A replica that is cut off from its store may not have heard it. Sessions and API keys that have ended stay so.
	if c.revocations.hasEnded(principal.SessionID) {
		return nil, localRevoked
	}
	if isAPIKey {
		c.local.rememberAPIKey(token, principal, askedAt)
	}
	return principal, nil
}

func (c *Client) batchValidate(ctx context.Context, tokens []string) ([]*authv1.BatchValidateResult, error) {
	service, over := c.connection.service()
	response, err := service.BatchValidate(ctx, &authv1.BatchValidateRequest{AccessTokens: tokens})
	if status.Code(err) == codes.DeadlineExceeded {
		c.connection.replace(over)
	}
	return response.GetResults(), err
}

// WaitUntilLocal returns when tokens are answered by this process, or with the error of ctx. ModeRemote never waits.
func (c *Client) WaitUntilLocal(ctx context.Context) error {
	for c.options.mode != ModeRemote && !c.local.isUsable() {
		if c.isClosed.Load() {
			return errClosed
		}
		if pause(ctx, 20*time.Millisecond); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// Stats returns the numbers of now.
func (c *Client) Stats() Stats {
	reconnects, watchErr := c.watch.stats()
	reads, keysErr := c.keys.stats()
	return Stats{
		Answers:          c.counter.counts(),
		Local:            c.options.mode != ModeRemote && c.local.isUsable(),
		Staleness:        c.freshness.staleness(c.options.clock()),
		WatchReconnects:  reconnects,
		LastWatchError:   watchErr,
		CachedTokens:     c.local.verified.size(),
		CachedAPIKeys:    c.local.apiKeys.size(),
		KnownRevocations: c.revocations.size(),
		BatchCalls:       c.batcher.calls.Load(),
		KeySetReads:      reads,
		LastKeySetError:  keysErr,
		OpenCalls:        c.openCalls.size(),
	}
}

// Close ends what runs in the background, and calls that are followed. From then on every answer is ErrUnavailable.
func (c *Client) Close() error {
	if c.isClosed.Swap(true) {
		return nil
	}
	c.stop()
	c.openCalls.close()
	c.connection.close()
	c.keys.close()
	c.running.Wait()
	return nil
}

// A key that may not watch is a mistake of the set-up, and one that only costs time would stay unseen.
func (c *Client) warnOfRefusal(err error) {
	c.warnOnce.Do(func() {
		c.options.logger.Warn("postern: WatchRevocations is refused, so every token is asked of the service; "+
			"give an API key of a service account with the role `service`", "error", err)
	})
}
