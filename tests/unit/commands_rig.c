// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the tests of commands say, and expect

#include "tests/unit/commands_rig.h"

#include "tests/unit/check.h"
#include "tests/unit/fake_bridge.h"

#include <lo/lo.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
rig_open(void** state)
{
  (void)state;
  fake_open();
  return 0;
}

int
rig_close(void** state)
{
  (void)state;
  fake_close();
  return 0;
}

void
rig_assert_error(const int code, const char* const part)
{
  char              start[32];
  const char* const replies = fake_replies();
  const char* const at      = strchr(replies + 6, ' ');
  snprintf(start, sizeof(start), " %d ", code);
  if (strncmp(replies, "error ", 6u) || !at ||
      strncmp(at, start, strlen(start)) || !strstr(replies, part) ||
      strchr(replies, '\n')[1]) {
    fail_msg("not one error %d with \"%s\" but: %s", code, part, replies);
  }
  assert_sent("");
}

unsigned int
rig_lines_with(const char* const text, const char* const wanted)
{
  unsigned int n = 0u;
  for (const char* at = text; *at; at = strchr(at, '\n') + 1) {
    const char* const found = strstr(at, wanted);
    n += found && found < strchr(at, '\n') + 1;
  }
  return n;
}

unsigned int
rig_lines_from(const char* lines, const char* const begin)
{
  unsigned int n = 0u;
  for (; *lines; lines += strcspn(lines, "\n"), lines += *lines == '\n') {
    n += !strncmp(lines, begin, strlen(begin));
  }
  return n;
}

lo_bundle
rig_bundle_at(const int64_t ns_ahead)
{
  const int64_t    unix_ns = fake.now_ns + fake.realtime_offset_ns + ns_ahead;
  const lo_timetag tag     = {
        (uint32_t)(unix_ns / 1000000000 + 2208988800),
        (uint32_t)(((uint64_t)(unix_ns % 1000000000) << 32u) / 1000000000u)};
  return lo_bundle_new(tag);
}

void
rig_put(const lo_bundle bundle, const char* address, const char* types, ...)
{
  lo_message message = lo_message_new();
  va_list    args;
  va_start(args, types);
  lo_message_add_varargs(message, types, args);
  va_end(args);
  lo_bundle_add_message(bundle, address, message);
}

void
rig_give(const lo_bundle bundle)
{
  size_t      size   = lo_bundle_length(bundle);
  void* const packet = malloc(size);
  lo_bundle_serialise(bundle, packet, &size);
  fake_packet(packet, size);
  free(packet);
  lo_bundle_free_recursive(bundle);
}
