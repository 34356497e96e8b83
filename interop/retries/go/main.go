// Command retries calls Validate until standard input ends, then prints the codes: retries ADDRESS TOKEN [SERVICE_CONFIG].
package main

import (
	"context"
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
	"google.golang.org/protobuf/types/known/emptypb"
)

func main() {
	options := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	if len(os.Args) > 3 {
		config, err := os.ReadFile(os.Args[3])
		if err != nil {
			panic(err)
		}
		options = append(options, grpc.WithDefaultServiceConfig(string(config)))
	}
	connection, err := grpc.NewClient(os.Args[1], options...)
	if err != nil {
		panic(err)
	}
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
