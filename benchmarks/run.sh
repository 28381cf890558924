#!/usr/bin/env bash
# Measures unibox beside neomutt, notmuch and alot on the same mails. `--quick` takes 5,000 instead of 100,000.
set -eu
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE
missing=()
for name in neomutt notmuch alot; do command -v "$name" >/dev/null || missing+=("$name"); done
if [ ${#missing[@]} -gt 0 ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing to compare with: ${missing[*]} …"
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || true
fi
exec .venv/bin/python -m benchmarks.bench "$@"
