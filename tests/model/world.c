// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// An engine for scenarios, and what it sees in the place of the library

#include "tests/model/world.h"

#include "plugin/control_impl.h"

#include <time.h>

World* world;

// By tests/model/meson.build

void*
model_aligned_alloc(size_t alignment, size_t size);
void
model_ignore(void* memory);
int
model_nanosleep(const struct timespec* time, struct timespec* left);

void*
model_aligned_alloc(const size_t alignment, const size_t size)
{
  (void)alignment;
  return model_alloc(size);
}

void
model_ignore(void* const memory)
{
  (void)memory;
}

int
model_nanosleep(const struct timespec* const time, struct timespec* const left)
{
  (void)time;
  (void)left;
  return 0;
}

// By the linker, in the place of the engine's: the first that the look-ahead
// does with its copy, which must be whole by then

void
__real_rs_engine_begin(RsEngine* engine, // NOLINT: the linker's name
                       int64_t   now_ns,
                       uint32_t  frames,
                       bool      restart);
void
__wrap_rs_engine_begin(RsEngine* engine, // NOLINT: the linker's name
                       int64_t   now_ns,
                       uint32_t  frames,
                       bool      restart);

void
__wrap_rs_engine_begin(RsEngine* const engine, // NOLINT: the linker's name
                       const int64_t   now_ns,
                       const uint32_t  frames,
                       const bool      restart)
{
  model_check(model_copy_is_whole());
  __real_rs_engine_begin(engine, now_ns, frames, restart);
}

// A processor that looks at what it is told

static void
set(void* const self, const uint32_t parameter, const float value)
{
  (void)self;
  if (value == 0.0f || world->is_in_any) {
    return;
  }

  model_check((uint32_t)value % 2u == parameter);
  if (value >= (float)SECOND && world->highest < (float)SECOND) {
    // All that the old bridge published came before
    model_check(world->highest == (float)model_get(NOTE_PUBLISHED));
    world->highest = (float)SECOND;
  }
  if (value >= (float)THIRD && world->highest < (float)THIRD) {
    world->highest = (float)THIRD;
  }

  // In order, none left out, none twice
  model_check(value == world->highest + 1.0f);
  world->highest = value;
}

static void
reset(void* const self)
{
  (void)self;
}

static void
render(void* const               self,
       const float* const* const in,
       float* const* const       out,
       const uint32_t            frames)
{
  (void)self;
  (void)in;
  (void)out;
  (void)frames;
}

static float
output(void* const self, const uint32_t parameter)
{
  (void)self;
  (void)parameter;
  return 0.0f;
}

float
world_value(const uint32_t parameter, const uint32_t count)
{
  return count < 1u ? 0.0f : (float)(count - ((count ^ parameter) & 1u));
}

Attachment*
world_attach(void)
{
  Attachment* const attachment = (Attachment*)model_alloc(sizeof(Attachment));
  RsSegments* const segments   = &attachment->intake.segments;

  segments->commands_size = sizeof(RsCommands) + rs_overflow_size(N_PARAMETERS);
  segments->telemetry_size = rs_telemetry_size(N_PARAMETERS, 0);
  segments->commands       = (RsCommands*)model_alloc(segments->commands_size);
  segments->overflow       = (RsOverflow*)(void*)(segments->commands + 1u);
  rs_telemetry_map(model_alloc(segments->telemetry_size),
                   N_PARAMETERS,
                   0,
                   &segments->telemetry);
  rs_ring_reader_init(&attachment->intake.reader,
                      &segments->commands->ring,
                      &segments->telemetry.fixed->read);
  rs_ring_writer_init(&attachment->writer,
                      &segments->commands->ring,
                      &segments->telemetry.fixed->read);
  model_may_race(segments->commands->ring.slots,
                 sizeof(segments->commands->ring.slots),
                 MODEL_FREE);
  return attachment;
}

void
world_new(void)
{
  world            = (World*)model_alloc(sizeof(World));
  world->processor = (RsProcessor){world, set, reset, render, output};
  for (uint32_t i = 0; i < N_PARAMETERS; ++i) {
    world->parameters[i] = (RsParameter){
      .symbol = {'p', (char)('0' + i)}, .maximum = 1000.0f, .port = i};
  }

  world->first   = world_attach();
  world->control = rs_control_new(world->parameters,
                                  N_PARAMETERS,
                                  NULL,
                                  0,
                                  &world->processor,
                                  48000.0,
                                  &world->first->intake);
  model_may_race(
    world->control->engine, rs_engine_size(N_PARAMETERS), MODEL_TIMED);
  model_clock(&world->control->cycle);
}

void
world_run_once(const uint32_t number)
{
  float* const  out[1] = {world->out};
  const RsCycle cycle  = {.out    = out,
                          .n_out  = 1,
                          .frames = FRAMES,
                          .now_ns = START_NS + ((int64_t)number * CYCLE_NS)};
  rs_control_run(world->control, &cycle);
}

void
world_run(void* const data)
{
  const uint32_t n = (uint32_t)(uintptr_t)data;
  for (uint32_t i = 0; i < n; ++i) {
    world_run_once(i);
  }
  model_put(NOTE_RUN_ENDED, 1);
}

void
world_run_later(void* const data)
{
  (void)data;
  world_run_once(1);
}

void
world_send(RsRingWriter* const writer, const uint32_t number, const bool last)
{
  const RsCommand command = {.sequence   = number,
                             .arrival_ns = START_NS,
                             .kind       = RS_COMMAND_SET,
                             .parameter  = number % 2u,
                             .value      = (float)number};

  model_check(!rs_ring_write(writer, &command));
  if (last) {
    rs_ring_publish(writer);
  }
}
