// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A plugin's side of the attachment for tests

#include "tests/lib/peer.h"

#include "shm/runtime.h"

#include <poll.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const RsParameter parameters[PEER_PARAMETERS] = {
  {.symbol  = "gain",
   .name    = "Gain",
   .unit    = "dB",
   .minimum = -60.0f,
   .maximum = 12.0f},
  {.symbol  = "mute",
   .name    = "Mute",
   .maximum = 1.0f,
   .scale   = RS_SCALE_TOGGLE,
   .port    = 1u},
  {.symbol  = "freq",
   .name    = "Frequency",
   .unit    = "Hz",
   .minimum = 20.0f,
   .maximum = 1000.0f,
   .initial = 20.0f,
   .scale   = RS_SCALE_LOG,
   .port    = 2u},
};

int64_t
peer_now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool
peer_make(PeerInstance* const instance)
{
  static const RsSegmentsPlan plan = {
    .plugin_uri   = "urn:ringside:peer",
    .base_name    = "peer",
    .process      = "test",
    .parameters   = parameters,
    .n_parameters = PEER_PARAMETERS,
    .rate_hz      = 48000.0,
  };

  memset(instance, 0, sizeof(*instance));
  instance->segments = (RsSegments){.commands_fd = -1, .telemetry_fd = -1};
  instance->socket   = -1;

  int pair[2] = {-1, -1};
  if (rs_segments_create(&instance->segments, &plan) ||
      socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
    return false;
  }

  RsTelemetryMap* const map = &instance->segments.telemetry;
  for (uint32_t i = 0u; i < PEER_PARAMETERS; ++i) {
    atomic_store(&map->values[i], rs_bits_from_float(parameters[i].initial));
  }

  instance->socket        = pair[0];
  instance->bridge_socket = pair[1];
  rs_ring_reader_init(
    &instance->reader, &instance->segments.commands->ring, &map->fixed->read);
  return true;
}

void
peer_close(PeerInstance* const instance)
{
  rs_segments_close(&instance->segments);
  if (instance->socket >= 0) {
    close(instance->socket);
    instance->socket = -1;
  }
  if (instance->bridge_socket >= 0) {
    close(instance->bridge_socket);
    instance->bridge_socket = -1;
  }
}

static void
set_value(PeerInstance* const instance,
          const uint32_t      parameter,
          const float         value,
          const uint64_t      sequence)
{
  if (parameter < PEER_PARAMETERS &&
      sequence > instance->sequences[parameter]) {
    instance->sequences[parameter] = sequence;
    if (instance->keeps[parameter]) {
      atomic_fetch_add(&instance->segments.telemetry.refusals[parameter], 1u);
      return;
    }
    atomic_store(&instance->segments.telemetry.values[parameter],
                 rs_bits_from_float(value));
  }
}

void
peer_run(PeerInstance* const instance, const int64_t now_ns)
{
  RsTelemetry* const t = instance->segments.telemetry.fixed;

  atomic_fetch_add(&t->cycle, 1u);
  atomic_store(&t->start_ns, now_ns);
  atomic_store(&t->largest_cycle_ns, 1000000);

  uint32_t count = 0u;
  if (!rs_ring_readable(&instance->reader, &count)) {
    for (uint32_t i = 0u; i < count; ++i) {
      RsCommand command;
      rs_ring_copy(&instance->reader, i, &command);
      if (command.kind == RS_COMMAND_SET && command.time_ns <= now_ns) {
        set_value(instance, command.parameter, command.value, command.sequence);
      }
    }
    instance->n_read += count;
  }

  RsOverflowValue values[PEER_PARAMETERS];
  if (!rs_overflow_read(instance->segments.overflow,
                        PEER_PARAMETERS,
                        &instance->overflow_seen,
                        values)) {
    for (uint32_t i = 0u; i < PEER_PARAMETERS; ++i) {
      set_value(instance, i, values[i].value, values[i].sequence);
    }
  }

  atomic_fetch_add(&t->totals.applied, count);
  atomic_store(&t->overflow_seen, instance->overflow_seen);
  rs_ring_release(&instance->reader, count);
  atomic_fetch_add(&t->cycle, 1u);
}

void
peer_look_ahead(PeerInstance* const instance)
{
  RsTelemetryMap* const map = &instance->segments.telemetry;
  RsTelemetry* const    t   = map->fixed;
  uint64_t              sequences[PEER_PARAMETERS];
  float                 ahead[PEER_PARAMETERS];

  for (uint32_t i = 0u; i < PEER_PARAMETERS; ++i) {
    sequences[i] = instance->sequences[i];
    ahead[i]     = rs_float_from_bits(atomic_load(&map->values[i]));
  }

  uint32_t count = 0u;
  if (rs_ring_readable(&instance->reader, &count)) {
    return;
  }
  for (uint32_t i = 0u; i < count; ++i) {
    RsCommand command;
    rs_ring_copy(&instance->reader, i, &command);
    if (command.kind == RS_COMMAND_SET && !command.time_ns &&
        command.parameter < PEER_PARAMETERS) {
      sequences[command.parameter] = command.sequence;
      ahead[command.parameter]     = command.value;
    }
  }

  uint32_t        seen = instance->overflow_seen;
  RsOverflowValue values[PEER_PARAMETERS];
  if (!rs_overflow_read(
        instance->segments.overflow, PEER_PARAMETERS, &seen, values)) {
    for (uint32_t i = 0u; i < PEER_PARAMETERS; ++i) {
      ahead[i] = values[i].sequence > sequences[i] ? values[i].value : ahead[i];
    }
  }

  atomic_fetch_add(&t->ahead_lock, 1u);
  for (uint32_t i = 0u; i < PEER_PARAMETERS; ++i) {
    atomic_store(&map->ahead_values[i], rs_bits_from_float(ahead[i]));
  }
  atomic_store(&t->ahead_cycle, atomic_load(&t->cycle));
  atomic_store(&t->ahead_head, instance->reader.head + count);
  atomic_store(&t->ahead_overflow, seen);
  atomic_fetch_add(&t->ahead_lock, 1u);
}

int
peer_connect(void)
{
  char               path[512];
  struct sockaddr_un address;
  socklen_t          length = 0u;

  const int folder = rs_runtime_open(false, path, sizeof(path));
  const int fd     = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (folder < 0 || fd < 0 ||
      rs_runtime_address(folder, path, RS_ATTACH_SOCKET, &address, &length) ||
      connect(fd, (const struct sockaddr*)&address, length)) {
    if (fd >= 0) {
      close(fd);
    }
    if (folder >= 0) {
      close(folder);
    }
    return -1;
  }

  close(folder);
  return fd;
}

int
peer_hello(const char* const process)
{
  const int host  = peer_connect();
  RsHello   hello = {.head        = {RS_ATTACH_MAGIC, RS_ATTACH_HELLO},
                     .version_min = RS_PROTOCOL_MIN,
                     .version_max = RS_PROTOCOL_MAX};
  RsWelcome welcome;

  strncpy(hello.process, process, sizeof(hello.process) - 1u);
  if (host < 0 || !peer_send(host, &hello, sizeof(hello), NULL, 0u) ||
      !peer_receive(host, RS_ATTACH_WELCOME, &welcome, sizeof(welcome))) {
    if (host >= 0) {
      close(host);
    }
    return -1;
  }

  return host;
}

bool
peer_send(const int         host,
          const void* const message,
          const size_t      size,
          const int* const  fds,
          const uint32_t    n_fds)
{
  alignas(struct cmsghdr) char control[CMSG_SPACE(8u * sizeof(int))] = {0};
  char                         bytes[4096];

  memcpy(bytes, message, size < sizeof(bytes) ? size : sizeof(bytes));
  struct iovec  vector = {bytes, size};
  struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1u};
  if (n_fds) {
    header.msg_control      = control;
    header.msg_controllen   = CMSG_SPACE(n_fds * sizeof(int));
    struct cmsghdr* const c = CMSG_FIRSTHDR(&header);
    c->cmsg_level           = SOL_SOCKET;
    c->cmsg_type            = SCM_RIGHTS;
    c->cmsg_len             = CMSG_LEN(n_fds * sizeof(int));
    memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
  }

  return sendmsg(host, &header, MSG_NOSIGNAL) == (ssize_t)size;
}

size_t
peer_receive(const int      host,
             const uint32_t kind,
             void* const    message,
             const size_t   size)
{
  for (;;) {
    struct pollfd poll_fd = {.fd = host, .events = POLLIN};
    if (poll(&poll_fd, 1u, PEER_PATIENCE_MS) <= 0) {
      return 0u;
    }

    const ssize_t n = recv(host, message, size, 0);
    RsAttachHead  head;
    if (n <= 0) {
      return 0u;
    }
    if ((size_t)n >= sizeof(head)) {
      memcpy(&head, message, sizeof(head));
      if (head.kind == kind) {
        return (size_t)n;
      }
    }
  }
}

bool
peer_attach(const int           host,
            PeerInstance* const instance,
            const uint32_t      number,
            const uint32_t      flags,
            char                name[RS_NAME_MAX + 8u])
{
  const int  fds[]  = {instance->bridge_socket,
                       instance->segments.commands_fd,
                       instance->segments.telemetry_fd};
  RsAttach   attach = {.head     = {RS_ATTACH_MAGIC, RS_ATTACH_ATTACH},
                       .instance = number,
                       .flags    = flags,
                       .order    = (uint64_t)peer_now_ns()};
  RsAttached attached;

  memcpy(attach.name, name, RS_NAME_MAX);
  if (!peer_send(host, &attach, sizeof(attach), fds, 3u)) {
    return false;
  }

  close(instance->bridge_socket);
  instance->bridge_socket = -1;
  if (!peer_receive(host, RS_ATTACH_ATTACHED, &attached, sizeof(attached)) ||
      attached.instance != number) {
    return false;
  }

  memcpy(name, attached.name, sizeof(attached.name));
  return true;
}
