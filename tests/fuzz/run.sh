#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

# Run a libFuzzer target on its corpus, then for RINGSIDE_FUZZ_SECONDS (30; 0:
# the corpus alone), or for RINGSIDE_FUZZ_RUNS inputs, from there on, from the
# seed RINGSIDE_FUZZ_SEED (0: another each time).  What it finds stays beside the
# program, as NAME-crash-*, and in the log; new inputs that reach more are thrown
# away.
#
# usage: run.sh PROGRAM CORPUS [OPTION ...]     options of libFuzzer

set -eu
program=$1 corpus=$2
shift 2
name=${program##*/fuzz_}
seconds=${RINGSIDE_FUZZ_SECONDS:-30}
seed=${RINGSIDE_FUZZ_SEED:-0}
dictionary=${corpus%/*/*}/$name.dict

[ -n "$(ls "$corpus")" ] || {
  echo "$corpus is empty: it should hold inputs to begin with" >&2
  exit 1
}

found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT

# Its own exit status for what it found, 77, is that of a test to be skipped
set -- "$@" -error_exitcode=1 -artifact_prefix="${program%/*}/$name-" -print_final_stats=1 \
  -timeout=10 -rss_limit_mb=1024 -close_fd_mask=1 -verbosity=1 -seed="$seed"
[ ! -e "$dictionary" ] || set -- "$@" -dict="$dictionary"
if [ -n "${RINGSIDE_FUZZ_RUNS:-}" ]; then
  set -- "$@" -runs="$RINGSIDE_FUZZ_RUNS"
elif [ "$seconds" = 0 ]; then
  set -- "$@" -runs=0
else
  set -- "$@" -max_total_time="$seconds"
fi

# Little of what is freed is kept, and all of it is filled: what is read behind
# the end of a string is no zero then
asan=detect_stack_use_after_return=1:strict_string_checks=1
asan=$asan:allocator_may_return_null=1:quarantine_size_mb=16
asan=$asan:max_free_fill_size=4096:free_fill_byte=65
asan=$asan:suppressions=${corpus%/*/*}/asan.supp
export ASAN_OPTIONS=$asan:${ASAN_OPTIONS:-}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
status=0
"$program" "$@" "$found" "$corpus" || status=$?

# For those who see no more than this log
for file in "${program%/*}/$name"-*; do
  if [ "$status" != 0 ] && [ "$file" -nt "$found" ]; then
    echo "$file, in base64:"
    base64 -w 76 "$file" | head -n 40
  fi
done
exit "$status"
