package postern

import (
	"errors"
	"net/http"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Reason says why somebody was not let through: a reason of the service's docs/errors.md, or UNAVAILABLE.
type Reason string

// The reasons of refusals.
const (
	ReasonInvalidToken Reason = "INVALID_TOKEN"
	ReasonTokenExpired Reason = "TOKEN_EXPIRED"
	ReasonTokenRevoked Reason = "TOKEN_REVOKED"
	ReasonUserInactive Reason = "USER_INACTIVE"
	ReasonRoleMissing  Reason = "ROLE_MISSING"
	// ReasonUnavailable: neither this client nor the service could tell. It says nothing about the token.
	ReasonUnavailable Reason = "UNAVAILABLE"
)

// What errors of this package are, for errors.Is. ErrUnauthenticated is what the four about a token have in common.
var (
	ErrUnauthenticated = errors.New("postern: not authenticated")
	ErrInvalidToken    = errors.New("postern: invalid token")
	ErrTokenExpired    = errors.New("postern: token expired")
	ErrTokenRevoked    = errors.New("postern: token revoked")
	ErrUserInactive    = errors.New("postern: user inactive")
	ErrRoleMissing     = errors.New("postern: role missing")
	ErrUnavailable     = errors.New("postern: authentication unavailable")
)

var sentinels = map[Reason]error{
	ReasonInvalidToken: ErrInvalidToken,
	ReasonTokenExpired: ErrTokenExpired,
	ReasonTokenRevoked: ErrTokenRevoked,
	ReasonUserInactive: ErrUserInactive,
	ReasonRoleMissing:  ErrRoleMissing,
	ReasonUnavailable:  ErrUnavailable,
}

// The domain of google.rpc.ErrorInfo.
const errorDomain = "auth.postern"

const retryAfter = time.Second

// Error is every refusal of this package. Over gRPC it is the status that the service itself would give.
type Error struct {
	Reason Reason
	Source Source
	cause  error
}

func (e *Error) Error() string {
	text := sentinels[e.Reason].Error()
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns what went wrong underneath, where that is known.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is work with the Err variables.
func (e *Error) Is(target error) bool {
	return target == sentinels[e.Reason] || (target == ErrUnauthenticated && e.code() == codes.Unauthenticated)
}

// GRPCStatus makes status.FromError work: code, fixed text, and google.rpc.ErrorInfo.
func (e *Error) GRPCStatus() *status.Status {
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: string(e.Reason), Domain: errorDomain}}
	if e.Reason == ReasonUnavailable {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(retryAfter)})
	}
	plain := status.New(e.code(), e.message())
	detailed, err := plain.WithDetails(details...)
	if err != nil {
		return plain
	}
	return detailed
}

// HTTPStatus is 401, 403 or 503.
func (e *Error) HTTPStatus() int {
	switch e.code() {
	case codes.PermissionDenied:
		return http.StatusForbidden
	case codes.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusUnauthorized
	}
}

func (e *Error) code() codes.Code {
	switch e.Reason {
	case ReasonRoleMissing:
		return codes.PermissionDenied
	case ReasonUnavailable:
		return codes.Unavailable
	default:
		return codes.Unauthenticated
	}
}

func (e *Error) message() string {
	switch e.Reason {
	case ReasonRoleMissing:
		return "Not enough permissions"
	case ReasonUnavailable:
		return "Authentication is unavailable"
	case ReasonUserInactive:
		return "Inactive user"
	default:
		return "Could not validate credentials"
	}
}

// Refusals of this process are made once.
var (
	localInvalid     = &Error{Reason: ReasonInvalidToken, Source: SourceLocal}
	localExpired     = &Error{Reason: ReasonTokenExpired, Source: SourceLocal}
	localRevoked     = &Error{Reason: ReasonTokenRevoked, Source: SourceLocal}
	localInactive    = &Error{Reason: ReasonUserInactive, Source: SourceLocal}
	localRoleMissing = &Error{Reason: ReasonRoleMissing, Source: SourceLocal}
)

func unavailable(source Source, cause error) *Error {
	return &Error{Reason: ReasonUnavailable, Source: source, cause: cause}
}

// asError returns an *Error of any error.
func asError(err error) *Error {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal
	}
	return unavailable(SourceLocal, err)
}

// NewError returns an error with this reason, as Validate returns it: for fakes and for refusals of a service's own. It
// panics for a reason that is none of this package's.
func NewError(reason Reason) *Error {
	if sentinels[reason] == nil {
		panic("postern: there is no reason " + string(reason))
	}
	return &Error{Reason: reason, Source: SourceLocal}
}
