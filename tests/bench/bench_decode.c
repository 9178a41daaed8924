// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   How many messages a second are checked, decoded and looked up: the way from
   the bytes of a packet to (instance, parameter, value), without the ring.
   Beside it, in turns, what liblo takes to make a message of the same bytes,
   without any look-up: the ratio says whether we got slower, on any machine.
*/

#include "tests/bench/figure.h"
#include "ui-bridge/meaning/address.h"
#include "ui-bridge/meaning/osc.h"

#include <lo/lo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_PARAMETERS 40u
#define N_INSTANCES 50u
#define N_ADDRESSES (N_PARAMETERS * N_INSTANCES)
#define ROUNDS 9u
#define ROUNDS_QUICK 3u
#define MESSAGES 2000000u
#define MESSAGES_LIBLO 400000u

static const RsWord words[] = {
  {RS_PLACE_PARAMETER, ""},
  {RS_PLACE_PARAMETER, "normalized"},
  {RS_PLACE_PARAMETER, "ramp"},
  {RS_PLACE_INSTANCE, "list"},
  {RS_PLACE_INSTANCE, "preset/load"},
  {RS_PLACE_INSTANCE, "name"},
  {RS_PLACE_BRIDGE, "sync"},
};

typedef struct {
  uint8_t bytes[64];
  size_t  size;
} Packet;

static RsParameter parameters[N_PARAMETERS];
static Packet      packets[N_ADDRESSES];

static RsAddresses*
make_addresses(void)
{
  RsAddresses* const addresses =
    rs_addresses_new(words, sizeof(words) / sizeof(*words));
  for (uint32_t i = 0u; i < N_PARAMETERS; ++i) {
    // As long as those of the strip: "high_mid_gain"
    snprintf(
      parameters[i].symbol, sizeof(parameters[i].symbol), "high_mid_%02u", i);
  }

  for (uint32_t i = 0u; i < N_INSTANCES; ++i) {
    char name[16];
    snprintf(name, sizeof(name), "strip-%u", i + 1u);
    rs_addresses_add(addresses, addresses, name, parameters, N_PARAMETERS);
    for (uint32_t p = 0u; p < N_PARAMETERS; ++p) {
      // Neighbours are far apart, as they are from a busy console
      Packet* const packet =
        &packets[(i * N_PARAMETERS + p) * 1009u % N_ADDRESSES];
      char             address[64];
      const lo_message message = lo_message_new();
      snprintf(address, sizeof(address), "/%s/%s", name, parameters[p].symbol);
      lo_message_add_float(message, (float)p);
      packet->size = lo_message_length(message, address);
      lo_message_serialise(message, address, packet->bytes, &packet->size);
      lo_message_free(message);
    }
  }
  return addresses;
}

/// Time of one core spent here, so that a busy machine counts less
static int64_t
spent_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int
compare(const void* const a, const void* const b)
{
  const double x = *(const double*)a;
  const double y = *(const double*)b;
  return (x > y) - (x < y);
}

/// From bytes to the parameter, in a core's nanoseconds a message
static double
decode_ns(const RsAddresses* const addresses, const uint32_t n)
{
  const int64_t start = spent_ns();
  for (uint32_t i = 0u, at = 0u; i < MESSAGES; ++i) {
    const Packet* const packet = &packets[at];
    RsOscMessage        message;
    RsOscReader         reader;
    RsOscArgument       argument;
    RsTarget            target;
    if (rs_osc_message(packet->bytes, packet->size, &message) ||
        rs_addresses_find(
          addresses, message.address, message.address_length, &target)) {
      fprintf(stderr, "not found: %s\n", (const char*)packet->bytes);
      exit(1);
    }
    rs_osc_reader_init(&reader, &message);
    if (!rs_osc_next(&reader, &argument) ||
        argument.real != (double)target.parameter) {
      fprintf(stderr, "wrong value: %s\n", message.address);
      exit(1);
    }
    at = at + 1u < n ? at + 1u : 0u;
  }
  return (double)(spent_ns() - start) / MESSAGES;
}

/// From bytes to liblo's message and its value, in a core's nanoseconds
static double
liblo_ns(const uint32_t n)
{
  const int64_t start = spent_ns();
  for (uint32_t i = 0u, at = 0u; i < MESSAGES_LIBLO; ++i) {
    Packet* const    packet = &packets[at];
    const lo_message message =
      lo_message_deserialise(packet->bytes, packet->size, NULL);
    if (!message || lo_message_get_argv(message)[0]->f < 0.0f) {
      fprintf(stderr, "not a message: %s\n", (const char*)packet->bytes);
      exit(1);
    }
    lo_message_free(message);
    at = at + 1u < n ? at + 1u : 0u;
  }
  return (double)(spent_ns() - start) / MESSAGES_LIBLO;
}

/// Medians over the first `n` addresses, in turns
static void
measure(const RsAddresses* const addresses, const uint32_t n)
{
  const uint32_t rounds         = rs_figure_is_quick() ? ROUNDS_QUICK : ROUNDS;
  double         ours[ROUNDS]   = {0.0};
  double         theirs[ROUNDS] = {0.0};
  for (uint32_t round = 0u; round < rounds; ++round) {
    ours[round]   = decode_ns(addresses, n);
    theirs[round] = liblo_ns(n);
  }
  qsort(ours, rounds, sizeof(*ours), compare);
  qsort(theirs, rounds, sizeof(*theirs), compare);

  const double our_ns   = ours[rounds / 2u];
  const double their_ns = theirs[rounds / 2u];
  printf("%4u addresses: %5.1f M messages/s, %5.1f ns each; liblo without "
         "look-up %5.1f ns\n",
         n,
         1e3 / our_ns,
         our_ns,
         their_ns);
  char what[64];
  snprintf(what, sizeof(what), "%u addresses", n);
  rs_figure("decode", what, 1e3 / our_ns, "M/s");
  snprintf(what, sizeof(what), "%u addresses, over liblo", n);
  rs_figure("decode", what, our_ns / their_ns, "");
}

int
main(void)
{
  RsAddresses* const addresses = make_addresses();
  const uint32_t     counts[]  = {1u, 100u, N_ADDRESSES};
  for (uint32_t i = 0u; i < sizeof(counts) / sizeof(*counts); ++i) {
    measure(addresses, counts[i]);
  }
  rs_addresses_free(addresses);
  return 0;
}
