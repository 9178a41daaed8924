// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   host_scribbler: plugin sides that do all the harm that they can, all the
   time, to a bridge that serves others meanwhile.

       host_scribbler [--rounds N]

   One process writes without end over all that it shares with the bridge,
   before, while and after it is accepted: any bytes, words that are nearly
   right, holes.  When it is cut off it comes back, with fresh segments or with
   those that it has spoiled.  Another one says anything on the host
   connection, with descriptors that are wrong, that were sent before, or that
   belong to another kind; and tries to change sealed files.  Others send
   commands and queries to both of them, so that the bridge has to look.

   Meanwhile each value that a good instance is sent arrives there, and is
   answered.  Afterwards the bridge is as it was: the same process, as many
   descriptors, and it leaves in order.  All of it is counted, nothing is timed.
*/

#include "tests/lib/peer.h"
#include "tests/reliability/rig.h"
#include "tests/unit/random.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVILS 3u
#define GOODS 2u
#define ROUNDS 200u

/// What each must have done before the end, however slow the machine
#define ATTACHED_LEAST 20u
#define WRITTEN_LEAST 2000u
#define SAID_LEAST 500u

/// Resident, as the flood's limit
#define RESIDENT_KIB_MAX 16384

typedef struct {
  _Atomic(uint32_t) n_attached;
  _Atomic(uint32_t) n_written;
  _Atomic(uint32_t) n_said;
  _Atomic(uint32_t) n_refused;
  _Atomic(uint32_t) n_allowed; ///< Attempts that should have failed
} Shared;

static Shared* shared;

// One who writes

typedef struct {
  PeerInstance peer;
  uint32_t     number;
  bool         is_in;    ///< Accepted or refused, and not known to be cut off
  RsIdentity   identity; ///< As they should be
  RsParameter  table[PEER_PARAMETERS];
} Evil;

static void
scribble_bytes(const Evil* const evil, Random* const random)
{
  const RsSegments* const s     = &evil->peer.segments;
  uint64_t* const         words = random_below(random, 2u)
                                    ? (uint64_t*)(void*)s->commands
                                    : (uint64_t*)(void*)s->telemetry.fixed;
  const size_t            size  = words == (uint64_t*)(void*)s->commands
                                    ? s->commands_size
                                    : s->telemetry_size;
  for (uint32_t i = 0u; i < 512u; ++i) {
    words[random_below(random, (uint32_t)(size / 8u))] = random_next(random);
  }
}

/// Words that the bridge goes by, as they might be; times that never were
static void
scribble_words(const Evil* const evil, Random* const random)
{
  static const uint32_t bits[] = {
    0x7fc00000u, 0x7f800000u, 0xff800000u, 0x3f800000u, 0u, 0x80000000u};

  const RsSegments* const s   = &evil->peer.segments;
  RsTelemetry* const      t   = s->telemetry.fixed;
  const uint32_t          now = atomic_load(&s->commands->ring.tail);
  atomic_store(&t->read.head, now - random_below(random, RS_RING_SLOTS + 2u));
  atomic_store(&t->overflow_seen, (uint32_t)random_next(random));
  atomic_store(&t->start_ns,
               random_below(random, 2u) ? peer_now_ns()
                                        : (int64_t)random_next(random));
  atomic_store(&t->position, random_next(random));
  atomic_store(&t->largest_cycle_ns, (int64_t)random_next(random));
  atomic_store(&t->frames, (uint32_t)random_next(random));
  atomic_store(&t->freewheel, random_below(random, 8u) == 0u);
  atomic_store(&t->live.waiting, (uint32_t)random_next(random));
  atomic_store(&t->live.preset_serial, random_below(random, 4u));
  atomic_store(&t->ahead_lock, random_below(random, 4u));
  atomic_store(&t->ahead_head, now - random_below(random, 4u));
  atomic_store(&t->ahead_cycle, atomic_load(&t->cycle));
  atomic_fetch_add(&t->cycle, 1u);
  atomic_store(&t->totals.applied, random_next(random));
  atomic_store(&s->commands->bell.asleep, random_below(random, 3u));
  atomic_store(&s->overflow->lock, (uint32_t)random_next(random));
  for (uint32_t i = 0u; i < PEER_PARAMETERS; ++i) {
    atomic_store(&s->telemetry.values[i], bits[random_below(random, 6u)]);
    atomic_store(&s->telemetry.ahead_values[i], bits[random_below(random, 6u)]);
    atomic_store(&s->telemetry.refusals[i], (uint32_t)random_next(random));
  }
}

/// What the seals must refuse, and the holes that they cannot
static void
attack_files(const Evil* const evil, Random* const random)
{
  const RsSegments* const s    = &evil->peer.segments;
  const int               hole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  const bool              allowed[] = {
                 !ftruncate(s->telemetry_fd, 0),
                 !ftruncate(s->telemetry_fd, 1 << 24),
                 !ftruncate(s->commands_fd, 0),
                 !ftruncate(s->commands_fd, 1 << 24),
                 !fallocate(s->telemetry_fd, hole, 0, 4096),
                 write(s->telemetry_fd, "x", 1u) == 1,
  };
  for (size_t i = 0u; i < sizeof(allowed) / sizeof(*allowed); ++i) {
    atomic_fetch_add(&shared->n_allowed, allowed[i]);
  }

  (void)fallocate(s->commands_fd,
                  hole,
                  (off_t)random_below(random, (uint32_t)s->commands_size),
                  8192);
}

/// What is checked when it comes, so that the rest of it is looked at
static void
look_right(const Evil* const evil)
{
  const RsSegments* const s    = &evil->peer.segments;
  s->commands->magic           = RS_COMMANDS_MAGIC;
  s->commands->layout          = RS_LAYOUT_VERSION;
  s->commands->n_parameters    = PEER_PARAMETERS;
  s->telemetry.fixed->identity = evil->identity;
  memcpy(s->telemetry.parameters, evil->table, sizeof(evil->table));
}

static pid_t
fork_child(void)
{
  const pid_t parent = getpid();
  const pid_t pid    = fork();
  if (!pid) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
      _exit(0); // It ended before we asked
    }
  }
  return pid;
}

/// Send ATTACH, and see what comes.  @return false if the connection ended
static bool
try_attach(const int         host,
           const uint32_t    number,
           const char* const name,
           const uint32_t    flags,
           const int         fds[3])
{
  RsAttach attach = {.head     = {RS_ATTACH_MAGIC, RS_ATTACH_ATTACH},
                     .instance = number,
                     .flags    = flags};
  strncpy(attach.name, name, RS_NAME_MAX);
  if (!peer_send(host, &attach, sizeof(attach), fds, 3u)) {
    return false;
  }

  struct pollfd poll_fd = {.fd = host, .events = POLLIN};
  RsAttached    answer  = {0};
  if (poll(&poll_fd, 1u, PEER_PATIENCE_MS) <= 0 ||
      recv(host, &answer, sizeof(answer), 0) < (ssize_t)sizeof(RsRefused)) {
    return false;
  }

  atomic_fetch_add(answer.head.kind == RS_ATTACH_ATTACHED ? &shared->n_attached
                                                          : &shared->n_refused,
                   1u);
  return true;
}

/// Fresh segments, and what they should hold
static bool
make(Evil* const evil)
{
  if (evil->peer.segments.commands) {
    peer_close(&evil->peer);
  }
  if (!peer_make(&evil->peer)) {
    return false;
  }

  evil->identity = evil->peer.segments.telemetry.fixed->identity;
  memcpy(
    evil->table, evil->peer.segments.telemetry.parameters, sizeof(evil->table));
  return true;
}

/// Another end for segments that were sent before
static bool
make_again(Evil* const evil, Random* const random)
{
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
    return false;
  }

  close(evil->peer.socket);
  evil->peer.socket        = pair[0];
  evil->peer.bridge_socket = pair[1];
  if (random_below(random, 4u)) {
    look_right(evil);
  }
  return true;
}

/// Come, or come back.  @return false if the connection ended
static bool
come(Evil* const evil, const int host, Random* const random)
{
  const bool is_again =
    evil->peer.segments.commands && random_below(random, 2u);
  if (!(is_again ? make_again(evil, random) : make(evil))) {
    return false;
  }

  // While the bridge looks at what it was sent, it changes
  const uint32_t way   = random_below(random, 3u);
  const pid_t    child = way ? fork_child() : 0;
  if (way && !child) {
    for (;;) {
      if (way == 1u) {
        scribble_words(evil, random);
      } else {
        scribble_bytes(evil, random);
        look_right(evil);
      }
    }
  }

  const int  fds[] = {evil->peer.bridge_socket,
                      evil->peer.segments.commands_fd,
                      evil->peer.segments.telemetry_fd};
  const bool is_well =
    try_attach(host, evil->number, "evil", random_below(random, 2u), fds);
  if (child > 0) {
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
  }

  close(evil->peer.bridge_socket);
  evil->peer.bridge_socket = -1;
  return is_well;
}

static bool
is_cut_off(const Evil* const evil)
{
  char bytes[512];
  for (;;) {
    const ssize_t n =
      recv(evil->peer.socket, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n <= 0) {
      return n == 0;
    }
  }
}

static void
write_for_ever(void)
{
  static Evil evils[EVILS];
  Random      random = {11u};
  int         host   = -1;
  for (;;) {
    if (host < 0) {
      host = peer_hello("scribbler");
      for (uint32_t i = 0u; i < EVILS; ++i) {
        evils[i].number = i + 1u;
        evils[i].is_in  = false;
      }
    }

    for (uint32_t i = 0u; i < EVILS && host >= 0; ++i) {
      Evil* const evil = &evils[i];
      if (!evil->is_in || is_cut_off(evil)) {
        evil->is_in = come(evil, host, &random);
        if (!evil->is_in) {
          close(host);
          host = -1;
          break;
        }
      }

      const uint32_t way = random_below(&random, 16u);
      if (way < 10u) {
        scribble_words(evil, &random);
      } else if (way < 15u) {
        scribble_bytes(evil, &random);
      } else {
        attack_files(evil, &random);
      }
      atomic_fetch_add(&shared->n_written, 1u);
    }
  }
}

// One who talks

/// A memory file that is not what it seems
static int
make_file(Random* const random, const size_t size)
{
  static const int seals[] = {0,
                              F_SEAL_SHRINK,
                              F_SEAL_SHRINK | F_SEAL_GROW,
                              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
                              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL |
                                F_SEAL_FUTURE_WRITE};

  char      bytes[64];
  const int fd = memfd_create("evil", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  for (size_t i = 0u; i < sizeof(bytes); ++i) {
    bytes[i] = (char)random_next(random);
  }

  (void)!ftruncate(fd, (off_t)size);
  (void)!write(fd, bytes, random_below(random, sizeof(bytes)));
  (void)fcntl(fd, F_ADD_SEALS, seals[random_below(random, 5u)]);
  return fd;
}

/// Anything at all, or nothing; sometimes a kind that there is
static void
say_anything(const int host, Random* const random, const int* const fds)
{
  uint32_t words[256];
  for (uint32_t i = 0u; i < 256u; ++i) {
    words[i] = (uint32_t)random_next(random);
  }
  if (random_below(random, 4u)) {
    words[0] = RS_ATTACH_MAGIC;
    words[1] = random_below(random, 12u);
  }
  const size_t size =
    random_below(random, 4u) ? random_below(random, sizeof(words)) : 0u;
  (void)peer_send(host, words, size, fds, random_below(random, 7u));
}

/// The same where clients talk: nothing that comes with a packet may stay
static void
say_to_all(const char* const runtime,
           Random* const     random,
           const int* const  fds)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path,
           sizeof(address.sun_path),
           "%.80s/" RS_OSC_SOCKET,
           runtime);
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (!connect(fd, (const struct sockaddr*)&address, sizeof(address))) {
    say_anything(fd, random, fds);
  }
  close(fd);
}

static void
talk_for_ever(const char* const runtime)
{
  Random random = {22u};
  for (;;) {
    PeerInstance peer;
    int          pipes[2];
    int          streams[2];
    const int    host = peer_hello("talker");
    const int    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (host < 0 || !peer_make(&peer) || pipe(pipes) ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, streams)) {
      _exit(1);
    }

    const int others[] = {
      null,
      pipes[0],
      streams[0],
      host,
      peer.socket,
      peer.bridge_socket,
      peer.segments.commands_fd,
      peer.segments.telemetry_fd,
      make_file(&random, peer.segments.commands_size),
      make_file(&random, peer.segments.telemetry_size),
      make_file(&random, random_below(&random, 1u << 20u)),
    };

    // Right ones, those that were sent before, and any
    bool is_open = true;
    for (uint32_t i = 0u; i < 32u && is_open; ++i) {
      int fds[6];
      for (uint32_t k = 0u; k < 6u; ++k) {
        fds[k] = others[random_below(&random, 11u)];
      }
      if (!random_below(&random, 3u)) {
        memcpy(fds, &others[5], 3u * sizeof(int));
      }

      if (random_below(&random, 8u)) {
        is_open = try_attach(host,
                             random_below(&random, 3u),
                             random_below(&random, 2u) ? "evil" : "good",
                             0u,
                             fds);
      } else {
        say_anything(host, &random, fds);
        say_to_all(runtime, &random, fds);
      }
      atomic_fetch_add(&shared->n_said, 1u);
    }

    close(host);
    peer_close(&peer);
    close(null);
    for (uint32_t i = 0u; i < 2u; ++i) {
      close(pipes[i]);
      close(streams[i]);
    }
    for (uint32_t i = 8u; i < 11u; ++i) {
      close(others[i]);
    }
  }
}

// Those who are served

typedef struct {
  Rig          rig;
  Rig          loud; ///< The same with another socket, which asks the evil
  PeerInstance goods[GOODS];
  char         names[GOODS][RS_NAME_MAX + 8u];
  int          host;
  pid_t        bridge;
  Random       random;
} World;

static bool
start_bridge(World* const world)
{
  char              program[512];
  char              flag[32];
  char              byte;
  int               ready[2];
  const char* const build = getenv("RINGSIDE_BUILD");
  snprintf(program,
           sizeof(program),
           "%s/ui-bridge/ringside-bridge",
           build ? build : ".");
  if (pipe(ready)) {
    return false;
  }

  world->bridge = fork();
  if (!world->bridge) {
    snprintf(flag, sizeof(flag), "--ready-fd=%d", ready[1]);
    execl(program, program, flag, "--log-level=error", (char*)NULL);
    _exit(127);
  }

  close(ready[1]);
  const ssize_t n = read(ready[0], &byte, 1u);
  close(ready[0]);
  return n == 1 && rig_find_port(&world->rig);
}

static bool
attach_goods(World* const world)
{
  world->host = peer_hello("good");
  for (uint32_t i = 0u; i < GOODS; ++i) {
    strcpy(world->names[i], "good");
    if (world->host < 0 || !peer_make(&world->goods[i]) ||
        !peer_attach(
          world->host, &world->goods[i], i + 1u, 0u, world->names[i])) {
      return false;
    }
  }
  return true;
}

static void
run_goods(World* const world)
{
  for (uint32_t i = 0u; i < GOODS; ++i) {
    peer_run(&world->goods[i], peer_now_ns());
  }
}

/// What makes the bridge look at the evil; what they answer is a number
static bool
ask_evil(World* const world)
{
  static const struct {
    const char* address;
    const char* tags;
  } messages[] = {
    {"/evil*/gain", "f"},
    {"/evil*/gain", ""},
    {"/evil*/freq/add", "f"},
    {"/evil*/freq", ""},
    {"/evil/mute/toggle", ""},
    {"/evil-2/preset", ""},
    {"/evil-2/timing", ""},
    {"/evil/cancel", ""},
    {"/ringside/status", ""},
    {"/ringside/instances", ""},
  };

  char           packet[1024];
  const uint32_t which = random_below(&world->random, 11u);
  if (which == 10u) {
    rig_send(&world->loud,
             packet,
             rig_message(packet, "/evil/freq/ramp", "ff", 100.0, 3.0));
  } else {
    rig_send(
      &world->loud,
      packet,
      rig_message(packet, messages[which].address, messages[which].tags, 1.0));
  }

  bool is_number = true;
  while (rig_receive(&world->loud, packet, sizeof(packet), 0)) {
    const char* const types = packet + ((strlen(packet) + 4u) & ~(size_t)3u);
    if (!strncmp(packet, "/evil", 5u) && !strcmp(types, ",f")) {
      is_number = is_number && isfinite(rig_float_at(types + 4));
    }
  }
  return is_number;
}

/// A value for one of the good ones: it arrives, and is what is answered
static bool
serve_one(World* const world)
{
  char                packet[256];
  char                address[64];
  float               answer = 0.0f;
  const uint32_t      i      = random_below(&world->random, GOODS);
  const PeerInstance* peer   = &world->goods[i];
  const float value = (float)random_below(&world->random, 900u) / 16.0f - 50.f;
  snprintf(address, sizeof(address), "/%s/gain", world->names[i]);
  rig_send(
    &world->rig, packet, rig_message(packet, address, "f", (double)value));

  const int64_t end_ns = peer_now_ns() + RIG_PATIENCE_MS * INT64_C(1000000);
  while (rs_float_from_bits(atomic_load(&peer->segments.telemetry.values[0])) !=
         value) {
    if (peer_now_ns() > end_ns) {
      printf("# %s did not become %g\n", address, (double)value);
      return false;
    }
    run_goods(world);
    usleep(200);
  }

  if (!rig_value(&world->rig, address, &answer, RIG_PATIENCE_MS) ||
      answer != value) {
    printf("# %s answers %g, not %g\n", address, (double)answer, (double)value);
    return false;
  }
  return true;
}

/// How many instances there are, by `/ringside/instances`
static int
count_instances(const Rig* const rig)
{
  char packet[512];
  rig_send(rig, packet, rig_message(packet, "/ringside/instances", ""));
  while (rig_receive(rig, packet, sizeof(packet), RIG_PATIENCE_MS)) {
    const char* const end =
      rig_arguments(packet, "/ringside/instances/end", "i");
    if (end) {
      return (int)rig_int_at(end);
    }
  }
  return -1;
}

static bool
await_descriptors(World* const world, const int expected)
{
  for (int i = 0; i < RIG_PATIENCE_MS; ++i) {
    if (count_instances(&world->rig) == (int)GOODS &&
        rig_descriptors(world->bridge) == expected) {
      return true;
    }
    usleep(1000);
  }

  printf("# %d descriptors, not %d; %d instances\n",
         rig_descriptors(world->bridge),
         expected,
         count_instances(&world->rig));
  return false;
}

static bool
has_done_enough(void)
{
  return atomic_load(&shared->n_attached) >= ATTACHED_LEAST &&
         atomic_load(&shared->n_written) >= WRITTEN_LEAST &&
         atomic_load(&shared->n_said) >= SAID_LEAST;
}

static uint32_t n_bad; ///< Checks that went wrong

static void
check(const bool is_good, const uint32_t number, const char* const what)
{
  printf("%sok %u - %s\n", is_good ? "" : "not ", number, what);
  n_bad += !is_good;
}

int
main(const int argc, char** const argv)
{
  static const struct option options[] = {
    {"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
  static World world;

  uint32_t rounds = ROUNDS;
  for (int c = 0; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    rounds = c == 'r' ? (uint32_t)strtoul(optarg, NULL, 10) : 0u;
  }
  if (!rounds) {
    fprintf(stderr, "usage: host_scribbler [--rounds N]\n");
    return 2;
  }

  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, NULL, _IOLBF, 0);
  world.random = (Random){33u};
  shared       = (Shared*)mmap(NULL,
                         sizeof(Shared),
                         PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS,
                         -1,
                         0);
  if (shared == MAP_FAILED || !rig_open(&world.rig) || !start_bridge(&world) ||
      !attach_goods(&world)) {
    fprintf(stderr, "host_scribbler: no bridge\n");
    return 1;
  }

  world.loud     = world.rig;
  world.loud.udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool is_served = serve_one(&world);

  const int   descriptors = rig_descriptors(world.bridge);
  const pid_t writer      = fork_child();
  if (!writer) {
    write_for_ever();
  }
  const pid_t talker = fork_child();
  if (!talker) {
    talk_for_ever(world.rig.runtime);
  }

  bool          is_number = true;
  uint32_t      n         = 0u;
  const int64_t end_ns    = peer_now_ns() + RIG_PATIENCE_MS * INT64_C(2000000);
  for (; is_served && is_number && (n < rounds || !has_done_enough()); ++n) {
    is_served = serve_one(&world) && peer_now_ns() < end_ns + n * 100000000;
    is_number = ask_evil(&world);
  }

  const bool has_done = has_done_enough();
  kill(writer, SIGKILL);
  kill(talker, SIGKILL);
  waitpid(writer, NULL, 0);
  waitpid(talker, NULL, 0);
  printf("# %u values served; %u attachments, %u refused, %u times written, "
         "%u messages\n",
         n,
         atomic_load(&shared->n_attached),
         atomic_load(&shared->n_refused),
         atomic_load(&shared->n_written),
         atomic_load(&shared->n_said));

  uint32_t k = 0u;
  check(is_served, ++k, "others get their values, and right answers");
  check(is_number, ++k, "what the evil answer is a number");
  check(has_done, ++k, "harm was tried");
  check(!atomic_load(&shared->n_allowed), ++k, "seals refuse what they must");
  check(await_descriptors(&world, descriptors),
        ++k,
        "afterwards the bridge has as many descriptors as before");
  check(is_served && serve_one(&world), ++k, "and still serves");

  const long kib = rig_memory_kib(world.bridge);
  printf("# %ld KiB resident\n", kib);
  check(getenv("RINGSIDE_SANITIZED") || (kib > 0 && kib <= RESIDENT_KIB_MAX),
        ++k,
        "it is no larger than it may be");

  // A sanitizer would say so by its exit status, leaks too
  int status = 0;
  close(world.host);
  for (uint32_t i = 0u; i < GOODS; ++i) {
    peer_close(&world.goods[i]);
  }
  for (int i = 0; i < RIG_PATIENCE_MS && count_instances(&world.rig); ++i) {
    usleep(1000); // Before that it would leave its port to a successor
  }
  kill(world.bridge, SIGTERM);
  waitpid(world.bridge, &status, 0);
  check(WIFEXITED(status) && !WEXITSTATUS(status), ++k, "it leaves in order");
  check(rig_close(&world.rig), ++k, "and leaves nothing behind");
  printf("1..%u\n", k);
  return n_bad ? 1 : 0;
}
