// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The link of this process, as its files share it:

     link.c         instances come and go, in the host's threads
     link_thread.c  the thread: it sleeps, and wakes up when something happens
     link_attach.c  what it then does to keep the instances attached

   The thread holds the lock for everything here except while it sleeps in
   poll(), and nothing it does meanwhile waits for anybody.  Sockets of members
   are made by this thread only, so a descriptor that poll() reported is still
   the same when it is looked at, or closed.
*/

#ifndef RINGSIDE_PLUGIN_LINK_IMPL_H
#define RINGSIDE_PLUGIN_LINK_IMPL_H

#include "plugin/link.h"
#include "plugin/member.h"
#include "plugin/search.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define MS_NS 1000000
#define SECOND_NS 1000000000LL

/// All zeros while no instance lives
typedef struct {
  pthread_mutex_t* lock; ///< For all members, and for all below
  pthread_t        thread;
  bool             is_ending;
  int              wake; ///< eventfd
  RsLinked*        members;
  uint32_t         n_members;
  uint32_t         last_number;
  int64_t          appeared_ns; ///< When an instance last did
  int64_t          tidied_ns;
  RsSearch         search;
  char*            program;
  char**           environment;
} RsLink;

// Any thread

/// CLOCK_MONOTONIC
int64_t
rs_link_now_ns(void);

// The host's thread that adds the first instance, with the lock held

/**
   Start the thread, with all signals blocked and at normal priority whatever
   the caller's are.

   @return 0, or an error number
*/
int
rs_link_start(RsLink* link);

// The link thread, with the lock held

/// Everything that is due.  @return when to do so again
int64_t
rs_link_work(RsLink* link, int64_t now_ns);

/// Take what the bridge said: who is attached, who was refused
void
rs_link_take_messages(RsLink* link, int64_t now_ns);

/// The bridge has gone, or will not be talked to any more
void
rs_link_detach_all(RsLink* link);

/// An instance is not attached any more, though the bridge is there
void
rs_link_retry(RsLinked* member, int64_t now_ns);

#endif // RINGSIDE_PLUGIN_LINK_IMPL_H
