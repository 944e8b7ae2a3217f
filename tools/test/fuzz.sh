#!/usr/bin/env bash
# Runs every fuzzer on its corpus (fuzz/NAME) and beyond, with AddressSanitizer and UBSan: tools/test/fuzz.sh [SECONDS each]
# New inputs stay in build/fuzz/found/NAME; what breaks one is left there too, as crash-…, and named.
set -uo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-10}
passed=0 failed=0
for program in build/fuzz/fuzz/*_fuzz; do
  name=$(basename "$program")
  found=build/fuzz/found/$name
  mkdir -p "$found"
  corpus=()
  [ ! -d "fuzz/$name" ] || corpus=("fuzz/$name")
  if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
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
