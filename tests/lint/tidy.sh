#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

# Each C file that the build compiles passes clang-tidy (.clang-tidy)
# usage: tidy.sh BUILD-FOLDER

. "$(dirname "$0")/lib.sh"
need clang-tidy
build=$1
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT

# shellcheck disable=SC2016 # expanded by the inner shell
our_files '*.c' | while read -r file; do
  if grep -q "/$file\"" "$build/compile_commands.json"; then echo "$file"; fi
done | tee "$output/files" |
  xargs -P "$(nproc)" -I FILE sh -c '
    log=$2/$(echo "$1" | tr / _)
    clang-tidy -p "$3" --quiet --extra-arg=-Wno-unknown-warning-option \
      --extra-arg=-Wno-unused-command-line-argument \
      --extra-arg=-Wno-ignored-optimization-argument \
      "$1" >"$log.log" 2>"$log.err"
    echo $? >"$log.status"
  ' sh FILE "$output" "$build"

while read -r file; do
  log=$output/$(echo "$file" | tr / _)
  result "$(cat "$log.status")" "$file"
  [ "$(cat "$log.status")" = 0 ] || cat "$log.log" "$log.err" >&2
done <"$output/files"
finish
