// Command retries calls Validate until standard input ends, then prints the codes:
// retries ADDRESS TOKEN [SERVICE_CONFIG].
// With `once` before it, it makes one call: retries once ADDRESS METHOD REQUEST_BASE64 SERVICE_CONFIG.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

func connect(address string, configs []string) *grpc.ClientConn {
	options := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	for _, path := range configs {
		config, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		options = append(options, grpc.WithDefaultServiceConfig(string(config)))
	}
	connection, err := grpc.NewClient(address, options...)
	if err != nil {
		panic(err)
	}
	return connection
}

// once makes one call; a message of unknown fields only is sent as it came.
func once(address, method, request string, configs []string) {
	bytes, err := base64.StdEncoding.DecodeString(request)
	if err != nil {
		panic(err)
	}
	message := &emptypb.Empty{}
	if err := proto.Unmarshal(bytes, message); err != nil {
		panic(err)
	}
	connection := connect(address, configs)
	startedAt := time.Now()
	err = connection.Invoke(context.Background(), method, message, &emptypb.Empty{})
	line, _ := json.Marshal(map[string]any{"code": status.Code(err).String(), "ms": time.Since(startedAt).Milliseconds()})
	fmt.Println(string(line))
}

func main() {
	if os.Args[1] == "once" {
		once(os.Args[2], os.Args[3], os.Args[4], os.Args[5:])
		return
	}
	connection := connect(os.Args[1], os.Args[3:])
	var ended atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ended.Store(true)
	}()
	call := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+os.Args[2])
	codes := map[string]int{}
	for !ended.Load() {
		err := connection.Invoke(call, "/postern.auth.v1.AuthService/Validate", &emptypb.Empty{}, &emptypb.Empty{})
		codes[status.Code(err).String()]++
		time.Sleep(20 * time.Millisecond)
	}
	line, _ := json.Marshal(codes)
	fmt.Println(string(line))
}
