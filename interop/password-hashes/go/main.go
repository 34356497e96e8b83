// Prints one JSON line per vector of Ory Kratos' PBKDF2, as vectors.py does. Run by make-vectors.sh, which puts the
// file of Kratos into the folder kratos.
package main

import (
	"context"
	"encoding/json"
	"os"
	"strings"

	hash "vectors/kratos"
)

func main() {
	long := "long " + strings.Repeat("0123456789", 8) + " tail"
	passwords := []string{"correct horse battery", "pässwörd-Ωmega-日本", long}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for _, algorithm := range []string{"sha1", "sha224", "sha256", "sha384", "sha512"} {
		hasher := hash.Pbkdf2{Algorithm: algorithm, Iterations: 2000, SaltLength: 16, KeyLength: 32}
		for _, password := range passwords {
			made, err := hasher.Generate(context.Background(), []byte(password))
			if err != nil {
				panic(err)
			}
			out.Encode(struct {
				Format   string `json:"format"`
				Library  string `json:"library"`
				Password string `json:"password"`
				Hash     string `json:"hash"`
			}{"Kratos pbkdf2 " + algorithm, "Kratos " + os.Args[1], password, string(made)})
		}
	}
}
