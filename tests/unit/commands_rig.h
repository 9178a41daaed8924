// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the tests of commands say, and expect, around a bridge that only writes
   down (fake_bridge.h).
*/

#ifndef RINGSIDE_TESTS_UNIT_COMMANDS_RIG_H
#define RINGSIDE_TESTS_UNIT_COMMANDS_RIG_H

#include "tests/unit/fake_bridge.h"

#include <lo/lo.h>
#include <stdint.h>

/// All that one message leads to
#define SAY(...) fake_say(__VA_ARGS__, LO_MARKER_A, LO_MARKER_B)
#define assert_sent(expected) assert_string_equal(fake_sent(), expected)
#define assert_replies(expected) assert_string_equal(fake_replies(), expected)

/// One error of this code with this in its sentence, and nothing sent
#define assert_error(code, part) rig_assert_error(code, part)

/// One test, with a fresh bridge
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_open, rig_close)

int
rig_open(void** state);

int
rig_close(void** state);

void
rig_assert_error(int code, const char* part);

/// Lines with this text in them
unsigned int
rig_lines_with(const char* text, const char* wanted);

/// Lines that begin so
unsigned int
rig_lines_from(const char* lines, const char* begin);

// Bundles

/// An empty one, for this time
lo_bundle
rig_bundle_at(int64_t ns_ahead);

/// Put a message into it; the arguments end as those of fake_say()
void
rig_put(lo_bundle bundle, const char* address, const char* types, ...);

#define PUT(...) rig_put(__VA_ARGS__, LO_MARKER_A, LO_MARKER_B)

/// Give it to the bridge, and free it
void
rig_give(lo_bundle bundle);

#endif // RINGSIDE_TESTS_UNIT_COMMANDS_RIG_H
