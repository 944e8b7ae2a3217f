#!/usr/bin/env bash
# Runs every fuzzer on its corpus (fuzz/NAME) and beyond, with AddressSanitizer and UBSan: tools/test/fuzz.sh [SECONDS each]
# Without SECONDS it tries the same inputs each time, so that a failure is of the change that it is seen with; with them
# it goes where no run has been.
# New inputs stay in build/asan/found/NAME; what breaks one is left there too, as crash-…, and named.
set -uo pipefail
cd "$(dirname "$0")/../.."
how_far=(-seed=1 -runs=100000 -max_total_time=60)
[ $# = 0 ] || how_far=(-max_total_time="$1")
passed=0 failed=0
for program in build/asan/fuzz/*_fuzz; do
  name=$(basename "$program")
  found=build/asan/found/$name
  mkdir -p "$found"
  corpus=()
  [ ! -d "fuzz/$name" ] || corpus=("fuzz/$name")
  if "$program" "${how_far[@]}" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found/" "$found" "${corpus[@]}" >"$found.log" 2>&1; then
    passed=$((passed + 1))
    echo "  $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$found.log") inputs"
  else
    failed=$((failed + 1))
    echo "  FAIL $name:"
    tail -n 30 "$found.log"
  fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
