// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What run() takes: engine and strip, with commands, ramps, blocks of all
   sizes, and a ring full of rubbish; and the same engine with a processor that
   only copies, so that what is the engine's can be told from the sound.

   Nanoseconds (median, 99 %, worst), and where valgrind is installed,
   instructions of each cycle, which are the same in each run.

       bench_run               all of it
       bench_run CASE CYCLES STRIP   only so many of one, for valgrind
*/

#include "plugin/control.h"
#include "plugin/description.h"
#include "tests/bench/figure.h"

#include "strip_table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RATE_HZ 48000.0
#define FRAMES_MAX 8192u
#define CYCLES_MAX 8000u

/// So that a case takes at most some 0.3 s
#define WORK_NS 300000000.0

typedef struct {
  const char* name;
  uint32_t    frames;
  uint32_t    commands; ///< Untagged, each cycle
  uint32_t    tagged;   ///< At frames of their own, each cycle
  uint32_t    ramps;    ///< That run all the time
  bool        is_hostile;
} Case;

// clang-format off
static const Case cases[] = {
  // name                     frames commands tagged ramps hostile
  {"nothing moves",               64,    0,    0,   0, false},
  {"1 command",                   64,    1,    0,   0, false},
  {"8 commands",                  64,    8,    0,   0, false},
  {"128 commands",                64,  128,    0,   0, false},
  {"8 tagged commands",           64,    0,    8,   0, false},
  {"1 ramp",                      64,    0,    0,   1, false},
  {"8 ramps",                     64,    0,    0,   8, false},
  {"24 ramps",                    64,    0,    0,  24, false},
  {"1 frame",                      1,    0,    0,   0, false},
  {"16 frames",                   16,    0,    0,   0, false},
  {"256 frames",                 256,    0,    0,   0, false},
  {"1024 frames",               1024,    0,    0,   0, false},
  {"8192 frames",               8192,    0,    0,   0, false},
  {"2048 commands, a full ring",  64, 2048,    0,   0, false},
  {"hostile ring and table",      64, 2048,    0,   0, true},
};
// clang-format on

#define N_CASES (sizeof(cases) / sizeof(*cases))

typedef struct {
  RsControl*   control;
  RsProcessor  processor;
  RsIntake     intake;
  RsRingWriter writer;
  uint64_t     sequence;
  uint32_t     seed;
  int64_t      now_ns;
  float        ports[RS_STRIP_N_PARAMETERS];
  const float* inputs[RS_STRIP_N_PARAMETERS];
  float*       outputs[RS_STRIP_N_PARAMETERS];
  uint32_t     movable[RS_STRIP_N_PARAMETERS]; ///< Parameters that can slide
  uint32_t     n_movable;
  float        buffers[4][FRAMES_MAX];
} Bench;

// A processor that only copies

static float plain_values[RS_STRIP_N_PARAMETERS];

static void
plain_set(void* const self, const uint32_t parameter, const float value)
{
  ((float*)self)[parameter] = value;
}

static void
plain_run(void* const               self,
          const float* const* const in,
          float* const* const       out,
          const uint32_t            frames)
{
  (void)self;
  memcpy(out[0], in[0], frames * sizeof(float));
  memcpy(out[1], in[1], frames * sizeof(float));
}

static void
plain_reset(void* const self)
{
  (void)self;
}

static float
plain_output(void* const self, const uint32_t parameter)
{
  return ((float*)self)[parameter];
}

static uint32_t
random32(Bench* const bench)
{
  bench->seed ^= bench->seed << 13u;
  bench->seed ^= bench->seed >> 17u;
  bench->seed ^= bench->seed << 5u;
  return bench->seed;
}

static int64_t
clock_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
send(Bench* const bench, RsCommand command)
{
  command.sequence   = ++bench->sequence;
  command.arrival_ns = bench->now_ns - 1000;
  if (rs_ring_write(&bench->writer, &command)) {
    abort();
  }
}

static Bench*
open_bench(const bool has_strip)
{
  Bench* const bench = (Bench*)calloc(1u, sizeof(Bench));
  if (!bench) {
    abort();
  }

  bench->seed = 1u;
  for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
    const RsParameter* const p         = &rs_strip_parameters[i];
    const bool               is_output = p->flags & RS_PARAMETER_OUTPUT;
    bench->ports[i]                    = p->initial;
    bench->inputs[i]                   = is_output ? NULL : &bench->ports[i];
    bench->outputs[i]                  = is_output ? &bench->ports[i] : NULL;
    if (!is_output &&
        (p->scale == RS_SCALE_LINEAR || p->scale == RS_SCALE_LOG)) {
      bench->movable[bench->n_movable++] = i;
    }
  }
  for (uint32_t i = 0u; i < 2u * FRAMES_MAX; ++i) {
    (&bench->buffers[0][0])[i] =
      0.3f * ((float)(random32(bench) >> 8u) / 8388608.0f - 1.0f);
  }

  const RsSegmentsPlan plan = {.plugin_uri   = "urn:test:bench",
                               .base_name    = "bench",
                               .process      = "bench",
                               .parameters   = rs_strip_parameters,
                               .points       = rs_strip_points,
                               .n_parameters = RS_STRIP_N_PARAMETERS,
                               .n_points     = rs_strip_description.n_points,
                               .rate_hz      = RATE_HZ};
  RsSegments* const    s    = &bench->intake.segments;
  if (rs_segments_create(s, &plan)) {
    abort();
  }
  if (has_strip) {
    if (rs_strip_description.open(&bench->processor, RATE_HZ)) {
      abort();
    }
  } else {
    bench->processor = (RsProcessor){
      plain_values, plain_set, plain_reset, plain_run, plain_output};
  }

  rs_ring_writer_init(
    &bench->writer, &s->commands->ring, &s->telemetry.fixed->read);
  bench->control = rs_control_new(rs_strip_parameters,
                                  RS_STRIP_N_PARAMETERS,
                                  rs_strip_points,
                                  rs_strip_description.n_points,
                                  &bench->processor,
                                  RATE_HZ,
                                  &bench->intake);
  bench->now_ns  = clock_ns();
  if (!bench->control) {
    abort();
  }
  return bench;
}

static void
close_bench(Bench* const bench, const bool has_strip)
{
  rs_control_free(bench->control);
  rs_segments_close(&bench->intake.segments);
  if (has_strip) {
    rs_strip_description.close(&bench->processor);
  }
  free(bench);
}

/// Fill the whole ring and the whole table with what no bridge would send
static void
attack(Bench* const bench)
{
  RsSegments* const s = &bench->intake.segments;
  for (uint32_t i = 0u; i < RS_RING_SLOTS; ++i) {
    // Half of it is right in form: times, values and kinds anywhere
    RsCommand command = {
      .sequence   = bench->sequence + random32(bench) % RS_RING_SLOTS,
      .time_ns    = bench->now_ns + (int64_t)random32(bench) * 20,
      .arrival_ns = (int64_t)random32(bench) << 20u,
      .seconds    = (double)(random32(bench) % 3600u),
      .kind       = 1u + random32(bench) % 6u,
      .parameter  = random32(bench) % RS_STRIP_N_PARAMETERS,
      .value      = (float)random32(bench),
      .curve      = random32(bench) % 3u,
      .serial     = 1u};
    if (i & 1u) {
      uint32_t words[sizeof(command) / 4u] = {0u};
      for (uint32_t w = 0u; w < sizeof(command) / 4u; ++w) {
        words[w] = random32(bench);
      }
      memcpy(&command, words, sizeof(command));
    }
    if (rs_ring_write(&bench->writer, &command)) {
      abort();
    }
  }
  bench->sequence += RS_RING_SLOTS;
  rs_ring_publish(&bench->writer);

  rs_overflow_begin(s->overflow);
  for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
    rs_overflow_put(
      s->overflow, i, (float)random32(bench), bench->sequence + i);
  }
  rs_overflow_end(s->overflow);
}

static RsCommand
set_at(Bench* const bench, const uint32_t i, const int64_t time_ns)
{
  // Away from where it was, and not so far that it is another sound
  const uint32_t           parameter = bench->movable[i % bench->n_movable];
  const RsParameter* const p         = &rs_strip_parameters[parameter];
  const double position = 0.3 + (double)(bench->sequence % 7u) / 20.0;
  return (RsCommand){.kind      = RS_COMMAND_SET,
                     .time_ns   = time_ns,
                     .parameter = parameter,
                     .value = (float)rs_parameter_from_normalized(p, position)};
}

static void
begin_ramps(Bench* const bench, const uint32_t n)
{
  for (uint32_t i = 0u; i < n; ++i) {
    RsCommand ramp = set_at(bench, i, 0);
    ramp.kind      = RS_COMMAND_RAMP;
    ramp.seconds   = 3000.0;
    ramp.curve     = i % 3u;
    ramp.value     = rs_strip_parameters[ramp.parameter].maximum;
    send(bench, ramp);
  }
  rs_ring_publish(&bench->writer);
}

/// One cycle.  @return nanoseconds
static int64_t
run(Bench* const bench, const Case* const what)
{
  const int64_t period_ns = (int64_t)(what->frames * 1e9 / RATE_HZ);
  if (what->is_hostile) {
    attack(bench);
  } else {
    for (uint32_t i = 0u; i < what->commands; ++i) {
      send(bench, set_at(bench, i, 0));
    }
    for (uint32_t i = 0u; i < what->tagged; ++i) {
      send(bench,
           set_at(bench, i, bench->now_ns + period_ns * i / what->tagged));
    }
    rs_ring_publish(&bench->writer);
  }

  const float* const in[]  = {bench->buffers[0], bench->buffers[1]};
  float* const       out[] = {bench->buffers[2], bench->buffers[3]};
  const RsCycle      cycle = {.in      = in,
                              .out     = out,
                              .n_in    = 2,
                              .n_out   = 2,
                              .ports   = bench->inputs,
                              .outputs = bench->outputs,
                              .frames  = what->frames,
                              .now_ns  = bench->now_ns};

  const int64_t start = clock_ns();
  rs_control_run(bench->control, &cycle);
  const int64_t end = clock_ns();
  bench->now_ns += period_ns;
  return end - start;
}

/// Instructions a cycle, 0 without valgrind
static double
count_instructions(const char* const self,
                   const size_t      number,
                   const bool        has_strip)
{
  // The difference of two lengths leaves out what is done once
  double collected[2] = {0.0, 0.0};
  for (uint32_t i = 0u; i < 2u; ++i) {
    char command[4096];
    snprintf(command,
             sizeof(command),
             "valgrind --tool=callgrind --callgrind-out-file=/dev/null "
             "--toggle-collect=rs_control_run %s %zu %u %d 2>&1",
             self,
             number,
             i ? 48u : 16u,
             has_strip);
    FILE* const output = popen(command, "r"); // NOLINT(cert-env33-c)
    if (!output) {
      return 0.0;
    }
    char line[512];
    while (fgets(line, sizeof(line), output)) {
      const char* const at = strstr(line, "Collected : ");
      if (at) {
        collected[i] = strtod(at + 12, NULL);
      }
    }
    pclose(output);
  }
  return (collected[1] - collected[0]) / 32.0;
}

static void
measure(const char* const self, const size_t number, const bool has_strip)
{
  static int64_t    times[CYCLES_MAX];
  const Case* const what     = &cases[number];
  Bench* const      bench    = open_bench(has_strip);
  const double      guess_ns = 1000.0 + what->frames * 200.0 +
                          what->commands * (what->is_hostile ? 300.0 : 60.0);
  double n = WORK_NS / guess_ns / (rs_figure_is_quick() ? 4.0 : 1.0);
  n        = n > CYCLES_MAX ? CYCLES_MAX : n < 100.0 ? 100.0 : n;

  begin_ramps(bench, what->ramps);
  for (uint32_t i = 0u; i < 50u; ++i) {
    run(bench, what);
  }
  const size_t n_cycles = (size_t)n;
  for (size_t i = 0u; i < n_cycles; ++i) {
    times[i] = run(bench, what);
  }
  close_bench(bench, has_strip);

  rs_figure_sort(times, n_cycles);
  const double median = (double)rs_figure_percentile(times, n_cycles, 50.0);
  const double worst  = (double)times[n_cycles - 1u];
  const double instructions =
    rs_figure_is_quick() ? 0.0 : count_instructions(self, number, has_strip);
  printf("%-28s%10.0f%10.0f%10.0f%14.0f\n",
         what->name,
         median,
         (double)rs_figure_percentile(times, n_cycles, 99.0),
         worst,
         instructions);

  char figure[128];
  snprintf(figure,
           sizeof(figure),
           "%s, %s",
           has_strip ? "strip" : "engine",
           what->name);
  rs_figure("run", figure, median, "ns");
  if (what->is_hostile) {
    snprintf(figure,
             sizeof(figure),
             "%s, %s, worst",
             has_strip ? "strip" : "engine",
             what->name);
    rs_figure("run", figure, worst, "ns");
  }
  if (instructions > 0.0) {
    snprintf(figure,
             sizeof(figure),
             "%s, %s, instructions",
             has_strip ? "strip" : "engine",
             what->name);
    rs_figure("run", figure, instructions, "");
  }
}

int
main(const int argc, char** const argv)
{
  if (argc == 4) {
    const size_t number = (size_t)strtoul(argv[1], NULL, 10);
    const bool   strip  = argv[3][0] == '1';
    if (number >= N_CASES) {
      return 2;
    }
    Bench* const bench = open_bench(strip);
    begin_ramps(bench, cases[number].ramps);
    for (unsigned long i = strtoul(argv[2], NULL, 10); i; --i) {
      run(bench, &cases[number]);
    }
    close_bench(bench, strip);
    return 0;
  }

  for (unsigned strip = 0u; strip < 2u; ++strip) {
    printf("%-28s%10s%10s%10s%14s\n",
           strip ? "engine and strip" : "engine alone",
           "median ns",
           "99 %",
           "worst",
           "instructions");
    for (size_t i = 0u; i < N_CASES; ++i) {
      measure(argv[0], i, strip);
    }
  }
  return 0;
}
