#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

# Each C file is as clang-format would have it

. "$(dirname "$0")/lib.sh"
need clang-format
while read -r file; do
  expect "$file" clang-format --dry-run -Werror "$file"
done < <(our_files '*.c' '*.h')
finish
