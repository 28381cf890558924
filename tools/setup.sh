#!/usr/bin/env bash
# Makes the virtual environment from the lock file. Safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.venv}
python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "unibox needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1). Try: make PYTHON=python3.12 …" >&2
  exit 2
fi
if ! "$python" -m venv "$venv" 2>/tmp/unibox-venv.$$; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get install -y -qq python3-venv >/dev/null
    "$python" -m venv "$venv"
  else
    cat /tmp/unibox-venv.$$ >&2
    echo "Could not make $venv. On Debian and Ubuntu: apt-get install python3-venv" >&2
    exit 2
  fi
fi
rm -f /tmp/unibox-venv.$$
echo "Setting up $venv (once; about a minute) …"
"$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
"$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
"$venv/bin/python" -m compileall -q unibox_tui || true
