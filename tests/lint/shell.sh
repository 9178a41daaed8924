#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

# Each shell script passes shellcheck

. "$(dirname "$0")/lib.sh"
need shellcheck
while read -r file; do
  case $file in
    *.sh) ;;
    *) head -c 64 "$file" | head -1 | grep -aqE '^#!.*\b(ba)?sh\b' || continue ;;
  esac
  expect "$file" shellcheck -x -P SCRIPTDIR "$file"
done < <(our_files '*')
finish
