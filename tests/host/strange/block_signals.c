// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A host that blocks all signals, in every thread

#include <signal.h>
#include <stddef.h>

__attribute__((constructor)) static void
begin(void)
{
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
}
