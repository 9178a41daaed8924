// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A table of parameters, and an attachment in plain memory

#include "tests/fuzz/table.h"

#include "tests/fuzz/fuzz.h"

const RsScalePoint table_points[TABLE_POINTS] = {
  {.value = 0.0f, .label = "Low"},
  {.value = 1.0f, .label = "Middle"},
  {.value = 5.0f, .label = "High"},
};

// clang-format off
const RsParameter table_parameters[TABLE_N] = {
  {.symbol = "gain", .name = "Gain", .minimum = -24.0f, .maximum = 24.0f,
   .initial = 0.0f, .scale = RS_SCALE_LINEAR, .port = 0},
  {.symbol = "freq", .name = "Frequency", .minimum = 20.0f,
   .maximum = 20000.0f, .initial = 1000.0f, .scale = RS_SCALE_LOG, .port = 1},
  {.symbol = "mute", .name = "Mute", .minimum = 0.0f, .maximum = 1.0f,
   .initial = 0.0f, .scale = RS_SCALE_TOGGLE, .port = 2},
  {.symbol = "step", .name = "Step", .minimum = 0.0f, .maximum = 10.0f,
   .initial = 3.0f, .scale = RS_SCALE_INTEGER, .port = 3},
  {.symbol = "mode", .name = "Mode", .minimum = 0.0f, .maximum = 5.0f,
   .initial = 1.0f, .scale = RS_SCALE_ENUM, .port = 4, .n_points = 3},
  {.symbol = "mix", .name = "Mix", .minimum = 0.0f, .maximum = 1.0f,
   .initial = 1.0f, .scale = RS_SCALE_LINEAR, .port = 5},
  {.symbol = "still", .name = "Still", .minimum = 2.0f, .maximum = 2.0f,
   .initial = 2.0f, .scale = RS_SCALE_LINEAR, .port = 6},
  {.symbol = "peak", .name = "Peak", .minimum = -60.0f, .maximum = 0.0f,
   .initial = -60.0f, .scale = RS_SCALE_LINEAR, .port = 7,
   .flags = RS_PARAMETER_OUTPUT},
};
// clang-format on

bool
table_is_legal(const uint32_t parameter, const float value)
{
  return rs_parameter_legal(
           &table_parameters[parameter], table_points, (double)value) == value;
}

static void
on_set(void* const self, const uint32_t parameter, const float value)
{
  (void)self;
  require(table_is_legal(parameter, value));
}

static void
on_reset(void* const self)
{
  (void)self;
}

static void
on_run(void* const               self,
       const float* const* const in,
       float* const* const       out,
       const uint32_t            frames)
{
  (void)self;
  (void)in;
  (void)out;
  require(frames);
}

static float
on_output(void* const self, const uint32_t parameter)
{
  (void)self;
  return table_parameters[parameter].initial;
}

const RsProcessor table_processor = {NULL, on_set, on_reset, on_run, on_output};

size_t
table_commands_size(void)
{
  return sizeof(RsCommands) + rs_overflow_size(TABLE_N);
}

static void*
zeroed(const size_t size)
{
  void* const memory = aligned_alloc(64u, size);
  require(memory);
  memset(memory, 0, size);
  return memory;
}

RsIntake
table_intake(void)
{
  RsIntake          intake   = {0};
  RsSegments* const segments = &intake.segments;
  segments->commands         = (RsCommands*)zeroed(table_commands_size());
  segments->overflow         = (RsOverflow*)(void*)(segments->commands + 1);
  segments->commands->magic  = RS_COMMANDS_MAGIC;
  segments->commands->layout = RS_LAYOUT_VERSION;
  segments->commands->n_parameters = TABLE_N;

  void* const telemetry = zeroed(rs_telemetry_size(TABLE_N, TABLE_POINTS));
  rs_telemetry_map(telemetry, TABLE_N, TABLE_POINTS, &segments->telemetry);
  for (uint32_t i = 0u; i < TABLE_N; ++i) {
    const uint32_t bits = rs_bits_from_float(table_parameters[i].initial);
    atomic_init(&segments->telemetry.values[i], bits);
    atomic_init(&segments->telemetry.ahead_values[i], bits);
  }

  rs_ring_reader_init(&intake.reader,
                      &segments->commands->ring,
                      &segments->telemetry.fixed->read);
  return intake;
}

void
table_free_intake(RsIntake* const intake)
{
  free(intake->segments.commands);
  free(intake->segments.telemetry.fixed);
  memset(intake, 0, sizeof(*intake));
}
