package postern_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"postern"
	"postern/posterntest"
)

func withBearer(token string) context.Context {
	return metadata.NewIncomingContext(context.Background(), metadata.Pairs("authorization", "Bearer "+token))
}

func TestUnaryInterceptorDeniesByDefaultAndDemandsRoles(t *testing.T) {
	fake := posterntest.New()
	fake.Accept("of-ada", postern.Principal{UserID: "1", Username: "ada", Roles: []string{"user"}})
	intercept := postern.UnaryServerInterceptor(fake,
		postern.Public("/pkg.Svc/Open"), postern.Optional("/pkg.Svc/Maybe"), postern.Roles("/pkg.Svc/Admin", "admin"))
	call := func(ctx context.Context, method string) (string, codes.Code) {
		info := &grpc.UnaryServerInfo{FullMethod: method}
		answer, err := intercept(ctx, nil, info, func(ctx context.Context, _ any) (any, error) {
			if principal := postern.FromContext(ctx); principal != nil {
				return principal.Username, nil
			}
			return "nobody", nil
		})
		name, _ := answer.(string)
		return name, status.Code(err)
	}
	for _, each := range []struct {
		token, method, name string
		code                codes.Code
	}{
		{"of-ada", "/pkg.Svc/Get", "ada", codes.OK},
		{"rubbish", "/pkg.Svc/Get", "", codes.Unauthenticated},
		{"", "/pkg.Svc/Get", "", codes.Unauthenticated},
		{"of-ada", "/pkg.Svc/Admin", "", codes.PermissionDenied},
		{"rubbish", "/pkg.Svc/Open", "nobody", codes.OK},
		{"rubbish", "/pkg.Svc/Maybe", "nobody", codes.OK},
		{"of-ada", "/pkg.Svc/Maybe", "ada", codes.OK},
		{"", "/grpc.health.v1.Health/Check", "nobody", codes.OK},
	} {
		if name, code := call(withBearer(each.token), each.method); name != each.name || code != each.code {
			t.Errorf("%q on %s: %q, %v", each.token, each.method, name, code)
		}
	}
	fake.SetDown(true)
	for _, method := range []string{"/pkg.Svc/Get", "/pkg.Svc/Maybe"} {
		if _, code := call(withBearer("of-ada"), method); code != codes.Unavailable {
			t.Errorf("%s while nobody answers: %v", method, code)
		}
	}
}

type blockedStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s blockedStream) Context() context.Context { return s.ctx }

func (s blockedStream) RecvMsg(any) error { select {} }

func TestStreamInterceptorEndsAStreamWhoseHandlerIsBlocked(t *testing.T) {
	fake := posterntest.New()
	fake.Accept("of-ada", postern.Principal{UserID: "1"})
	intercept := postern.StreamServerInterceptor(fake)
	ended := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		ended <- intercept(nil, blockedStream{ctx: withBearer("of-ada")}, &grpc.StreamServerInfo{FullMethod: "/a/B"},
			func(_ any, stream grpc.ServerStream) error {
				close(started)
				return stream.RecvMsg(nil)
			})
	}()
	<-started
	fake.Refuse("of-ada", postern.ReasonTokenRevoked)
	select {
	case err := <-ended:
		if !errors.Is(err, postern.ErrTokenRevoked) || !errors.Is(err, postern.ErrUnauthenticated) {
			t.Fatal(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("The stream goes on")
	}
}

func TestStreamInterceptorPassesAPanicOn(t *testing.T) {
	fake := posterntest.New()
	fake.Accept("of-ada", postern.Principal{UserID: "1"})
	defer func() {
		if recover() != "broken" {
			t.Fatal("The panic is lost")
		}
	}()
	intercept := postern.StreamServerInterceptor(fake)
	_ = intercept(nil, blockedStream{ctx: withBearer("of-ada")}, &grpc.StreamServerInfo{FullMethod: "/a/B"},
		func(any, grpc.ServerStream) error { panic("broken") })
}

func TestHTTPMiddlewareRefusesWhatRoutersReadDifferently(t *testing.T) {
	fake := posterntest.New()
	fake.Accept("of-ada", postern.Principal{UserID: "1", Roles: []string{"user"}})
	protect := postern.HTTPMiddleware(fake, postern.Public("/open/*"), postern.Roles("/admin/*", "admin"))
	handler := protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	// What all clients answer alike is asked by test/clients/paths.test.ts.
	for target, want := range map[string]int{
		"/open/door":            200,
		"/open/../admin/users":  400,
		"/admin/../open/door":   400,
		"/open%2f..%2fadmin":    400,
		"/admin/%2e%2e/open/it": 400,
		"//admin/users":         400,
		"/ADMIN/users":          400,
		"/open/..%252fme":       400,
	} {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "http://x"+target, nil))
		if recorder.Code != want {
			t.Errorf("%s: %d, not %d", target, recorder.Code, want)
		}
	}
	request := httptest.NewRequest(http.MethodGet, "/admin/users", nil)
	request.Header.Set("Authorization", "bearer of-ada")
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	if recorder.Code != 403 || recorder.Header().Get("WWW-Authenticate") != `Bearer error="insufficient_scope"` {
		t.Error(recorder.Code, recorder.Header())
	}
}

func TestHTTPMiddlewareDemandsForHEADWhatItDemandsForGET(t *testing.T) {
	fake := posterntest.New()
	fake.Accept("of-ada", postern.Principal{UserID: "1", Roles: []string{"user"}})
	protect := postern.HTTPMiddleware(fake,
		postern.Roles("/report", "admin").For(http.MethodGet), postern.Public("/report"),
		postern.Public("/posted").For(http.MethodPost))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /report", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/posted", func(http.ResponseWriter, *http.Request) {})
	for _, each := range []struct {
		method, target string
		want           int
	}{
		{http.MethodGet, "/report", 403},
		{http.MethodHead, "/report", 403},
		{http.MethodHead, "/posted", 401},
		// Public, and nothing that the router knows.
		{http.MethodPost, "/report", 405},
	} {
		request := httptest.NewRequest(each.method, each.target, nil)
		if each.target == "/report" {
			request.Header.Set("Authorization", "Bearer of-ada")
		}
		recorder := httptest.NewRecorder()
		protect(mux).ServeHTTP(recorder, request)
		if recorder.Code != each.want {
			t.Errorf("%s %s: %d, not %d", each.method, each.target, recorder.Code, each.want)
		}
	}
}
