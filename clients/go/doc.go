// Package postern answers who is behind an access token or an API key of a Postern service, from memory where that is
// certain: it verifies signatures with the published keys and follows WatchRevocations, so that a call costs
// microseconds, goes on while the service restarts, and refuses a revoked token within a second.
//
//	client, err := postern.Dial(ctx, "postern.internal:50051", postern.WithAPIKey(key))
//	...
//	server := grpc.NewServer(
//		grpc.UnaryInterceptor(postern.UnaryServerInterceptor(client)),
//		grpc.StreamInterceptor(postern.StreamServerInterceptor(client)),
//	)
//
// What happens in every failure is told in docs/clients.md of the service.
package postern
