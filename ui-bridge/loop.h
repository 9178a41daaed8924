// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Who is to be called when which descriptor is ready.  One thread.
*/

#ifndef RINGSIDE_BRIDGE_LOOP_H
#define RINGSIDE_BRIDGE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#define RS_LOOP_BATCH 32

/// Stays where it is from rs_loop_watch() to rs_loop_unwatch()
typedef struct {
  void (*ready)(void* context, uint32_t events); ///< EPOLLIN, ...
  void* context;
} RsWatch;

typedef struct {
  int                epoll;
  int                others;  ///< All but those that may rest
  bool               no_rest; ///< This kernel cannot wait for less than a ms
  int                count;   ///< Of the batch in hand
  int                current; ///< The one being called
  uint64_t           wakeups; ///< How often a wait has ended
  struct epoll_event events[RS_LOOP_BATCH];
} RsLoop;

/// @return false with errno
bool
rs_loop_init(RsLoop* loop);

void
rs_loop_close(RsLoop* loop);

/// @return false with errno
bool
rs_loop_watch(RsLoop* loop, int fd, uint32_t events, RsWatch* watch);

void
rs_loop_change(RsLoop* loop, int fd, uint32_t events, RsWatch* watch);

/// Also takes back what is ready and was not called yet, so that the owner of
/// the watch may be freed at once.  Call before the descriptor is closed
void
rs_loop_unwatch(RsLoop* loop, int fd, const RsWatch* watch);

/// Leave a watched descriptor out of rs_loop_rest()
void
rs_loop_may_rest(RsLoop* loop, int fd);

/**
   Wait for the next batch, but at most so long, and not for those that may
   rest.  Their time is over then: the caller looks at them itself.
*/
void
rs_loop_rest(RsLoop* loop, int64_t rest_ns);

/// Wait for the next batch.  @param timeout_ms -1: for ever
void
rs_loop_wait(RsLoop* loop, int timeout_ms);

/// Call whoever is ready
void
rs_loop_dispatch(RsLoop* loop);

#endif // RINGSIDE_BRIDGE_LOOP_H
