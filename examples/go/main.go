// A service whose handlers know who calls. See README.md.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"postern"
)

func main() {
	address := os.Getenv("POSTERN_ADDRESS")
	if address == "" {
		address = "localhost:50051"
	}
	options := []postern.Option{postern.WithAPIKey(os.Getenv("POSTERN_API_KEY"))}
	if url := os.Getenv("POSTERN_JWKS_URL"); url != "" {
		options = append(options, postern.WithKeysURL(url))
	}
	client, err := postern.Dial(context.Background(), address, options...)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", hello)
	mux.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) {
		principal := postern.FromContext(r.Context())
		fmt.Fprintf(w, "%s %v\n", principal.Username, principal.Roles)
	})
	mux.HandleFunc("GET /admin", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "You may.") })
	mux.HandleFunc("GET /ticks", ticks)

	protect := postern.HTTPMiddleware(client, postern.Optional("/hello"), postern.Roles("/admin", "admin"))
	port := os.Getenv("PORT")
	if port == "" {
		port = "8081"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("listening on http://%s", listener.Addr())
	log.Fatal(http.Serve(listener, protect(mux)))
}

func hello(w http.ResponseWriter, r *http.Request) {
	name := "stranger"
	if principal := postern.FromContext(r.Context()); principal != nil {
		name = principal.Username
	}
	fmt.Fprintf(w, "Hello, %s\n", name)
}

// ticks goes on until the caller leaves or logs out.
func ticks(w http.ResponseWriter, r *http.Request) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		fmt.Fprintln(w, time.Now().Format(time.TimeOnly))
		http.NewResponseController(w).Flush()
		select {
		case <-ticker.C:
		case <-r.Context().Done():
			fmt.Fprintln(w, "Goodbye:", context.Cause(r.Context()))
			return
		}
	}
}
