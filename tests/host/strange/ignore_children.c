// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A host that ignores SIGCHLD, so that its children leave nothing to reap

#include <signal.h>

__attribute__((constructor)) static void
begin(void)
{
  signal(SIGCHLD, SIG_IGN);
}
