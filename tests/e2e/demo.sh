#!/usr/bin/env bash
# The demo, as ./run shows it: once with yes, once with no, in a state folder of its own. Then the state is removed.
set -uo pipefail
passed=0 failed=0
work=$(mktemp -d)
export X1_STATE_DIR=$work/state X1_DEMO_DIR=$work/demo XDG_STATE_HOME=$work
trap '"$X1_BIN/x1" down >/dev/null 2>&1; rm -rf "$work"' EXIT

check() { # NAME COMMAND…
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'failed: %s\n' "$name"
  fi
}
shows() { grep -aqF "$1" "$2"; }

demo/demo --yes >"$work/yes.out" 2>&1
check "with yes every step does what it should" test $? = 0
check "every way out was tried and refused" shows "Nothing worked: I am in a box." "$work/yes.out"
check "the first call is refused" shows "was told: permission_required" "$work/yes.out"
check "the dialog shows the request" shows "1. REPORT https://127.0.0.1:" "$work/yes.out"
check "the events are real ones" shows "Flight to Lisbon" "$work/yes.out"
check "the audit is whole" shows "whole: " "$work/yes.out"
check "the audit is closed" bash -c '! grep -aq "still open" "$0"' "$work/yes.out"
check "one changed byte is named by its row" shows "NOT WHOLE: row " "$work/yes.out"
check "nothing is left running" bash -c '! "$X1_BIN/x1" status >/dev/null 2>&1'

demo/demo --yes --deny >"$work/no.out" 2>&1
check "with no the demo does what it should, and finds its state again" test $? = 0
check "the connection of the first start is still there" shows "connected already" "$work/no.out"
check "the agent is told no" shows "The answer is: denied." "$work/no.out"
check "and stays without" shows "once more and was told: permission_" "$work/no.out"
check "no event was read" bash -c '! grep -aq "Flight to Lisbon" "$0"' "$work/no.out"

# The password went to the vault, and nowhere else: not in any file of the state, sealed or not (C3, G1, H2).
password=$(cat "$work/demo/calendar/password")
check "the password is in no file of the state" bash -c '! grep -arqF "$0" "$X1_STATE_DIR"' "$password"

"$X1_BIN/x1" uninstall --yes >"$work/uninstall.out" 2>&1
check "uninstall removes the state" test ! -e "$X1_STATE_DIR"

[ "$failed" = 0 ] || tail -n 40 "$work/yes.out" "$work/no.out"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
