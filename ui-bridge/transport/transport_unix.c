// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   OSC over datagrams of a Unix socket in the runtime folder.

   The kernel holds but ten datagrams (by default) for a client that is not
   connected to us, fewer than a list has.  So what it does not take is kept up
   to a bound, and offered again each millisecond.
*/

#include "shm/attach.h"
#include "shm/runtime.h"
#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/transport/datagrams.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCHES 8u

/// Clients for which answers are kept at once, how often these are offered, and
/// how long to a client that takes none
#define SLOW_MAX 16u
#define OFFER_NS 1000000
#define PATIENCE_NS 5000000000

/// A client that does not read as fast as we answer
typedef struct {
  RsBacklog          kept; ///< Size as uint32_t, packet, and so on
  RsUnix*            owner;
  struct sockaddr_un to;
  socklen_t          to_length;
  int64_t            taken_ns; ///< When it took one last
} Slow;

struct RsUnixImpl {
  RsBridge* bridge;
  int       socket;
  RsWatch   watch;
  Slow      slow[SLOW_MAX]; ///< Those with nothing kept are unused
};

static void
receive(void* const context, const uint32_t events)
{
  (void)events;
  RsUnix* const self = (RsUnix*)context;

  static RsDatagram datagrams[RS_DATAGRAMS_BATCH];
  for (uint32_t batch = 0u; batch < BATCHES; ++batch) {
    const uint32_t n = rs_datagrams_take(self->socket, datagrams);
    for (uint32_t i = 0u; i < n; ++i) {
      // The folder keeps others out; this holds even if its mode is changed
      if (datagrams[i].uid != getuid() && datagrams[i].uid != 0u) {
        rs_bridge_count(self->bridge, RS_COUNT_STRANGERS);
        continue;
      }

      RsSource from = {.kind = RS_SOURCE_NONE};
      if (datagrams[i].from_length > sizeof(sa_family_t) &&
          datagrams[i].from_length <= sizeof(from.path)) {
        from.kind        = RS_SOURCE_UNIX;
        from.path_length = datagrams[i].from_length;
        memcpy(&from.path, datagrams[i].from, from.path_length);
      }

      rs_bridge_packet(self->bridge,
                       &from,
                       datagrams[i].packet,
                       datagrams[i].size,
                       datagrams[i].arrival_ns);
    }

    if (n < RS_DATAGRAMS_BATCH) {
      return;
    }
  }
}

RsUnix*
rs_unix_new(RsBridge* const bridge)
{
  RsUnix* const self = (RsUnix*)calloc(1u, sizeof(*self));
  if (!self) {
    return NULL;
  }

  const int          on      = 1;
  struct sockaddr_un address = {0};
  socklen_t          length  = 0u;

  self->bridge = bridge;
  self->watch  = (RsWatch){receive, self};
  self->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  // A socket that is there belongs to nobody: we hold the lock
  rs_folder_remove(&bridge->folder, RS_OSC_SOCKET);
  if (self->socket < 0 ||
      setsockopt(self->socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) ||
      rs_runtime_address(bridge->folder.fd,
                         bridge->folder.path,
                         RS_OSC_SOCKET,
                         &address,
                         &length) ||
      bind(self->socket, (const struct sockaddr*)&address, length) ||
      !rs_loop_watch(&bridge->loop, self->socket, EPOLLIN, &self->watch)) {
    const int error = errno;
    if (self->socket >= 0) {
      close(self->socket);
    }
    free(self);
    errno = error;
    return NULL;
  }

  rs_datagrams_prepare(self->socket);
  return self;
}

void
rs_unix_free(RsUnix* const self)
{
  if (self) {
    rs_loop_unwatch(&self->bridge->loop, self->socket, &self->watch);
    close(self->socket);
    rs_folder_remove(&self->bridge->folder, RS_OSC_SOCKET);
    for (uint32_t i = 0u; i < SLOW_MAX; ++i) {
      rs_backlog_clear(&self->bridge->backlogs, &self->slow[i].kept);
    }
    free(self);
  }
}

// Answers

static bool
send_now(const RsUnix* const             self,
         const struct sockaddr_un* const to,
         const socklen_t                 length,
         const void* const               packet,
         const size_t                    size)
{
  return sendto(self->socket,
                packet,
                size,
                MSG_DONTWAIT | MSG_NOSIGNAL,
                (const struct sockaddr*)to,
                length) == (ssize_t)size;
}

static bool
is_full(const int error)
{
  return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS ||
         error == EINTR;
}

/// The client's place, or one that is free.  @return NULL if all are taken
static Slow*
find_slow(RsUnix* const                   self,
          const struct sockaddr_un* const to,
          const socklen_t                 length)
{
  Slow* unused = NULL;
  for (uint32_t i = 0u; i < SLOW_MAX; ++i) {
    Slow* const slow = &self->slow[i];
    if (!slow->kept.size) {
      unused = slow;
    } else if (slow->to_length == length && !memcmp(&slow->to, to, length)) {
      return slow;
    }
  }

  return unused;
}

/// Count the packets that are lost with these bytes
static void
count_lost(RsBridge* const bridge, const uint8_t* const kept, const size_t size)
{
  for (size_t done = 0u; done < size;) {
    uint32_t length = 0u;
    memcpy(&length, kept + done, sizeof(length));
    rs_bridge_count(bridge, RS_COUNT_REPLIES_LOST);
    done += sizeof(length) + length;
  }
}

static void
on_given_up(RsBacklog* const     backlog,
            const uint8_t* const bytes,
            const size_t         lost)
{
  const Slow* const slow =
    (const Slow*)((const char*)backlog - offsetof(Slow, kept));
  count_lost(slow->owner->bridge, bytes, lost);
}

static bool
keep(Slow* const slow, const void* const packet, const size_t size)
{
  const uint32_t length = (uint32_t)size;
  uint8_t* const at     = rs_backlog_extend(
    &slow->owner->bridge->backlogs, &slow->kept, sizeof(length) + size);
  if (!at) {
    return false;
  }

  memcpy(at, &length, sizeof(length));
  memcpy(at + sizeof(length), packet, size);
  slow->kept.size += sizeof(length) + size;
  return true;
}

bool
rs_unix_send(RsUnix* const                   self,
             const struct sockaddr_un* const to,
             const socklen_t                 length,
             const void* const               packet,
             const size_t                    size)
{
  Slow* const slow =
    self->bridge->backlogs.count ? find_slow(self, to, length) : &self->slow[0];
  if (slow && slow->kept.size) {
    return keep(slow, packet, size); // Behind those that wait
  }

  if (send_now(self, to, length, packet, size)) {
    return true;
  }

  if (!is_full(errno) || !slow) {
    return false;
  }

  slow->kept.given_up = on_given_up;
  slow->owner         = self;
  slow->to_length     = length;
  slow->taken_ns      = rs_bridge_now_ns(self->bridge);
  memcpy(&slow->to, to, length);
  return keep(slow, packet, size);
}

/// Offer what is kept
static void
offer(RsUnix* const self, Slow* const slow, const int64_t now_ns)
{
  RsBacklogs* const    all  = &self->bridge->backlogs;
  const uint8_t* const kept = slow->kept.bytes;
  size_t               done = 0u;
  while (done < slow->kept.size) {
    uint32_t size = 0u;
    memcpy(&size, kept + done, sizeof(size));
    const uint8_t* const packet = kept + done + sizeof(size);
    if (send_now(self, &slow->to, slow->to_length, packet, size)) {
      slow->taken_ns = now_ns;
      done += sizeof(size) + size;
    } else if (!is_full(errno) || now_ns - slow->taken_ns > PATIENCE_NS) {
      count_lost(self->bridge, kept + done, slow->kept.size - done);
      rs_backlog_clear(all, &slow->kept);
      return;
    } else {
      break;
    }
  }

  rs_backlog_taken(all, &slow->kept, done);
}

int64_t
rs_unix_tick(RsUnix* const self, const int64_t now_ns)
{
  bool has_more = false;
  for (uint32_t i = 0u; self->bridge->backlogs.count && i < SLOW_MAX; ++i) {
    if (self->slow[i].kept.size) {
      offer(self, &self->slow[i], now_ns);
      has_more = has_more || self->slow[i].kept.size;
    }
  }

  return has_more ? now_ns + OFFER_NS : INT64_MAX;
}
