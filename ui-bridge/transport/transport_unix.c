// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// OSC over datagrams of a Unix socket in the runtime folder

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

struct RsUnixImpl {
  RsBridge* bridge;
  int       socket;
  RsWatch   watch;
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
    free(self);
  }
}

bool
rs_unix_send(RsUnix* const                   self,
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
