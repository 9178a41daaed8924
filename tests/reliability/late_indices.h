// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Where the module of late_indices.c begins to count

#ifndef RINGSIDE_TESTS_RELIABILITY_LATE_INDICES_H
#define RINGSIDE_TESTS_RELIABILITY_LATE_INDICES_H

#define LATE_INDEX 0xffffff80u ///< Of the ring: 128 commands before the wrap
#define LATE_LOCK 0xfffffff8u  ///< Of tables: four times written
#define LATE_CYCLE 0xffffff00u ///< Of run(): 128 times called

#endif // RINGSIDE_TESTS_RELIABILITY_LATE_INDICES_H
