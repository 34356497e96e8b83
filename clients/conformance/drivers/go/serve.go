package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"postern"
	"posternconformance/gen/echo"
)

const tickInterval = 100 * time.Millisecond

type rule struct {
	Match    string   `json:"match"`
	Public   bool     `json:"public"`
	Optional bool     `json:"optional"`
	Roles    []string `json:"roles"`
}

func (r rule) build() postern.Rule {
	switch {
	case r.Public:
		return postern.Public(r.Match)
	case r.Optional:
		return postern.Optional(r.Match)
	case r.Roles != nil:
		return postern.Roles(r.Match, r.Roles...)
	default:
		return postern.Authenticated(r.Match)
	}
}

func (d *driver) serve(asked request) (answer, error) {
	rules := make([]postern.Rule, len(asked.Rules))
	for at, each := range asked.Rules {
		rules[at] = each.build()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	switch asked.Kind {
	case "grpc":
		server := grpc.NewServer(
			grpc.UnaryInterceptor(postern.UnaryServerInterceptor(d.client, rules...)),
			grpc.StreamInterceptor(postern.StreamServerInterceptor(d.client, rules...)),
		)
		echo.RegisterEchoServer(server, echoServer{})
		grpc_health_v1.RegisterHealthServer(server, health.NewServer())
		for _, version := range []string{"v1", "v1alpha"} {
			server.RegisterService(newReflection(version), nil)
		}
		go server.Serve(listener)
	case "http":
		protect := postern.HTTPMiddleware(d.client, rules...)
		go http.Serve(listener, protect(http.HandlerFunc(serveHTTP)))
	default:
		listener.Close()
		return nil, fmt.Errorf("there is no kind %q", asked.Kind)
	}
	return answer{"ok": true, "port": listener.Addr().(*net.TCPAddr).Port}, nil
}

// newReflection stands for reflection, which every language answers in its own way: it says what health says.
func newReflection(version string) *grpc.ServiceDesc {
	serving := &grpc_health_v1.HealthCheckResponse{Status: grpc_health_v1.HealthCheckResponse_SERVING}
	answer := func(_ any, stream grpc.ServerStream) error { return stream.SendMsg(serving) }
	return &grpc.ServiceDesc{
		ServiceName: "grpc.reflection." + version + ".ServerReflection",
		Streams:     []grpc.StreamDesc{{StreamName: "ServerReflectionInfo", Handler: answer, ServerStreams: true}},
	}
}

type echoServer struct {
	echo.UnimplementedEchoServer
}

func (echoServer) WhoAmI(ctx context.Context, _ *echo.WhoAmIRequest) (*echo.WhoAmIResponse, error) {
	principal := postern.FromContext(ctx)
	if principal == nil {
		return &echo.WhoAmIResponse{Anonymous: true, AnonymousReason: string(postern.AnonymousReason(ctx))}, nil
	}
	return &echo.WhoAmIResponse{
		UserId:    principal.UserID,
		Username:  principal.Username,
		Roles:     principal.Roles,
		SessionId: principal.SessionID,
		ExpiresAt: timestamppb.New(principal.ExpiresAt),
	}, nil
}

func (echoServer) Ticks(_ *echo.TicksRequest, stream grpc.ServerStreamingServer[echo.TicksResponse]) error {
	ticker := time.NewTicker(tickInterval)
	defer ticker.Stop()
	for number := int64(1); ; number++ {
		if err := stream.Send(&echo.TicksResponse{Number: number}); err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

func serveHTTP(writer http.ResponseWriter, request *http.Request) {
	if strings.HasPrefix(request.URL.Path, "/ticks") {
		serveTicks(writer, request)
		return
	}
	told := answer{"anonymous": true}
	if principal := postern.FromContext(request.Context()); principal != nil {
		told = toJSON(principal)
	} else if reason := postern.AnonymousReason(request.Context()); reason != "" {
		told["anonymous_reason"] = reason
	}
	writer.Header().Set("Content-Type", "application/json")
	json.NewEncoder(writer).Encode(told)
}

func serveTicks(writer http.ResponseWriter, request *http.Request) {
	ticker := time.NewTicker(tickInterval)
	defer ticker.Stop()
	for {
		if _, err := fmt.Fprintln(writer, "tick"); err != nil {
			return
		}
		http.NewResponseController(writer).Flush()
		select {
		case <-ticker.C:
		case <-request.Context().Done():
			// Ends the connection, so that the caller sees that the answer is not complete.
			panic(http.ErrAbortHandler)
		}
	}
}
