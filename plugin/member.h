// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   One instance as the link thread sees it: its pairs of segments, its socket
   to the bridge, its bell, its name.

                        paced, or never called             ATTACH sent
       RS_MEMBER_HIDDEN ──────────────▶ RS_MEMBER_WANTED ──────────────▶
                                           ▲                RS_MEMBER_SENT
              bridge gone, fault, refused  │                     │ ATTACHED
                                           └──── RS_MEMBER_ATTACHED ◀──┘

   All functions are called with the lock of link.c held.
*/

#ifndef RINGSIDE_PLUGIN_MEMBER_H
#define RINGSIDE_PLUGIN_MEMBER_H

#include "plugin/control.h"
#include "plugin/link.h"
#include "plugin/peer.h"

#include <stdbool.h>
#include <stdint.h>

/// Pairs that may be ours at once: in use, waiting, left, and one to spare
#define RS_MEMBER_PAIRS 4u

typedef enum {
  RS_MEMBER_HIDDEN,
  RS_MEMBER_WANTED,
  RS_MEMBER_SENT,
  RS_MEMBER_ATTACHED,
} RsMemberState;

struct RsLinkedImpl {
  struct RsLinkedImpl* next;   ///< In order of creation
  uint32_t             number; ///< Within this process, from 1
  RsLinkPlan           plan;
  int64_t              made_ns;
  RsMemberState        state;
  bool                 was_sent; ///< The newest pair, to any bridge
  bool                 is_named; ///< By a bridge, so `name` is no wish any more
  bool                 may_resend; ///< The bridge of the last pair is dead
  RsIntake*            pairs[RS_MEMBER_PAIRS]; ///< All that are not yet freed
  RsIntake*            sent;     ///< The newest: the bridge's, or about to be
  int                  socket;   ///< Our end of the socketpair, or -1
  int64_t              look_ns;  ///< When to look at the ring; INT64_MAX: never
  int64_t              retry_ns; ///< Not to be attached before
  int64_t              attached_ns;
  int64_t              crowded_ns; ///< Since when there is no room to send it
  bool                 has_logged; ///< That it was refused, since attached last
  int                  poll_index; ///< Among what is polled, or -1
  char                 name[RS_NAME_MAX + 1u]; ///< "": not yet named
  uint32_t             preset_serial;
  char                 preset_label[RS_LABEL_MAX + 1u];
};

/// True if a hidden instance has now appeared
bool
rs_member_appears(RsLinked* member, int64_t now_ns);

/**
   Send it to the bridge, with a fresh pair if the last one is used up.

   @return #RS_SUCCESS, #RS_AGAIN if there is no room just now, #RS_GONE, or
   #RS_SYSTEM if there are no descriptors or no memory left
*/
RS_NODISCARD RsStatus
rs_member_attach(RsLinked* member, const RsPeer* peer, int64_t now_ns);

/// The bridge has taken it, under this name
void
rs_member_attached(RsLinked* member, const char* name, int64_t now_ns);

/// It is not attached any more; `is_dead`: the bridge has ended for sure
void
rs_member_detach(RsLinked* member, bool is_dead);

/// Its socket is readable.  @return #RS_GONE if the bridge let it go
RS_NODISCARD RsStatus
rs_member_dispatch(RsLinked* member, int64_t now_ns);

/// Look ahead if it is time to.  @return when to be called again
int64_t
rs_member_tick(RsLinked* member, int64_t now_ns);

/// Free what run() has left.  @return #RS_CORRUPT if the link must be renewed
RS_NODISCARD RsStatus
rs_member_tidy(RsLinked* member);

#endif // RINGSIDE_PLUGIN_MEMBER_H
