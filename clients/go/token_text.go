package postern

import (
	"encoding/base64"
	"encoding/json"
	"hash/crc32"
	"strings"
)

// Longer texts are refused unread, as the service does.
const maxTokenLength = 4096

const maxKidLength = 64

// tokenHeader is what the header of an access token says (RFC 7515 section 4.1).
type tokenHeader struct {
	alg    string
	kid    string
	hasKid bool
}

// splitToken returns the three parts of a JWS in compact form whose parts are the one text that their bytes have.
func splitToken(token string) (header, payload, signature string, ok bool) {
	if len(token) > maxTokenLength {
		return "", "", "", false
	}
	header, rest, ok := strings.Cut(token, ".")
	if !ok {
		return "", "", "", false
	}
	payload, signature, ok = strings.Cut(rest, ".")
	return header, payload, signature, ok && isBase64URL(header) && isBase64URL(payload) && isBase64URL(signature)
}

// isBase64URL reports whether part is base64url in which no bits are left over (RFC 4648 section 3.5).
func isBase64URL(part string) bool {
	if part == "" || len(part)%4 == 1 {
		return false
	}
	for at := range len(part) {
		if base64URLValue[part[at]] < 0 {
			return false
		}
	}
	last := base64URLValue[part[len(part)-1]]
	switch len(part) % 4 {
	case 2:
		return last&0b1111 == 0
	case 3:
		return last&0b11 == 0
	default:
		return true
	}
}

const base64URLAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

var base64URLValue = func() (values [256]int8) {
	for at := range values {
		values[at] = int8(strings.IndexByte(base64URLAlphabet, byte(at)))
	}
	return values
}()

// parseHeader reads a header. `jwk`, `jku`, `x5u` and `x5c` are never looked at, and no `crit` is understood.
func parseHeader(text string, types map[string]bool) (tokenHeader, bool) {
	fields, ok := parseObject(text)
	if !ok {
		return tokenHeader{}, false
	}
	typ, isText := fields["typ"].(string)
	alg, hasAlg := fields["alg"].(string)
	if _, hasCrit := fields["crit"]; hasCrit || !isText || !hasAlg || !types[strings.ToLower(typ)] {
		return tokenHeader{}, false
	}
	kid, hasKid := fields["kid"]
	if !hasKid {
		return tokenHeader{alg: alg}, true
	}
	name, isText := kid.(string)
	return tokenHeader{alg: alg, kid: name, hasKid: true}, isText && len(name) <= maxKidLength
}

// parseObject reads base64url of a JSON object into a map: a struct would match names without regard to case.
func parseObject(text string) (map[string]any, bool) {
	bytes, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, false
	}
	var fields map[string]any
	if json.Unmarshal(bytes, &fields) != nil {
		return nil, false
	}
	return fields, fields != nil
}

const (
	apiKeyPrefix   = "pstn_"
	apiKeyLength   = 5 + 22 + 1 + 49
	checksumLength = 6
	base62         = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// isAPIKeyText reports whether a credential is to be looked at as an API key; all others are access tokens.
func isAPIKeyText(credential string) bool {
	return strings.HasPrefix(credential, apiKeyPrefix)
}

// isWholeAPIKey reports whether shape and checksum are right: anything else is no key, and nobody need be asked.
func isWholeAPIKey(text string) bool {
	if len(text) != apiKeyLength || text[27] != '_' {
		return false
	}
	for at := len(apiKeyPrefix); at < len(text); at++ {
		if at != 27 && strings.IndexByte(base62, text[at]) < 0 {
			return false
		}
	}
	body, checksum := text[:apiKeyLength-checksumLength], text[apiKeyLength-checksumLength:]
	rest := crc32.ChecksumIEEE([]byte(body))
	for at := checksumLength - 1; at >= 0; at-- {
		if checksum[at] != base62[rest%62] {
			return false
		}
		rest /= 62
	}
	return true
}
