// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A host that forbids vfork(), too

#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

pid_t
vfork(void)
{
  errno = EAGAIN;
  return -1;
}
