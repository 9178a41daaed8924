// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Instances without a plugin: attach some, call them all each millisecond, and
   leave at the end of standard input.

       rs-peer COUNT [NAME]...

   Says "name NAME" for each that is attached, then "ready".  The line "keep" on
   standard input makes them refuse to move gain and mute, as a host does where
   automation plays; "let" ends that.  Both are answered in kind.
*/

#include "tests/lib/peer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INSTANCES_MAX 64

static PeerInstance instances[INSTANCES_MAX];

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
    char    bytes[64] = "";
    ssize_t n_bytes   = 0;
    if (poll(&input, 1u, 1) > 0 &&
        (n_bytes = read(0, bytes, sizeof(bytes) - 1u)) <= 0) {
      return 0;
    }
    for (int i = 0; i < count; ++i) {
      if (n_bytes) {
        instances[i].keeps[0] = !strcmp(bytes, "keep\n");
        instances[i].keeps[1] = instances[i].keeps[0];
      }
      peer_run(&instances[i], peer_now_ns());
    }
    if (n_bytes) {
      printf("%s", bytes);
      fflush(stdout);
    }
  }
}
