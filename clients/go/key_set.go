package postern

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// A new key is published at least half a minute before it signs, so what was read now has all that count.
	minKeyInterval = 5 * time.Second
	maxKeyInterval = time.Minute
	// How long the last key set is used when no other can be read.
	maxKeyAge    = 15 * time.Minute
	keyTimeout   = 5 * time.Second
	maxKeyBytes  = 256 << 10
	maxKeys      = 100
	minRSABits   = 2048
	maxRSABits   = 8192
	algorithmES  = "ES256"
	algorithmRS  = "RS256"
	algorithmHS  = "HS256"
	coordinateES = 32
)

// verificationKey is a published key, and the only algorithm that it verifies.
type verificationKey struct {
	kid       string
	algorithm string
	public    crypto.PublicKey
	// Becomes true when a later key set does not have it.
	isGone atomic.Bool
	// What it was made from: a key that is published again unchanged stays the same one.
	source jwk
}

type jwk struct {
	Kty string `json:"kty"`
	Kid string `json:"kid"`
	Alg string `json:"alg"`
	Use string `json:"use"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
	N   string `json:"n"`
	E   string `json:"e"`
}

// keySet is read at the start, once a minute, and when a token names a key that is not among them, but at most once in
// 5 s. What cannot be read leaves the keys as they are, for a quarter of an hour.
type keySet struct {
	load  func(context.Context) ([]byte, error)
	clock clock
	keys  atomic.Pointer[map[string]*verificationKey]
	// When the last one that was read had been asked for.
	readAt atomic.Int64
	hasAny atomic.Bool

	mu       sync.Mutex
	triedAt  int64
	hasTried bool
	reading  chan struct{}
	reads    uint64
	lastErr  error
	isClosed bool
	// Ends the reading that is under way.
	cancel context.CancelFunc
}

func newKeySet(url string, client *http.Client, clock clock) *keySet {
	set := &keySet{clock: clock, load: func(ctx context.Context) ([]byte, error) { return readBounded(ctx, client, url) }}
	set.keys.Store(&map[string]*verificationKey{})
	return set
}

// run reads the keys now and from time to time.
func (s *keySet) run(ctx context.Context) {
	for ctx.Err() == nil {
		s.refresh(ctx)
		interval := minKeyInterval
		if s.isUsable() {
			interval = maxKeyInterval
		}
		// With jitter: a fleet that was started at once does not read at once for ever.
		pause(ctx, time.Duration(float64(interval)*(0.9+0.2*rand.Float64())))
	}
}

func (s *keySet) find(kid string) *verificationKey {
	return (*s.keys.Load())[kid]
}

func (s *keySet) isUsable() bool {
	return s.hasAny.Load() && s.clock().mono-s.readAt.Load() < int64(maxKeyAge)
}

// isCurrent reports whether what is known is so new that a key which is not among them does not exist.
func (s *keySet) isCurrent() bool {
	return s.isUsable() && s.clock().mono-s.readAt.Load() < int64(minKeyInterval)
}

// refresh reads the keys unless that was tried less than 5 s ago. Whoever comes while they are being read waits.
func (s *keySet) refresh(ctx context.Context) {
	s.mu.Lock()
	now := s.clock().mono
	reading := s.reading
	if reading == nil && !s.isClosed && (!s.hasTried || now-s.triedAt >= int64(minKeyInterval)) {
		reading = make(chan struct{})
		s.reading, s.triedAt, s.hasTried = reading, now, true
		s.reads++
		// Whoever waits may leave; the others still want the answer.
		work, cancel := context.WithTimeout(context.WithoutCancel(ctx), keyTimeout)
		s.cancel = cancel
		go func() {
			defer cancel()
			s.read(work, now, reading)
		}()
	}
	s.mu.Unlock()
	if reading == nil {
		return
	}
	select {
	case <-reading:
	case <-ctx.Done():
	}
}

// close ends a reading that is under way and waits for its end; there are none from then on.
func (s *keySet) close() {
	s.mu.Lock()
	s.isClosed = true
	reading := s.reading
	if reading != nil {
		s.cancel()
	}
	s.mu.Unlock()
	if reading != nil {
		<-reading
	}
}

func (s *keySet) read(ctx context.Context, startedAt int64, done chan struct{}) {
	body, err := s.load(ctx)
	var keys map[string]*verificationKey
	if err == nil {
		keys, err = parseKeySet(body)
	}
	if err == nil {
		s.replace(keys)
		s.readAt.Store(startedAt)
		s.hasAny.Store(len(keys) > 0)
	}
	s.mu.Lock()
	s.reading, s.lastErr = nil, err
	s.mu.Unlock()
	close(done)
}

func (s *keySet) replace(fresh map[string]*verificationKey) {
	for kid, old := range *s.keys.Load() {
		if now := fresh[kid]; now != nil && now.source == old.source {
			fresh[kid] = old
		} else {
			old.isGone.Store(true)
		}
	}
	s.keys.Store(&fresh)
}

func (s *keySet) stats() (reads uint64, lastErr error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads, s.lastErr
}

func readBounded(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the key set was answered with HTTP %d", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxKeyBytes+1))
	if err == nil && len(body) > maxKeyBytes {
		err = fmt.Errorf("the key set is longer than %d bytes", maxKeyBytes)
	}
	return body, err
}

// parseKeySet returns the keys of a key set (RFC 7517 section 5) that access tokens may be signed with; others are left
// out, and one that is broken is no reason to refuse the tokens of the others.
func parseKeySet(body []byte) (map[string]*verificationKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("the key set is no JSON: %w", err)
	}
	if set.Keys == nil {
		return nil, errors.New("the key set has no list of keys")
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("the key set has more than %d keys", maxKeys)
	}
	keys := make(map[string]*verificationKey, len(set.Keys))
	for _, raw := range set.Keys {
		var source jwk
		if json.Unmarshal(raw, &source) != nil || source.Kid == "" || (source.Use != "" && source.Use != "sig") {
			continue
		}
		if key := readKey(source); key != nil {
			keys[key.kid] = key
		}
	}
	return keys, nil
}

func readKey(source jwk) *verificationKey {
	switch {
	case source.Kty == "EC" && source.Crv == "P-256" && (source.Alg == "" || source.Alg == algorithmES):
		if public := readECKey(source); public != nil {
			return &verificationKey{kid: source.Kid, algorithm: algorithmES, public: public, source: source}
		}
	case source.Kty == "RSA" && source.Alg == algorithmRS:
		if public := readRSAKey(source); public != nil {
			return &verificationKey{kid: source.Kid, algorithm: algorithmRS, public: public, source: source}
		}
	}
	return nil
}

func readECKey(source jwk) *ecdsa.PublicKey {
	x, errX := base64.RawURLEncoding.DecodeString(source.X)
	y, errY := base64.RawURLEncoding.DecodeString(source.Y)
	if errX != nil || errY != nil || len(x) != coordinateES || len(y) != coordinateES {
		return nil
	}
	// Refuses what is no point of the curve.
	if _, err := ecdh.P256().NewPublicKey(append(append([]byte{4}, x...), y...)); err != nil {
		return nil
	}
	return &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
}

func readRSAKey(source jwk) *rsa.PublicKey {
	n, errN := base64.RawURLEncoding.DecodeString(source.N)
	e, errE := base64.RawURLEncoding.DecodeString(source.E)
	if errN != nil || errE != nil || len(e) == 0 || len(e) > 4 {
		return nil
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	if modulus.BitLen() < minRSABits || modulus.BitLen() > maxRSABits || exponent.Int64() < 3 || exponent.Bit(0) == 0 {
		return nil
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}
}

// pause waits, unless the context ends before.
func pause(ctx context.Context, duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
