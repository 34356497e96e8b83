package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/auth0/go-jwt-middleware/v3/jwks"
	"github.com/auth0/go-jwt-middleware/v3/validator"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/httprc/v3"
	"github.com/lestrrat-go/jwx/v3/jwk"
	jwxtoken "github.com/lestrrat-go/jwx/v3/jwt"
)

// readEvery is how often the configured verifiers read the key set: less than the minute that a key is published
// before it signs.
const readEvery = 30 * time.Second

// check refuses a token with an error, by keys that it has read before.
type check func(token string) error

// prepare reads the keys once; configured: with the setting that keeps up with a key that signs after a minute.
type prepare func(job job, configured bool) (check, error)

var caching = map[string]prepare{
	"keyfunc":           keyfuncCache,
	"jwx":               jwxCache,
	"go-jwt-middleware": middlewareCache,
}

func keyfuncCache(j job, configured bool) (check, error) {
	override := keyfunc.Override{}
	if configured {
		override.RefreshInterval = readEvery
	}
	keys, err := keyfunc.NewDefaultOverrideCtx(context.Background(), []string{j.JwksURL}, override)
	if err != nil {
		return nil, err
	}
	return func(token string) error {
		_, err := jwt.Parse(token, keys.Keyfunc, jwt.WithValidMethods([]string{j.Algorithm}))
		return err
	}, nil
}

func jwxCache(j job, configured bool) (check, error) {
	ctx := context.Background()
	cache, err := jwk.NewCache(ctx, httprc.NewClient())
	if err != nil {
		return nil, err
	}
	options := []jwk.RegisterOption{}
	if configured {
		options = append(options, jwk.WithConstantInterval(readEvery))
	}
	if err := cache.Register(ctx, j.JwksURL, options...); err != nil {
		return nil, err
	}
	keys, err := cache.CachedSet(j.JwksURL)
	if err != nil {
		return nil, err
	}
	return func(token string) error {
		_, err := jwxtoken.Parse([]byte(token), jwxtoken.WithKeySet(keys))
		return err
	}, nil
}

func middlewareCache(j job, configured bool) (check, error) {
	issuer, err := url.Parse(j.Issuer)
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(j.JwksURL)
	if err != nil {
		return nil, err
	}
	options := []any{jwks.WithIssuerURL(issuer), jwks.WithCustomJWKSURI(address)}
	if configured {
		options = append(options, jwks.WithCacheTTL(readEvery))
	}
	provider, err := jwks.NewCachingProvider(options...)
	if err != nil {
		return nil, err
	}
	verifier, err := validator.New(
		validator.WithKeyFunc(provider.KeyFunc),
		validator.WithAlgorithm(validator.SignatureAlgorithm(j.Algorithm)),
		validator.WithIssuer(j.Issuer),
		validator.WithAudience(j.Audience),
	)
	if err != nil {
		return nil, err
	}
	return func(token string) error {
		_, err := verifier.ValidateToken(context.Background(), token)
		return err
	}, nil
}

// serve reads a job and then tokens, a line each, and answers each token with a line, by keys that it keeps.
func serve(verifier string, configured bool) {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 0, 64*1024), 1024*1024)
	lines.Scan()
	var given job
	if err := json.Unmarshal(lines.Bytes(), &given); err != nil {
		panic(err)
	}
	verify, err := caching[verifier](given, configured)
	if err != nil {
		panic(err)
	}
	for lines.Scan() {
		reason := ""
		if err := verify(lines.Text()); err != nil {
			reason = err.Error()
		}
		line, _ := json.Marshal(map[string]any{"accepted": reason == "", "reason": reason})
		fmt.Println(string(line))
	}
}
