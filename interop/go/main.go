// Command interop runs one Go verifier: interop VERIFIER USE < job.json prints a line of JSON for each token.
// interop serve VERIFIER USE goes on with the keys that it has read, for interop/rotation.
package main

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
)

// job is what a verifier is told of the service.
type job struct {
	Algorithm string            `json:"algorithm"`
	Issuer    string            `json:"issuer"`
	Audience  string            `json:"audience"`
	Secret    string            `json:"secret"`
	Base      string            `json:"base"`
	JwksURL   string            `json:"jwksUrl"`
	Jwks      json.RawMessage   `json:"jwks"`
	PEM       string            `json:"pem"`
	Tokens    map[string]string `json:"tokens"`
}

func (j job) shared() bool { return j.Algorithm == "HS256" }

func (j job) publicKey() (crypto.PublicKey, error) {
	block, _ := pem.Decode([]byte(j.PEM))
	return x509.ParsePKIXPublicKey(block.Bytes)
}

// verify refuses a token with an error.
type verify func(job job, token string) error

var verifiers = map[string]map[string]verify{
	"golang-jwt":        {"minimal": golangJWT, "configured": golangJWTConfigured},
	"jwx":               {"minimal": jwx, "configured": jwxConfigured},
	"go-jose":           {"minimal": goJose, "configured": goJoseConfigured},
	"cristalhq-jwt":     {"minimal": cristalhq, "configured": cristalhqConfigured},
	"go-jwt-middleware": {"minimal": middleware},
	"go-oidc":           {"minimal": goOIDC, "configured": goOIDCConfigured},
	"go-oidc-discovery": {"minimal": goOIDCDiscovery},
	"hashicorp-cap":     {"minimal": hashicorpCap, "configured": hashicorpCapConfigured},
}

func main() {
	if os.Args[1] == "serve" {
		serve(os.Args[2], os.Args[3] == "configured")
		return
	}
	var given job
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		panic(err)
	}
	check := verifiers[os.Args[1]][os.Args[2]]
	for name, token := range given.Tokens {
		reason := ""
		if err := check(given, token); err != nil {
			reason = err.Error()
		}
		line, _ := json.Marshal(map[string]any{"token": name, "accepted": reason == "", "reason": reason})
		fmt.Println(string(line))
	}
}
