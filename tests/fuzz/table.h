// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A table of parameters, one of each kind, and an attachment in plain memory,
   whose ends a sanitizer guards as it does not guard mapped files.
*/

#ifndef RINGSIDE_TESTS_FUZZ_TABLE_H
#define RINGSIDE_TESTS_FUZZ_TABLE_H

#include "plugin/control.h"
#include "plugin/processor.h"
#include "shm/parameter.h"

#include <stdbool.h>
#include <stdint.h>

#define TABLE_N 8u
#define TABLE_OUTPUT 7u ///< The one that is an output
#define TABLE_POINTS 3u

extern const RsParameter  table_parameters[TABLE_N];
extern const RsScalePoint table_points[TABLE_POINTS];

/// The parameter may have this value
bool
table_is_legal(uint32_t parameter, float value);

/// A processor without sound, which requires that what it is told is legal
extern const RsProcessor table_processor;

/// Where the command segment ends, behind its beginning
size_t
table_commands_size(void);

/// Fresh segments, as rs_segments_create() fills them
RsIntake
table_intake(void);

void
table_free_intake(RsIntake* intake);

#endif // RINGSIDE_TESTS_FUZZ_TABLE_H
