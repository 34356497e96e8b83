#!/bin/sh
# Prints the vectors of Ory Kratos: its own file of PBKDF2, which alone needs little of the rest of Kratos.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
version=v1.3.1
cp "$here/go/main.go" "$here/go/go.mod" .
mkdir kratos
go mod download "github.com/ory/kratos@$version"
cp "$(go env GOMODCACHE)/github.com/ory/kratos@$version/hash/hasher_pbkdf2.go" kratos/
cat > kratos/rest.go <<'GO'
package hash

const tracingComponent = "vectors"

// IsPbkdf2Hash is of a file that needs the whole of Kratos; nothing here calls it.
func IsPbkdf2Hash([]byte) bool { return true }
GO
GOFLAGS=-mod=mod go run . "$version"
