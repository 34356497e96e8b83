package postern

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Authenticator is what the interceptors and the middleware need: a *Client, or the fake of posterntest.
type Authenticator interface {
	Validate(ctx context.Context, token string) (*Principal, error)
	Follow(ctx context.Context, token string, principal *Principal, check func(*Principal) error) (context.Context, func())
}

type access int

const (
	accessToken access = iota
	accessOptional
	accessPublic
)

// Rule says what methods or paths demand. The first that matches counts; what none matches wants a valid token.
type Rule struct {
	match   string
	methods []string
	access  access
	roles   []string
}

// Public lets everybody in: no token is looked at. match is a full method name such as `/pkg.Service/Method` or an HTTP
// path, or the beginning of one: `/pkg.Service/*`, `/open/*` (which holds for `/open` too), `*`.
func Public(match string) Rule { return Rule{match: match, access: accessPublic} }

// Optional lets everybody in, with a principal where the token is valid.
func Optional(match string) Rule { return Rule{match: match, access: accessOptional} }

// Roles wants a valid token of somebody who holds one of these, matched exactly.
func Roles(match string, roles ...string) Rule { return Rule{match: match, roles: nonNil(roles)} }

// Authenticated wants a valid token, which is what everything wants that no rule matches: for exceptions that stand
// before a wider rule.
func Authenticated(match string) Rule { return Rule{match: match} }

// For narrows a rule to these HTTP methods. GET includes HEAD.
func (r Rule) For(methods ...string) Rule {
	r.methods = slices.Clone(methods)
	return r
}

func nonNil(roles []string) []string {
	if roles == nil {
		return []string{}
	}
	return slices.Clone(roles)
}

// ruleSet finds rules.
type ruleSet struct{ rules []Rule }

var anyToken = Rule{match: "*"}

// newRuleSet panics for a rule that cannot be meant so, as regexp.MustCompile does: rules are written in the program.
func newRuleSet(rules []Rule) *ruleSet {
	for _, rule := range rules {
		isPath := rule.match == "*" || strings.HasPrefix(rule.match, "/")
		star := strings.IndexByte(rule.match, '*')
		isStarLast := star < 0 || rule.match == "*" || (star == len(rule.match)-1 && strings.HasSuffix(rule.match, "/*"))
		if !isPath || !isStarLast {
			panic(fmt.Sprintf("postern: a rule takes a path, or one that ends in /*, not %q", rule.match))
		}
		if rule.roles != nil && (len(rule.roles) == 0 || slices.Contains(rule.roles, "")) {
			panic(fmt.Sprintf("postern: the rule of %q must name its roles", rule.match))
		}
	}
	return &ruleSet{rules: rules}
}

func (s *ruleSet) find(target, method string) *Rule {
	for at := range s.rules {
		if s.rules[at].matches(target, method) {
			return &s.rules[at]
		}
	}
	return &anyToken
}

func (r *Rule) matches(target, method string) bool {
	if len(r.methods) > 0 && !slices.Contains(r.methods, method) &&
		// ServeMux gives HEAD to the handler of GET.
		(method != http.MethodHead || !slices.Contains(r.methods, http.MethodGet)) {
		return false
	}
	if r.match == "*" {
		return true
	}
	if start, isStart := strings.CutSuffix(r.match, "*"); isStart {
		return strings.HasPrefix(target, start) || target+"/" == start
	}
	return target == r.match
}

// check says whether the roles suffice.
func (r *Rule) check(principal *Principal) error {
	if r.roles == nil || principal.HasRole(r.roles...) {
		return nil
	}
	return localRoleMissing
}

// identity is who calls, or why nobody is known.
type identity struct {
	principal *Principal
	token     string
	anonymous *Error
}

// decide finds out who calls under a rule.
func decide(ctx context.Context, client Authenticator, rule *Rule, token string) (identity, error) {
	if rule.access == accessPublic {
		return identity{}, nil
	}
	var principal *Principal
	var err error = localInvalid
	if token != "" {
		principal, err = client.Validate(ctx, token)
	}
	if err != nil {
		refusal := asError(err)
		if rule.access == accessOptional && refusal.Reason != ReasonUnavailable {
			return identity{anonymous: refusal}, nil
		}
		return identity{}, refusal
	}
	return identity{principal: principal, token: token}, rule.check(principal)
}

// readBearer returns the token of `Bearer <token>` (RFC 9110 section 11.4), or "".
func readBearer(authorization string) string {
	scheme, token, ok := strings.Cut(authorization, " ")
	token = strings.Trim(token, " ")
	if !ok || !strings.EqualFold(scheme, "bearer") || strings.ContainsAny(token, " \t") {
		return ""
	}
	return token
}

// findHTTP returns the rule of a request; false where routers read its path differently and the rules of what they
// read differ, as with `/admin/../open`: whatever the rule, some router would let the wrong ones in.
func (s *ruleSet) findHTTP(request *http.Request) (*Rule, bool) {
	once := request.URL.Path
	whole := cleanPath(decodeWholly(once))
	rule := s.find(whole, request.Method)
	for _, form := range []string{request.URL.EscapedPath(), once, cleanPath(once)} {
		if s.find(trimSlash(form), request.Method) != rule {
			return nil, false
		}
	}
	return rule, s.findFolded(strings.ToLower(whole), request.Method) == rule
}

// findFolded is find without regard to case.
func (s *ruleSet) findFolded(target, method string) *Rule {
	for at := range s.rules {
		folded := s.rules[at]
		folded.match = strings.ToLower(folded.match)
		if folded.matches(target, method) {
			return &s.rules[at]
		}
	}
	return &anyToken
}

// cleanPath is without dot segments, doubled slashes and backslashes, and a slash at the end.
func cleanPath(form string) string { return path.Clean("/" + strings.ReplaceAll(form, `\`, "/")) }

func trimSlash(form string) string {
	if form == "/" {
		return form
	}
	return strings.TrimSuffix(form, "/")
}

const maxDecodings = 8

// decodeWholly decodes a path that a proxy or a router before this one may have encoded again.
func decodeWholly(form string) string {
	for range maxDecodings {
		decoded, err := url.PathUnescape(form)
		if err != nil || decoded == form {
			break
		}
		form = decoded
	}
	return form
}
