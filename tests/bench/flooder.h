// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A process that sends as many datagrams as the kernel takes, and another one
   that empties a socket.  Both end with their parent.
*/

#ifndef RINGSIDE_TESTS_BENCH_FLOODER_H
#define RINGSIDE_TESTS_BENCH_FLOODER_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef enum {
  FLOOD_NOTHING,
  FLOOD_SETS,
  FLOOD_BUNDLES,
  FLOOD_KINDS
} FloodKind;

extern const char* const rs_flood_names[FLOOD_KINDS];

/// Messages of each bundle
#define FLOOD_BUNDLE 32u

/// What both processes see
typedef struct {
  _Atomic(uint32_t) kind;   ///< FloodKind, or FLOOD_KINDS: rest
  _Atomic(uint32_t) port;   ///< Of 127.0.0.1, in network byte order
  _Atomic(uint64_t) n_sent; ///< Datagrams that the kernel took
} FloodShared;

typedef struct {
  FloodShared* shared;
  pid_t        sender;
  pid_t        drain;      ///< Empties the socket at `drain_port`
  in_port_t    drain_port; ///< In network byte order
} Flooder;

/**
   Start both, at rest.  @return false with errno

   @param core of the sender; below 0: any
*/
bool
flooder_open(Flooder* flooder, int core);

/// Send from now on.  Both may be called by an audio thread: no system call
void
flooder_begin(Flooder* flooder, FloodKind kind, in_port_t port);

void
flooder_rest(Flooder* flooder);

void
flooder_close(Flooder* flooder);

#endif // RINGSIDE_TESTS_BENCH_FLOODER_H
