// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Instances without a plugin: attach some, call them all each millisecond, and
   leave at the end of standard input.

       rs-peer COUNT [NAME]...

   Says "name NAME" for each that is attached, then "ready".  The line "keep" on
   standard input makes them refuse to move gain and mute, as a host does where
   automation plays; "let" ends that.  "hold" stops in the middle of a run(), as
   where the audio thread waits for a core; "go" ends that.  Each is answered in
   kind.
*/

#include "tests/lib/peer.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INSTANCES_MAX 64

static PeerInstance instances[INSTANCES_MAX];

static void
step_cycles(const int count)
{
  for (int i = 0; i < count; ++i) {
    atomic_fetch_add(&instances[i].segments.telemetry.fixed->cycle, 1u);
  }
}

/// Do what a line says.  @return false at the end of standard input
static bool
take_line(const int count)
{
  char bytes[64] = "";
  if (read(0, bytes, sizeof(bytes) - 1u) <= 0) {
    return false;
  }

  const bool keeps = !strcmp(bytes, "keep\n");
  for (int i = 0; i < count && (keeps || !strcmp(bytes, "let\n")); ++i) {
    instances[i].keeps[0] = keeps;
    instances[i].keeps[1] = keeps;
  }

  const bool holds = !strcmp(bytes, "hold\n");
  if (holds) {
    step_cycles(count);
  }
  printf("%s", bytes);
  fflush(stdout);
  if (!holds) {
    return true;
  }

  const bool goes_on = take_line(count);
  step_cycles(count);
  return goes_on;
}

int
main(const int argc, char** const argv)
{
  const int count = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 1;
  const int host  = peer_hello("rs-peer");
  if (host < 0 || count > INSTANCES_MAX) {
    fprintf(stderr, "rs-peer: there is no bridge\n");
    return 1;
  }

  for (int i = 0; i < count; ++i) {
    char name[RS_NAME_MAX + 8u] = "";
    if (i + 2 < argc) {
      strncpy(name, argv[i + 2], RS_NAME_MAX);
    }
    if (!peer_make(&instances[i]) ||
        !peer_attach(host, &instances[i], (uint32_t)i + 1u, 0u, name)) {
      fprintf(stderr, "rs-peer: instance %d was not attached\n", i + 1);
      return 1;
    }
    printf("name %s\n", name);
  }
  printf("ready\n");
  fflush(stdout);

  struct pollfd input = {.fd = 0, .events = POLLIN};
  for (;;) {
    if (poll(&input, 1u, 1) > 0 && !take_line(count)) {
      return 0;
    }
    for (int i = 0; i < count; ++i) {
      peer_run(&instances[i], peer_now_ns());
    }
  }
}
