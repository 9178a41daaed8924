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
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCHES 8u

/// Clients for which answers are kept at once, most bytes for each, how often
/// these are offered, and how long to a client that takes none
#define SLOW_MAX 16u
#define KEPT_MAX (1024u * 1024u)
#define OFFER_NS 1000000
#define PATIENCE_NS 5000000000

/// A client that does not read as fast as we answer
typedef struct {
  struct sockaddr_un to;
  socklen_t          to_length;
  uint8_t*           kept; ///< Size as uint32_t, packet, and so on; or NULL
  size_t             size;
  size_t             capacity;
  int64_t            taken_ns; ///< When it took one last
} Slow;

struct RsUnixImpl {
  RsBridge* bridge;
  int       socket;
  RsWatch   watch;
  uint32_t  n_slow;
  Slow      slow[SLOW_MAX];
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
    for (uint32_t i = 0u; i < self->n_slow; ++i) {
      free(self->slow[i].kept);
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

static Slow*
find_slow(RsUnix* const                   self,
          const struct sockaddr_un* const to,
          const socklen_t                 length)
{
  for (uint32_t i = 0u; i < self->n_slow; ++i) {
    Slow* const slow = &self->slow[i];
    if (slow->to_length == length && !memcmp(&slow->to, to, length)) {
      return slow;
    }
  }

  return NULL;
}

static bool
keep(Slow* const slow, const void* const packet, const size_t size)
{
  const uint32_t length = (uint32_t)size;
  const size_t   needed = slow->size + sizeof(length) + size;
  if (needed > KEPT_MAX) {
    return false;
  }

  if (!slow->kept || needed > slow->capacity) {
    uint8_t* const kept = (uint8_t*)realloc(slow->kept, 2u * needed);
    if (!kept) {
      return false;
    }
    slow->kept     = kept;
    slow->capacity = 2u * needed;
  }

  memcpy(slow->kept + slow->size, &length, sizeof(length));
  memcpy(slow->kept + slow->size + sizeof(length), packet, size);
  slow->size = needed;
  return true;
}

bool
rs_unix_send(RsUnix* const                   self,
             const struct sockaddr_un* const to,
             const socklen_t                 length,
             const void* const               packet,
             const size_t                    size)
{
  Slow* slow = self->n_slow ? find_slow(self, to, length) : NULL;
  if (slow) {
    return keep(slow, packet, size); // Behind those that wait
  }

  if (send_now(self, to, length, packet, size)) {
    return true;
  }

  if (!is_full(errno) || self->n_slow == SLOW_MAX) {
    return false;
  }

  slow = &self->slow[self->n_slow];
  *slow =
    (Slow){.to_length = length, .taken_ns = rs_bridge_now_ns(self->bridge)};
  memcpy(&slow->to, to, length);
  self->n_slow += keep(slow, packet, size);
  return slow->size;
}

/// Offer what is kept.  @return true if some of it is to be offered again
static bool
offer(RsUnix* const self, Slow* const slow, const int64_t now_ns)
{
  bool   is_gone = false;
  size_t done    = 0u;
  while (done < slow->size) {
    uint32_t size = 0u;
    memcpy(&size, slow->kept + done, sizeof(size));
    const uint8_t* const packet = slow->kept + done + sizeof(size);
    if (is_gone) {
      rs_bridge_count(self->bridge, RS_COUNT_REPLIES_LOST);
    } else if (send_now(self, &slow->to, slow->to_length, packet, size)) {
      slow->taken_ns = now_ns;
    } else if (!is_full(errno) || now_ns - slow->taken_ns > PATIENCE_NS) {
      is_gone = true;
      continue;
    } else {
      break;
    }
    done += sizeof(size) + size;
  }

  slow->size -= done;
  memmove(slow->kept, slow->kept + done, slow->size);
  return slow->size;
}

int64_t
rs_unix_tick(RsUnix* const self, const int64_t now_ns)
{
  for (uint32_t i = 0u; i < self->n_slow;) {
    Slow* const slow = &self->slow[i];
    if (offer(self, slow, now_ns)) {
      ++i;
    } else {
      free(slow->kept);
      *slow = self->slow[--self->n_slow];
    }
  }

  return self->n_slow ? now_ns + OFFER_NS : INT64_MAX;
}
