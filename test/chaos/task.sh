#!/usr/bin/env bash
# One shell task of a chaos run. What it does is written where Lifeline cannot reach it.
#
#   task.sh DIRECTORY ID LINES SECONDS
#
#   lock   locks/ID, held by the kernel for as long as anything of this tree lives: refused means that
#          another attempt is at it at this very moment
#   lines  begin, end and overlap, one line each in DIRECTORY/ledger
#   output LINES numbered lines that name the fence, half of them before the wait
directory=$1 id=$2 lines=$3 seconds=$4
say() { echo "$1 $id $LIFELINE_FENCE $EPOCHREALTIME $$" >>"$directory/ledger"; }
print() { seq -f "$LIFELINE_FENCE %.0f ........................................" "$1" "$2"; }
exec 9>"$directory/locks/$id"
flock -n 9 || say overlap
say begin
print 1 $((lines / 2))
sleep "$seconds"
print $((lines / 2 + 1)) "$lines"
say end
