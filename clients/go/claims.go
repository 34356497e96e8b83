package postern

import (
	"math"
	"time"
)

// How far ahead the clock of the replica that signed may be. `exp` has no leeway.
const clockSkew = 5 * time.Second

const maxSafeInteger = 1<<53 - 1

// readClaims returns the principal of the claims of a token whose signature is right, every one of them required and
// typed (RFC 9068 section 2.2). `aud` must be the one audience itself. The caller checks the expiry.
func readClaims(claims map[string]any, issuer, audience string, now instant) (*Principal, bool) {
	if claims["iss"] != issuer || claims["aud"] != audience || !isName(claims["jti"]) || !isName(claims["client_id"]) {
		return nil, false
	}
	userID, sessionID := claims["sub"], claims["sid"]
	username, hasUsername := claims["preferred_username"].(string)
	roles, hasRoles := readStrings(claims["roles"])
	issuedAt, hasIssuedAt := readTime(claims["iat"])
	expiresAt, hasExpiresAt := readTime(claims["exp"])
	kind, hasKind := readKind(claims)
	if !isUUID(userID) || !isUUID(sessionID) || !hasUsername || !hasRoles || !hasIssuedAt || !hasExpiresAt || !hasKind {
		return nil, false
	}
	if expiresAt.Before(issuedAt) || issuedAt.After(time.Unix(0, now.wall).Add(clockSkew)) {
		return nil, false
	}
	principal := &Principal{
		UserID:    userID.(string),
		Username:  username,
		Roles:     roles,
		SessionID: sessionID.(string),
		IssuedAt:  issuedAt,
		ExpiresAt: expiresAt,
		Kind:      kind,
		Source:    SourceLocal,
	}
	if isAPIKeyID(principal.SessionID) {
		principal.APIKeyID = principal.SessionID
	}
	return principal, true
}

func readKind(claims map[string]any) (Kind, bool) {
	value, isThere := claims["kind"]
	if !isThere {
		return KindPerson, true
	}
	text, _ := value.(string)
	kind := Kind(text)
	return kind, kind == KindPerson || kind == KindService
}

func isName(value any) bool {
	text, ok := value.(string)
	return ok && text != ""
}

func isUUID(value any) bool {
	text, ok := value.(string)
	if !ok || len(text) != 36 {
		return false
	}
	for at := range len(text) {
		isDash := at == 8 || at == 13 || at == 18 || at == 23
		isHex := text[at] >= '0' && text[at] <= '9' || text[at] >= 'a' && text[at] <= 'f'
		if isDash != (text[at] == '-') || (!isDash && !isHex) {
			return false
		}
	}
	return true
}

func readStrings(value any) ([]string, bool) {
	list, ok := value.([]any)
	if !ok {
		return nil, false
	}
	texts := make([]string, len(list))
	for at, each := range list {
		if texts[at], ok = each.(string); !ok {
			return nil, false
		}
	}
	return texts, true
}

// readTime reads seconds since the epoch.
func readTime(value any) (time.Time, bool) {
	seconds, ok := value.(float64)
	if !ok || seconds < 0 || seconds > maxSafeInteger || seconds != math.Trunc(seconds) {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0).UTC(), true
}
