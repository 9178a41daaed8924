// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Which port

#include "ui-bridge/transport/network.h"

#include "shm/attach.h"
#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

/// How many numbers are tried from the configured one on
#define PORTS 100u

/// Tries where any free port will do, since TCP may not get UDP's
#define ANY_TRIES 50u

/// Where others look for the port.  We are there without it, too
static void
write_port(RsBridge* const bridge)
{
  bridge->has_port_file = rs_folder_write_port(&bridge->folder, bridge->port);
  if (!bridge->has_port_file) {
    rs_log(RS_LOG_ERROR,
           "the port, %u, cannot be written to %s/" RS_PORT_FILE
           ": %s; others should be told it in another way",
           (unsigned)bridge->port,
           bridge->folder.path,
           strerror(errno));
  }
}

/// Both on one number, or neither
static bool
open_pair(RsBridge* const bridge, const uint16_t port)
{
  const struct in_addr listen = bridge->config.listen;
  RsUdp* const         udp    = rs_udp_new(bridge, listen, port);
  if (!udp) {
    return false;
  }

  const uint16_t number = rs_udp_port(udp);
  const bool     has_tcp =
    bridge->tcp ? rs_tcp_move(bridge->tcp, listen, number)
                    : (bridge->tcp = rs_tcp_new(bridge, listen, number)) != NULL;
  if (!has_tcp) {
    const int error = errno;
    rs_udp_free(udp);
    errno = error;
    return false;
  }

  rs_udp_free(bridge->udp);
  bridge->udp  = udp;
  bridge->port = number;
  return true;
}

static bool
open_any(RsBridge* const bridge)
{
  for (uint32_t i = 0u; i < ANY_TRIES; ++i) {
    if (open_pair(bridge, 0u)) {
      return true;
    }
    if (errno != EADDRINUSE) {
      break;
    }
  }

  return false;
}

static bool
open_from(RsBridge* const bridge, const uint16_t first)
{
  for (uint32_t i = 0u; i < PORTS && first + i <= UINT16_MAX; ++i) {
    if (open_pair(bridge, (uint16_t)(first + i))) {
      if (i) {
        rs_log(RS_LOG_WARNING,
               "port %u is taken: using %u",
               first,
               (unsigned)bridge->port);
      }
      return true;
    }
    if (errno != EADDRINUSE && errno != EACCES) {
      break;
    }
  }

  return false;
}

static bool
open_from_configured(RsBridge* const bridge)
{
  const uint16_t port = bridge->config.port;
  return port ? open_from(bridge, port) : open_any(bridge);
}

static bool
open_configured(RsBridge* const bridge)
{
  const uint16_t port    = bridge->config.port;
  bool           is_open = open_from_configured(bridge);
  if (!is_open && errno == EADDRNOTAVAIL) {
    // Whoever is at this machine goes on all the same
    rs_log(RS_LOG_ERROR,
           "listen = %s: should be an address that this machine has; 127.0.0.1 "
           "is used",
           inet_ntoa(bridge->config.listen));
    ++bridge->config.n_errors;
    bridge->config.listen.s_addr = htonl(INADDR_LOOPBACK);
    is_open                      = open_from_configured(bridge);
  }

  if (is_open) {
    write_port(bridge);
    return true;
  }

  rs_log(RS_LOG_ERROR,
         "cannot listen on port %u or one of the next: %s",
         port,
         strerror(errno));
  return false;
}

bool
rs_network_open(RsBridge* const bridge)
{
  // Controllers know the port of the bridge before us, if there was one, and
  // if it was a port that the configuration can mean
  const uint16_t port = bridge->config.port;
  const uint16_t past = rs_folder_read_port(&bridge->folder);
  if (past && (!port || (past >= port && past - port < (int)PORTS)) &&
      open_pair(bridge, past)) {
    write_port(bridge);
    return true;
  }

  return open_configured(bridge);
}

void
rs_network_move(RsBridge* const bridge)
{
  if (open_configured(bridge)) {
    rs_log(RS_LOG_INFO, "now on port %u", bridge->port);
  }
}

void
rs_network_keep_port_file(RsBridge* const bridge)
{
  if (bridge->has_port_file && !rs_folder_has_port(&bridge->folder)) {
    write_port(bridge);
  }
}

void
rs_network_close(RsBridge* const bridge, const bool keeps_port)
{
  rs_udp_free(bridge->udp);
  rs_tcp_free(bridge->tcp);
  bridge->udp = NULL;
  bridge->tcp = NULL;
  if (bridge->port && !keeps_port) {
    rs_folder_remove(&bridge->folder, RS_PORT_FILE);
  }
}
