// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A bridge that writes anything into its command segment, against run(), the
   look-ahead and saving: in bounds, legal values, no more work than a full ring
   makes, and never a hang.

   Input: steps, each a byte that says what, and its numbers.
*/

#include "plugin/control_impl.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/table.h"

#include <math.h>

#define FRAMES_MAX 512u
#define STEPS_MAX 400u

typedef struct {
  RsControl* control;
  RsIntake   intakes[3];
  uint32_t   at; ///< Of the intake that the bridge has
  int64_t    now_ns;
  uint64_t   sequence;
  float      ports[TABLE_N];
  float      peak;
  bool       freewheel;
  bool       is_told;
  bool       is_told_at_once;
  float      values[TABLE_N];
  float      channel[FRAMES_MAX];
  uint32_t   n_frames;
  uint32_t   n_sets;
} Host;

static void
on_set(void* const self, const uint32_t parameter, const float value)
{
  Host* const host = (Host*)self;
  require(parameter < TABLE_OUTPUT && table_is_legal(parameter, value));
  host->values[parameter] = value;
  ++host->n_sets;
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
  (void)in;
  Host* const host = (Host*)self;
  require(frames && host->n_frames + frames <= FRAMES_MAX);
  require(out[0] == host->channel + host->n_frames);
  for (uint32_t i = 0u; i < frames; ++i) {
    float sum = 0.0f;
    for (uint32_t p = 0u; p < TABLE_N; ++p) {
      sum += host->values[p];
    }
    out[0][i] = sum;
  }
  host->n_frames += frames;
}

static float
on_output(void* const self, const uint32_t parameter)
{
  (void)self;
  require(parameter == TABLE_OUTPUT);
  return -6.0f;
}

static RsTold
on_value(void* const    self,
         const uint32_t port,
         const float    value,
         const bool     begins)
{
  (void)begins;
  Host* const host = (Host*)self;
  require(port < TABLE_OUTPUT && table_is_legal(port, value));
  if (host->now_ns % 3 == 0) {
    return host->now_ns % 2 ? RS_TOLD_LATER : RS_TOLD_REFUSED;
  }
  if (host->now_ns % 5) {
    host->ports[port] = value;
  }
  return RS_TOLD;
}

static RsTold
on_end(void* const self, const uint32_t port)
{
  (void)self;
  require(port < TABLE_OUTPUT);
  return RS_TOLD;
}

static void
check(const Host* const host)
{
  const RsEngine* const       engine = host->control->engine;
  const RsTelemetryMap* const map =
    &rs_control_current(host->control)->segments.telemetry;

  require(engine->n_ramps <= TABLE_N && engine->n_told <= TABLE_N);
  require(engine->heap.count <= RS_HEAP_MAX);
  for (uint32_t i = 0u; i < TABLE_OUTPUT; ++i) {
    require(table_is_legal(i, engine->slots[i].value));
    require(host->values[i] == engine->slots[i].value);
    require(rs_float_from_bits(map->values[i]) == engine->slots[i].value);
    require(table_is_legal(i, rs_float_from_bits(map->ahead_values[i])));
  }
}

static void
run(Host* const host, const uint32_t frames)
{
  const RsTeller teller = {.self            = host,
                           .can_answer      = true,
                           .answers_at_once = host->is_told_at_once,
                           .is_rolling      = true,
                           .value           = on_value,
                           .end             = on_end};
  const float*   ports[TABLE_N];
  float*         outputs[TABLE_N] = {NULL};
  float*         out[1]           = {host->channel};
  for (uint32_t i = 0u; i < TABLE_N; ++i) {
    ports[i] = i == TABLE_OUTPUT ? NULL : &host->ports[i];
  }
  outputs[TABLE_OUTPUT] = &host->peak;

  const RsCycle cycle = {.out       = out,
                         .n_out     = 1u,
                         .ports     = ports,
                         .outputs   = outputs,
                         .frames    = frames,
                         .now_ns    = host->now_ns,
                         .freewheel = host->freewheel,
                         .teller    = host->is_told ? &teller : NULL};
  host->n_frames      = 0u;
  host->n_sets        = 0u;
  rs_control_run(host->control, &cycle);

  // Every command sets once at most, but a restore and ramps set all
  require(host->n_frames == frames);
  require(host->n_sets <=
          RS_HEAP_MAX + RS_RING_SLOTS + (frames / 32u + 4u) * TABLE_N * 2u);
  for (uint32_t i = 0u; i < frames; ++i) {
    require(isfinite(host->channel[i]));
  }
  check(host);
}

static RsSegments*
segments_of(Host* const host)
{
  return &host->intakes[host->at].segments;
}

/// A command whose fields are mostly right
static void
write_command(Host* const host, Input* const input)
{
  static const double seconds[] = {0.0, 0.001, 0.02, 1.0, 3600.0, 4e9, -1.0};

  RsRing* const  ring    = &segments_of(host)->commands->ring;
  const uint32_t tail    = atomic_load(&ring->tail);
  const uint8_t  shape   = input_u8(input);
  RsCommand      command = {.sequence   = ++host->sequence,
                            .arrival_ns = host->now_ns - 1000,
                            .kind       = shape & 7u,
                            .parameter  = input_u8(input) % (TABLE_N + 1u),
                            .curve      = shape >> 3u & 3u,
                            .serial     = 1u};
  const uint32_t bits    = input_u32(input);
  command.value          = shape & 32u ? rs_float_from_bits(bits)
                                       : (float)(int16_t)(bits & 0xffffu) / 100.0f;
  command.seconds        = seconds[(bits >> 16u) % 7u];
  if (shape & 64u) {
    command.time_ns = host->now_ns + (int32_t)input_u32(input);
  }
  if (shape & 128u) {
    command.sequence = input_u64(input);
  }
  ring->slots[tail % RS_RING_SLOTS] = command;
  atomic_store(&ring->tail, tail + 1u);
}

static void
write_overflow(Host* const host, Input* const input)
{
  RsOverflow* const overflow = segments_of(host)->overflow;
  const uint8_t     shape    = input_u8(input);
  const float       value    = shape & 1u ? rs_float_from_bits(input_u32(input))
                                          : (float)(int8_t)input_u8(input);
  rs_overflow_begin(overflow);
  rs_overflow_put(overflow,
                  (shape >> 1u) % TABLE_N,
                  value,
                  shape & 64u ? input_u64(input) : ++host->sequence);
  if (!(shape & 128u)) {
    rs_overflow_end(overflow);
  }
}

static void
scribble(Host* const host, Input* const input)
{
  const size_t   size = table_commands_size();
  const size_t   at   = input_u32(input) % size;
  const size_t   n    = input_u8(input);
  uint8_t* const base = (uint8_t*)segments_of(host)->commands;
  input_copy(input, base + at, n < size - at ? n : size - at);
}

static void
restore(Host* const host, Input* const input)
{
  RsSaved saved[TABLE_N];
  memset(saved, 0, sizeof(saved));
  for (uint32_t i = 0u; i < TABLE_OUTPUT; ++i) {
    const uint8_t how = input_u8(input);
    saved[i]          = (RsSaved){.value = (float)(int8_t)how,
                                  .port  = (float)(how % 7u),
                                  .owner = how & 1u,
                                  .known = how & 2u};
  }
  rs_control_restore_at(host->control, saved, host->now_ns - 500);
}

static void
save(Host* const host)
{
  RsSaved saved[TABLE_N];
  rs_control_save(host->control, host->now_ns, saved);
  for (uint32_t i = 0u; i < TABLE_OUTPUT; ++i) {
    require(!saved[i].known ||
            (table_is_legal(i, saved[i].value) && isfinite(saved[i].port)));
  }
}

/// A fresh attachment, as the link offers when the bridge is another one
static void
renew(Host* const host)
{
  RsIntake* retired = rs_control_retired(host->control);
  if (retired) {
    table_free_intake(retired);
  }
  for (uint32_t i = 0u; i < 3u; ++i) {
    if (!host->intakes[i].segments.commands) {
      host->intakes[i] = table_intake();
      host->at         = i;
      host->sequence   = 0u;
      retired          = rs_control_offer(host->control, &host->intakes[i]);
      if (retired) {
        table_free_intake(retired);
      }
      return;
    }
  }
}

static void
step(Host* const host, Input* const input)
{
  static const uint16_t frames[8] = {64, 1, 0, 32, 512, 63, 256, 7};

  const uint8_t what  = input_u8(input);
  const uint8_t extra = what >> 4u;
  switch (what & 15u) {
    case 0:
    case 1:
    case 2:
      for (uint32_t i = 0u; i <= extra; ++i) {
        write_command(host, input);
      }
      break;
    case 3:
      write_overflow(host, input);
      break;
    case 4:
      scribble(host, input);
      break;
    case 5:
      atomic_store(&segments_of(host)->commands->ring.tail,
                   extra & 1u ? input_u32(input)
                              : rs_control_current(host->control)
                                    ->segments.telemetry.fixed->read.head +
                                  input_u16(input));
      break;
    case 6:
      atomic_store(&segments_of(host)->overflow->lock, input_u32(input));
      break;
    case 7:
      (void)rs_control_look_ahead(host->control, host->now_ns);
      check(host);
      break;
    case 8:
      save(host);
      break;
    case 9:
      restore(host, input);
      break;
    case 10:
      renew(host);
      break;
    case 11:
      host->ports[extra % TABLE_OUTPUT] =
        extra & 8u ? rs_float_from_bits(input_u32(input))
                   : (float)(int8_t)input_u8(input);
      break;
    case 12:
      host->freewheel       = extra & 1u;
      host->is_told         = extra & 2u;
      host->is_told_at_once = extra & 4u;
      if (extra & 8u) {
        rs_control_deactivate(host->control);
        rs_control_activate(host->control);
      }
      break;
    case 13: // Time passes, or jumps
      host->now_ns += extra & 8u ? (int64_t)(input_u64(input) >> (extra + 8u))
                                 : (int64_t)input_u32(input) << (extra & 7u);
      break;
    default:
      run(host, frames[extra & 7u]);
      host->now_ns += frames[extra & 7u] * INT64_C(1000000000) / 48000;
      break;
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  Host host = {.now_ns = 1234567890123};

  const RsProcessor processor = {&host, on_set, on_reset, on_run, on_output};
  for (uint32_t i = 0u; i < TABLE_N; ++i) {
    host.ports[i] = table_parameters[i].initial;
  }
  host.intakes[0] = table_intake();
  host.control    = rs_control_new(table_parameters,
                                TABLE_N,
                                table_points,
                                TABLE_POINTS,
                                &processor,
                                48000.0,
                                &host.intakes[0]);
  require(host.control);

  Input input = {data, size};
  for (uint32_t i = 0u; i < STEPS_MAX && input.left; ++i) {
    step(&host, &input);
  }
  run(&host, 64u);
  save(&host);

  rs_control_free(host.control);
  for (uint32_t i = 0u; i < 3u; ++i) {
    if (host.intakes[i].segments.commands) {
      table_free_intake(&host.intakes[i]);
    }
  }
  return 0;
}
