#!/bin/sh
# Runs unit test programs, native ones and wasm ones, some at once; prints what each said when it has ended.
# Usage: run_unit.sh JOBS PROGRAM...
if [ "$1" = --one ]; then
    case $2 in
    *.wasm) said=$(node --no-warnings tests/tools/run_wasi.mjs "$2" -q 2>&1) ;;
    *) said=$("$2" -q 2>&1) ;;
    esac || said="$said
$2 failed" failed=1
    printf '%s\n' "$said"
    exit ${failed:-0}
fi
jobs=$1
shift
printf '%s\0' "$@" | xargs -0 -n 1 -P "$jobs" "$0" --one
