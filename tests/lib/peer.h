// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The plugin's side of an attachment, as small as it can be: real segments,
   the real protocol, and a reader that knows only "set".  For tests of the
   bridge that need to hold the other end themselves, and to break it.
*/

#ifndef RINGSIDE_TESTS_LIB_PEER_H
#define RINGSIDE_TESTS_LIB_PEER_H

#include "shm/attach.h"
#include "shm/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Parameters of every instance: gain (-60..12), mute (toggle), freq (log)
#define PEER_PARAMETERS 3u

/// How long an answer may take on a busy machine
#define PEER_PATIENCE_MS 60000

typedef struct {
  RsSegments   segments;
  RsRingReader reader;
  uint32_t     overflow_seen;
  uint64_t     sequences[PEER_PARAMETERS]; ///< Of the values in effect
  int          socket;                     ///< Our end of the socketpair
  int          bridge_socket;              ///< The other, until it is sent
  uint32_t     n_read;                     ///< Commands ever read
  bool         keeps[PEER_PARAMETERS];     ///< The host refuses: its lane plays
} PeerInstance;

/// Make segments and socketpair.  @return false with errno
bool
peer_make(PeerInstance* instance);

/// Close whatever is open
void
peer_close(PeerInstance* instance);

/// What run() would do: take what is there, apply what is untagged or due
void
peer_run(PeerInstance* instance, int64_t now_ns);

/// What the link thread would do while run() rests.  Consumes nothing, and
/// sees sets in the ring and the overflow table
void
peer_look_ahead(PeerInstance* instance);

/// Connect to attach.sock.  @return -1 with errno
int
peer_connect(void);

/// Connect and agree on a version.  @return -1 if that fails
int
peer_hello(const char* process);

/// Send a message with descriptors.  @return false with errno
bool
peer_send(int         host,
          const void* message,
          size_t      size,
          const int*  fds,
          uint32_t    n_fds);

/// Next message of that kind within 5 s, others are left out.  @return its
/// size, 0 at the end of the connection or of the time
size_t
peer_receive(int host, uint32_t kind, void* message, size_t size);

/// Attach, and wait for the answer.  @param name wanted; receives what it is
bool
peer_attach(int           host,
            PeerInstance* instance,
            uint32_t      number,
            uint32_t      flags,
            char          name[RS_NAME_MAX + 8u]);

int64_t
peer_now_ns(void);

#endif // RINGSIDE_TESTS_LIB_PEER_H
