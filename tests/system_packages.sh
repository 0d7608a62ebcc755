#!/usr/bin/env bash
# Brings the programs that tests drive. On Debian as root they are installed; elsewhere what is missing is
# named and the tests that need it are skipped. With CI=true a missing program is an error.
set -euo pipefail

NODE_AT_LEAST=20

missing=() # Debian packages
# Debian keeps the server out of PATH, one folder a version.
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
for pair in chromium:chromium firefox-esr:firefox-esr ffmpeg:ffmpeg Xvfb:xvfb wish:tk turnserver:coturn node:nodejs npm:npm; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done

command -v cc >/dev/null || missing+=(gcc libc6-dev)
python3 -c 'import pathlib, sysconfig as s; assert (pathlib.Path(s.get_path("include")) / "Python.h").exists()' \
    2>/dev/null || missing+=(python3-dev)

if ((${#missing[@]})) && ((EUID == 0)) && command -v apt-get >/dev/null; then
    echo "installing ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    # apt's report goes to a file: it is worth reading only when it failed.
    log=$(mktemp)
    if ! { apt-get update && apt-get install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
        tail -n 40 "$log" >&2
        rm -f "$log"
        exit 1
    fi
    rm -f "$log"
    missing=()
fi

if command -v node >/dev/null; then
    major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
    ((major >= NODE_AT_LEAST)) || missing+=("nodejs >= $NODE_AT_LEAST (this is $(node --version))")
fi

((${#missing[@]})) || exit 0
printf 'missing for some tests: %s\n' "${missing[@]}" >&2
[[ "${CI:-}" != true ]]
