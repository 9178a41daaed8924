#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

# Nothing lies at the root that tools leave behind: all there is known by name

. "$(dirname "$0")/lib.sh"

known=" .ci .clang-format .clang-tidy .gitignore .reuse LICENSES NEWS README.md
 SECURITY.md docs meson.build meson_options.txt plugin presets scripts shm tests
 ttl ui-bridge "

while read -r name; do
  expect "$name" grep -qF " $name " <<<"${known//$'\n'/ }"
done < <(our_files '*' | cut -d/ -f1 | sort -u)
finish
