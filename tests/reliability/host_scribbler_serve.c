// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The bridge, and those whom it serves beside those who do harm

#include "tests/reliability/host_scribbler.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
world_start(World* const world)
{
  char              program[512];
  char              flag[32];
  char              byte;
  int               ready[2];
  const char* const build = getenv("RINGSIDE_BUILD");
  snprintf(program,
           sizeof(program),
           "%s/ui-bridge/ringside-bridge",
           build ? build : ".");
  if (pipe(ready)) {
    return false;
  }

  world->bridge = fork();
  if (!world->bridge) {
    snprintf(flag, sizeof(flag), "--ready-fd=%d", ready[1]);
    execl(program, program, flag, "--log-level=error", (char*)NULL);
    _exit(127);
  }

  close(ready[1]);
  const ssize_t n = read(ready[0], &byte, 1u);
  close(ready[0]);
  return n == 1 && rig_find_port(&world->rig);
}

bool
world_attach(World* const world)
{
  world->host = peer_hello("good");
  for (uint32_t i = 0u; i < GOODS; ++i) {
    strcpy(world->names[i], "good");
    if (world->host < 0 || !peer_make(&world->goods[i]) ||
        !peer_attach(
          world->host, &world->goods[i], i + 1u, 0u, world->names[i])) {
      return false;
    }
  }
  return true;
}

static void
run_goods(World* const world)
{
  for (uint32_t i = 0u; i < GOODS; ++i) {
    peer_run(&world->goods[i], peer_now_ns());
  }
}

/// What makes the bridge look at the evil; what they answer is a number
bool
world_ask_evil(World* const world)
{
  static const struct {
    const char* address;
    const char* tags;
  } messages[] = {
    {"/evil*/gain", "f"},
    {"/evil*/gain", ""},
    {"/evil*/freq/add", "f"},
    {"/evil*/freq", ""},
    {"/evil/mute/toggle", ""},
    {"/evil-2/preset", ""},
    {"/evil-2/timing", ""},
    {"/evil/cancel", ""},
    {"/ringside/status", ""},
    {"/ringside/instances", ""},
  };

  char           packet[1024];
  const uint32_t which = random_below(&world->random, 11u);
  if (which == 10u) {
    rig_send(&world->loud,
             packet,
             rig_message(packet, "/evil/freq/ramp", "ff", 100.0, 3.0));
  } else {
    rig_send(
      &world->loud,
      packet,
      rig_message(packet, messages[which].address, messages[which].tags, 1.0));
  }

  bool is_number = true;
  while (rig_receive(&world->loud, packet, sizeof(packet), 0)) {
    const char* const types = packet + ((strlen(packet) + 4u) & ~(size_t)3u);
    if (!strncmp(packet, "/evil", 5u) && !strcmp(types, ",f")) {
      is_number = is_number && isfinite(rig_float_at(types + 4));
    }
  }
  return is_number;
}

/// A value for one of the good ones: it arrives, and is what is answered
bool
world_serve_one(World* const world)
{
  char                packet[256];
  char                address[64];
  float               answer = 0.0f;
  const uint32_t      i      = random_below(&world->random, GOODS);
  const PeerInstance* peer   = &world->goods[i];
  const float value = (float)random_below(&world->random, 900u) / 16.0f - 50.f;
  snprintf(address, sizeof(address), "/%s/gain", world->names[i]);
  rig_send(
    &world->rig, packet, rig_message(packet, address, "f", (double)value));

  const int64_t end_ns = peer_now_ns() + RIG_PATIENCE_MS * INT64_C(1000000);
  while (rs_float_from_bits(atomic_load(&peer->segments.telemetry.values[0])) !=
         value) {
    if (peer_now_ns() > end_ns) {
      printf("# %s did not become %g\n", address, (double)value);
      return false;
    }
    run_goods(world);
    usleep(200);
  }

  if (!rig_value(&world->rig, address, &answer, RIG_PATIENCE_MS) ||
      answer != value) {
    printf("# %s answers %g, not %g\n", address, (double)answer, (double)value);
    return false;
  }
  return true;
}

/// How many instances there are, by `/ringside/instances`
int
world_count_instances(const Rig* const rig)
{
  char packet[512];
  rig_send(rig, packet, rig_message(packet, "/ringside/instances", ""));
  while (rig_receive(rig, packet, sizeof(packet), RIG_PATIENCE_MS)) {
    const char* const end =
      rig_arguments(packet, "/ringside/instances/end", "i");
    if (end) {
      return (int)rig_int_at(end);
    }
  }
  return -1;
}

bool
world_await_descriptors(World* const world, const int expected)
{
  for (int i = 0; i < RIG_PATIENCE_MS; ++i) {
    if (world_count_instances(&world->rig) == (int)GOODS &&
        rig_descriptors(world->bridge) == expected) {
      return true;
    }
    usleep(1000);
  }

  printf("# %d descriptors, not %d; %d instances\n",
         rig_descriptors(world->bridge),
         expected,
         world_count_instances(&world->rig));
  return false;
}
