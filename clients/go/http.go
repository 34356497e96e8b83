package postern

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
)

// HTTPMiddleware lets requests through by the rules; every path that none matches wants a valid token. Refusals are 401
// with WWW-Authenticate (RFC 6750), 403 or 503 with Retry-After. The context of a request is cancelled within a second
// when its token is revoked or expires, or its roles no longer suffice: a handler that streams watches it.
func HTTPMiddleware(client Authenticator, rules ...Rule) func(http.Handler) http.Handler {
	set := newRuleSet(rules)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
			rule, ok := set.findHTTP(request)
			if !ok {
				http.Error(writer, "Bad request path", http.StatusBadRequest)
				return
			}
			token := readBearer(request.Header.Get("Authorization"))
			known, err := decide(request.Context(), client, rule, token)
			if err != nil {
				WriteRefusal(writer, err, token != "")
				return
			}
			ctx := withIdentity(request.Context(), known)
			if known.principal != nil {
				var stop context.CancelFunc
				ctx, stop = client.Follow(ctx, known.token, known.principal, rule.check)
				defer stop()
			}
			next.ServeHTTP(writer, request.WithContext(ctx))
		})
	}
}

var httpCodes = map[int]string{
	http.StatusUnauthorized:       "unauthenticated",
	http.StatusForbidden:          "permission_denied",
	http.StatusServiceUnavailable: "unavailable",
}

// WriteRefusal answers a request as the middleware does. tokenSent: whether there was a bearer token (RFC 6750 section
// 3.1 wants no error code without one).
func WriteRefusal(writer http.ResponseWriter, err error, tokenSent bool) {
	refusal := asError(err)
	status := refusal.HTTPStatus()
	header := writer.Header()
	switch {
	case status == http.StatusServiceUnavailable:
		header.Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
	case status == http.StatusForbidden:
		header.Set("WWW-Authenticate", `Bearer error="insufficient_scope"`)
	case tokenSent:
		header.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	default:
		header.Set("WWW-Authenticate", "Bearer")
	}
	header.Set("Content-Type", "application/json")
	writer.WriteHeader(status)
	// The connection may be gone; there is nobody to tell.
	_ = json.NewEncoder(writer).Encode(map[string]string{
		"code": httpCodes[status], "message": refusal.message(), "reason": string(refusal.Reason),
	})
}
