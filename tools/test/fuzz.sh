#!/usr/bin/env bash
# Runs every fuzzer on its corpus (fuzz/NAME) and beyond, with AddressSanitizer and UBSan: tools/test/fuzz.sh [SECONDS each]
# Without SECONDS it tries the same inputs each time, so that a failure is of the change that it is seen with; with them
# it goes where no run has been.
# New inputs stay in build/asan/found/NAME; what breaks one is left there too, as crash-…, and named.
set -uo pipefail
cd "$(dirname "$0")/../.."
how_far=(-seed=1 -runs=100000 -max_total_time=60)
[ $# = 0 ] || how_far=(-max_total_time="$1")

# fuzz PROGRAM: one line with what came of it, "ok …" or "FAIL …", and after that what the fuzzer reports.
fuzz() {
  local name found corpus=()
  name=$(basename "$1")
  found=build/asan/found/$name
  mkdir -p "$found"
  [ ! -d "fuzz/$name" ] || corpus=("fuzz/$name")
  if "$1" "${how_far[@]}" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found/" "$found" "${corpus[@]}" >"$found.log" 2>&1; then
    echo "  ok   $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$found.log") inputs"
  else
    echo "  FAIL $name:"
    sed -n '/ERROR: /,$p' "$found.log" | head -n 60
  fi
}

# As many at a time as there are processors; each one's words together, in the order of their names.
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT
for program in build/asan/fuzz/*_fuzz; do
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
  fuzz "$program" >"$said/$(basename "$program")" &
done
wait
cat "$said"/*
passed=$(cat "$said"/* | grep -c '^  ok ')
failed=$(($(ls "$said" | wc -l) - passed))
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
