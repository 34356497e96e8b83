#!/usr/bin/env bash
# What scripts/pictures/record-tour.sh records: types the lines below and runs them, in a clone that has been built.
set -uo pipefail
AUTH=postern.auth.v1.AuthService
PASSWORD='correct horse battery staple'

type_and_run() {
  local line=$1 word
  printf '\033[1;32m$\033[0m '
  sleep 0.6
  for word in $line; do
    printf '%s ' "$word"
    sleep 0.07
  done
  printf '\n'
  eval "$line"
  sleep "${2:-1.5}"
}

# The service says three lines at its start; its log of the calls would stand in another terminal.
start_service() {
  LOG_FORMAT=pretty npm start --silent > >(head -n 3; cat >/dev/null) &
  service=$!
  for _ in $(seq 100); do
    curl -fs localhost:8080/readyz >/dev/null 2>&1 && break
    sleep 0.1
  done
}

printf '\033[2m# one command: a service with an embedded store\033[0m\n'
printf '\033[1;32m$\033[0m npm start\n'
start_service
sleep 2
printf '\n\033[2m# another terminal: an account, a session\033[0m\n'
type_and_run "grpcurl -plaintext -d '{\"email\": \"ada@example.com\", \"username\": \"ada\", \"password\": \"$PASSWORD\"}' localhost:50051 $AUTH/Register | jq -c '.user | {id, username, roles}'"
type_and_run "TOKENS=\$(grpcurl -plaintext -d '{\"username\": \"ada\", \"password\": \"$PASSWORD\"}' localhost:50051 $AUTH/Login | jq .tokens)" 0.5
type_and_run "BEARER=\"authorization: Bearer \$(jq -r .accessToken <<<\$TOKENS)\"" 0.5
type_and_run "grpcurl -plaintext -H \"\$BEARER\" localhost:50051 $AUTH/Validate | jq -c '.principal | {username, roles}'"
printf '\n\033[2m# the session ends, and its token with it\033[0m\n'
type_and_run "jq '{refreshToken}' <<<\$TOKENS | grpcurl -plaintext -d @ localhost:50051 $AUTH/Logout" 0.8
type_and_run "grpcurl -plaintext -H \"\$BEARER\" localhost:50051 $AUTH/Validate 2>&1 | head -3"
printf '\n\033[2m# who did what\033[0m\n'
type_and_run "node bin/postern.js audit --limit 3 | cut -c1-96" 3
kill -TERM "$service"
wait "$service"
