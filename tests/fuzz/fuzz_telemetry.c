// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A plugin whose segments hold anything, before and after they were accepted,
   against the bridge's reading side: whatever they say, the bridge stays in
   bounds, keeps its limits, and ends.

   Input: which descriptors are wrong, changes of the images, a zero, then
   steps.
*/

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/table.h"
#include "ui-bridge/instances/instance_impl.h"

#include <fcntl.h>
#include <math.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#  define HAS_ASAN 1
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer)
#    define HAS_ASAN 1
#  endif
#endif

#ifdef HAS_ASAN
#  include <sanitizer/asan_interface.h>
#else
#  define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#  define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

#define STEPS_MAX 300u
#define MS INT64_C(1000000)

/// Flags of the first byte
enum {
  NOT_SEALED = 1u << 0u, ///< The telemetry segment could still change
  OTHER_SIZE = 1u << 1u, ///< It is longer or shorter
  NO_MEMORY  = 1u << 2u, ///< The command segment is no memory file
  SWAPPED    = 1u << 3u,
};

/// A file mapped once more for one of its parts
typedef struct {
  char*  base;
  size_t size;
} View;

/// Fixed part, values, looked ahead, refusals; the table is never read again
enum { FIXED, VALUES, AHEAD, REFUSALS, COMMANDS, OVERFLOWS, VIEWS };

typedef struct {
  RsSegments  made; ///< As the plugin sees them
  RsSegments  accepted;
  View        views[VIEWS];
  RsInstances list;
  RsInstance* instance;
  RsTicket    ticket;
  int         sockets[2];
} Bridge;

static RsSegmentsPlan
plan(void)
{
  return (RsSegmentsPlan){.plugin_uri   = "urn:test:fuzz",
                          .base_name    = "fuzz",
                          .process      = "test",
                          .parameters   = table_parameters,
                          .points       = table_points,
                          .n_parameters = TABLE_N,
                          .n_points     = TABLE_POINTS,
                          .rate_hz      = 48000.0};
}

/// Change some bytes of either image; ends at a length of 0
static void
scribble(const Bridge* const bridge, Input* const input)
{
  const uint32_t where = input_u32(input);
  const size_t   n     = input_u8(input) % 64u;
  char* const    base  = where >> 31u ? (char*)bridge->made.commands
                                      : (char*)bridge->made.telemetry.fixed;
  const size_t   size =
    where >> 31u ? bridge->made.commands_size : bridge->made.telemetry_size;
  const size_t at = (where & 0x7fffffffu) % size;
  input_copy(input, base + at, n < size - at ? n : size - at);
}

/// The telemetry image in a file of another size, or without its seals
static int
other_file(const Bridge* const bridge, Input* const input, const uint8_t flags)
{
  const size_t size = bridge->made.telemetry_size;
  const size_t want =
    flags & OTHER_SIZE ? (size + input_u32(input) - 4096u) % (size * 2u) : size;
  const int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  require(fd >= 0);
  const size_t n = want < size ? want : size;
  require(write(fd, bridge->made.telemetry.fixed, n) == (ssize_t)n);
  require(!ftruncate(fd, (off_t)want));
  if (!(flags & NOT_SEALED)) {
    require(
      !fcntl(fd,
             F_ADD_SEALS,
             F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | F_SEAL_FUTURE_WRITE));
  }
  return fd;
}

static void
check_accepted(const RsInstancePlan* const p)
{
  const RsIdentity* const who = &p->identity;
  require(who->n_parameters <= RS_PARAMETERS_MAX);
  require(who->n_points <= RS_SCALE_POINTS_MAX);
  require(strlen(who->plugin_uri) < sizeof(who->plugin_uri));
  require(isfinite(who->rate_hz) && who->rate_hz > 0.0);
  for (uint32_t i = 0u; i < who->n_parameters; ++i) {
    const RsParameter* const q = &p->parameters[i];
    require(q->minimum <= q->maximum && strlen(q->symbol) < 64u);
    for (int x = -1; x <= 11; ++x) {
      const float v = rs_parameter_legal(
        q, p->points, rs_parameter_from_normalized(q, x * 0.1));
      require(isfinite(v));
      require((q->flags & RS_PARAMETER_OUTPUT) ||
              (q->minimum <= v && v <= q->maximum));
    }
  }
}

/// Where a part stands in a mapping of which nothing else may be touched
static void*
see(View* const  view,
    const int    fd,
    const size_t file,
    const size_t at,
    const size_t size,
    const int    protection)
{
  const size_t page = 4096u;
  view->size        = (file + page - 1u) / page * page;
  view->base = (char*)mmap(NULL, view->size, protection, MAP_SHARED, fd, 0);
  require(view->base != MAP_FAILED && at + size <= file);
  ASAN_POISON_MEMORY_REGION(view->base, view->size);
  ASAN_UNPOISON_MEMORY_REGION(view->base + at, size);
  return view->base + at;
}

/// Guards around each array that the bridge reads or writes from now on
static void
guard(Bridge* const bridge, RsSegments* const s, const int* const fds)
{
  const char* const     t     = (const char*)s->telemetry.fixed;
  const char* const     c     = (const char*)s->commands;
  const uint32_t        n     = s->telemetry.n_parameters;
  const size_t          words = n * sizeof(uint32_t);
  RsTelemetryMap* const map   = &s->telemetry;
  View* const           views = bridge->views;

  const void* const values   = map->values;
  const void* const ahead    = map->ahead_values;
  const void* const refusals = map->refusals;
  bridge->accepted           = *s;
  const size_t at_values     = (size_t)((const char*)values - t);
  const size_t at_ahead      = (size_t)((const char*)ahead - t);
  const size_t at_refusals   = (size_t)((const char*)refusals - t);
  const size_t at_overflow   = (size_t)((const char*)s->overflow - c);
  map->fixed                 = (RsTelemetry*)see(&views[FIXED],
                                 fds[1],
                                 s->telemetry_size,
                                 0u,
                                 sizeof(RsTelemetry),
                                 PROT_READ);
  map->values =
    see(&views[VALUES], fds[1], s->telemetry_size, at_values, words, PROT_READ);
  map->ahead_values =
    see(&views[AHEAD], fds[1], s->telemetry_size, at_ahead, words, PROT_READ);
  map->refusals = see(
    &views[REFUSALS], fds[1], s->telemetry_size, at_refusals, words, PROT_READ);
  map->parameters = NULL;
  map->points     = NULL;

  const int both = PROT_READ | PROT_WRITE;
  s->commands    = (RsCommands*)see(
    &views[COMMANDS], fds[0], s->commands_size, 0u, sizeof(RsCommands), both);
  s->overflow =
    (RsOverflow*)see(&views[OVERFLOWS],
                     fds[0],
                     s->commands_size,
                     at_overflow,
                     sizeof(RsOverflow) + n * sizeof(RsOverflowEntry),
                     both);
}

static void
unguard(Bridge* const bridge)
{
  bridge->instance->segments = bridge->accepted;
  for (uint32_t i = 0u; i < VIEWS; ++i) {
    ASAN_UNPOISON_MEMORY_REGION(bridge->views[i].base, bridge->views[i].size);
    munmap(bridge->views[i].base, bridge->views[i].size);
  }
}

/// @return false if the segments were refused
static bool
accept_segments(Bridge* const bridge, Input* const input)
{
  const uint8_t flags = input_u8(input);
  for (uint32_t i = 0u; i < 16u && input->left && *input->at; ++i) {
    (void)input_u8(input);
    scribble(bridge, input);
  }
  (void)input_u8(input);

  int fds[2] = {dup(bridge->made.commands_fd),
                flags & (NOT_SEALED | OTHER_SIZE)
                  ? other_file(bridge, input, flags)
                  : dup(bridge->made.telemetry_fd)};
  if (flags & NO_MEMORY) {
    require(dup2(bridge->sockets[0], fds[0]) >= 0);
  }
  if (flags & SWAPPED) {
    const int first = fds[0];
    fds[0]          = fds[1];
    fds[1]          = first;
  }

  const int      kept[2] = {dup(fds[0]), dup(fds[1])};
  RsInstancePlan p       = {
          .socket = dup(bridge->sockets[1]), .wanted = "", .preset_label = ""};
  const RsStatus st = rs_segments_accept(
    &p.segments, fds[0], fds[1], &p.identity, &p.parameters, &p.points);
  if (st) {
    close(fds[0]);
    close(fds[1]);
    close(kept[0]);
    close(kept[1]);
    close(p.socket);
    return false;
  }

  require(!(flags & (NOT_SEALED | NO_MEMORY | SWAPPED)));
  check_accepted(&p);
  guard(bridge, &p.segments, kept);
  close(kept[0]);
  close(kept[1]);
  bridge->instance = rs_instance_new(&bridge->list, &p);
  require(bridge->instance);
  return true;
}

static void
send_commands(Bridge* const bridge, Input* const input)
{
  static RsCommand      commands[1025];
  static const uint16_t counts[8] = {1, 2, 8, 64, 512, 1024, 1025, 0};

  const uint8_t  shape = input_u8(input);
  const uint32_t count = counts[shape & 7u];
  const int64_t  time_ns =
    shape & 8u ? bridge->list.now_ns + (int32_t)input_u32(input) : 0;
  for (uint32_t i = 0u; i < count; ++i) {
    commands[i] = (RsCommand){.time_ns   = time_ns,
                              .kind      = 1u + (shape >> 4u) % 6u,
                              .parameter = i % TABLE_N,
                              .value     = 1.0f,
                              .serial    = 1u};
  }
  (void)!rs_instance_send(bridge->instance, commands, count);
}

static void
ask(Bridge* const bridge)
{
  RsInstance* const        instance = bridge->instance;
  const RsParameter* const p        = rs_instance_parameters(instance);
  const uint32_t           n        = rs_instance_n_parameters(instance);
  for (uint32_t i = 0u; i < n; ++i) {
    require(isfinite(rs_instance_value(instance, i)) || !isfinite(p->initial));
    (void)rs_instance_refusals(instance, i);
  }
  require(rs_instance_waiting_room(instance) <= RS_WAITING_MAX);
  require(rs_instance_largest_cycle_ns(instance) >= 0);
  require(rs_instance_largest_cycle_ns(instance) < 10000 * MS);
  require(strlen(rs_instance_preset_label(instance)) <= RS_LABEL_MAX);
  require(strlen(rs_instance_preset_last(instance)) <= RS_LABEL_MAX);
  (void)rs_instance_is_running(instance);
  (void)rs_instance_is_freewheeling(instance);

  RsInstanceTotals totals;
  rs_instance_list_totals(&bridge->list, &totals);
}

static void
step(Bridge* const bridge, Input* const input)
{
  RsInstance* const  instance = bridge->instance;
  RsTelemetry* const t        = bridge->made.telemetry.fixed;
  const uint8_t      what     = input_u8(input);
  switch (what % 12u) {
    case 0:
    case 1:
      send_commands(bridge, input);
      break;
    case 2:
      scribble(bridge, input);
      break;
    case 3:
      bridge->ticket = rs_instance_ticket(instance);
      break;
    case 4:
      (void)rs_instance_reached(instance, &bridge->ticket);
      (void)rs_instance_synced(instance, &bridge->ticket);
      break;
    case 5:
      (void)rs_instance_pump(instance, bridge->list.now_ns);
      break;
    case 6:
      ask(bridge);
      break;
    case 7: // Reads a little, or goes back
      atomic_fetch_add(&t->read.head,
                       (uint32_t)(int32_t)(int16_t)input_u16(input));
      break;
    case 8:
      bridge->list.now_ns += (int64_t)input_u32(input) * (what >> 4u);
      break;
    case 9:
      rs_instance_set_steady(instance, what & 16u);
      require(rs_instance_untagged_ns(instance, bridge->list.now_ns) >= 0);
      break;
    case 10: // A look-ahead that stands
      atomic_store(&t->cycle, input_u8(input));
      atomic_store(&t->ahead_cycle, t->cycle);
      atomic_store(&t->ahead_lock, 2u);
      atomic_store(&t->ahead_head, input_u32(input));
      break;
    default:
      (void)rs_instance_preset_begin(instance, "Label");
      (void)rs_instance_deliver(instance);
      break;
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  static Bridge        bridge;
  Input                input   = {data, size};
  const RsSegmentsPlan segment = plan();

  const unsigned n_open = open_descriptors();
  memset(&bridge, 0, sizeof(bridge));
  bridge.list.now_ns = 1000 * MS;
  require(!socketpair(
    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, bridge.sockets));
  require(!rs_segments_create(&bridge.made, &segment));

  if (accept_segments(&bridge, &input)) {
    for (uint32_t i = 0u; i < STEPS_MAX && input.left; ++i) {
      step(&bridge, &input);
    }
    ask(&bridge);
    require(!(rs_instance_is_gone(bridge.instance) && bridge.list.count != 1u));
    unguard(&bridge);
    rs_instance_list_free(&bridge.list);
  }

  rs_segments_close(&bridge.made);
  close(bridge.sockets[0]);
  close(bridge.sockets[1]);
  require(open_descriptors() == n_open);
  return 0;
}
