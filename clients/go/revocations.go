package postern

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// How long what was told is kept at least. Tokens that live longer lengthen it.
const minRetention = time.Hour

// userState is the latest that was told of a user.
type userState struct {
	// refusal is nil for an active user.
	refusal *Error
	roles   []string
	heardAt int64
}

type heardID struct {
	id      string
	heardAt int64
	isUser  bool
}

// revocations is what WatchRevocations has told. A token is refused when its session was told of, or when the latest
// that was told of its user is a revocation; a later change of roles lifts that. No times are compared: that is how the
// service judges.
type revocations struct {
	mu       sync.RWMutex
	sessions map[string]int64
	users    map[string]userState
	// In the order of hearing, for eviction.
	order []heardID
	// Grows whenever something was told.
	version atomic.Uint64
	// Grows whenever all was forgotten, which a feed that is no longer fresh comes before: whoever reads the same number
	// before finding the feed fresh and after judging has judged by all that was told.
	clears atomic.Uint64
	// Since when, by the monotonic clock, everything that was told is still here; and by the wall clock.
	completeSince atomic.Int64
	clearedAt     atomic.Int64
	longestLife   atomic.Int64
	// What was heard before this, by the monotonic clock, may be evicted.
	evictedTo atomic.Int64
}

func newRevocations() *revocations {
	r := &revocations{sessions: map[string]int64{}, users: map[string]userState{}}
	r.evictedTo.Store(math.MinInt64)
	return r
}

func (r *revocations) endSession(id string, now instant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions[id] = now.mono
	r.order = append(r.order, heardID{id: id, heardAt: now.mono})
	r.version.Add(1)
}

func (r *revocations) refuseUser(id, reason string, now instant) {
	refusal := localRevoked
	if reason == "user_disabled" {
		refusal = localInactive
	}
	r.setUser(id, userState{refusal: refusal, heardAt: now.mono})
}

func (r *revocations) setRoles(id string, roles []string, now instant) {
	r.setUser(id, userState{roles: slices.Clone(roles), heardAt: now.mono})
}

func (r *revocations) setUser(id string, state userState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.users[id] = state
	r.order = append(r.order, heardID{id: id, heardAt: state.heardAt, isUser: true})
	r.version.Add(1)
}

// judge returns the principal with the roles of now, the same value if they have not changed; or the refusal; and the
// version of what was told up to then.
func (r *revocations) judge(claims *Principal) (*Principal, *Error, uint64) {
	return r.judgeSince(claims, claims)
}

// judgeSince returns latest where nothing is known of the user, and else as judge does.
func (r *revocations) judgeSince(claims, latest *Principal) (*Principal, *Error, uint64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	version := r.version.Load()
	user, isKnown := r.users[claims.UserID]
	if isKnown && user.refusal == localInactive {
		return nil, localInactive, version
	}
	_, hasEnded := r.sessions[claims.SessionID]
	if hasEnded || (isKnown && user.refusal != nil) {
		return nil, localRevoked, version
	}
	if !isKnown {
		return latest, nil, version
	}
	return withRoles(claims, user.roles), nil, version
}

// hasEnded reports whether the feed has told of this session or API key. Neither comes back, so that counts for more
// than what a replica says that has not heard of it.
func (r *revocations) hasEnded(id string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, ok := r.sessions[id]
	return ok
}

func withRoles(claims *Principal, held []string) *Principal {
	roles := held
	if claims.APIKeyID != "" {
		// A token that was exchanged for an API key may have fewer roles than the key's owner.
		roles = make([]string, 0, len(claims.Roles))
		for _, role := range claims.Roles {
			if slices.Contains(held, role) {
				roles = append(roles, role)
			}
		}
	}
	if slices.Equal(roles, claims.Roles) {
		return claims
	}
	changed := *claims
	changed.Roles = roles
	return &changed
}

// hasChangedSince reports whether anything may have been told of this session (or key) or user since then.
func (r *revocations) hasChangedSince(principal *Principal, since int64) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if since <= r.clearedAt.Load() {
		return true
	}
	if heardAt, ok := r.sessions[principal.SessionID]; ok && heardAt >= since {
		return true
	}
	user, ok := r.users[principal.UserID]
	return ok && user.heardAt >= since
}

// covers reports whether all that can matter to a token is still here. What was told before it was issued is about
// other sessions, or in its claims.
func (r *revocations) covers(claims *Principal) bool {
	if life := int64(claims.ExpiresAt.Sub(claims.IssuedAt)); life > r.longestLife.Load() {
		r.longestLife.Store(life)
	}
	return claims.IssuedAt.UnixNano() > r.completeSince.Load()
}

// hasAllSince reports whether everything is still here that was heard since then, by the monotonic clock.
func (r *revocations) hasAllSince(heardAt int64) bool { return heardAt >= r.evictedTo.Load() }

// clear forgets all: the feed is read from its beginning, which tells everything that still matters.
func (r *revocations) clear(now instant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.sessions)
	clear(r.users)
	r.order = nil
	r.completeSince.Store(0)
	r.evictedTo.Store(math.MinInt64)
	r.clearedAt.Store(now.mono)
	r.clears.Add(1)
	r.version.Add(1)
}

// evict drops what no token of the lifetime seen so far can depend on.
func (r *revocations) evict(now instant) {
	retention := max(int64(minRetention), r.longestLife.Load()) + int64(2*time.Minute)
	bound := now.mono - retention
	r.mu.Lock()
	defer r.mu.Unlock()
	count := 0
	for ; count < len(r.order) && r.order[count].heardAt < bound; count++ {
		r.drop(r.order[count])
	}
	if count == 0 {
		return
	}
	r.order = slices.Clone(r.order[count:])
	// A minute for clocks that are apart, and for what was told late.
	r.completeSince.Store(now.wall - retention + int64(time.Minute))
	r.evictedTo.Store(bound)
	r.version.Add(1)
}

func (r *revocations) drop(record heardID) {
	if record.isUser {
		if r.users[record.id].heardAt == record.heardAt {
			delete(r.users, record.id)
		}
		return
	}
	if r.sessions[record.id] == record.heardAt {
		delete(r.sessions, record.id)
	}
}

func (r *revocations) size() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.sessions) + len(r.users)
}
