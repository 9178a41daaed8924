// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Host processes that say anything, in any order and with any descriptors, to
   the real attach server, with OSC in between.  No descriptor stays open, and
   every answer is whole.

   Input: steps, each a byte that says what, and its numbers.
*/

#include "shm/attach.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/table.h"
#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/log.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HOSTS 3u
#define ENDS 8u
#define STEPS_MAX 100u
#define FDS_MAX 4u

typedef struct {
  RsBridge   bridge;
  RsSegments made;
  int        hosts[HOSTS]; ///< The hosts' ends, -1: none
  int        ends[ENDS];   ///< Theirs of instances' socketpairs, -1: none
  uint32_t   next_end;
} World;

static char folder[] = "/tmp/ringside-fuzz-XXXXXX";

static void
remove_folder(void)
{
  char path[sizeof(folder) + 32u];
  snprintf(path, sizeof(path), "%s/" RS_ATTACH_SOCKET, folder);
  unlink(path);
  snprintf(path, sizeof(path), "%s/" RS_BRIDGE_LOCK, folder);
  unlink(path);
  rmdir(folder);
}

/// One runtime folder for the whole process
static const RsFolder*
get_folder(void)
{
  static RsFolder ours = {.fd = -1};
  if (ours.fd < 0) {
    pid_t holder = 0;
    require(mkdtemp(folder));
    require(!setenv("RINGSIDE_RUNTIME_DIR", folder, 1));
    require(!rs_folder_take(&ours, &holder));
    atexit(remove_folder);
    rs_log_set_level(RS_LOG_ERROR);
  }
  return &ours;
}

static void
on_renamed(void* const context, RsInstance* const instance)
{
  (void)context;
  require(strlen(rs_instance_name(instance)) <= RS_NAME_MAX);
}

static void
open_world(World* const world)
{
  static const RsSegmentsPlan plan = {.plugin_uri   = "urn:test:fuzz",
                                      .base_name    = "fuzz",
                                      .process      = "test",
                                      .parameters   = table_parameters,
                                      .points       = table_points,
                                      .n_parameters = TABLE_N,
                                      .n_points     = TABLE_POINTS,
                                      .rate_hz      = 48000.0};

  RsBridge* const bridge = &world->bridge;
  memset(world, 0, sizeof(*world));
  memset(world->hosts, 0xff, sizeof(world->hosts));
  memset(world->ends, 0xff, sizeof(world->ends));
  rs_config_defaults(&bridge->config);
  bridge->folder            = *get_folder();
  bridge->port              = 6720u;
  bridge->now_ns            = 5000000000;
  bridge->instances.now_ns  = bridge->now_ns;
  bridge->instances.renamed = on_renamed;
  require(rs_loop_init(&bridge->loop));
  bridge->commands = rs_commands_new(bridge);
  bridge->presets  = rs_presets_new(bridge, -1);
  bridge->hosts    = rs_hosts_new(bridge);
  require(bridge->commands && bridge->presets && bridge->hosts);
  require(!rs_segments_create(&world->made, &plan));
}

static void
close_fd(int* const fd)
{
  if (*fd >= 0) {
    close(*fd);
    *fd = -1;
  }
}

static void
close_world(World* const world)
{
  RsBridge* const bridge = &world->bridge;
  rs_hosts_free(bridge->hosts);
  rs_commands_free(bridge->commands);
  rs_presets_free(bridge->presets);
  rs_instance_list_free(&bridge->instances);
  rs_loop_close(&bridge->loop);
  rs_segments_close(&world->made);
  for (uint32_t i = 0u; i < HOSTS; ++i) {
    close_fd(&world->hosts[i]);
  }
  for (uint32_t i = 0u; i < ENDS; ++i) {
    close_fd(&world->ends[i]);
  }
}

/// What the bridge says to a host
static void
read_answers(World* const world)
{
  union {
    RsAttachHead head;
    RsWelcome    welcome;
    RsRefused    refused;
    RsAttached   attached;
    RsPing       pong;
  } m;

  for (uint32_t i = 0u; i < HOSTS; ++i) {
    ssize_t n = 0;
    while (world->hosts[i] >= 0 &&
           (n = recv(world->hosts[i], &m, sizeof(m), MSG_DONTWAIT)) > 0) {
      require((size_t)n >= sizeof(m.head) && m.head.magic == RS_ATTACH_MAGIC);
      if (m.head.kind == RS_ATTACH_WELCOME) {
        require(n == sizeof(m.welcome) && m.welcome.version == 1u);
      } else if (m.head.kind == RS_ATTACH_ATTACHED) {
        require(n == sizeof(m.attached) && m.attached.name[0]);
        require(strnlen(m.attached.name, RS_NAME_MAX + 1u) <= RS_NAME_MAX);
      } else if (m.head.kind == RS_ATTACH_PONG) {
        require(n == sizeof(m.pong) && m.pong.osc_port == 6720u);
      } else {
        require(m.head.kind == RS_ATTACH_REFUSED && n == sizeof(m.refused));
        require(m.refused.reason >= 1u && m.refused.reason <= 5u);
      }
    }
  }
}

static void
turn(World* const world)
{
  RsBridge* const bridge = &world->bridge;
  bridge->now_ns += 1000000;
  bridge->instances.now_ns = bridge->now_ns;
  do {
    rs_loop_wait(&bridge->loop, 0);
    rs_loop_dispatch(&bridge->loop);
    rs_hosts_reap(bridge->hosts);
  } while (bridge->loop.count > 0);
  rs_commands_tick(bridge->commands, bridge->now_ns);
  rs_hosts_reap(bridge->hosts);
  read_answers(world);
}

static void
connect_host(World* const world, int* const host)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(
    address.sun_path, sizeof(address.sun_path), "%s/" RS_ATTACH_SOCKET, folder);
  close_fd(host);
  *host = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  require(*host >= 0);
  require(!connect(*host, (const struct sockaddr*)&address, sizeof(address)));
  turn(world);
}

/// Descriptors that come along, right ones or others, as two bits each say
static uint32_t
make_fds(World* const world, const uint8_t shape, int fds[FDS_MAX])
{
  const uint32_t n = shape >> 6u ? 3u + (shape >> 6u == 3u) : shape >> 4u & 3u;
  int            ends[2];
  for (uint32_t i = 0u; i < n; ++i) {
    const bool is_other = shape >> i & 1u;
    if (i % 3u == 0u && !is_other) {
      require(!socketpair(
        AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
      fds[i]         = ends[1];
      int* const end = &world->ends[world->next_end++ % ENDS];
      close_fd(end);
      *end = ends[0];
    } else if (i % 3u == 1u && !is_other) {
      fds[i] = dup(world->made.commands_fd);
    } else if (!is_other) {
      fds[i] = dup(world->made.telemetry_fd);
    } else {
      fds[i] = i ? dup(world->made.commands_fd)
                 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    }
    require(fds[i] >= 0);
  }
  return n;
}

static void
say(World* const  world,
    const int     host,
    const void*   message,
    const size_t  size,
    const uint8_t shape)
{
  union {
    struct cmsghdr head;
    char           bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
  } control;

  int            fds[FDS_MAX];
  const uint32_t n    = make_fds(world, shape, fds);
  struct iovec   part = {exact_copy(message, size), size};
  struct msghdr  head = {.msg_iov = &part, .msg_iovlen = 1u};
  if (n) {
    memset(&control, 0, sizeof(control));
    head.msg_control             = control.bytes;
    head.msg_controllen          = CMSG_SPACE(n * sizeof(int));
    struct cmsghdr* const rights = CMSG_FIRSTHDR(&head);
    rights->cmsg_level           = SOL_SOCKET;
    rights->cmsg_type            = SCM_RIGHTS;
    rights->cmsg_len             = CMSG_LEN(n * sizeof(int));
    memcpy(CMSG_DATA(rights), fds, n * sizeof(int));
  }
  (void)!sendmsg(host, &head, MSG_NOSIGNAL | MSG_DONTWAIT);
  for (uint32_t i = 0u; i < n; ++i) {
    close(fds[i]);
  }
  free(part.iov_base);
  turn(world);
}

/// A message that is right but for a few bytes
static void
say_kind(World* const world, const int host, Input* const input)
{
  union {
    RsAttachHead head;
    RsHello      hello;
    RsAttach     attach;
    RsPing       ping;
    char         bytes[1500];
  } m;

  const uint8_t what  = input_u8(input);
  const uint8_t edits = input_u8(input);
  uint8_t       shape = 0u;
  size_t        size  = 0u;
  memset(&m, 0, sizeof(m));
  m.head.magic = RS_ATTACH_MAGIC;
  if (what % 4u == 0u) {
    m.head.kind         = RS_ATTACH_HELLO;
    m.hello.version_min = m.hello.version_max = 1u;
    size                                      = sizeof(m.hello);
  } else if (what % 4u == 1u) {
    m.head.kind       = RS_ATTACH_ATTACH;
    m.attach.instance = 1u + (what >> 6u);
    m.attach.flags    = what >> 5u & 1u;
    memcpy(m.attach.name, "strip", what >> 4u & 1u ? 5u : 0u);
    size  = sizeof(m.attach);
    shape = (uint8_t)(64u | (edits & 7u));
  } else if (what % 4u == 2u) {
    m.head.kind = RS_ATTACH_PING;
    size        = sizeof(m.ping);
  } else {
    m.head.kind = input_u8(input);
    size        = input_u16(input) % sizeof(m.bytes);
    shape       = input_u8(input);
  }
  for (uint32_t i = 0u; i < edits >> 4u; ++i) {
    const size_t at = input_u16(input) % (size + 1u);
    m.bytes[at]     = (char)input_u8(input);
  }
  if (edits & 8u) {
    size = input_u16(input) % (size + 32u);
  }
  say(world, host, &m, size, shape);
}

static void
say_osc(World* const world, Input* const input)
{
  static const char* const packets[] = {
    "/*/gain\0,f\0\0\0\0\0",
    "/*/gain\0,\0\0\0",
    "/*/list\0,\0\0\0",
    "/*/name\0,s\0\0rack\0\0\0\0",
    "/*/freq/ramp\0\0\0\0,ff\0\0\0\0\0\0\0\0\0",
    "/ringside/sync\0\0,i\0\0\0\0\0\1",
    "/ringside/instances\0,\0\0\0",
  };
  static const uint8_t sizes[] = {16, 12, 12, 20, 28, 24, 24};

  const RsSource nobody = {.kind = RS_SOURCE_NONE};
  const uint32_t i      = input_u8(input) % 7u;
  void* const    packet = exact_copy(packets[i], sizes[i]);
  rs_commands_receive(
    world->bridge.commands, &nobody, packet, sizes[i], world->bridge.now_ns);
  free(packet);
}

static void
step(World* const world, Input* const input)
{
  const uint8_t what = input_u8(input);
  int* const    host = &world->hosts[(what >> 4u) % HOSTS];
  int* const    end  = &world->ends[(what >> 4u) % ENDS];
  uint8_t       bytes[64];
  switch (what & 7u) {
    case 0:
      connect_host(world, host);
      break;
    case 1:
    case 2:
    case 3:
      if (*host < 0) {
        connect_host(world, host);
      }
      say_kind(world, *host, input);
      break;
    case 4:
      close_fd(host);
      break;
    case 5:
      close_fd(end);
      break;
    case 6:
      say_osc(world, input);
      break;
    default:
      input_copy(input, bytes, sizeof(bytes));
      if (*end >= 0) {
        (void)!send(
          *end, bytes, bytes[0] % sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL);
      }
      break;
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  static World world;
  Input        input = {data, size};

  (void)get_folder();
  const unsigned n_open = open_descriptors();

  open_world(&world);
  for (uint32_t i = 0u; i < STEPS_MAX && input.left; ++i) {
    step(&world, &input);
  }
  turn(&world);
  close_world(&world);

  require(open_descriptors() == n_open);
  return 0;
}
