// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A made-up host, bridge and processor around a real engine

#include "tests/unit/engine_rig.h"

#include "tests/unit/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const RsScalePoint rig_points[3] = {{.value = 0.0f, .label = "Low"},
                                    {.value = 1.0f, .label = "Middle"},
                                    {.value = 5.0f, .label = "High"}};

// clang-format off
const RsParameter rig_parameters[RIG_N] = {
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
  {.symbol = "tone", .name = "Tone", .minimum = -1.0f, .maximum = 1.0f,
   .initial = 0.0f, .scale = RS_SCALE_LINEAR, .port = 6},
  {.symbol = "peak", .name = "Peak", .minimum = -60.0f, .maximum = 0.0f,
   .initial = 0.0f, .scale = RS_SCALE_LINEAR, .port = 7,
   .flags = RS_PARAMETER_OUTPUT},
};
// clang-format on

static void
note(Rig* const rig, const RigCall call)
{
  assert_true(rig->n_calls < RIG_CALLS_MAX);
  rig->calls[rig->n_calls++] = call;
}

static void
set(void* const self, const uint32_t parameter, const float value)
{
  Rig* const rig = (Rig*)self;
  assert_true(parameter < RIG_PEAK);

  const float legal =
    rs_parameter_legal(&rig_parameters[parameter], rig_points, (double)value);
  assert_true(value == legal);
  rig->values[parameter] = value;
  note(rig,
       (RigCall){.kind      = RIG_SET,
                 .frame     = rig->frame,
                 .parameter = parameter,
                 .value     = value});
}

static void
reset(void* const self)
{
  Rig* const rig = (Rig*)self;
  note(rig, (RigCall){.kind = RIG_RESET, .frame = rig->frame});
}

static void
run(void* const               self,
    const float* const* const in,
    float* const* const       out,
    const uint32_t            frames)
{
  (void)in;
  Rig* const rig = (Rig*)self;
  assert_true(frames > 0);
  for (uint32_t c = 0; c < RIG_N; ++c) {
    for (uint32_t i = 0; i < frames; ++i) {
      out[c][i] = rig->values[c];
    }
  }
  note(rig, (RigCall){.kind = RIG_RUN, .frame = rig->frame, .frames = frames});
  rig->frame += frames;
}

static float
output(void* const self, const uint32_t parameter)
{
  (void)self;
  assert_int_equal(parameter, RIG_PEAK);
  return -6.0f;
}

void
rig_open_link(RigLink* const link)
{
  static const RsSegmentsPlan plan = {
    .plugin_uri   = "urn:test:rig",
    .base_name    = "rig",
    .process      = "test",
    .parameters   = rig_parameters,
    .points       = rig_points,
    .n_parameters = RIG_N,
    .n_points     = 3,
    .rate_hz      = RIG_RATE,
  };

  memset(link, 0, sizeof(*link));
  assert_int_equal(rs_segments_create(&link->intake.segments, &plan), 0);

  RsSegments* const segments = &link->intake.segments;
  rs_ring_reader_init(&link->intake.reader,
                      &segments->commands->ring,
                      &segments->telemetry.fixed->read);
  rs_ring_writer_init(
    &link->writer, &segments->commands->ring, &segments->telemetry.fixed->read);
}

void
rig_close_link(RigLink* const link)
{
  rs_segments_close(&link->intake.segments);
}

Rig*
rig_new(void)
{
  Rig* const rig = (Rig*)calloc(1, sizeof(Rig));
  assert_non_null(rig);

  const RsProcessor processor = {rig, set, reset, run, output};
  for (uint32_t i = 0; i < RIG_N; ++i) {
    rig->ports[i]         = rig_parameters[i].initial;
    rig->port_pointers[i] = i == RIG_PEAK ? NULL : &rig->ports[i];
    rig->out[i]           = (float*)calloc(RIG_FRAMES_MAX, sizeof(float));
    assert_non_null(rig->out[i]);
  }

  rig_open_link(&rig->first);
  rig->link    = &rig->first;
  rig->now_ns  = RIG_START_NS;
  rig->control = rs_control_new(rig_parameters,
                                RIG_N,
                                rig_points,
                                3,
                                &processor,
                                RIG_RATE,
                                &rig->first.intake);
  assert_non_null(rig->control);
  return rig;
}

void
rig_free(Rig* const rig)
{
  rs_control_free(rig->control);
  rig_close_link(&rig->first);
  for (uint32_t i = 0; i < RIG_N; ++i) {
    free(rig->out[i]);
  }
  free(rig);
}

int
rig_set_up(void** state)
{
  *state = rig_new();
  return 0;
}

int
rig_tear_down(void** state)
{
  rig_free((Rig*)*state);
  return 0;
}

int64_t
rig_time(const int64_t frame)
{
  return RIG_START_NS + llround((double)frame * 1e9 / RIG_RATE);
}

void
rig_run(Rig* const rig, const uint32_t frames)
{
  float*        outputs[RIG_N] = {NULL};
  const RsCycle cycle          = {
             .in        = NULL,
             .out       = rig->out,
             .n_in      = 0,
             .n_out     = RIG_N,
             .ports     = rig->port_pointers,
             .outputs   = outputs,
             .frames    = frames,
             .now_ns    = rig->now_ns,
             .freewheel = rig->freewheel,
             .teller    = rig->teller,
  };
  const int64_t before = rig->frame;

  outputs[RIG_PEAK] = &rig->peak;
  rs_control_run(rig->control, &cycle);
  assert_int_equal(rig->frame - before, frames);
  rig->now_ns += rig_time(rig->frame) - rig_time(before);
}

RsCommand
rig_gain(const float value)
{
  return (RsCommand){
    .kind = RS_COMMAND_SET, .parameter = RIG_GAIN, .value = value};
}

void
rig_write(Rig* const rig, RsCommand command)
{
  command.sequence = ++rig->link->sequence;
  if (!command.arrival_ns) {
    command.arrival_ns = rig->now_ns - 1000;
  }
  assert_int_equal(rs_ring_write(&rig->link->writer, &command), 0);
}

void
rig_send(Rig* const rig, const RsCommand command)
{
  rig_write(rig, command);
  rs_ring_publish(&rig->link->writer);
}

const RsTelemetry*
rig_telemetry(const Rig* const rig)
{
  return rs_control_current(rig->control)->segments.telemetry.fixed;
}

float
rig_value(const Rig* const rig, const uint32_t parameter)
{
  return rs_float_from_bits(
    rs_control_current(rig->control)->segments.telemetry.values[parameter]);
}

float
rig_ahead_value(const Rig* const rig, const uint32_t parameter)
{
  return rs_float_from_bits(rs_control_current(rig->control)
                              ->segments.telemetry.ahead_values[parameter]);
}

uint32_t
rig_count(const Rig* const rig, const int kind)
{
  uint32_t count = 0;
  for (uint32_t i = 0; i < rig->n_calls; ++i) {
    count += (int)rig->calls[i].kind == kind;
  }
  return count;
}
