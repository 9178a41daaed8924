// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the engine costs over calling a processor directly.

   Each figure is the difference of two medians, of calls that alternate, so
   both see the same machine.  Writing the commands is not in it: that is the
   bridge's time.  Reading the clock is: run() does it once.

   The cycle in which nothing moves is measured with telling the host as well,
   as the plugin does it: to Ardour by atoms, to Carla by requests, and to an
   Ardour that has refused every parameter.
*/

#include "plugin/control.h"
#include "plugin/notify.h"
#include "tests/bench/figure.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/urid/urid.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_PARAMETERS 40u
#define N_FRAMES 64u
#define N_ROUNDS 40000u
#define N_COMMANDS 32u
#define RATE 48000.0

/// The targets of the issue on the engine
#define CYCLE_NS_MAX 150.0
#define COMMAND_NS_MAX 60.0

typedef struct {
  float values[N_PARAMETERS];
} Sound;

typedef struct {
  RsControl*   control;
  RsProcessor  processor;
  Sound        sound;
  RsIntake     intake;
  RsRingWriter writer;
  uint64_t     sequence;
  int64_t      now_ns;
  float        ports[N_PARAMETERS];
  const float* port_pointers[N_PARAMETERS];
  float*       outputs[N_PARAMETERS];
  float        buffers[4][N_FRAMES];
  const float* in[2];
  float*       out[2];

  // Of those that tell the host
  bool              tells;
  RsNotify          notify;
  LV2_Atom_Sequence control_port;
  union {
    LV2_Atom_Sequence sequence;
    char              bytes[32768];
  } notify_port;
} Bench;

static volatile float sink;

static void
set(void* const self, const uint32_t parameter, const float value)
{
  ((Sound*)self)->values[parameter] = value;
}

static void
reset(void* const self)
{
  (void)self;
}

/// As little sound as there can be
static void
run(void* const               self,
    const float* const* const in,
    float* const* const       out,
    const uint32_t            frames)
{
  const float gain = ((Sound*)self)->values[0];
  for (uint32_t i = 0; i < frames; ++i) {
    out[0][i] = in[0][i] * gain;
    out[1][i] = in[1][i] * gain;
  }
}

static float
output(void* const self, const uint32_t parameter)
{
  return ((Sound*)self)->values[parameter];
}

static int64_t
clock_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int
open_bench(Bench* const bench)
{
  static RsParameter parameters[N_PARAMETERS];
  for (uint32_t i = 0; i < N_PARAMETERS; ++i) {
    RsParameter* const p = &parameters[i];
    snprintf(p->symbol, sizeof(p->symbol), "p%u", i);
    snprintf(p->name, sizeof(p->name), "P %u", i);
    p->maximum = 1.0f;
    p->port    = i;
    p->flags   = i + 5 >= N_PARAMETERS ? RS_PARAMETER_OUTPUT : 0;

    bench->port_pointers[i] = p->flags ? NULL : &bench->ports[i];
    bench->outputs[i]       = p->flags ? &bench->ports[i] : NULL;
  }
  for (uint32_t c = 0; c < 2; ++c) {
    bench->in[c]  = bench->buffers[c];
    bench->out[c] = bench->buffers[2 + c];
  }

  const RsSegmentsPlan plan = {.plugin_uri   = "urn:test:bench",
                               .base_name    = "bench",
                               .process      = "bench",
                               .parameters   = parameters,
                               .n_parameters = N_PARAMETERS,
                               .rate_hz      = RATE};
  RsSegments* const    s    = &bench->intake.segments;
  if (rs_segments_create(s, &plan)) {
    return 1;
  }
  rs_ring_writer_init(
    &bench->writer, &s->commands->ring, &s->telemetry.fixed->read);
  bench->processor = (RsProcessor){&bench->sound, set, reset, run, output};
  bench->control   = rs_control_new(
    parameters, N_PARAMETERS, NULL, 0, &bench->processor, RATE, &bench->intake);
  bench->now_ns = clock_ns();
  return !bench->control;
}

static LV2_URID
map_uri(LV2_URID_Map_Handle handle, const char* const uri)
{
  static uint32_t n;
  (void)handle;
  (void)uri;
  return ++n;
}

static int
request_change(void* const handle, const uint32_t index, const float value)
{
  (void)handle;
  (void)index;
  (void)value;
  return 0;
}

/// The same in a host that has this feature
static int
open_telling(Bench* const bench, const char* const feature)
{
  static LV2_URID_Map      map     = {NULL, map_uri};
  static RsKxChangeRequest request = {NULL, request_change};
  const LV2_Feature        has     = {feature, &request};
  const LV2_Feature* const list[]  = {&has, NULL};

  rs_notify_init(&bench->notify, &map, list);
  bench->tells                  = true;
  bench->control_port.atom.type = bench->notify.urids.atom_sequence;
  bench->control_port.atom.size = sizeof(LV2_Atom_Sequence_Body);
  return open_bench(bench);
}

/// One cycle through the engine.  @return nanoseconds
static int64_t
run_engine(Bench* const bench)
{
  // The host's part of it
  bench->notify_port.sequence.atom.size =
    sizeof(bench->notify_port) - sizeof(LV2_Atom);

  const int64_t begin = clock_ns();
  const RsCycle cycle = {.in      = bench->in,
                         .out     = bench->out,
                         .n_in    = 2,
                         .n_out   = 2,
                         .ports   = bench->port_pointers,
                         .outputs = bench->outputs,
                         .frames  = N_FRAMES,
                         .teller  = bench->tells ? &bench->notify.teller : NULL,
                         // As if it were that time; the real one is read too
                         .now_ns = bench->now_ns + (clock_ns() & 0)};
  if (bench->tells) {
    rs_notify_begin(
      &bench->notify, &bench->notify_port.sequence, &bench->control_port);
  }
  rs_control_run(bench->control, &cycle);
  if (bench->tells) {
    rs_notify_end(&bench->notify, cycle.now_ns, 0, false);
  }
  const int64_t end = clock_ns();

  bench->now_ns += (int64_t)(N_FRAMES * 1e9 / RATE);
  return end - begin;
}

/// The processor by itself, in so many stretches
static int64_t
run_directly(Bench* const bench, const uint32_t stretches)
{
  const int64_t  begin  = clock_ns();
  const uint32_t length = N_FRAMES / stretches;
  for (uint32_t i = 0; i < stretches; ++i) {
    const float* const in[]  = {bench->in[0] + i * length,
                                bench->in[1] + i * length};
    float* const       out[] = {bench->out[0] + i * length,
                                bench->out[1] + i * length};
    bench->processor.run(bench->processor.self, in, out, length);
  }
  for (uint32_t i = 0; i < N_PARAMETERS; ++i) {
    if (bench->outputs[i]) {
      *bench->outputs[i] = bench->processor.output(bench->processor.self, i);
    }
  }
  const int64_t end = clock_ns();
  sink              = bench->out[0][N_FRAMES - 1];
  return end - begin;
}

/// @param apart frames between two commands, 0: all untagged
static void
write_commands(Bench* const bench, const uint32_t n, const uint32_t apart)
{
  for (uint32_t i = 0; i < n; ++i) {
    const RsCommand command = {
      .sequence = ++bench->sequence,
      .time_ns =
        apart ? bench->now_ns + (int64_t)((i * apart + 0.5) * 1e9 / RATE) : 0,
      .arrival_ns = bench->now_ns - 1000,
      .kind       = RS_COMMAND_SET,
      .parameter  = 1 + (uint32_t)(bench->sequence % 30),
      .value      = (float)(bench->sequence % 1009) / 1009.0f};
    if (rs_ring_write(&bench->writer, &command)) {
      abort();
    }
  }
  rs_ring_publish(&bench->writer);
}

static int
compare(const void* const a, const void* const b)
{
  const int64_t x = *(const int64_t*)a;
  const int64_t y = *(const int64_t*)b;
  return (x > y) - (x < y);
}

static double
median(int64_t* const times)
{
  qsort(times, N_ROUNDS, sizeof(*times), compare);
  return (double)times[N_ROUNDS / 2];
}

/// OSC moves all parameters, and the host goes on with its own.  @return true
/// if it refused them, and all is quiet again
static bool
be_refused(Bench* const bench)
{
  write_commands(bench, 30, 0);
  for (uint32_t i = 0; i < 1000; ++i) {
    (void)run_engine(bench);
  }

  uint32_t n = 0;
  for (uint32_t i = 0; i < N_PARAMETERS; ++i) {
    n += bench->intake.segments.telemetry.refusals[i];
  }
  return n == 30;
}

int
main(void)
{
  static Bench   bench;
  static Bench   ardour;
  static Bench   carla;
  static Bench   refused;
  static int64_t tells_ardour[N_ROUNDS];
  static int64_t tells_carla[N_ROUNDS];
  static int64_t tells_refused[N_ROUNDS];
  static int64_t directly[N_ROUNDS];
  static int64_t in_stretches[N_ROUNDS];
  static int64_t idle[N_ROUNDS];
  static int64_t untagged[N_ROUNDS];
  static int64_t tagged[N_ROUNDS];

  if (open_bench(&bench) || open_telling(&ardour, RS_ARDOUR_BANKPATCH_NOTIFY) ||
      open_telling(&carla, RS_KX_CHANGE_REQUEST_URI) ||
      open_telling(&refused, RS_ARDOUR_BANKPATCH_NOTIFY)) {
    fprintf(stderr, "bench_engine: no engine could be made\n");
    return 1;
  }

  if (!be_refused(&refused)) {
    fprintf(stderr, "bench_engine: the host did not refuse\n");
    return 1;
  }

  for (uint32_t i = 0; i < N_ROUNDS; ++i) {
    directly[i] = run_directly(&bench, 1);
    idle[i]     = run_engine(&bench);

    tells_ardour[i]  = run_engine(&ardour);
    tells_carla[i]   = run_engine(&carla);
    tells_refused[i] = run_engine(&refused);

    in_stretches[i] = run_directly(&bench, N_COMMANDS);
    write_commands(&bench, N_COMMANDS, 0);
    untagged[i] = run_engine(&bench);
    write_commands(&bench, N_COMMANDS, N_FRAMES / N_COMMANDS);
    tagged[i] = run_engine(&bench);
  }

  const double direct_ns  = median(directly);
  const double idle_ns    = median(idle);
  const double stretch_ns = median(in_stretches);
  const double cycle_ns   = idle_ns - direct_ns;
  const double ardour_ns  = median(tells_ardour) - direct_ns;
  const double carla_ns   = median(tells_carla) - direct_ns;
  const double refused_ns = median(tells_refused) - direct_ns;
  const double now_ns     = (median(untagged) - idle_ns) / N_COMMANDS;
  const double tagged_ns =
    (median(tagged) - idle_ns - (stretch_ns - direct_ns)) / N_COMMANDS;

  const RsTelemetry* const t = bench.intake.segments.telemetry.fixed;
  if (t->totals.applied != 2u * N_ROUNDS * N_COMMANDS || t->totals.late) {
    fprintf(stderr, "bench_engine: not all commands were applied in time\n");
    return 1;
  }

  printf("%u parameters, %u frames, medians of %u\n",
         N_PARAMETERS,
         N_FRAMES,
         N_ROUNDS);
  printf("processor alone       %7.1f ns a cycle\n", direct_ns);
  printf("engine, nothing moves %7.1f ns a cycle more (at most %.0f)\n",
         cycle_ns,
         CYCLE_NS_MAX);
  printf("  and Ardour is told  %7.1f ns a cycle more (at most %.0f)\n",
         ardour_ns,
         CYCLE_NS_MAX);
  printf("  and Carla is told   %7.1f ns a cycle more (at most %.0f)\n",
         carla_ns,
         CYCLE_NS_MAX);
  printf("  and all was refused %7.1f ns a cycle more (at most %.0f)\n",
         refused_ns,
         CYCLE_NS_MAX);
  printf(
    "untagged command      %7.1f ns (at most %.0f)\n", now_ns, COMMAND_NS_MAX);
  printf("tagged command        %7.1f ns and its split of %.1f ns (at most "
         "%.0f and the split)\n",
         tagged_ns,
         (stretch_ns - direct_ns) / (N_COMMANDS - 1),
         COMMAND_NS_MAX);

  rs_figure("engine", "cycle", cycle_ns, "ns");
  rs_figure("engine", "cycle, Ardour is told", ardour_ns, "ns");
  rs_figure("engine", "cycle, Carla is told", carla_ns, "ns");
  rs_figure("engine", "cycle, all was refused", refused_ns, "ns");
  rs_figure("engine", "untagged command", now_ns, "ns");
  rs_figure("engine", "tagged command", tagged_ns, "ns");

  // Of what is in one run, so that they hold on any machine
  rs_figure("engine", "cycle over processor", cycle_ns / direct_ns, "");
  rs_figure("engine", "untagged command over cycle", now_ns / cycle_ns, "");
  rs_figure("engine", "tagged over untagged", tagged_ns / now_ns, "");

  Bench* const all[] = {&bench, &ardour, &carla, &refused};
  for (size_t i = 0; i < sizeof(all) / sizeof(*all); ++i) {
    rs_control_free(all[i]->control);
    rs_segments_close(&all[i]->intake.segments);
  }

  // A check on a busy machine goes by the ratios
  return rs_figure_is_quick() ||
             (cycle_ns <= CYCLE_NS_MAX && ardour_ns <= CYCLE_NS_MAX &&
              carla_ns <= CYCLE_NS_MAX && refused_ns <= CYCLE_NS_MAX &&
              now_ns <= COMMAND_NS_MAX && tagged_ns <= COMMAND_NS_MAX)
           ? 0
           : 1;
}
