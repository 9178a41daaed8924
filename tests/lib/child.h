// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Children of tests and benchmarks

#ifndef RINGSIDE_TESTS_LIB_CHILD_H
#define RINGSIDE_TESTS_LIB_CHILD_H

#include <sys/types.h>

/// fork(), and the child is killed when its parent ends.  @return as fork()
pid_t
child_fork(void);

#endif // RINGSIDE_TESTS_LIB_CHILD_H
