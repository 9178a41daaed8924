// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A bridge that does all the harm that it can.

   One thread welcomes hosts and answers their pings, or it would be ended as
   one that hangs whenever the other has much to write.
*/

#include "tests/reliability/scribbler_bridge.h"

#include "tests/reliability/mini.h"
#include "tests/unit/random.h"

#include "shm/attach.h"
#include "shm/segment.h"

#include "strip_table.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define KEPT (8u * SCRIBBLER_INSTANCES)

/// What is overwritten at once, of some 16,000 words
#define WORDS 4096u

/// Parameters that good commands set, from the first input on
#define GOOD RS_STRIP_INPUT_GAIN
#define GOODS 20u

typedef struct {
  RsCommands*  commands;
  RsTelemetry* telemetry;
  size_t       size;
  uint32_t     instance;
  uint32_t     tail;
  uint64_t     sequence;
} Pair;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; ///< Of the pairs
static Pair            pairs[KEPT];
static uint32_t        n_pairs;

static void
write_well(Pair* const pair, Random* const random)
{
  const uint32_t head = atomic_load(&pair->telemetry->read.head);
  while (pair->tail - head < RS_RING_SLOTS) {
    pair->commands->ring.slots[pair->tail++ % RS_RING_SLOTS] =
      (RsCommand){.sequence  = ++pair->sequence,
                  .kind      = RS_COMMAND_SET,
                  .parameter = GOOD + random_below(random, GOODS),
                  .value     = (float)random_unit(random)};
  }

  atomic_store(&pair->commands->ring.tail, pair->tail);
}

// Of floats: not a number, infinite, the largest, the smallest
#define SPECIALS 5u
static const uint32_t special[SPECIALS] = {0x7fc00000u,
                                           0x7f800000u,
                                           0xff800000u,
                                           0x7f7fffffu,
                                           1u};

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
    const uint32_t any     = (uint32_t)(noise >> 32u);
    const uint32_t bits    = any % 4u ? any : special[any / 4u % SPECIALS];
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
  for (uint32_t i = 0; i < WORDS; ++i) {
    words[random_below(random, (uint32_t)(pair->size / 8u))] =
      random_next(random);
  }
}

/// Any bytes over a ring that says that it is full
static void
write_slots(Pair* const pair, Random* const random)
{
  char* const slots = (char*)pair->commands->ring.slots;
  for (uint32_t i = 0; i < WORDS; ++i) {
    const uint64_t noise = random_next(random);
    memcpy(slots + (8u * random_below(random, RS_RING_SLOTS * 8u)),
           &noise,
           sizeof(noise));
  }
}

static void
write_cancel(Pair* const pair)
{
  pair->commands->ring.slots[pair->tail++ % RS_RING_SLOTS] =
    (RsCommand){.sequence = ++pair->sequence, .kind = RS_COMMAND_CANCEL};
  atomic_store(&pair->commands->ring.tail, pair->tail);
}

static void
write_wrong(Pair* const pair, Random* const random, const uint32_t which)
{
  if (which == SCRIBBLER_WRONG_TAIL) {
    write_well(pair, random);
  }
  scribbler_write_wrong(pair->commands, &pair->tail, ++pair->sequence, which);
}

static void
write_way(Pair* const pair, Random* const random, const uint32_t way)
{
  if (way == SCRIBBLER_CANCEL) {
    write_cancel(pair);
  } else if (way == SCRIBBLER_FULL) {
    write_well(pair, random);
  } else if (way == SCRIBBLER_COMMANDS) {
    write_commands(pair, random, mini_now_ns());
  } else if (way == SCRIBBLER_BYTES) {
    write_well(pair, random);
    if (random_below(random, 2u)) {
      write_slots(pair, random);
    } else {
      write_bytes(pair, random);
    }
  }
}

/// What the seals must refuse, and what they cannot
static void
attack_files(Scribbler* const shared, const int commands, const int telemetry)
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
keep(Scribbler* const shared, const uint32_t instance, const int* const fds)
{
  struct stat st;
  if (fstat(fds[1], &st) || !instance || instance > SCRIBBLER_INSTANCES) {
    return;
  }

  void* const commands = mmap(
    NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fds[1], 0);
  void* const telemetry =
    mmap(NULL, sizeof(RsTelemetry), PROT_READ, MAP_SHARED, fds[2], 0);
  if (commands != MAP_FAILED && telemetry != MAP_FAILED) {
    attack_files(shared, fds[1], fds[2]);

    pthread_mutex_lock(&mutex);
    Pair* const pair = &pairs[n_pairs++ % KEPT];
    if (pair->commands) {
      munmap(pair->commands, pair->size);
      munmap(pair->telemetry, sizeof(RsTelemetry));
    }

    *pair = (Pair){(RsCommands*)commands,
                   (RsTelemetry*)telemetry,
                   (size_t)st.st_size,
                   instance,
                   0u,
                   0u};
    pthread_mutex_unlock(&mutex);
    atomic_fetch_add(&shared->n_attached[instance], 1u);
  }

  // The socket stays, or the attachment would end
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
answer(Scribbler* const shared,
       const int        host,
       char* const      bytes,
       int* const       fds)
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
    keep(shared, attach.instance, fds);
  } else if (head.kind == RS_ATTACH_PING) {
    RsPing pong;
    memcpy(&pong, bytes, sizeof(pong));
    pong.head.kind = RS_ATTACH_PONG;
    say(host, &pong, sizeof(pong), 0);
  }
}

/// @return false once nothing more will come
static bool
take(Scribbler* const shared, const int host)
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

  return n != 0;
}

/// Where hosts look for a bridge
static int
open_listener(const Rig* const rig)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path,
           sizeof(address.sun_path),
           "%s/" RS_ATTACH_SOCKET,
           rig->runtime);
  const int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  return mkdir(rig->runtime, 0700) ||
             bind(
               listener, (const struct sockaddr*)&address, sizeof(address)) ||
             listen(listener, 8)
           ? -1
           : listener;
}

typedef struct {
  Scribbler* shared;
  int        listener;
} Talk;

/// Thread: whatever hosts say
static void*
talk(void* const context)
{
  const Talk* const it      = (const Talk*)context;
  struct pollfd     both[2] = {{.fd = it->listener, .events = POLLIN},
                               {.fd = -1, .events = POLLIN}};
  for (;;) {
    if (poll(both, 2u, -1) <= 0) {
      continue;
    }

    if (both[1].revents && !take(it->shared, both[1].fd)) {
      close(both[1].fd);
      both[1].fd = -1;
    }

    if (both[0].revents) {
      if (both[1].fd >= 0) {
        close(both[1].fd);
      }
      both[1].fd = accept(it->listener, NULL, NULL);
    }
  }

  return NULL;
}

static Pair*
newest_of(const uint32_t instance)
{
  for (uint32_t i = n_pairs; i > 0u && n_pairs - i < KEPT; --i) {
    if (pairs[(i - 1u) % KEPT].instance == instance) {
      return &pairs[(i - 1u) % KEPT];
    }
  }

  return NULL;
}

/// The next step of a trial, if it is ours.  @return false if it is not
static bool
step_trial(Scribbler* const shared, Random* const random)
{
  static Pair*    pair;
  static uint32_t cycle;
  static uint32_t head;
  static uint64_t faults;

  // Acquire, and release below: the rest of it goes back and forth with it
  const uint32_t trial = atomic_load(&shared->trial);
  if (trial == TRIAL_WRITE) {
    pair = newest_of(shared->instance);
    if (pair) {
      cycle  = atomic_load(&pair->telemetry->cycle);
      head   = atomic_load(&pair->telemetry->read.head);
      faults = atomic_load(&pair->telemetry->totals.faults);
      if (shared->way == SCRIBBLER_WRONG) {
        write_wrong(pair, random, shared->wrong);
      } else {
        write_way(pair, random, shared->way);
      }
    }
    atomic_store(&shared->trial, pair ? TRIAL_WRITTEN : TRIAL_VOID);
  } else if (trial == TRIAL_RAN) {
    const bool is_live = pair && pair == newest_of(shared->instance) &&
                         atomic_load(&pair->telemetry->cycle) != cycle;
    if (is_live) {
      shared->taken = atomic_load(&pair->telemetry->read.head) - head;
      shared->faults =
        (uint32_t)(atomic_load(&pair->telemetry->totals.faults) - faults);
    }
    atomic_store(&shared->trial, is_live ? TRIAL_LIVE : TRIAL_VOID);
  }

  return trial == TRIAL_WRITE || trial == TRIAL_RAN;
}

_Noreturn void
scribbler_be(const Rig* const rig, Scribbler* const shared)
{
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pthread_t thread;
  Random    random = {99u};
  Talk      it     = {shared, open_listener(rig)};
  if (it.listener < 0 || pthread_create(&thread, NULL, talk, &it)) {
    _exit(1);
  }

  for (;;) {
    pthread_mutex_lock(&mutex);
    const bool     is_stepped = step_trial(shared, &random);
    const uint32_t how        = atomic_load(&shared->how);
    const uint32_t n          = n_pairs < KEPT ? n_pairs : KEPT;
    if (how != SCRIBBLER_NOTHING && n) {
      write_way(&pairs[random_below(&random, n)], &random, how);
      atomic_fetch_add(&shared->n_written, 1u);
    }
    pthread_mutex_unlock(&mutex);
    if (!is_stepped) {
      usleep(how == SCRIBBLER_NOTHING ? 50u : 1u);
    }
  }
}
