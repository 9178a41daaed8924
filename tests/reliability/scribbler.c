// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   scribbler: a bridge that does all the harm that it can.

       scribbler [--rounds N]

   It welcomes the plugin, and then: tries to shrink, to punch and to map what
   it must not; punches holes into what it may; sends descriptors that nobody
   asked for; and writes without end over all the segments that it ever got,
   old ones too, either any bytes at all or commands that are nearly right.
   What comes out stays finite, the host gets no descriptors, and run() takes
   at most twice the CPU time (p99.9, medians of interleaved rounds) that it
   takes with a well-behaved bridge that keeps the ring full.
*/

#include "tests/reliability/mini.h"
#include "tests/reliability/rig.h"
#include "tests/unit/random.h"

#include "shm/attach.h"
#include "shm/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS 20000u
#define BLOCK 64u
#define KEPT 32u

enum { QUIET, FULL, BYTES, COMMANDS, WAYS };

typedef struct {
  _Atomic(uint32_t) how;
  _Atomic(uint32_t) n_attached;
  _Atomic(uint32_t) n_allowed; ///< Attempts that should have failed
  _Atomic(uint32_t) n_written;
} Shared;

typedef struct {
  RsCommands*  commands;
  RsTelemetry* telemetry;
  size_t       size;
  uint32_t     tail;
  uint64_t     sequence;
} Pair;

static Pair     pairs[KEPT];
static uint32_t n_pairs;

static void
write_well(Pair* const pair, Random* const random)
{
  const uint32_t head = atomic_load(&pair->telemetry->read.head);
  while (pair->tail - head < RS_RING_SLOTS) {
    pair->commands->ring.slots[pair->tail++ % RS_RING_SLOTS] =
      (RsCommand){.sequence  = ++pair->sequence,
                  .kind      = RS_COMMAND_SET,
                  .parameter = 1u + random_below(random, 20u),
                  .value     = (float)random_unit(random)};
  }

  atomic_store(&pair->commands->ring.tail, pair->tail);
}

static void
write_commands(Pair* const pair, Random* const random, const int64_t now_ns)
{
  const uint32_t head = atomic_load(&pair->telemetry->read.head);
  while (pair->tail - head < RS_RING_SLOTS) {
    const uint64_t noise   = random_next(random);
    RsCommand      command = {.sequence  = noise,
                              .kind      = random_below(random, 8u),
                              .parameter = random_below(random, 64u),
                              .curve     = random_below(random, 4u),
                              .serial    = (uint32_t)noise,
                              .seconds   = random_unit(random) * 4000.0};
    const uint32_t bits    = (uint32_t)(noise >> 32u);
    memcpy(&command.value, &bits, sizeof(bits));
    command.time_ns = noise & 1u ? 0 : now_ns + (int64_t)(noise % 4000000u);
    pair->commands->ring.slots[pair->tail++ % RS_RING_SLOTS] = command;
  }

  atomic_store(&pair->commands->ring.tail, pair->tail);
}

static void
write_bytes(const Pair* const pair, Random* const random)
{
  uint64_t* const words = (uint64_t*)(void*)pair->commands;
  for (uint32_t i = 0; i < 4096u; ++i) {
    words[random_below(random, (uint32_t)(pair->size / 8u))] =
      random_next(random);
  }
}

/// What the seals must refuse, and what they cannot
static void
attack_files(Shared* const shared, const int commands, const int telemetry)
{
  struct stat st;
  fstat(telemetry, &st);
  void* const base = mmap(
    NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, telemetry, 0);
  const int  hole      = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  const bool allowed[] = {base != MAP_FAILED,
                          !ftruncate(telemetry, 0),
                          !ftruncate(commands, 0),
                          !ftruncate(commands, 1 << 24),
                          !fallocate(telemetry, hole, 0, 4096),
                          write(telemetry, "x", 1u) == 1};
  for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); ++i) {
    atomic_fetch_add(&shared->n_allowed, allowed[i]);
  }

  // Zeros where there was a ring
  (void)fallocate(commands, hole, 0, 65536);
}

static void
keep(Shared* const shared, const int* const fds)
{
  struct stat st;
  Pair* const pair = &pairs[n_pairs % KEPT];
  if (fstat(fds[1], &st)) {
    return;
  }

  void* const commands = mmap(
    NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fds[1], 0);
  void* const telemetry =
    mmap(NULL, sizeof(RsTelemetry), PROT_READ, MAP_SHARED, fds[2], 0);
  if (commands != MAP_FAILED && telemetry != MAP_FAILED) {
    *pair = (Pair){(RsCommands*)commands,
                   (RsTelemetry*)telemetry,
                   (size_t)st.st_size,
                   0u,
                   0u};
    ++n_pairs;
    atomic_fetch_add(&shared->n_attached, 1u);
  }

  // The socket stays, or the attachment would end
  if (atomic_load(&shared->how) >= BYTES) {
    attack_files(shared, fds[1], fds[2]);
  }
  close(fds[1]);
  close(fds[2]);
}

/// Answer with descriptors that were sent before, or are of no use
static void
say(const int host, const void* const message, const size_t size, const int fd)
{
  alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
  char                         bytes[256];
  memcpy(bytes, message, size);

  struct iovec          vector = {bytes, size};
  struct msghdr         header = {.msg_iov        = &vector,
                                  .msg_iovlen     = 1u,
                                  .msg_control    = control,
                                  .msg_controllen = sizeof(control)};
  struct cmsghdr* const c      = CMSG_FIRSTHDR(&header);
  c->cmsg_level                = SOL_SOCKET;
  c->cmsg_type                 = SCM_RIGHTS;
  c->cmsg_len                  = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(c), &fd, sizeof(fd));
  (void)!sendmsg(host, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
answer(Shared* const shared, const int host, char* const bytes, int* const fds)
{
  RsAttachHead head;
  memcpy(&head, bytes, sizeof(head));
  if (head.kind == RS_ATTACH_HELLO) {
    const RsWelcome welcome = {
      {RS_ATTACH_MAGIC, RS_ATTACH_WELCOME}, 1u, 1234u, "scribbler"};
    say(host, &welcome, sizeof(welcome), host);
  } else if (head.kind == RS_ATTACH_ATTACH && fds[2] >= 0) {
    RsAttach attach;
    memcpy(&attach, bytes, sizeof(attach));
    const RsAttached attached = {
      {RS_ATTACH_MAGIC, RS_ATTACH_ATTACHED}, attach.instance, "strip"};
    say(host, &attached, sizeof(attached), fds[1]);
    keep(shared, fds);
  } else if (head.kind == RS_ATTACH_PING) {
    RsPing pong;
    memcpy(&pong, bytes, sizeof(pong));
    pong.head.kind = RS_ATTACH_PONG;
    say(host, &pong, sizeof(pong), 0);
  }
}

static void
take(Shared* const shared, const int host)
{
  alignas(struct cmsghdr) char control[CMSG_SPACE(3u * sizeof(int))];
  char                         bytes[1024] = "";
  int                          fds[3]      = {-1, -1, -1};
  struct iovec                 vector      = {bytes, sizeof(bytes)};
  struct msghdr                header      = {.msg_iov        = &vector,
                                              .msg_iovlen     = 1u,
                                              .msg_control    = control,
                                              .msg_controllen = sizeof(control)};

  const ssize_t n = recvmsg(host, &header, MSG_DONTWAIT);
  if (n > 0) {
    const struct cmsghdr* const c = CMSG_FIRSTHDR(&header);
    if (c && c->cmsg_len == CMSG_LEN(sizeof(fds))) {
      memcpy(fds, CMSG_DATA(c), sizeof(fds));
    }
    answer(shared, host, bytes, fds);
  }
}

static void
be_hostile(const Rig* const rig, Shared* const shared)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path,
           sizeof(address.sun_path),
           "%s/" RS_ATTACH_SOCKET,
           rig->runtime);
  const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
  if (mkdir(rig->runtime, 0700) ||
      bind(listener, (const struct sockaddr*)&address, sizeof(address)) ||
      listen(listener, 8)) {
    _exit(1);
  }

  Random random = {99u};
  int    host   = -1;
  for (uint64_t turn = 0;; ++turn) {
    const int fresh = turn % 64u ? -1 : accept(listener, NULL, NULL);
    host            = fresh >= 0 ? fresh : host;
    if (host >= 0 && !(turn % 16u)) {
      take(shared, host);
    }

    const uint32_t how = atomic_load(&shared->how);
    if (how == QUIET || !n_pairs) {
      usleep(100);
      continue;
    }

    // A good one writes to the newest only
    const uint32_t n     = n_pairs < KEPT ? n_pairs : KEPT;
    const uint32_t which = how == FULL || turn & 1u ? (n_pairs - 1u) % KEPT
                                                    : random_below(&random, n);
    Pair* const    pair  = &pairs[which];
    if (how == FULL) {
      write_well(pair, &random);
    } else if (how == COMMANDS) {
      write_commands(pair, &random, mini_now_ns());
    } else {
      write_bytes(pair, &random);
    }
    atomic_fetch_add(&shared->n_written, 1u);
  }
}

static int64_t
cpu_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return ((int64_t)t.tv_sec * 1000000000) + t.tv_nsec;
}

static int
compare(const void* const a, const void* const b)
{
  const int64_t x = *(const int64_t*)a;
  const int64_t y = *(const int64_t*)b;
  return (x > y) - (x < y);
}

/// Run as fast as it goes.  @return p99.9 of the CPU time of a run(), or -1
static int64_t
measure(Mini* const mini, uint64_t* const position)
{
  static int64_t times[RUNS];
  for (uint32_t i = 0; i < RUNS; ++i) {
    mini_fill(mini, *position, BLOCK);
    *position += BLOCK;
    const int64_t start_ns = cpu_ns();
    mini_run(mini, BLOCK);
    times[i] = cpu_ns() - start_ns;
    if (!mini_is_finite(mini, BLOCK)) {
      return -1;
    }
  }

  qsort(times, RUNS, sizeof(*times), compare);
  return times[RUNS - (RUNS / 1000u)];
}

/// Wait for another attachment, at the pace of time.  @return false without one
static bool
await_attachment(Mini* const     mini,
                 const Shared*   shared,
                 uint64_t* const position,
                 const uint32_t  more_than)
{
  const int64_t  start_ns = mini_now_ns();
  const uint64_t first    = *position;
  while (atomic_load(&shared->n_attached) <= more_than) {
    if (mini_now_ns() - start_ns > RIG_PATIENCE_MS * INT64_C(1000000)) {
      return false;
    }

    mini_fill(mini, *position, BLOCK);
    mini_run(mini, BLOCK);
    *position += BLOCK;
    mini_pace(start_ns, *position - first);
  }

  return true;
}

static bool has_failed;

static bool
check(const bool is_good, const uint32_t number, const char* const what)
{
  printf("%sok %u - %s\n", is_good ? "" : "not ", number, what);
  has_failed = has_failed || !is_good;
  return is_good;
}

int
main(int argc, char** argv)
{
  static const struct option options[] = {
    {"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
  static const char* const names[] = {"", "full ring", "bytes", "commands"};
  static int64_t           times[WAYS][1000];

  uint32_t n_rounds = 5u;
  for (int c = 0; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    n_rounds = c == 'r' ? (uint32_t)strtoul(optarg, NULL, 10) : 0u;
  }

  if (!n_rounds || n_rounds > 1000u) {
    fprintf(stderr, "usage: scribbler [--rounds N]\n");
    return 2;
  }

  Rig           rig;
  Mini          mini;
  uint64_t      position  = 0;
  bool          is_finite = true;
  Shared* const shared    = (Shared*)mmap(NULL,
                                       sizeof(Shared),
                                       PROT_READ | PROT_WRITE,
                                       MAP_SHARED | MAP_ANONYMOUS,
                                       -1,
                                       0);
  if (shared == MAP_FAILED || !rig_open(&rig)) {
    return 1;
  }

  const pid_t bridge = fork();
  if (!bridge) {
    be_hostile(&rig, shared);
  }

  if (!mini_open(&mini) || !await_attachment(&mini, shared, &position, 0u)) {
    kill(bridge, SIGKILL);
    return 1;
  }

  const int before = rig_descriptors(getpid());
  for (uint32_t i = 0; i < n_rounds; ++i) {
    for (uint32_t how = FULL; how < WAYS && is_finite; ++how) {
      atomic_store(&shared->how, how);
      times[how][i] = measure(&mini, &position);
      is_finite     = times[how][i] >= 0;

      // Whoever scribbled was left, and is given new segments
      const uint32_t n = atomic_load(&shared->n_attached);
      atomic_store(&shared->how, how == BYTES ? BYTES : QUIET);
      is_finite = is_finite && (how != BYTES ||
                                await_attachment(&mini, shared, &position, n));
    }
  }

  const int more = rig_descriptors(getpid()) - before;
  uint32_t  n    = 0;
  check(is_finite, ++n, "what comes out is finite, and the link is renewed");
  check(!atomic_load(&shared->n_allowed), ++n, "seals refuse what they must");
  check(more <= 4, ++n, "descriptors that nobody asked for are not taken");
  printf("# %u attachments, %u times written, %+d descriptors\n",
         atomic_load(&shared->n_attached),
         atomic_load(&shared->n_written),
         more);

  for (uint32_t how = FULL; how < WAYS; ++how) {
    char what[64];
    qsort(times[how], n_rounds, sizeof(int64_t), compare);
    // The least of the rounds, the best guard against other load
    const int64_t clean = times[FULL][0];
    const int64_t it    = times[how][0];
    printf(
      "# %s: run() takes %.1f us (p99.9)\n", names[how], (double)it * 1e-3);
    snprintf(what, sizeof(what), "%s: at most twice as long", names[how]);
    check(it <= 2 * clean, ++n, what);
  }

  printf("1..%u\n", n);
  mini_close(&mini); // First, or it would start a bridge of its own
  kill(bridge, SIGKILL);
  waitpid(bridge, NULL, 0);
  (void)rig_close(&rig);
  return has_failed ? 1 : 0;
}
