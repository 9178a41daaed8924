// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Bundles that tell afterwards how many of them were applied

#include "tests/reliability/kills.h"
#include "tests/reliability/mini.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WINDOW 6u    // Bundles that are not acknowledged
#define SYNC_EACH 2u // Bundles
#define FILLING 240u // Commands of a bundle beside those that are looked at
#define NUMBERS 16384u

bool
kills_fail(const KillsRoom* const room, const char* const what)
{
  fprintf(stderr, "# room %u: %s\n", room->room, what);
  return false;
}

static float
pair_value(const uint32_t number)
{
  return (float)((int)((number * 7u) % 145u) - 72) * 0.25f;
}

static size_t
put_element(char* const to, const size_t at, const size_t size)
{
  const uint32_t word = htonl((uint32_t)size);
  memcpy(to + at, &word, sizeof(word));
  return at + sizeof(word) + size;
}

static void
send_bundle(const KillsRoom* const room,
            const uint32_t         number,
            const float            step)
{
  static const char* const adds[]  = {"/strip/input_gain/add",
                                      "/strip/output_gain/add"};
  static const char* const pairs[] = {"/strip/low_gain",
                                      "/strip/high_gain",
                                      "/strip/low_mid_gain",
                                      "/strip/high_mid_gain"};

  static char packet[32768] = "#bundle";
  size_t      at            = 16u;
  packet[15]                = 1; // At once
  for (size_t i = 0; i < 2u; ++i) {
    at = put_element(
      packet, at, rig_message(packet + at + 4u, adds[i], "f", (double)step));
  }

  for (size_t i = 0; i < 4u; ++i) {
    // So much that the bridge is often killed while it writes
    for (uint32_t k = 0; k < FILLING / 4u; ++k) {
      at = put_element(
        packet,
        at,
        rig_message(
          packet + at + 4u, "/strip/low_freq", "f", 100.0 + (double)k));
    }

    at = put_element(
      packet,
      at,
      rig_message(packet + at + 4u, pairs[i], "f", (double)pair_value(number)));
  }

  at = put_element(
    packet,
    at,
    rig_message(
      packet + at + 4u, "/strip/lpf_freq", "f", 1000.0 + (number % NUMBERS)));
  rig_send(&room->rig, packet, at);
}

/// One answer.  @return false if it is one that must not be
bool
kills_take_answer(KillsRoom* const room,
                  const int        timeout_ms,
                  uint32_t* const  acknowledged)
{
  char packet[512];
  if (!rig_receive(&room->rig, packet, sizeof(packet), timeout_ms)) {
    return true;
  }

  const char* const synced = rig_arguments(packet, "/ringside/synced", "i");
  if (synced && (uint32_t)rig_int_at(synced) > *acknowledged) {
    *acknowledged = (uint32_t)rig_int_at(synced);
  }

  if (!strcmp(packet, "/error")) {
    const char* const text = rig_arguments(packet, "/error", "sis");
    fprintf(stderr, "# /error %s\n", text ? text : "");
    return kills_fail(room, "a command was refused");
  }

  return true;
}

/// Send until `end_ns`.  @return false if something was refused
bool
kills_load(KillsRoom* const room,
           const int64_t    end_ns,
           const uint32_t   least,
           const float      step,
           uint32_t* const  sent,
           uint32_t* const  acknowledged)
{
  const uint32_t first   = room->number;
  const int64_t  late_ns = end_ns + RIG_PATIENCE_MS * INT64_C(1000000);

  // No more than keeps what is added within the range of its parameter
  while ((mini_now_ns() < end_ns || *acknowledged < least) && *sent < 1500u) {
    if (mini_now_ns() > late_ns) {
      return kills_fail(room, "nothing was acknowledged");
    }

    if (*sent - *acknowledged >= WINDOW) {
      if (!kills_take_answer(room, 1, acknowledged)) {
        return false;
      }
      continue;
    }

    send_bundle(room, first + *sent, step);
    ++*sent;
    if (!(*sent % SYNC_EACH)) {
      char packet[64];
      rig_send(&room->rig,
               packet,
               rig_message(packet, "/ringside/sync", "i", (int)*sent));
      if (!kills_take_answer(room, 0, acknowledged)) {
        return false;
      }
    }
  }

  return true;
}

/// Ask until the value is known
bool
kills_ask(KillsRoom* const room, const char* const symbol, float* const value)
{
  char address[64];
  snprintf(address, sizeof(address), "/strip/%s", symbol);
  for (int i = 0; i < 3000; ++i) {
    if (rig_value(&room->rig, address, value, 1000)) {
      return true;
    }

    usleep(2000); // Not attached yet
  }

  return kills_fail(room, "the new bridge does not know the instance");
}

bool
kills_ask_all(KillsRoom* const room, float values[KILLS_VALUES])
{
  static const char* const symbols[] = {"input_gain",
                                        "output_gain",
                                        "low_gain",
                                        "high_gain",
                                        "low_mid_gain",
                                        "high_mid_gain",
                                        "lpf_freq"};
  for (uint32_t i = 0; i < KILLS_VALUES; ++i) {
    if (!kills_ask(room, symbols[i], &values[i])) {
      return false;
    }
  }

  return true;
}

/// How many bundles these values say were applied, -1 if they cannot be
int64_t
kills_applied_by(const KillsRoom* const room,
                 const float            step,
                 const float            values[KILLS_VALUES])
{
  const float    steps = (values[0] - room->added) / step;
  const uint32_t count = steps >= 0.0f ? (uint32_t)lrintf(steps) : 0u;
  const uint32_t last  = room->number + count - 1u;

  bool is_right = steps >= 0.0f && !(fabsf(steps - (float)count) > 0.0f) &&
                  !(fabsf(values[1] - (values[0] - 24.0f)) > 0.0f);

  // Before the first there is none to compare with
  for (uint32_t i = 2u; room->number + count > 0u && i < 6u; ++i) {
    is_right = is_right && !(fabsf(values[i] - pair_value(last)) > 0.0f);
  }

  if (room->number + count > 0u) {
    const float number = 1000.0f + (float)(last % NUMBERS);
    is_right           = is_right && !(fabsf(values[6] - number) > 0.0f);
  }

  return is_right ? (int64_t)count : -1;
}
