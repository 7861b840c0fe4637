#!/bin/sh
# Runs unit test programs, native ones and wasm ones, each to its end. Usage: run_unit.sh PROGRAM...
failed=0
for program in "$@"; do
    case $program in
    *.wasm) node --no-warnings tests/tools/run_wasi.mjs "$program" -q ;;
    *) "$program" -q ;;
    esac || { failed=1; printf '%s failed\n' "$program"; }
done
exit $failed
