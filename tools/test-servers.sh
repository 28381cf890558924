#!/usr/bin/env bash
# The servers the tests talk to: Dovecot, Chromium, tmux. Installed with apt where that is possible;
# otherwise the tests that need them are skipped (and fail under CI, where nothing may be missing).
set -u
missing=()
command -v dovecot >/dev/null || [ -x /usr/sbin/dovecot ] || missing+=(dovecot-imapd)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v tmux >/dev/null || missing+=(tmux)
[ ${#missing[@]} -eq 0 ] && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing for the tests: ${missing[*]} …"
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "Not here: ${missing[*]}. Their tests are skipped; install them to run these too." >&2
fi
exit 0
