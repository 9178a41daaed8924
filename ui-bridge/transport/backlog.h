// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Answers that sockets did not take yet, kept for clients that read slowly.

   Each client has a bound, and all of them together have one: clients that ask
   much and never read would otherwise make the bridge as large as they like.
   If there is no room for more, the one for whom most is kept gives up all of
   it, and is told so by its owner's function (a stream ends, since it would
   otherwise go on amid a frame).

   One thread, that of the loop.
*/

#ifndef RINGSIDE_BRIDGE_BACKLOG_H
#define RINGSIDE_BRIDGE_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Most bytes that are kept for one client
#define RS_BACKLOG_MAX (1024u * 1024u)

/// Most bytes that are kept for all clients, which is memory that is used
#define RS_BACKLOG_ALL (4u * 1024u * 1024u)

typedef struct RsBacklogImpl RsBacklog;

/// What is kept for one client.  Stays where it is while it is listed
struct RsBacklogImpl {
  uint8_t*   bytes; ///< NULL: nothing, and not listed
  size_t     size;
  size_t     capacity;
  RsBacklog* next;

  /// It was cleared to make room, `lost` bytes of it
  void (*given_up)(RsBacklog* backlog, const uint8_t* bytes, size_t lost);
};

/// All zeros: nobody is slow
typedef struct {
  RsBacklog* first;
  size_t     total; ///< Sum of all capacities, at most #RS_BACKLOG_ALL
  uint32_t   count;
  uint64_t   n_given_up; ///< Ever
} RsBacklogs;

/**
   Make room for so many more bytes, by giving up the largest if need be.

   @return where they belong, then add them with `size`; NULL if this one is too
   large, was given up itself, or there is no memory
*/
uint8_t*
rs_backlog_extend(RsBacklogs* all, RsBacklog* backlog, size_t size);

/// The first so many bytes have been taken
void
rs_backlog_taken(RsBacklogs* all, RsBacklog* backlog, size_t size);

/// Free what is kept
void
rs_backlog_clear(RsBacklogs* all, RsBacklog* backlog);

#endif // RINGSIDE_BRIDGE_BACKLOG_H
