// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   OSC over TCP, in both framings, answered in kind.

   A client that does not read its answers loses them, and nobody waits for it:
   what its socket does not take is kept up to a bound, and dropped beyond.
*/

#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/log.h"
#include "ui-bridge/transport/arrival.h"
#include "ui-bridge/transport/framing.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/// Other machines open this many connections together: one each 50 ms, after 32
#define OPEN_APART_NS 50000000
#define OPEN_BURST_NS (32 * OPEN_APART_NS)

/// Bytes taken from one client before others get their turn
#define TURN_MAX (256u * 1024u)

typedef struct {
  RsTcp*             tcp;
  uint32_t           id; ///< 0: unused
  int                socket;
  struct sockaddr_in peer;
  RsWatch            watch;
  RsDeframer         in;
  RsBacklog          out;         ///< What the socket did not take yet
  bool               is_given_up; ///< Some of it is lost: it has to end
  int64_t            greet_by_ns; ///< 0: it is known, or has greeted
} Connection;

struct RsTcpImpl {
  RsBridge*  bridge;
  int        socket;
  RsWatch    watch;
  uint32_t   last_id;
  uint32_t   count;
  int64_t    open_until_ns; ///< Rate of connections from other machines
  int64_t    rest_until_ns; ///< We do not listen until then; 0: we do
  Connection connections[RS_TCP_CONNECTIONS];
};

static void
end_connection(Connection* const c)
{
  rs_loop_unwatch(&c->tcp->bridge->loop, c->socket, &c->watch);
  close(c->socket);
  rs_deframer_free(&c->in);
  rs_backlog_clear(&c->tcp->bridge->backlogs, &c->out);
  c->id = 0u;
  --c->tcp->count;
}

/// The rest would be no frames: it ends in the next turn of the loop, not here,
/// amid a packet of its own or of somebody else
static void
on_given_up(RsBacklog* const     backlog,
            const uint8_t* const bytes,
            const size_t         lost)
{
  (void)bytes;
  (void)lost;
  Connection* const c =
    (Connection*)(void*)((char*)backlog - offsetof(Connection, out));
  c->is_given_up = true;
}

/// Send what was kept.  @return false if the connection is broken
static bool
flush(Connection* const c)
{
  RsBridge* const bridge = c->tcp->bridge;
  size_t          done   = 0u;
  while (done < c->out.size) {
    const ssize_t n = send(c->socket,
                           c->out.bytes + done,
                           c->out.size - done,
                           MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      return false;
    }
    if (n <= 0) {
      break;
    }
    done += (size_t)n;
  }

  rs_backlog_taken(&bridge->backlogs, &c->out, done);
  if (!c->out.size) {
    rs_loop_change(&bridge->loop, c->socket, EPOLLIN | EPOLLRDHUP, &c->watch);
  }

  return true;
}

/// Say what was in the stream.  @return false if the connection has to end
static bool
take(Connection* const c,
     const uint8_t*    data,
     size_t            size,
     const int64_t     arrival_ns)
{
  RsBridge* const bridge = c->tcp->bridge;
  const RsSource  from   = {
       .kind = RS_SOURCE_TCP, .connection = c->id, .ip = c->peer};

  for (;;) {
    const uint8_t* packet      = NULL;
    size_t         packet_size = 0u;
    switch (rs_deframer_take(&c->in, &data, &size, &packet, &packet_size)) {
      case RS_FRAME_NONE:
        return true;
      case RS_FRAME_PACKET:
        if (!rs_bridge_packet(bridge, &from, packet, packet_size, arrival_ns)) {
          return false;
        }
        c->greet_by_ns = 0;
        break;
      case RS_FRAME_BAD:
        if (c->greet_by_ns) {
          return false;
        }
        rs_bridge_count(bridge, RS_COUNT_PACKETS);
        rs_bridge_count(bridge, RS_COUNT_REJECTED_PACKET);
        rs_reply_error(bridge,
                       &from,
                       "",
                       400,
                       "a SLIP frame with a wrong escape was left out: 0xDB is "
                       "followed by 0xDC or 0xDD");
        break;
      case RS_FRAME_TOO_LARGE:
        if (c->greet_by_ns) {
          return false;
        }
        rs_bridge_count(bridge, RS_COUNT_PACKETS);
        rs_bridge_count(bridge, RS_COUNT_REJECTED_SIZE);
        rs_reply_error(bridge,
                       &from,
                       "",
                       413,
                       "a frame was left out: at most %u bytes are taken",
                       RS_PACKET_MAX);
        break;
      case RS_FRAME_END:
        rs_bridge_count(bridge, RS_COUNT_PACKETS);
        rs_bridge_count(bridge, RS_COUNT_REJECTED_SIZE);
        return false;
    }

    if (!c->id) {
      return true; // Ended meanwhile, when an answer could not be sent
    }
    if (c->is_given_up) {
      return false;
    }
  }
}

static void
on_connection(void* const context, const uint32_t events)
{
  Connection* const c = (Connection*)context;

  if (c->is_given_up || ((events & EPOLLOUT) && !flush(c))) {
    end_connection(c);
    return;
  }

  static uint8_t bytes[16384];
  for (size_t taken = 0u; taken < TURN_MAX && c->id;) {
    // Of several packets that are taken together, that of the last: for bytes
    // of a stream that lie together the kernel has no other, even if they are
    // read one by one
    int64_t       arrival_ns = 0;
    const ssize_t n =
      rs_arrival_receive(c->socket, bytes, sizeof(bytes), &arrival_ns);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
      break;
    }
    if (n <= 0 || !take(c, bytes, (size_t)n, arrival_ns)) {
      end_connection(c);
      return;
    }
    taken += (size_t)n;
    if ((size_t)n < sizeof(bytes)) {
      break;
    }
  }
}

/// True if there is room for one more connection of this machine
static bool
has_room_for(RsTcp* const tcp, const struct in_addr ip)
{
  if (rs_config_is_loopback(ip)) {
    return true;
  }

  uint32_t n = 0u;
  for (uint32_t i = 0u; i < RS_TCP_CONNECTIONS; ++i) {
    n += tcp->connections[i].id &&
         tcp->connections[i].peer.sin_addr.s_addr == ip.s_addr;
  }

  const int64_t now = rs_bridge_now_ns(tcp->bridge);
  if (n >= RS_TCP_CONNECTIONS_SOURCE ||
      tcp->open_until_ns > now + OPEN_BURST_NS) {
    return false;
  }

  tcp->open_until_ns =
    (tcp->open_until_ns > now ? tcp->open_until_ns : now) + OPEN_APART_NS;
  return true;
}

static void
on_listening(void* const context, const uint32_t events)
{
  (void)events;
  RsTcp* const       tcp    = (RsTcp*)context;
  struct sockaddr_in peer   = {0};
  socklen_t          length = sizeof(peer);

  RsBridge* const bridge = tcp->bridge;
  int             fd     = -1;
  switch (rs_shortage_accept(
    bridge, tcp->socket, (struct sockaddr*)&peer, &length, &fd)) {
    case RS_ACCEPT_TAKEN:
      break;
    case RS_ACCEPT_REFUSE:
      rs_shortage_refused(bridge, fd);
      return;
    case RS_ACCEPT_NONE:
      return;
    case RS_ACCEPT_REST:
      rs_loop_change(&bridge->loop, tcp->socket, 0u, &tcp->watch);
      tcp->rest_until_ns = rs_bridge_now_ns(bridge) + RS_SHORTAGE_REST_NS;
      return;
  }

  const bool is_known =
    rs_gate_knows(&bridge->gate, &bridge->config, peer.sin_addr);
  if (!is_known && !bridge->config.passphrase[0]) {
    rs_bridge_count(bridge, RS_COUNT_STRANGERS);
    close(fd);
    return;
  }

  const bool  has_room = has_room_for(tcp, peer.sin_addr);
  Connection* c        = NULL;
  for (uint32_t i = 0u; has_room && i < RS_TCP_CONNECTIONS && !c; ++i) {
    if (!tcp->connections[i].id) {
      c = &tcp->connections[i];
    }
  }
  if (!c) {
    rs_bridge_count(bridge, RS_COUNT_REJECTED_RATE);
    close(fd);
    return;
  }

  const int on = 1;
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  rs_arrival_prepare(fd);

  memset(c, 0, sizeof(*c));
  c->tcp          = tcp;
  c->id           = ++tcp->last_id ? tcp->last_id : ++tcp->last_id;
  c->socket       = fd;
  c->peer         = peer;
  c->watch        = (RsWatch){on_connection, c};
  c->out.given_up = on_given_up;
  if (!is_known) {
    c->greet_by_ns = rs_bridge_now_ns(bridge) + RS_TCP_GREETING_NS;
  }
  ++tcp->count;
  rs_bridge_count(bridge, RS_COUNT_CONNECTIONS);
  if (!rs_loop_watch(&bridge->loop, fd, EPOLLIN | EPOLLRDHUP, &c->watch)) {
    end_connection(c);
  }
}

static int
open_listening(const struct in_addr listen_address, const uint16_t port)
{
  const struct sockaddr_in address = {
    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = listen_address};
  const int on = 1;

  // For connections of a bridge before us that are in TIME_WAIT; on Linux two
  // listeners still cannot have one port
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
                  bind(fd, (const struct sockaddr*)&address, sizeof(address)) ||
                  listen(fd, 64))) {
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
  }

  return fd;
}

RsTcp*
rs_tcp_new(RsBridge* const      bridge,
           const struct in_addr listen_address,
           const uint16_t       port)
{
  RsTcp* const tcp = (RsTcp*)calloc(1u, sizeof(*tcp));
  if (!tcp) {
    return NULL;
  }

  tcp->bridge = bridge;
  tcp->watch  = (RsWatch){on_listening, tcp};
  tcp->socket = -1;
  if (!rs_tcp_move(tcp, listen_address, port)) {
    const int error = errno;
    free(tcp);
    errno = error;
    return NULL;
  }

  return tcp;
}

bool
rs_tcp_move(RsTcp* const         tcp,
            const struct in_addr listen_address,
            const uint16_t       port)
{
  RsLoop* const loop = &tcp->bridge->loop;
  const int     fd   = open_listening(listen_address, port);
  if (fd < 0) {
    return false;
  }

  if (tcp->socket >= 0) {
    rs_loop_unwatch(loop, tcp->socket, &tcp->watch);
    close(tcp->socket);
  }

  tcp->socket        = fd;
  tcp->rest_until_ns = 0;
  if (!rs_loop_watch(loop, fd, EPOLLIN, &tcp->watch)) {
    const int error = errno;
    close(fd);
    tcp->socket = -1;
    errno       = error;
    return false;
  }

  return true;
}

void
rs_tcp_free(RsTcp* const tcp)
{
  if (!tcp) {
    return;
  }

  for (uint32_t i = 0u; i < RS_TCP_CONNECTIONS; ++i) {
    if (tcp->connections[i].id) {
      end_connection(&tcp->connections[i]);
    }
  }

  if (tcp->socket >= 0) {
    rs_loop_unwatch(&tcp->bridge->loop, tcp->socket, &tcp->watch);
    close(tcp->socket);
  }
  free(tcp);
}

int64_t
rs_tcp_tick(RsTcp* const tcp, const int64_t now_ns)
{
  int64_t next = INT64_MAX;
  if (tcp->rest_until_ns && tcp->rest_until_ns <= now_ns) {
    tcp->rest_until_ns = 0;
    rs_loop_change(&tcp->bridge->loop, tcp->socket, EPOLLIN, &tcp->watch);
  } else if (tcp->rest_until_ns) {
    next = tcp->rest_until_ns;
  }

  for (uint32_t i = 0u; i < RS_TCP_CONNECTIONS; ++i) {
    Connection* const c = &tcp->connections[i];
    if (c->id && c->is_given_up) {
      end_connection(c);
    }
    if (!c->id || !c->greet_by_ns) {
      continue;
    }
    if (c->greet_by_ns <= now_ns) {
      rs_bridge_count(tcp->bridge, RS_COUNT_STRANGERS);
      end_connection(c);
    } else if (c->greet_by_ns < next) {
      next = c->greet_by_ns;
    }
  }

  return next;
}

uint32_t
rs_tcp_count(const RsTcp* const tcp)
{
  return tcp->count;
}

bool
rs_tcp_send(RsTcp* const      tcp,
            const uint32_t    connection,
            const void* const packet,
            const size_t      size)
{
  Connection* c = NULL;
  for (uint32_t i = 0u; i < RS_TCP_CONNECTIONS && !c; ++i) {
    if (connection && tcp->connections[i].id == connection) {
      c = &tcp->connections[i];
    }
  }

  RsBridge* const bridge = tcp->bridge;
  uint8_t* const  at =
    c && !c->is_given_up
       ? rs_backlog_extend(&bridge->backlogs, &c->out, rs_frame_bound(size))
       : NULL;
  if (!at) {
    return false;
  }

  const bool was_empty = !c->out.size;
  c->out.size += rs_frame_make(c->in.framing, (const uint8_t*)packet, size, at);
  if (was_empty) {
    // A broken connection is noticed by its watch: not here, amid a packet
    (void)flush(c);
    if (c->out.size) {
      rs_loop_change(
        &bridge->loop, c->socket, EPOLLIN | EPOLLRDHUP | EPOLLOUT, &c->watch);
    }
  }

  return true;
}
