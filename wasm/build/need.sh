#!/bin/sh
# Makes sure that tools are there, and installs them from Debian's packages where that is possible.
# Usage: need.sh 'TOOL...' 'PACKAGE...'     Says nothing when every tool is there already.
# A tool is a command's name, or a pattern of absolute paths.
set -eu
tools=$1 packages=$2

missing() {
    for tool in $tools; do [ -e "$tool" ] || command -v "$tool" >/dev/null || printf '%s ' "$tool"; done | sed 's/ $//; s/ /, /g'
}
fail() {
    printf '\n  %s\n  %s\n\n' "$1" "$2" >&2
    exit 1
}

[ -n "$(missing)" ] || exit 0

help="Install it by hand and run make again (on Debian and Ubuntu: apt-get install $packages)."
command -v apt-get >/dev/null || fail "Not found: $(missing)." "$help"
if [ "$(id -u)" = 0 ]; then as_root=
elif sudo -n true 2>/dev/null; then as_root='sudo -n'
else fail "Not found: $(missing); and no right to install packages." "$help"
fi

mkdir -p build
exec 9>build/apt.lock
flock 9                                      # parallel steps take turns
[ -n "$(missing)" ] || exit 0

printf '  %-8s %s\n' INSTALL "$packages (Debian packages, for $(missing))"
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300"
log=build/apt.log
# shellcheck disable=SC2086
{ $apt update && $apt install -y --no-install-recommends $packages; } >$log 2>&1 </dev/null ||
    { tail -n 5 $log >&2; fail "apt-get could not install $packages (see $log)." "$help"; }
[ -z "$(missing)" ] || fail "Still not found: $(missing)." "$help"
