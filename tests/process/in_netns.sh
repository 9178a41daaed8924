#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

# Run a command with the right to make network namespaces: root has it, others
# get it in a user namespace of their own, where the kernel lets them.
#
# usage: in_netns.sh COMMAND...

if [ "$(id -u)" != 0 ] && unshare -Urn true 2>/dev/null; then
  exec unshare -Urn "$@"
fi
exec "$@"
