// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// cmocka, which wants these before it

#ifndef RINGSIDE_TESTS_UNIT_CHECK_H
#define RINGSIDE_TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

#endif // RINGSIDE_TESTS_UNIT_CHECK_H
