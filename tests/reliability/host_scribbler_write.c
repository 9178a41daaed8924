// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A plugin side that writes without end over all that it shares

#include "tests/reliability/host_scribbler.h"

#include "tests/lib/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVILS 3u

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
    atomic_fetch_add(&evil_deeds->n_allowed, allowed[i]);
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

/// Send ATTACH, and see what comes.  @return false if the connection ended
bool
evil_attach(const int         host,
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

  atomic_fetch_add(answer.head.kind == RS_ATTACH_ATTACHED
                     ? &evil_deeds->n_attached
                     : &evil_deeds->n_refused,
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
  const pid_t    child = way ? child_fork() : 0;
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
    evil_attach(host, evil->number, "evil", random_below(random, 2u), fds);
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

_Noreturn void
evil_write(void)
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
      atomic_fetch_add(&evil_deeds->n_written, 1u);
    }
  }
}
