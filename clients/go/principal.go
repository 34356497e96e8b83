package postern

import (
	"slices"
	"time"
)

// Kind of a user.
type Kind string

const (
	// KindPerson signs in with a password.
	KindPerson Kind = "person"
	// KindService is a service account, which has API keys only.
	KindService Kind = "service"
)

// Source says who gave an answer.
type Source string

const (
	// SourceLocal is this process: by the published keys and the feed, or what it has kept.
	SourceLocal Source = "local"
	// SourceRemote is the service.
	SourceRemote Source = "remote"
)

// Principal is who is behind a token or an API key, with the roles in force now. One value is handed out again and
// again: it must not be changed.
type Principal struct {
	// UserID is the claim `sub`, a UUID.
	UserID string
	// Username is the claim `preferred_username`.
	Username string
	// Roles held now; of an API key those that key and owner both hold.
	Roles []string
	// SessionID is the claim `sid`; of an API key its id.
	SessionID string
	// IssuedAt is the claim `iat`; of an API key when it was made.
	IssuedAt time.Time
	// ExpiresAt is the claim `exp`; of an API key its own end.
	ExpiresAt time.Time
	// Kind tells persons from service accounts.
	Kind Kind
	// APIKeyID is the key that was presented, or that the token was exchanged for; empty for a session.
	APIKeyID string
	// Source says who answered.
	Source Source
}

// HasRole reports whether one of these roles is held, matched exactly.
func (p *Principal) HasRole(roles ...string) bool {
	return p != nil && slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(p.Roles, role) })
}

// The place of the version in a UUID (RFC 9562 section 4.2): sessions have version 7, API keys version 8.
const uuidVersionAt = 14

func isAPIKeyID(id string) bool {
	return len(id) == 36 && id[uuidVersionAt] == '8'
}
