#!/usr/bin/env bash
# build.sh PROGRAM: builds the client with the Go that is there, or with Debian's, which it installs; no network
# but apt's: the client needs nothing but Go's standard library.
set -euo pipefail
PATH=$PATH:/usr/local/go/bin
if ! command -v go >/dev/null; then
    [[ $EUID == 0 ]] || { echo "Go is missing. Install it and try again: apt-get install golang-go" >&2; exit 1; }
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends golang-go
fi
cd "$(dirname "${BASH_SOURCE[0]}")/client"
CGO_ENABLED=0 GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local go build -trimpath -ldflags='-s -w' -o "$1" .
