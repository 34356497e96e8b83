// Command connect-go calls Validate with connectrpc.com/connect. Arguments: base URL, access token. Prints one JSON
// object a line.
//
// The token goes as the bearer of an empty request, and the answer is looked at as bytes: so no generated code is
// needed.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/emptypb"
)

const procedure = "/postern.auth.v1.AuthService/Validate"

func main() {
	base, token := os.Args[1], os.Args[2]
	get := []connect.ClientOption{connect.WithIdempotency(connect.IdempotencyNoSideEffects), connect.WithHTTPGet()}
	ask("as it comes: protobuf", base, token)
	ask("gzip", base, token, connect.WithSendGzip())
	ask("GET", base, token, get...)
	ask("gRPC-Web", base, token, connect.WithGRPCWeb())
	ask("gRPC-Web, gzip", base, token, connect.WithGRPCWeb(), connect.WithSendGzip())
}

func ask(name, base, token string, options ...connect.ClientOption) {
	client := connect.NewClient[emptypb.Empty, emptypb.Empty](http.DefaultClient, base+procedure, options...)
	call := func(bearer string) (string, error) {
		request := connect.NewRequest(&emptypb.Empty{})
		request.Header().Set("Authorization", "Bearer "+bearer)
		response, err := client.CallUnary(context.Background(), request)
		if err != nil {
			return "", err
		}
		if !bytes.Contains(response.Msg.ProtoReflect().GetUnknown(), []byte("interop-ada")) {
			return "another", nil
		}
		return "interop-ada", nil
	}
	username, err := call(token)
	if err != nil {
		username = err.Error()
	}
	refused := "allowed"
	if _, err := call("rubbish"); err != nil {
		refused = connect.CodeOf(err).String()
	}
	_ = json.NewEncoder(os.Stdout).Encode(map[string]string{"case": name, "username": username, "refused": refused})
}
