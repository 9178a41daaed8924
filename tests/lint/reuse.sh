#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

# Each file says whose it is and under which licence (reuse.software)

. "$(dirname "$0")/lib.sh"
need reuse
expect "reuse lint" reuse lint
finish
