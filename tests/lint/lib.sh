# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

# What the lint tests share: TAP, and the list of files that are ours.
# To be sourced; the working directory becomes the root of the source tree.

set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
lines=0

# result STATUS NAME: one TAP line
result()
{
  lines=$((lines + 1))
  if [ "$1" = 0 ]; then echo "ok $lines - $2"; else echo "not ok $lines - $2"; fi
}

# expect NAME COMMAND...: run it, its output to stderr, which meson shows
expect()
{
  local name=$1 output status
  shift
  output=$("$@" 2>&1)
  status=$?
  result $status "$name"
  [ $status = 0 ] || printf '%s\n' "$output" >&2
}

# need COMMAND: or else skip the whole test
need()
{
  command -v "$1" >/dev/null || {
    echo "1..0 # SKIP $1 is not installed"
    exit 0
  }
}

# our_files PATTERN...: committed files, or about to be
our_files()
{
  if git rev-parse --git-dir >/dev/null 2>&1; then
    git ls-files -co --exclude-standard -- "$@" | sort -u |
      while read -r file; do [ ! -e "$file" ] || printf '%s\n' "$file"; done
  else
    local pattern
    for pattern in "$@"; do find . -path "./$pattern" -type f; done |
      sed 's|^\./||' | grep -v '^build' | sort -u
  fi
}

finish() { echo "1..$lines"; }
