#!/bin/sh
# Refuses an emcc that is too old. Usage: check_emcc.sh emcc 3.1.6
set -eu
version=$("$1" --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9][0-9.]*\).*/\1/p')
oldest=$(printf '%s\n' "$2" "$version" | sort -V | head -n 1)
[ "$oldest" = "$2" ] || {
    printf '\n  %s is version %s; this project needs Emscripten %s or newer.\n\n' "$1" "${version:-unknown}" "$2" >&2
    exit 1
}
printf '  %-8s %s\n' TOOLS "emscripten $version"
