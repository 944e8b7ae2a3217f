#!/usr/bin/env bash
# clang-tidy over the C++ files that differ from a commit (default: the last one on this branch), or over all of them.
#   tools/lint/tidy.sh [COMMIT | --all]
# A file takes a quarter of a minute, so the everyday run looks at what changed; --all is for a release.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -f build/dev/compile_commands.json ] || cmake --preset dev -DX1_PCH=OFF >/dev/null
if [ "${1:-}" = --all ]; then
  files=$(git ls-files 'src/*.cpp')
else
  files=$(git diff --name-only --diff-filter=d "${1:-HEAD}" -- 'src/*.cpp')
fi
[ -n "$files" ] || { echo "nothing differs"; exit 0; }
# The flags of a precompiled header are for the compiler that made it: taken out of a copy of the database.
database=$(mktemp -d)
trap 'rm -rf "$database"' EXIT
sed -E 's/ -Xclang -include-pch -Xclang [^ ]+| -Winvalid-pch| -Xclang -emit-pch//g' build/dev/compile_commands.json >"$database/compile_commands.json"
xargs -P "$(nproc)" -n 1 clang-tidy-19 --quiet -p "$database" <<<"$files"
