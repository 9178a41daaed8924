// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Between the calls that can fail and the table that says which do.  Any
   thread; `from` is where the call came from, and only those out of the module
   count.

   Hidden, since what the library exports stands in for functions of others.
*/

#ifndef RINGSIDE_TESTS_RELIABILITY_FAULTS_H
#define RINGSIDE_TESTS_RELIABILITY_FAULTS_H

#include <stdbool.h>

#pragma GCC visibility push(hidden)

/// True if this call has to fail; errno is set
bool
faults_fails(const char* function, const void* from);

/// Note what the module allocated, in the first process that does
void
faults_note(const void* from, const void* memory);

/// Forget it, whoever frees it
void
faults_forget(const void* memory);

/// The module may come back elsewhere
void
faults_module_goes(void);

#pragma GCC visibility pop

#endif // RINGSIDE_TESTS_RELIABILITY_FAULTS_H
