// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The engine between its threads: run() of the audio thread, the look-ahead
   and the renewal of the link thread, restoring by a host's thread, and the
   bridge that writes commands and reads telemetry.

   Command number n (from 1) sets parameter n % 2 to n, so the values after so
   many commands are known.  Those of a second attachment go on from SECOND.
*/

#include "tests/model/scenarios.h"

#include "plugin/control_impl.h"

#include <stdlib.h>
#include <time.h>

#define N_PARAMETERS 2u
#define SECOND 100
#define FRAMES 16u
#define CYCLE_NS 1000000
#define START_NS 1000000000

typedef struct {
  RsIntake     intake;
  RsRingWriter writer; ///< The bridge's end
} Attachment;

typedef struct {
  RsControl*  control;
  Attachment* first;
  Attachment* second;
  RsProcessor processor;
  RsParameter parameters[N_PARAMETERS];
  float       out[FRAMES];
  float       highest; ///< Of all that the processor was told
} World;

static World* world;
static int    old_bridge;

enum { NOTE_ATTACHED, NOTE_PUBLISHED, NOTE_RUN_ENDED };

// What the sources see in the place of the library, by tests/model/meson.build

void*
model_aligned_alloc(const size_t alignment, const size_t size)
{
  (void)alignment;
  return model_alloc(size);
}

int
model_nanosleep(const struct timespec* const time, struct timespec* const left)
{
  (void)time;
  (void)left;
  model_prune(); // It tries again: nothing is new in that
}

void
model_ignore(void* const memory)
{
  (void)memory;
}

// A processor that looks at what it is told

static void
set(void* const self, const uint32_t parameter, const float value)
{
  (void)self;
  model_check(value == 0.0f || (uint32_t)value % 2u == parameter);
  if (value >= (float)SECOND && world->highest < (float)SECOND) {
    // All that the old bridge published came before
    model_check(world->highest == (float)model_get(NOTE_PUBLISHED));
    world->highest = (float)SECOND;
  }
  if (value > 0.0f) { // In order, none left out, none twice
    model_check(value == world->highest + 1.0f);
    world->highest = value;
  }
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
value_after(const uint32_t parameter, const uint32_t count)
{
  return count < 1u ? 0.0f : (float)(count - ((count ^ parameter) & 1u));
}

static Attachment*
new_attachment(void)
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

static void
set_up_world(void)
{
  world            = (World*)model_alloc(sizeof(World));
  world->processor = (RsProcessor){world, set, reset, render, output};
  for (uint32_t i = 0; i < N_PARAMETERS; ++i) {
    world->parameters[i] = (RsParameter){
      .symbol = {'p', (char)('0' + i)}, .maximum = 1000.0f, .port = i};
  }

  world->first   = new_attachment();
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

// Audio thread

static void
run_once(const uint32_t number)
{
  float* const  out[1] = {world->out};
  const RsCycle cycle  = {.out    = out,
                          .n_out  = 1,
                          .frames = FRAMES,
                          .now_ns = START_NS + (int64_t)number * CYCLE_NS};
  rs_control_run(world->control, &cycle);
}

static void
run_cycles(void* const data)
{
  const uint32_t n = (uint32_t)(uintptr_t)data;
  for (uint32_t i = 0; i < n; ++i) {
    run_once(i);
  }
}

// Bridge

static bool
send_command(RsRingWriter* const writer, const uint32_t number, const bool last)
{
  const RsCommand command = {.sequence   = number,
                             .arrival_ns = START_NS,
                             .kind       = RS_COMMAND_SET,
                             .parameter  = number % 2u,
                             .value      = (float)number};

  const RsStatus st = rs_ring_write(writer, &command);
  model_check(!st || st == RS_FULL);
  if (!st && last) {
    rs_ring_publish(writer);
  }
  return !st;
}

/// Pairs of commands, so that a ring of four goes round
static void
send_pairs(void* const data)
{
  const uint32_t      n      = (uint32_t)(uintptr_t)data;
  RsRingWriter* const writer = &world->first->writer;
  for (uint32_t i = 0; i < n; ++i) {
    uint32_t space = 0;
    model_check(!rs_ring_space(writer, &space));
    if (space < 2u) {
      return;
    }
    model_check(send_command(writer, 2u * i + 1u, false));
    model_check(send_command(writer, 2u * i + 2u, true));
  }
}

// Link thread

static void
look_ahead(void* const data)
{
  RsControl* const   control = world->control;
  const uint32_t     n       = (uint32_t)(uintptr_t)data;
  const RsTelemetry* fixed   = world->first->intake.segments.telemetry.fixed;
  for (uint32_t i = 0; i < n; ++i) {
    model_copy_begin();
    const RsStatus st =
      rs_control_look_ahead(control, START_NS + 10 * CYCLE_NS);
    const uint32_t cycle =
      atomic_load_explicit(&fixed->ahead_cycle, memory_order_relaxed);
    const bool is_right = model_copy_end(cycle);
    if (!st) {
      model_check(is_right);
      const uint32_t head =
        atomic_load_explicit(&fixed->ahead_head, memory_order_relaxed);
      for (uint32_t p = 0; p < N_PARAMETERS; ++p) {
        model_check(control->ahead->slots[p].value == value_after(p, head));
      }
      model_check(!control->ahead->counts.faults);
    }
  }
}

void
scenario_ahead(void)
{
  set_up_world();
  model_thread("audio", run_cycles, (void*)1, 0, -1);
  model_thread("bridge", send_pairs, (void*)3, 0, -1);
  model_thread("link", look_ahead, (void*)1, 0, -1);
}

void
scenario_told(void)
{
  set_up_world();
  model_check(send_command(&world->first->writer, 1, false));
  model_check(send_command(&world->first->writer, 2, true));
  model_thread("audio", run_cycles, (void*)1, 0, -1);
  model_thread("bridge",
               read_telemetry,
               model_bridge(&world->first->intake.segments, world->parameters),
               0,
               -1);
  model_thread("link", look_ahead, (void*)1, 0, -1);
}

// Renewal

static void
send_until_killed(void* const data)
{
  (void)data;
  for (uint32_t i = 1; i <= 2u; ++i) {
    model_check(send_command(&world->first->writer, i, true));
    model_put(NOTE_PUBLISHED, i);
  }
}

static void
send_second(void* const data)
{
  (void)data;
  model_wait_end(old_bridge);
}

static bool
is_run_ended(void)
{
  return model_get(NOTE_RUN_ENDED);
}

static void
renew(void* const data)
{
  (void)data;
  // The old bridge is dead for sure, then a new pair is offered, and sent
  model_wait_end(old_bridge);
  RsControl* const control = world->control;
  RsIntake* const  before  = rs_control_offer(control, &world->second->intake);
  model_check(!before);
  for (uint32_t i = 1; i <= 2u; ++i) {
    model_check(send_command(&world->second->writer, SECOND + i, true));
  }
  RsIntake* old = rs_control_retired(control);
  if (!old) {
    model_wait(is_run_ended);
    old = rs_control_retired(control);
  }
  if (!old) {
    return;
  }
  model_check(old == &world->first->intake);
  model_check(rs_control_current(control) == &world->second->intake);
  model_release(old->segments.commands, old->segments.commands_size);
  model_release(old->segments.telemetry.fixed, old->segments.telemetry_size);
  model_release(world->first, sizeof(*world->first));
}

static void
run_renewed(void* const data)
{
  (void)data;
  for (uint32_t i = 0; i < 3u; ++i) {
    run_once(i);
  }
  model_put(NOTE_RUN_ENDED, 1);
}

void
scenario_renewal(void)
{
  set_up_world();
  world->second = new_attachment();
  old_bridge =
    model_thread("old bridge", send_until_killed, NULL, MODEL_KILLABLE, -1);
  model_thread("audio", run_renewed, NULL, 0, -1);
  model_thread("link", renew, NULL, 0, -1);
  (void)send_second;
}
