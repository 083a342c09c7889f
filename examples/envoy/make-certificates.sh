#!/bin/sh
# Writes certificates for shop.localhost and ledger.localhost, each signed by itself, to certificates/ beside this file. Needs openssl.
set -eu
dir=$(dirname "$0")/certificates
mkdir -p "$dir"
for name in shop ledger; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$name.localhost" \
    -addext "subjectAltName=DNS:$name.localhost" -keyout "$dir/$name.key" -out "$dir/$name.crt" 2> "$dir/log" ||
    { cat "$dir/log" >&2; exit 1; }
done
