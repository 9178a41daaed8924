// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Who may talk to the bridge over the network

#include "ui-bridge/transport/gate.h"

#include "ui-bridge/log.h"
#include "ui-bridge/meaning/osc.h"
#include "ui-bridge/warm.h"

#include <arpa/inet.h>
#include <string.h>

#define SECOND_NS 1000000000

static bool
is_guest(const RsGate* const gate, const in_addr_t ip)
{
  for (uint32_t i = 0u; i < rs_gate_guests(gate); ++i) {
    if (gate->guests[i] == ip) {
      return true;
    }
  }

  return false;
}

bool
rs_gate_knows(const RsGate* const   gate,
              const RsConfig* const config,
              const struct in_addr  address)
{
  if (rs_config_is_loopback(address)) {
    return true;
  }

  const uint32_t number = ntohl(address.s_addr);
  for (uint32_t i = 0u; i < config->n_allow; ++i) {
    if ((number & config->allow[i].mask) == config->allow[i].network) {
      return true;
    }
  }

  return config->passphrase[0] && is_guest(gate, address.s_addr);
}

/// In a time that does not tell how much of it is right
static bool
is_passphrase(const RsConfig* const config, const RsOscArgument* const argument)
{
  char said[sizeof(config->passphrase)] = {0};
  if (argument->size >= sizeof(said)) {
    return false;
  }
  memcpy(said, argument->text, argument->size);

  unsigned difference = 0u;
  for (size_t i = 0u; i < sizeof(said); ++i) {
    difference |= (unsigned)(said[i] ^ config->passphrase[i]);
  }
  return !difference;
}

/// True if a stranger's guess is not even looked at
static bool
has_to_wait(const RsGate* const gate, const in_addr_t ip, const int64_t now_ns)
{
  if (gate->full_until_ns > now_ns + SECOND_NS) {
    return true;
  }

  for (uint32_t i = 0u; i < RS_GATE_GUESTS; ++i) {
    if (gate->wrong[i].ip == ip && gate->wrong[i].until_ns > now_ns) {
      return true;
    }
  }

  return false;
}

static void
note_wrong(RsGate* const gate, const in_addr_t ip, const int64_t now_ns)
{
  const uint32_t i        = gate->n_wrong++ % RS_GATE_GUESTS;
  gate->wrong[i].ip       = ip;
  gate->wrong[i].until_ns = now_ns + RS_GATE_WRONG_NS;
  gate->full_until_ns =
    (gate->full_until_ns > now_ns ? gate->full_until_ns : now_ns) +
    SECOND_NS / RS_GATE_WRONG_RATE;
}

RS_ASIDE bool
rs_gate_greet(RsGate* const         gate,
              const RsConfig* const config,
              const struct in_addr  address,
              const void* const     packet,
              const size_t          size,
              const int64_t         now_ns)
{
  RsOscMessage  message;
  RsOscReader   reader;
  RsOscArgument argument;
  if (!config->passphrase[0] || rs_osc_message(packet, size, &message) ||
      strcmp(message.address, "/ringside/hello") != 0 ||
      has_to_wait(gate, address.s_addr, now_ns)) {
    return false;
  }

  rs_osc_reader_init(&reader, &message);
  if (!rs_osc_next(&reader, &argument) || argument.type != 's' ||
      !is_passphrase(config, &argument)) {
    note_wrong(gate, address.s_addr, now_ns);
    return false;
  }

  char name[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &address, name, sizeof(name));
  rs_log(RS_LOG_INFO, "%s has greeted: it may control from now on", name);
  gate->guests[gate->n_guests++ % RS_GATE_GUESTS] = address.s_addr;
  return true;
}

void
rs_gate_forget(RsGate* const gate)
{
  gate->n_guests = 0u;
}

uint32_t
rs_gate_guests(const RsGate* const gate)
{
  return gate->n_guests < RS_GATE_GUESTS ? gate->n_guests : RS_GATE_GUESTS;
}
