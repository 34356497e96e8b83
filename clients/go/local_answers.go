package postern

import (
	"context"
	"encoding/base64"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	bytesPerToken = 1600
	maxAPIKeys    = 10_000
	maxAPIKeyAge  = time.Minute
	maxKnownHeads = 64
	maxHeadLength = 512
	// A replica may hear of a change so much later than another one.
	keySlackNanos  = int64(2 * time.Second)
	apiKeyAgeNanos = int64(maxAPIKeyAge)
)

// verifiedToken is a token whose signature was right.
type verifiedToken struct {
	text string
	// By its claims alone.
	claims    *Principal
	expiresAt int64
	key       *verificationKey
	last      atomic.Pointer[judgement]
}

func (t *verifiedToken) cacheKey() string { return t.text }

// judgement is what was found at a version of the feed. Neither principal nor refusal: this process cannot tell.
type judgement struct {
	version   uint64
	principal *Principal
	refusal   *Error
}

// rememberedKey is what the service said of an API key.
type rememberedKey struct {
	text      string
	principal *Principal
	askedAt   int64
	version   atomic.Uint64
}

func (k *rememberedKey) cacheKey() string { return k.text }

// localAnswers is what this process can tell of tokens by itself.
type localAnswers struct {
	options     *options
	keys        *keySet
	revocations *revocations
	freshness   *freshness
	clock       clock
	verified    *cache[*verifiedToken]
	apiKeys     *cache[*rememberedKey]
	headers     sync.Map
	headerCount atomic.Int32
}

func newLocalAnswers(o *options, keys *keySet, revocations *revocations, freshness *freshness) *localAnswers {
	return &localAnswers{
		options:     o,
		keys:        keys,
		revocations: revocations,
		freshness:   freshness,
		clock:       o.clock,
		verified:    newCache[*verifiedToken](o.maxCached, o.maxCached*bytesPerToken),
		apiKeys:     newCache[*rememberedKey](maxAPIKeys, maxAPIKeys*apiKeyLength),
	}
}

func (l *localAnswers) isFresh(now instant) bool {
	return l.freshness.isWithin(l.options.maxStaleness, now)
}

func (l *localAnswers) isUsable() bool {
	return l.keys.isUsable() && l.isFresh(l.clock())
}

// recall answers a token that was verified before, or an API key that was asked about. Neither: this process cannot
// tell without more work.
func (l *localAnswers) recall(token string) (*Principal, *Error) {
	if entry, ok := l.verified.find(token); ok {
		now := l.clock()
		if entry.key.isGone.Load() || !l.isFresh(now) || !l.keysHold(now) {
			return nil, nil
		}
		return l.judge(entry, now)
	}
	if isAPIKeyText(token) {
		return l.recallAPIKey(token)
	}
	return nil, nil
}

func (l *localAnswers) keysHold(now instant) bool {
	return l.keys.hasAny.Load() && now.mono-l.keys.readAt.Load() < int64(maxKeyAge)
}

func (l *localAnswers) judge(entry *verifiedToken, now instant) (*Principal, *Error) {
	if now.wall >= entry.expiresAt {
		l.verified.remove(entry.text)
		return nil, localExpired
	}
	last := entry.last.Load()
	if last == nil || last.version != l.revocations.version.Load() {
		last = l.judgeAgain(entry, last)
	}
	return last.principal, last.refusal
}

// judgeAgain keeps a principal that has not changed the same value. This process cannot tell where the feed has begun
// anew since the caller found it fresh, or does so meanwhile.
func (l *localAnswers) judgeAgain(entry *verifiedToken, last *judgement) *judgement {
	clears := l.revocations.clears.Load()
	if !l.isFresh(l.clock()) {
		return &judgement{}
	}
	principal, refusal, version := l.revocations.judge(entry.claims)
	if refusal == nil && !l.revocations.covers(entry.claims) {
		principal = nil
	}
	if last != nil && principal != nil && last.principal != nil && sameRoles(last.principal, principal) {
		principal = last.principal
	}
	if l.revocations.clears.Load() != clears {
		return &judgement{}
	}
	fresh := &judgement{version: version, principal: principal, refusal: refusal}
	entry.last.Store(fresh)
	return fresh
}

func sameRoles(a, b *Principal) bool {
	if len(a.Roles) != len(b.Roles) {
		return false
	}
	for at, role := range a.Roles {
		if role != b.Roles[at] {
			return false
		}
	}
	return true
}

// isHopeless reports whether a text can be no token and no key, so that nobody need be asked.
func (l *localAnswers) isHopeless(token string) bool {
	if isAPIKeyText(token) {
		return !isWholeAPIKey(token)
	}
	if l.options.mode == ModeRemote {
		_, _, _, ok := splitToken(token)
		return !ok
	}
	_, ok := l.header(token)
	return !ok
}

// header reads each header once: all tokens of one key have the same.
func (l *localAnswers) header(token string) (tokenHeader, bool) {
	text, _, _, ok := splitToken(token)
	if !ok {
		return tokenHeader{}, false
	}
	if known, ok := l.headers.Load(text); ok {
		return known.(tokenHeader), true
	}
	header, ok := parseHeader(text, l.options.tokenTypes)
	if ok && len(text) <= maxHeadLength {
		if l.headerCount.Add(1) > maxKnownHeads {
			l.headers.Clear()
			l.headerCount.Store(1)
		}
		l.headers.Store(strings.Clone(text), header)
	}
	return header, ok
}

// verify answers an access token that is new here. Neither principal nor refusal: this process cannot tell.
func (l *localAnswers) verify(ctx context.Context, token string) (*Principal, *Error) {
	header, ok := l.header(token)
	if !ok {
		return nil, localInvalid
	}
	if header.alg == algorithmHS || !l.isUsable() {
		// Whoever can verify HS256 can forge it: this client never has that key.
		return nil, nil
	}
	key := l.keys.find(header.kid)
	if key == nil && header.hasKid {
		l.keys.refresh(ctx)
		key = l.keys.find(header.kid)
	}
	switch {
	case key == nil && header.hasKid && !l.keys.isCurrent():
		return nil, nil
	case key == nil || key.algorithm != header.alg:
		return nil, localInvalid
	}
	return l.verifyBy(key, token)
}

func (l *localAnswers) verifyBy(key *verificationKey, token string) (*Principal, *Error) {
	headerText, payload, signatureText, _ := splitToken(token)
	signature, err := base64.RawURLEncoding.DecodeString(signatureText)
	if err != nil {
		return nil, localInvalid
	}
	signed := token[:len(headerText)+1+len(payload)]
	if jwt.GetSigningMethod(key.algorithm).Verify(signed, signature, key.public) != nil {
		return nil, localInvalid
	}
	now := l.clock()
	fields, ok := parseObject(payload)
	if !ok {
		return nil, localInvalid
	}
	claims, ok := readClaims(fields, l.options.issuer, l.options.audience, now)
	if !ok {
		return nil, localInvalid
	}
	if now.wall >= claims.ExpiresAt.UnixNano() {
		return nil, localExpired
	}
	// A copy: the text may be a slice that keeps a whole message alive.
	entry := &verifiedToken{text: strings.Clone(token), claims: claims, expiresAt: claims.ExpiresAt.UnixNano(), key: key}
	principal, refusal := l.judge(entry, now)
	// Meanwhile the keys or the feed may have changed.
	if key.isGone.Load() || !l.isUsable() {
		return nil, nil
	}
	l.verified.add(entry)
	return principal, refusal
}

func (l *localAnswers) recallAPIKey(text string) (*Principal, *Error) {
	known, ok := l.apiKeys.find(text)
	now := l.clock()
	if !ok || !l.isFresh(now) {
		return nil, nil
	}
	if version := l.revocations.version.Load(); known.version.Load() != version {
		if l.revocations.hasChangedSince(known.principal, known.askedAt-keySlackNanos) {
			l.apiKeys.remove(text)
			return nil, nil
		}
		known.version.Store(version)
	}
	if now.mono-known.askedAt >= apiKeyAgeNanos {
		l.apiKeys.remove(text)
		return nil, nil
	}
	if now.wall >= known.principal.ExpiresAt.UnixNano() {
		return nil, localExpired
	}
	return known.principal, nil
}

// rememberAPIKey keeps what the service said, unless the feed told of the key or its owner a short time before: the
// replica that was asked may not have heard it.
func (l *localAnswers) rememberAPIKey(text string, told *Principal, askedAt int64) {
	version := l.revocations.version.Load()
	if !l.isFresh(l.clock()) || l.revocations.hasChangedSince(told, askedAt-keySlackNanos) {
		return
	}
	if judged, refusal, _ := l.revocations.judge(told); refusal != nil || judged != told {
		return
	}
	kept := *told
	kept.Source = SourceLocal
	entry := &rememberedKey{text: strings.Clone(text), principal: &kept, askedAt: askedAt}
	entry.version.Store(version)
	l.apiKeys.add(entry)
}
