#!/bin/sh
# Whether the Go client is in order: vetted, free of data races in its tests, and its generated code as the proto files
# have it. Run from anywhere; needs Go.
set -eu

cd "$(dirname "$0")/../.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
node_modules/.bin/buf generate --template clients/go/buf.gen.yaml -o "$fresh"
diff -r clients/go/authv1 "$fresh/clients/go/authv1"
cd clients/go
test -z "$(gofmt -l .)"
export GOFLAGS=-buildvcs=false
go vet ./...
go test -race ./...
