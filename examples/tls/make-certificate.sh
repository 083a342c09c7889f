#!/bin/sh
# Prints a Secret with a new certificate for shop.localhost and api.localhost, signed by itself. Needs openssl.
#   sh make-certificate.sh > secret.yaml
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=shop.localhost \
  -addext subjectAltName=DNS:shop.localhost,DNS:api.localhost -keyout "$dir/tls.key" -out "$dir/tls.crt" 2> "$dir/log" ||
  { cat "$dir/log" >&2; exit 1; }
cat <<EOF
apiVersion: v1
kind: Secret
metadata: { name: localhost-tls }
type: kubernetes.io/tls
data:
  tls.crt: $(base64 < "$dir/tls.crt" | tr -d '\n')
  tls.key: $(base64 < "$dir/tls.key" | tr -d '\n')
EOF
