// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A sender without a pause, and somebody who listens

#include "tests/bench/flooder.h"

#include "tests/bench/lab.h"
#include "tests/lib/child.h"
#include "tests/reliability/rig.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64u
#define PACKET_MAX 2048u

const char* const rs_flood_names[FLOOD_KINDS] = {"nothing", "sets", "bundles"};

typedef struct {
  char   bytes[PACKET_MAX];
  size_t size;
} Packet;

/// One of the messages that set something, another value each time
static size_t
put_set(char* const to, const uint32_t i)
{
  static const char* const symbols[] = {
    "/strip/input_gain", "/strip/output_gain", "/strip/pan", "/strip/width"};
  return rig_message(to, symbols[i % 4u], "f", (double)(i % 7u) / 8.0);
}

static size_t
put_nothing(char* const to, const uint32_t i)
{
  static const char* const addresses[] = {
    "/strip/nothing", "/nobody/pan", "/strip/pan/nothing", "nothing"};
  return rig_message(to, addresses[i % 4u], "f", 0.5);
}

static size_t
put_bundle(char* const to, const uint32_t i)
{
  size_t size = 16u;
  memcpy(to, "#bundle\0\0\0\0\0\0\0\0\1", 16u); // Immediately
  for (uint32_t m = 0u; m < FLOOD_BUNDLE; ++m) {
    const size_t   length = put_set(to + size + 4u, i * FLOOD_BUNDLE + m);
    const uint32_t word   = htonl((uint32_t)length);
    memcpy(to + size, &word, sizeof(word));
    size += 4u + length;
  }
  return size;
}

static void
send_for_ever(FloodShared* const shared)
{
  static Packet      packets[FLOOD_KINDS][BATCH];
  struct iovec       vectors[FLOOD_KINDS][BATCH];
  struct mmsghdr     messages[FLOOD_KINDS][BATCH];
  struct sockaddr_in to = {.sin_family      = AF_INET,
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (uint32_t kind = 0u; kind < FLOOD_KINDS; ++kind) {
    for (uint32_t i = 0u; i < BATCH; ++i) {
      Packet* const packet = &packets[kind][i];
      packet->size     = kind == FLOOD_NOTHING ? put_nothing(packet->bytes, i)
                         : kind == FLOOD_SETS  ? put_set(packet->bytes, i)
                                               : put_bundle(packet->bytes, i);
      vectors[kind][i] = (struct iovec){packet->bytes, packet->size};
      messages[kind][i] =
        (struct mmsghdr){.msg_hdr = {.msg_name    = &to,
                                     .msg_namelen = sizeof(to),
                                     .msg_iov     = &vectors[kind][i],
                                     .msg_iovlen  = 1u}};
    }
  }

  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  for (;;) {
    const uint32_t kind = atomic_load(&shared->kind);
    if (kind >= FLOOD_KINDS) {
      usleep(1000);
      continue;
    }
    to.sin_port = (in_port_t)atomic_load(&shared->port);
    const int n = sendmmsg(fd, messages[kind], BATCH, 0);
    atomic_fetch_add(&shared->n_sent, n > 0 ? (uint64_t)n : 0u);
  }
}

static void
drain_for_ever(const int fd)
{
  static char    bytes[BATCH][PACKET_MAX];
  struct iovec   vectors[BATCH];
  struct mmsghdr messages[BATCH];
  for (uint32_t i = 0u; i < BATCH; ++i) {
    vectors[i] = (struct iovec){bytes[i], PACKET_MAX};
    messages[i] =
      (struct mmsghdr){.msg_hdr = {.msg_iov = &vectors[i], .msg_iovlen = 1u}};
  }

  while (recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL) > 0) {
  }
  _exit(1);
}

bool
flooder_open(Flooder* const flooder, const int core)
{
  struct sockaddr_in any    = {.sin_family      = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t          length = sizeof(any);
  const int          fd     = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int          size   = 8 << 20; // As the bridge asks
  *flooder = (Flooder){.shared = (FloodShared*)lab_share(sizeof(FloodShared))};
  if (fd < 0 || bind(fd, (const struct sockaddr*)&any, sizeof(any)) ||
      getsockname(fd, (struct sockaddr*)&any, &length)) {
    return false;
  }
  (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));

  flooder_rest(flooder);
  flooder->drain_port = any.sin_port;
  flooder->drain      = child_fork();
  if (!flooder->drain) {
    drain_for_ever(fd);
  }
  close(fd);

  flooder->sender = child_fork();
  if (!flooder->sender) {
    lab_pin(0, core);
    send_for_ever(flooder->shared);
  }
  return flooder->drain > 0 && flooder->sender > 0;
}

void
flooder_begin(Flooder* const  flooder,
              const FloodKind kind,
              const in_port_t port)
{
  atomic_store(&flooder->shared->port, port);
  atomic_store(&flooder->shared->kind, (uint32_t)kind);
}

void
flooder_rest(Flooder* const flooder)
{
  atomic_store(&flooder->shared->kind, (uint32_t)FLOOD_KINDS);
}

void
flooder_close(Flooder* const flooder)
{
  lab_kill(flooder->sender);
  lab_kill(flooder->drain);
  flooder->sender = flooder->drain = 0;
}
