#!/bin/sh
# Prints the first node on PATH that is new enough: a distribution's older one may stand beside the user's own.
# Usage: find_node.sh MAJOR
IFS=:
for folder in $PATH; do
    [ -x "$folder/node" ] || continue
    major=$("$folder/node" -p 'process.versions.node.split(".")[0]' 2>/dev/null) || continue
    [ "$major" -ge "$1" ] && { printf '%s\n' "$folder/node"; exit; }
done
exit 1
