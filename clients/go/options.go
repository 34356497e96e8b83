package postern

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// Mode says who answers.
type Mode string

const (
	// ModeAuto answers here where that is certain, and else by the service.
	ModeAuto Mode = "auto"
	// ModeLocal never asks the service: UNAVAILABLE where this process cannot tell.
	ModeLocal Mode = "local"
	// ModeRemote always asks the service.
	ModeRemote Mode = "remote"
)

const (
	minStaleness = 100 * time.Millisecond
	maxStaleness = time.Minute
)

// Option changes what Dial opens.
type Option func(*options)

type options struct {
	apiKey       string
	keysURL      string
	mode         Mode
	issuer       string
	audience     string
	tokenTypes   map[string]bool
	maxStaleness time.Duration
	maxCached    int
	callTimeout  time.Duration
	httpClient   *http.Client
	logger       *slog.Logger
	dialOptions  []grpc.DialOption
	clock        clock
}

// WithAPIKey gives an API key of a service account with the role `service`; it opens the feed. Only ModeRemote goes
// without.
func WithAPIKey(key string) Option { return func(o *options) { o.apiKey = key } }

// WithKeysURL says where the published keys are. Default: port 8080 of the host of the address,
// `/.well-known/jwks.json`.
func WithKeysURL(url string) Option { return func(o *options) { o.keysURL = url } }

// WithMode: the default is ModeAuto.
func WithMode(mode Mode) Option { return func(o *options) { o.mode = mode } }

// WithIssuer gives JWT_ISSUER of the service; default `postern`.
func WithIssuer(issuer string) Option { return func(o *options) { o.issuer = issuer } }

// WithAudience gives JWT_AUDIENCE of the service; default `postern`.
func WithAudience(audience string) Option { return func(o *options) { o.audience = audience } }

// WithPlainJWTType accepts the `typ` JWT beside `at+jwt`: for a service with JWT_TYP=JWT.
func WithPlainJWTType() Option { return func(o *options) { o.tokenTypes["jwt"] = true } }

// WithMaxStaleness bounds how old the news of revocations may be for an answer of this process: 100 ms to a minute,
// default 2.5 s.
func WithMaxStaleness(limit time.Duration) Option { return func(o *options) { o.maxStaleness = limit } }

// WithMaxCachedTokens bounds how many verified tokens are kept, some 2 KB each; default 40,000. What is used round
// robin stays while it is at most a half of that.
func WithMaxCachedTokens(count int) Option { return func(o *options) { o.maxCached = count } }

// WithCallTimeout bounds a question to the service; default 2 s. The deadline of the caller holds beside it.
func WithCallTimeout(timeout time.Duration) Option {
	return func(o *options) { o.callTimeout = timeout }
}

// WithTLS encrypts the connection to the service. Without it, and without WithDialOptions, it is plaintext.
func WithTLS(config *tls.Config) Option {
	return WithDialOptions(grpc.WithTransportCredentials(credentials.NewTLS(config)))
}

// WithDialOptions adds options of gRPC, for example other credentials or a resolver.
func WithDialOptions(dialOptions ...grpc.DialOption) Option {
	return func(o *options) { o.dialOptions = append(o.dialOptions, dialOptions...) }
}

// WithHTTPClient reads the published keys with this client.
func WithHTTPClient(client *http.Client) Option { return func(o *options) { o.httpClient = client } }

// WithLogger takes the one warning that there is: a key that may not watch. Default: slog.Default().
func WithLogger(logger *slog.Logger) Option { return func(o *options) { o.logger = logger } }

func withClock(clock clock) Option { return func(o *options) { o.clock = clock } }

func readOptions(address string, given []Option) (*options, error) {
	o := &options{
		mode:         ModeAuto,
		issuer:       "postern",
		audience:     "postern",
		tokenTypes:   map[string]bool{"at+jwt": true, "application/at+jwt": true},
		maxStaleness: 2500 * time.Millisecond,
		maxCached:    40_000,
		callTimeout:  2 * time.Second,
		logger:       slog.Default(),
		dialOptions:  []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())},
		clock:        systemClock(),
	}
	for _, each := range given {
		each(o)
	}
	var faults []error
	check := func(holds bool, format string, args ...any) {
		if !holds {
			faults = append(faults, fmt.Errorf("postern: "+format, args...))
		}
	}
	check(o.mode == ModeAuto || o.mode == ModeLocal || o.mode == ModeRemote, "there is no mode %q", o.mode)
	check(o.maxStaleness >= minStaleness && o.maxStaleness <= maxStaleness,
		"WithMaxStaleness takes %v to %v, not %v", minStaleness, maxStaleness, o.maxStaleness)
	check(o.maxCached >= 1, "WithMaxCachedTokens takes 1 or more, not %d", o.maxCached)
	check(o.callTimeout > 0, "WithCallTimeout takes more than 0, not %v", o.callTimeout)
	if o.mode != ModeRemote {
		check(o.apiKey != "", "WithAPIKey is needed: a key of a service account with the role `service`; or ModeRemote")
		o.keysURL = keysURL(o.keysURL, address)
		parsed, err := url.Parse(o.keysURL)
		check(err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Host != "",
			"WithKeysURL takes an http or https URL; give one, since it cannot be found from %q", address)
	}
	if o.httpClient == nil {
		o.httpClient = &http.Client{
			CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("the key set was redirected") },
		}
	}
	return o, errors.Join(faults...)
}

// keysURL finds the HTTP port of the same host where none is given.
func keysURL(given, address string) string {
	if given != "" {
		return given
	}
	host, _, err := net.SplitHostPort(strings.TrimPrefix(address, "dns:///"))
	if err != nil || host == "" || strings.Contains(host, "/") {
		return ""
	}
	return "http://" + net.JoinHostPort(host, "8080") + "/.well-known/jwks.json"
}
