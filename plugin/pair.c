// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Making attachments

#include "plugin/pair.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void*
map_private(const size_t size)
{
  void* const base = mmap(NULL,
                          size,
                          PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
                          -1,
                          0);

  return base == MAP_FAILED ? NULL : base;
}

/// The same memory without files, for a plugin that stays alone
static RsStatus
create_private(RsSegments* const segments, const RsSegmentsPlan* const plan)
{
  const uint32_t n    = plan->n_parameters;
  RsSegments     made = {.commands_fd = -1, .telemetry_fd = -1};

  made.commands_size  = sizeof(RsCommands) + rs_overflow_size(n);
  made.telemetry_size = rs_telemetry_size(n, plan->n_points);
  made.commands       = (RsCommands*)map_private(made.commands_size);
  void* const base    = map_private(made.telemetry_size);
  if (!made.commands || !base) {
    made.telemetry.fixed = (RsTelemetry*)base;
    rs_segments_close(&made);
    return RS_SYSTEM;
  }

  made.overflow = (RsOverflow*)(void*)(made.commands + 1u);
  rs_telemetry_map(base, n, plan->n_points, &made.telemetry);
  made.telemetry.fixed->identity.rate_hz = plan->rate_hz;
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t bits = rs_bits_from_float(plan->parameters[i].initial);
    atomic_init(&made.telemetry.values[i], bits);
    atomic_init(&made.telemetry.ahead_values[i], bits);
  }

  *segments = made;
  return RS_SUCCESS;
}

RsIntake*
rs_pair_new(const RsSegmentsPlan* const plan)
{
  RsIntake* const intake = (RsIntake*)calloc(1, sizeof(RsIntake));
  if (!intake) {
    return NULL;
  }

  if (rs_segments_create(&intake->segments, plan) &&
      create_private(&intake->segments, plan)) {
    free(intake);
    return NULL;
  }

  rs_ring_reader_init(&intake->reader,
                      &intake->segments.commands->ring,
                      &intake->segments.telemetry.fixed->read);
  return intake;
}

void
rs_pair_free(RsIntake* const intake)
{
  if (intake) {
    rs_segments_close(&intake->segments);
    free(intake);
  }
}
