// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The client's way to the bridge and back

#include "ui-bridge/client/client.h"

#include "shm/attach.h"
#include "shm/runtime.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PACKET_MAX 65536u

/// How long nothing must come before no more is expected.  A query is answered
/// after 50 ms at the latest
#define QUIET_NS 150000000

/// A command waits no longer than 60 s, or is refused
#define AHEAD_MAX_S 100.0

/// Seconds from 1900 (time tags) to 1970
#define EPOCH_S 2208988800.0

static int64_t
now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static RsClientExit
no_bridge(const char* const where, const int error)
{
  fprintf(stderr,
          "ringside: no bridge answers at %s (%s); it runs while a host has a "
          "Ringside plugin loaded, or start ringside-bridge\n",
          where,
          strerror(error));
  return RS_CLIENT_NO_BRIDGE;
}

static RsClientExit
connect_unix(RsClient* const client)
{
  char               path[PATH_MAX];
  struct sockaddr_un bridge;
  socklen_t          length = 0;

  path[0]          = '\0';
  const int folder = rs_runtime_open(false, path, sizeof(path));
  if (folder < 0) {
    return no_bridge(path[0] ? path : "the runtime folder", errno);
  }

  // Bound to a name that the kernel makes up and that goes with us.  Connected,
  // so that the kernel lets nobody but the bridge send to it
  const struct sockaddr_un any = {.sun_family = AF_UNIX};

  client->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool is_connected =
    client->socket >= 0 &&
    !bind(client->socket,
          (const struct sockaddr*)&any,
          (socklen_t)sizeof(sa_family_t)) &&
    rs_runtime_address(folder, path, RS_OSC_SOCKET, &bridge, &length) ==
      RS_SUCCESS &&
    !connect(client->socket, (const struct sockaddr*)&bridge, length);

  const int error = errno;
  close(folder);
  return is_connected ? RS_CLIENT_DONE : no_bridge(path, error);
}

static RsClientExit
connect_udp(RsClient* const client, const int port)
{
  const struct sockaddr_in bridge = {
    .sin_family = AF_INET,
    .sin_port   = htons((uint16_t)port),
    .sin_addr   = {htonl(INADDR_LOOPBACK)},
  };

  client->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (client->socket < 0 || connect(client->socket,
                                    (const struct sockaddr*)&bridge,
                                    sizeof(bridge))) {
    return no_bridge("that port", errno);
  }

  return RS_CLIENT_DONE;
}

RsClientExit
rs_client_connect(RsClient* const client, const int port)
{
  client->socket = -1;

  const RsClientExit status =
    port ? connect_udp(client, port) : connect_unix(client);
  if (status != RS_CLIENT_DONE) {
    rs_client_close(client);
  }

  return status;
}

void
rs_client_close(RsClient* const client)
{
  if (client->socket >= 0) {
    close(client->socket);
    client->socket = -1;
  }
}

/// Time tag of `--at`: seconds since 1970, or `+` seconds from now
static bool
read_time(const char* const text, lo_timetag* const tag)
{
  double seconds = 0.0;
  if (!rs_client_number(text, &seconds)) {
    return false;
  }

  if (text[0] == '+') {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    seconds += (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
  }

  const double since_1900 = seconds + EPOCH_S;
  if (!(seconds > 0.0 && since_1900 < 4294967296.0)) {
    return false;
  }

  tag->sec  = (uint32_t)since_1900;
  tag->frac = (uint32_t)((since_1900 - floor(since_1900)) * 4294967296.0);
  return true;
}

/// Until a command has its effect
static double
seconds_ahead(const RsClient* const client)
{
  lo_timetag tag;
  if (!client->at || !read_time(client->at, &tag)) {
    return 0.0;
  }

  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const double ahead = ((double)tag.sec - EPOCH_S - (double)now.tv_sec) +
                       (double)tag.frac / 4294967296.0 -
                       (double)now.tv_nsec * 1e-9;
  return fmin(fmax(ahead, 0.0), AHEAD_MAX_S);
}

static RsClientExit
send_packet(RsClient* const client, const void* const packet, const size_t size)
{
  if (size > PACKET_MAX) {
    return rs_client_usage("a message has at most 64 KiB");
  }

  while (send(client->socket, packet, size, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) {
      return no_bridge("its socket", errno);
    }
  }

  return RS_CLIENT_DONE;
}

/// Send a message, or a bundle of one if it is for a later time
static RsClientExit
send_message(RsClient* const   client,
             const char* const address,
             lo_message        message,
             const bool        is_for_later)
{
  size_t     size   = 0u;
  lo_timetag tag    = LO_TT_IMMEDIATE;
  void*      packet = NULL;

  if (is_for_later) {
    if (!read_time(client->at, &tag)) {
      return rs_client_usage(
        "--at is in seconds since 1970, or +SECONDS from now");
    }
    // lo_bundle_free() loses the addresses, and the other frees messages, too
    lo_bundle bundle = lo_bundle_new(tag);
    lo_message_incref(message);
    lo_bundle_add_message(bundle, address, message);
    packet = lo_bundle_serialise(bundle, NULL, &size);
    lo_bundle_free_recursive(bundle);
  } else {
    packet = lo_message_serialise(message, address, NULL, &size);
  }

  const RsClientExit status =
    packet ? send_packet(client, packet, size) : RS_CLIENT_USAGE;
  free(packet);
  return status;
}

static RsClientExit
send_sync(RsClient* const client)
{
  lo_message message = lo_message_new();
  lo_message_add_int32(message, ++client->sync);

  const RsClientExit status =
    send_message(client, "/ringside/sync", message, false);
  lo_message_free(message);
  return status;
}

/// A message and nothing else, as far as liblo cannot be trusted to see it
static lo_message
parse(const void* const packet, const ssize_t size)
{
  const char* const address = (const char*)packet;

  if (size < 8 || size % 4 || address[0] != '/' ||
      !memchr(address, '\0', (size_t)size)) {
    return NULL;
  }

  // liblo wants to write into it
  void* const copy = malloc((size_t)size);
  if (!copy) {
    return NULL;
  }

  memcpy(copy, packet, (size_t)size);
  lo_message message = lo_message_deserialise(copy, (size_t)size, NULL);
  free(copy);
  return message;
}

bool
rs_client_is_pattern(const char* const address)
{
  return strpbrk(address, "?*[{") || strstr(address, "//");
}

/// One exchange as it goes on
typedef struct {
  RsClient*   client;
  const char* address;
  RsUntil     until;
  bool        is_pattern;
  bool        is_ended;   ///< ADDRESS/end came, or the answer, or an error
  bool        is_synced;  ///< Our sync came back
  int64_t     confirm_ns; ///< How long after that a host may still refuse
  int64_t     last_ns;    ///< When a host has refused it, if it does
  RsAnswer    answer;
  void*       context;
} Exchange;

static void
print_error(RsClient* const client, lo_message message)
{
  char              text[512];
  lo_arg** const    args  = lo_message_get_argv(message);
  const char* const types = lo_message_get_types(message);
  client->has_error       = true;
  if (client->is_quiet) {
    return;
  }

  if (!strcmp(types, "sis")) {
    rs_print_argument(text, 's', args[2]);
    fprintf(stderr, "ringside: %s (%d)\n", text, (int)rs_print_int_of(args[1]));
  } else {
    fprintf(stderr, "ringside: the bridge refused it, without a reason\n");
  }
}

/// The last answer of a list.  Where a pattern was asked there is one for each
/// address that it matched
static bool
is_end(const Exchange* const exchange, const char* const address)
{
  const size_t length = strlen(exchange->address);
  const size_t tail   = strlen(address) - strlen(strrchr(address, '/'));

  return exchange->until == RS_UNTIL_END && !strcmp(address + tail, "/end") &&
         (exchange->is_pattern ||
          (tail == length && !strncmp(address, exchange->address, length)));
}

static void
take(Exchange* const exchange, const char* const address, lo_message message)
{
  const char* const types = lo_message_get_types(message);

  if (!strcmp(address, "/error")) {
    print_error(exchange->client, message);
    exchange->is_ended |= exchange->until != RS_UNTIL_SYNC;
  } else if (!strcmp(address, "/ringside/synced")) {
    const bool is_ours =
      !strcmp(types, "i") && rs_print_int_of(lo_message_get_argv(message)[0]) ==
                               exchange->client->sync;
    if (is_ours && !exchange->is_synced) {
      exchange->is_synced = true;
      exchange->last_ns   = now_ns() + exchange->confirm_ns;
    }
  } else if (is_end(exchange, address)) {
    exchange->is_ended = true;
  } else if (exchange->until != RS_UNTIL_SYNC) {
    exchange->answer(exchange->context, address, message);
    exchange->is_ended |= exchange->until == RS_UNTIL_FIRST;
  }
}

/// @param quiet_ns since when nothing came
static bool
is_over(const Exchange* const exchange,
        const int64_t         now,
        const int64_t         quiet_ns)
{
  if (exchange->until == RS_UNTIL_SYNC) {
    return exchange->is_synced &&
           (exchange->client->has_error || now >= exchange->last_ns);
  }

  return exchange->until == RS_UNTIL_QUIET || exchange->is_pattern
           ? exchange->is_synced && quiet_ns >= QUIET_NS
           : exchange->is_ended;
}

static RsClientExit
receive(Exchange* const exchange, const double timeout_s)
{
  static char packet[PACKET_MAX];

  int64_t       last = now_ns();
  const int64_t late = last + (int64_t)(timeout_s * 1e9);
  for (int64_t now = last; !is_over(exchange, now, now - last);
       now         = now_ns()) {
    const bool is_applied =
      exchange->until == RS_UNTIL_SYNC && exchange->is_synced;
    const int64_t end = is_applied ? exchange->last_ns : late;
    if (now >= end) {
      fprintf(stderr, "ringside: no answer within %g s\n", timeout_s);
      return RS_CLIENT_TIMEOUT;
    }

    // While it must be quiet, look in time; what else is synced says nothing
    const bool is_quiet_awaited =
      exchange->is_synced &&
      (exchange->until == RS_UNTIL_QUIET || exchange->is_pattern);
    const int64_t until =
      is_quiet_awaited && last + QUIET_NS < end ? last + QUIET_NS : end;
    struct pollfd fd = {exchange->client->socket, POLLIN, 0};
    if (poll(&fd, 1u, (int)((until - now) / 1000000) + 1) <= 0) {
      continue;
    }

    const ssize_t size =
      recv(exchange->client->socket, packet, sizeof(packet), MSG_DONTWAIT);
    if (size < 0 && errno != EAGAIN && errno != EINTR) {
      return no_bridge("its socket", errno);
    }

    lo_message message = size > 0 ? parse(packet, size) : NULL;
    if (message) {
      last = now_ns();
      take(exchange, packet, message);
      lo_message_free(message);
    }
  }

  return exchange->client->has_error ? RS_CLIENT_REFUSED : RS_CLIENT_DONE;
}

RsClientExit
rs_client_ask(RsClient* const   client,
              const char* const address,
              lo_message        message,
              const RsUntil     until,
              const double      default_s,
              const RsAnswer    answer,
              void* const       context)
{
  const bool is_pattern = rs_client_is_pattern(address);
  const bool is_command = until == RS_UNTIL_SYNC || until == RS_UNTIL_QUIET;
  const bool has_sync   = is_pattern || is_command;
  Exchange   exchange   = {.client     = client,
                           .address    = address,
                           .until      = until,
                           .is_pattern = is_pattern,
                           .answer     = answer,
                           .context    = context};

  if (client->confirm_s > 0.0) {
    exchange.confirm_ns =
      (int64_t)((client->confirm_s + seconds_ahead(client)) * 1e9);
  }

  client->has_error = false;
  RsClientExit status =
    send_message(client, address, message, client->at && is_command);
  lo_message_free(message);
  if (status == RS_CLIENT_DONE && client->is_impatient &&
      until == RS_UNTIL_SYNC) {
    return status;
  }

  if (status == RS_CLIENT_DONE && has_sync) {
    status = send_sync(client);
  }

  return status == RS_CLIENT_DONE
           ? receive(&exchange,
                     client->timeout_s > 0.0 ? client->timeout_s : default_s)
           : status;
}
