#!/usr/bin/env bash
# Holds the one way to format: every C++ file that git tracks is as clang-format 19 would write it.
set -uo pipefail
mapfile -t files < <(git ls-files 'src/*.cpp' 'src/*.hpp' 'tests/*.cpp' 'tests/*.hpp' 'bench/*.cpp')
mapfile -t wrong < <(printf '%s\n' "${files[@]}" | xargs clang-format-19 --dry-run 2>&1 | sed -n 's/^\([^: ]*\):[0-9].*/\1/p' | sort -u)
[ "${#wrong[@]}" = 0 ] || printf '%s: run clang-format-19 -i on it\n' "${wrong[@]}"
echo "$((${#files[@]} - ${#wrong[@]})) passed, ${#wrong[@]} failed, 0 skipped"
[ "${#wrong[@]}" = 0 ]
