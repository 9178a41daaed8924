// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Packets to the bridge and back

#include "tests/demo/osc.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define NTP_1970 2208988800 // Seconds from 1900 to 1970

int
rs_osc_open(RsOsc* const osc, const uint16_t port)
{
  const struct sockaddr_in bridge = {
    .sin_family = AF_INET,
    .sin_port   = htons(port),
    .sin_addr   = {htonl(INADDR_LOOPBACK)},
  };

  osc->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return osc->socket < 0 ? -1
                         : connect(osc->socket,
                                   (const struct sockaddr*)&bridge,
                                   sizeof(bridge));
}

void
rs_osc_close(RsOsc* const osc)
{
  if (osc->socket > 0) {
    close(osc->socket);
  }

  osc->socket = 0;
}

void
rs_osc_ask(RsOsc* const osc, const char* const address)
{
  char       packet[256];
  size_t     size    = sizeof(packet);
  lo_message message = lo_message_new();
  if (message && lo_message_length(message, address) <= size &&
      lo_message_serialise(message, address, packet, &size)) {
    (void)send(osc->socket, packet, size, 0);
  }

  lo_message_free(message);
}

void
rs_osc_send_cue(RsOsc* const osc, const RsCue* const cue, const int64_t wall_ns)
{
  const lo_timetag tag = {
    (uint32_t)((wall_ns / 1000000000) + NTP_1970),
    (uint32_t)(((uint64_t)(wall_ns % 1000000000) << 32u) / 1000000000u)};

  lo_bundle bundle = lo_bundle_new(tag);
  for (uint32_t i = 0; i < cue->n_messages; ++i) {
    lo_message_incref(cue->messages[i]);
    lo_bundle_add_message(bundle, cue->addresses[i], cue->messages[i]);
  }

  size_t      size   = 0;
  void* const packet = lo_bundle_serialise(bundle, NULL, &size);
  (void)send(osc->socket, packet, size, 0);
  free(packet);
  lo_bundle_free_recursive(bundle); // not the messages, which the cue holds
}

void
rs_osc_receive(RsOsc* const      osc,
               const int         timeout_ms,
               const RsOscAnswer answer,
               void* const       context)
{
  struct pollfd wait = {.fd = osc->socket, .events = POLLIN};
  (void)poll(&wait, 1, timeout_ms);

  char    packet[4096];
  ssize_t size = 0;
  while ((size = recv(osc->socket, packet, sizeof(packet), MSG_DONTWAIT)) > 0) {
    int        error   = 0;
    lo_message message = lo_message_deserialise(packet, (size_t)size, &error);
    if (message) {
      answer(context, packet, message);
      lo_message_free(message);
    }
  }
}
