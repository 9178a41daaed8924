// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Ways to wake another process: sockets, pipes, queues, and shared memory

#include "tests/bench/ways.h"

#include "tests/bench/lab.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define QUEUE_LENGTH 8

// What has descriptors

static bool
send_bytes(WayEnd* const end, const void* const bytes, const size_t size)
{
  return write(end->in, bytes, size) == (ssize_t)size;
}

static bool
receive_datagram(WayEnd* const end, void* const bytes, const size_t size)
{
  return read(end->out, bytes, size) == (ssize_t)size;
}

/// Streams may come in parts
static bool
receive_stream(WayEnd* const end, void* const bytes, const size_t size)
{
  size_t have = 0u;
  while (have < size) {
    const ssize_t n = read(end->out, (char*)bytes + have, size - have);
    if (n <= 0) {
      return false;
    }
    have += (size_t)n;
  }
  return true;
}

static void
close_all(WayPair* const pair)
{
  for (unsigned i = 0u; i < 2u; ++i) {
    WayEnd* const end = &pair->ends[i];
    if (end->in >= 0) {
      close(end->in);
    }
    if (end->out >= 0) {
      close(end->out);
    }
    if (end->box) {
      munmap(end->box, sizeof(*end->box));
    }
    if (*pair->folder) {
      char path[96];
      snprintf(path, sizeof(path), "%s/%u", pair->folder, i);
      unlink(path);
    }
  }
  if (*pair->folder) {
    rmdir(pair->folder);
  }
}

/// One socketpair serves both directions, as the bell's does
static bool
open_socketpair(WayPair* const pair, const int type)
{
  int sockets[2];
  if (socketpair(AF_UNIX, type, 0, sockets)) {
    return false;
  }
  pair->ends[0].in  = sockets[0];
  pair->ends[0].out = sockets[1];
  pair->ends[1].in  = dup(sockets[1]);
  pair->ends[1].out = dup(sockets[0]);
  return pair->ends[1].in >= 0 && pair->ends[1].out >= 0;
}

static bool
open_dgram(WayPair* const pair)
{
  return open_socketpair(pair, SOCK_DGRAM);
}

static bool
open_seqpacket(WayPair* const pair)
{
  return open_socketpair(pair, SOCK_SEQPACKET);
}

static bool
open_stream(WayPair* const pair)
{
  return open_socketpair(pair, SOCK_STREAM);
}

static bool
open_pipes(WayPair* const pair)
{
  for (unsigned i = 0u; i < 2u; ++i) {
    int fds[2];
    if (pipe(fds)) {
      return false;
    }
    pair->ends[i].in  = fds[1];
    pair->ends[i].out = fds[0];
  }
  return true;
}

/// Datagram sockets with a name in a folder
static bool
open_unix(WayPair* const pair)
{
  strcpy(pair->folder, "/tmp/rs-ways-XXXXXX");
  if (!mkdtemp(pair->folder)) {
    *pair->folder = '\0';
    return false;
  }
  for (unsigned i = 0u; i < 2u; ++i) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(
      address.sun_path, sizeof(address.sun_path), "%s/%u", pair->folder, i);
    pair->ends[i].in  = socket(AF_UNIX, SOCK_DGRAM, 0);
    pair->ends[i].out = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (bind(pair->ends[i].out, (struct sockaddr*)&address, sizeof(address)) ||
        connect(
          pair->ends[i].in, (struct sockaddr*)&address, sizeof(address))) {
      return false;
    }
  }
  return true;
}

static bool
open_udp(WayPair* const pair)
{
  for (unsigned i = 0u; i < 2u; ++i) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr   = {htonl(INADDR_LOOPBACK)}};
    socklen_t          length  = sizeof(address);
    pair->ends[i].in           = socket(AF_INET, SOCK_DGRAM, 0);
    pair->ends[i].out          = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(pair->ends[i].out, (struct sockaddr*)&address, length) ||
        getsockname(pair->ends[i].out, (struct sockaddr*)&address, &length) ||
        connect(pair->ends[i].in, (struct sockaddr*)&address, length)) {
      return false;
    }
  }
  return true;
}

// Queues of the kernel

static bool
open_posix_queue(WayPair* const pair)
{
  for (unsigned i = 0u; i < 2u; ++i) {
    struct mq_attr attributes = {.mq_maxmsg  = QUEUE_LENGTH,
                                 .mq_msgsize = WAY_SIZE};
    char           name[64];
    snprintf(name, sizeof(name), "/rs-ways-%d-%u", (int)getpid(), i);
    pair->ends[i].queue =
      mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
    if (pair->ends[i].queue == (mqd_t)-1) {
      return false;
    }
    mq_unlink(name); // Who holds it, holds it
  }
  return true;
}

static bool
send_posix(WayEnd* const end, const void* const bytes, const size_t size)
{
  return !mq_send(end->queue, (const char*)bytes, size, 0u);
}

static bool
receive_posix(WayEnd* const end, void* const bytes, const size_t size)
{
  char message[WAY_SIZE];
  if (mq_receive(end->queue, message, sizeof(message), NULL) != (ssize_t)size) {
    return false;
  }
  memcpy(bytes, message, size);
  return true;
}

static void
close_posix(WayPair* const pair)
{
  for (unsigned i = 0u; i < 2u; ++i) {
    if (pair->ends[i].queue > 0) {
      mq_close(pair->ends[i].queue);
    }
  }
}

typedef struct {
  long    type;
  uint8_t bytes[WAY_SIZE];
} SystemVMessage;

static bool
open_system_v(WayPair* const pair)
{
  for (unsigned i = 0u; i < 2u; ++i) {
    pair->ends[i].in = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (pair->ends[i].in < 0) {
      return false;
    }
  }
  return true;
}

static bool
send_system_v(WayEnd* const end, const void* const bytes, const size_t size)
{
  SystemVMessage message = {.type = 1};
  memcpy(message.bytes, bytes, size);
  return !msgsnd(end->in, &message, size, 0);
}

static bool
receive_system_v(WayEnd* const end, void* const bytes, const size_t size)
{
  SystemVMessage message;
  if (msgrcv(end->in, &message, WAY_SIZE, 0, 0) != (ssize_t)size) {
    return false;
  }
  memcpy(bytes, message.bytes, size);
  return true;
}

static void
close_system_v(WayPair* const pair)
{
  for (unsigned i = 0u; i < 2u; ++i) {
    if (pair->ends[i].in >= 0) {
      msgctl(pair->ends[i].in, IPC_RMID, NULL);
    }
  }
}

// What only tells, with a box beside it.  The box holds one message, which is
// enough where each is answered before the next

static bool
open_boxes(WayPair* const pair)
{
  for (unsigned i = 0u; i < 2u; ++i) {
    pthread_mutexattr_t mutex;
    pthread_condattr_t  cond;
    WayBox* const       box = (WayBox*)lab_share(sizeof(WayBox));
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_condattr_init(&cond);
    pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&box->mutex, &mutex);
    pthread_cond_init(&box->cond, &cond);
    pair->ends[i].box = box;
  }
  return true;
}

static bool
open_eventfd(WayPair* const pair)
{
  for (unsigned i = 0u; i < 2u; ++i) {
    pair->ends[i].in  = eventfd(0u, 0);
    pair->ends[i].out = dup(pair->ends[i].in);
    if (pair->ends[i].out < 0) {
      return false;
    }
  }
  return open_boxes(pair);
}

static bool
send_eventfd(WayEnd* const end, const void* const bytes, const size_t size)
{
  const uint64_t one = 1u;
  memcpy(end->box->bytes, bytes, size);
  return write(end->in, &one, sizeof(one)) == sizeof(one);
}

static bool
receive_eventfd(WayEnd* const end, void* const bytes, const size_t size)
{
  uint64_t count = 0u;
  if (read(end->out, &count, sizeof(count)) != sizeof(count)) {
    return false;
  }
  memcpy(bytes, end->box->bytes, size);
  return true;
}

static bool
send_spinning(WayEnd* const end, const void* const bytes, const size_t size)
{
  // Release pairs with the acquire of the receiver: the bytes are there
  memcpy(end->box->bytes, bytes, size);
  atomic_fetch_add_explicit(&end->box->count, 1u, memory_order_release);
  return true;
}

static bool
receive_spinning(WayEnd* const end, void* const bytes, const size_t size)
{
  while (atomic_load_explicit(&end->box->count, memory_order_acquire) ==
         end->taken) {
    __builtin_ia32_pause();
  }
  ++end->taken;
  memcpy(bytes, end->box->bytes, size);
  return true;
}

static long
futex(_Atomic(uint32_t)* const word, const int operation, const uint32_t value)
{
  return syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

static bool
send_futex(WayEnd* const end, const void* const bytes, const size_t size)
{
  memcpy(end->box->bytes, bytes, size);
  atomic_fetch_add_explicit(&end->box->count, 1u, memory_order_release);
  return futex(&end->box->count, FUTEX_WAKE, 1u) >= 0;
}

static bool
receive_futex(WayEnd* const end, void* const bytes, const size_t size)
{
  while (atomic_load_explicit(&end->box->count, memory_order_acquire) ==
         end->taken) {
    (void)futex(&end->box->count, FUTEX_WAIT, end->taken);
  }
  ++end->taken;
  memcpy(bytes, end->box->bytes, size);
  return true;
}

static bool
send_cond(WayEnd* const end, const void* const bytes, const size_t size)
{
  pthread_mutex_lock(&end->box->mutex);
  memcpy(end->box->bytes, bytes, size);
  atomic_fetch_add_explicit(&end->box->count, 1u, memory_order_relaxed);
  pthread_cond_signal(&end->box->cond);
  pthread_mutex_unlock(&end->box->mutex);
  return true;
}

static bool
receive_cond(WayEnd* const end, void* const bytes, const size_t size)
{
  pthread_mutex_lock(&end->box->mutex);
  while (atomic_load_explicit(&end->box->count, memory_order_relaxed) ==
         end->taken) {
    pthread_cond_wait(&end->box->cond, &end->box->mutex);
  }
  ++end->taken;
  memcpy(bytes, end->box->bytes, size);
  pthread_mutex_unlock(&end->box->mutex);
  return true;
}

// clang-format off
static const Way ways[] = {
  {"socketpair dgram",     open_dgram,       send_bytes,    receive_datagram, close_all},
  {"socketpair seqpacket", open_seqpacket,   send_bytes,    receive_datagram, close_all},
  {"socketpair stream",    open_stream,      send_bytes,    receive_stream,   close_all},
  {"pipe",                 open_pipes,       send_bytes,    receive_stream,   close_all},
  {"eventfd",              open_eventfd,     send_eventfd,  receive_eventfd,  close_all},
  {"futex",                open_boxes,       send_futex,    receive_futex,    close_all},
  {"POSIX queue",          open_posix_queue, send_posix,    receive_posix,    close_posix},
  {"System V queue",       open_system_v,    send_system_v, receive_system_v, close_system_v},
  {"Unix socket",          open_unix,        send_bytes,    receive_datagram, close_all},
  {"UDP loopback",         open_udp,         send_bytes,    receive_datagram, close_all},
  {"mutex and condition",  open_boxes,       send_cond,     receive_cond,     close_all},
  {"spinning",             open_boxes,       send_spinning, receive_spinning, close_all},
};
// clang-format on

const Way*
way_at(const size_t i)
{
  return i < sizeof(ways) / sizeof(*ways) ? &ways[i] : NULL;
}
