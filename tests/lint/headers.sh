#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

# Each header compiles alone, and twice
# usage: headers.sh CC [FLAG ...]

. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2046 # words wanted
set -- "$@" $(pkg-config --cflags lv2 lilv-0 liblo cairo | sed 's/-I/-isystem/g')

while read -r header; do
  name=$header
  # shellcheck disable=SC2016 # expanded by the inner shell
  expect "$name" sh -c '
    header=$1
    shift
    printf "#include \"%s\"\n#include \"%s\"\n" "$header" "$header" |
      "$@" -x c -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror \
        -fsyntax-only -' sh "$header" "$@"
done < <(our_files '*.h')
finish
