#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

# Each C file that the build compiles passes clang-tidy (.clang-tidy, and
# tests/.clang-tidy for less depth), and so do those that only clang compiles.
# Takes what other tests leave over
# usage: tidy.sh BUILD-FOLDER

. "$(dirname "$0")/lib.sh"
. scripts/lib.sh
need clang-tidy
build=$1
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
stand_back

# A file that goes into several programs would be looked at once for each
mapfile -t clangs < <(our_files 'tests/model/*.c' tests/unit/tsan_ring.c)
"$python" -c '
import json, os, sys
commands = {c["file"]: c for c in reversed(json.load(sys.stdin))}
for file in sys.argv[1:]:
    if not any(known.endswith("/" + file) for known in commands):
        path = os.path.abspath(file)
        commands[path] = {
            "directory": os.getcwd(), "file": path,
            "arguments": ["cc", "-std=c11", "-D_GNU_SOURCE", "-I.", "-c", path]}
json.dump(list(commands.values()), sys.stdout)
' "${clangs[@]}" <"$build/compile_commands.json" \
  >"$output/compile_commands.json" || exit 1

# shellcheck disable=SC2016 # expanded by the inner shell
our_files '*.c' | while read -r file; do
  if grep -q "/$file\"" "$output/compile_commands.json"; then echo "$file"; fi
done | tee "$output/files" |
  xargs -P "$(nproc)" -I FILE sh -c '
    log=$2/$(echo "$1" | tr / _)
    clang-tidy -p "$2" --quiet --extra-arg=-Wno-unknown-warning-option \
      --extra-arg=-Wno-unused-command-line-argument \
      --extra-arg=-Wno-ignored-optimization-argument \
      "$1" >"$log.log" 2>"$log.err"
    echo $? >"$log.status"
  ' sh FILE "$output"

while read -r file; do
  log=$output/$(echo "$file" | tr / _)
  result "$(cat "$log.status")" "$file"
  [ "$(cat "$log.status")" = 0 ] || cat "$log.log" "$log.err" >&2
done <"$output/files"
finish
