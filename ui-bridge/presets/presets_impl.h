// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the bridge holds of presets, as its files share it:

     presets.c       what is known, who waits for it, what is to be changed
     presets_talk.c  jobs: sent to the keeper, and what comes of them

   All of it is the bridge's one thread.  Callbacks (RsPresetDone) may ask for
   more at once, so lists of jobs and waiters are looked at afresh after each.
*/

#ifndef RINGSIDE_BRIDGE_PRESETS_IMPL_H
#define RINGSIDE_BRIDGE_PRESETS_IMPL_H

#include "shm/attach.h"
#include "ui-bridge/presets/keeper.h"
#include "ui-bridge/presets/presets.h"
#include "ui-bridge/presets/shelf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Plugins whose presets are known at a time
#define LISTS_MAX 64u

/// Jobs and waiters that are kept at a time
#define REQUESTS_MAX 256u

/// The presets of one plugin
typedef struct {
  char     uri[256];
  RsShelf  known; ///< Sorted
  bool     is_loaded;
  bool     is_stale;  ///< Files changed since it was asked for
  uint32_t changes;   ///< Saves and deletes that ended
  uint32_t job;       ///< The list job under way, or 0
  uint32_t job_since; ///< `changes` when it was asked for
  int64_t  retry_ns;  ///< Not to be asked for before
} RsPluginPresets;

/// Something to be done by the keeper: waiting here, or under way
typedef struct RsPresetJobImpl {
  struct RsPresetJobImpl* next;
  uint32_t                id;
  uint32_t                list;
  bool                    is_sent;
  int64_t                 deadline_ns;
  RsPresetDone            done; ///< NULL for lists
  void*                   context;
  RsShelf                 growing; ///< What came so far
  size_t                  size;
  RsPacket*               packet; ///< Until it is sent; `size` bytes long
  uint32_t                kind;
  char                    label[RS_LABEL_MAX + 4u];
} RsPresetJob;

/// Somebody waits for a list
typedef struct RsPresetWaiterImpl {
  struct RsPresetWaiterImpl* next;
  uint32_t                   list;
  int64_t                    deadline_ns;
  RsPresetDone               done;
  void*                      context;
} RsPresetWaiter;

struct RsPresetsImpl {
  RsBridge*       bridge;
  int             socket; ///< -1: no keeper
  uint32_t        next_id;
  uint32_t        n_lists;
  uint32_t        n_requests;
  RsPluginPresets lists[LISTS_MAX];
  RsPresetJob*    jobs;    ///< In the order they were asked for
  RsPresetWaiter* waiters; ///< Likewise
  RsPacket*       packet;
};

/// What those are told who want something of a keeper that has gone
extern const char rs_no_keeper[];

// Who waits (presets.c)

/// Answer all who wait for this list
void
rs_presets_wake(RsPresets*  presets,
                uint32_t    list,
                int         code,
                const char* sentence);

// Jobs (presets_talk.c)

/// Link a new job at the end.  @return NULL if there are too many
RsPresetJob*
rs_presets_add_job(RsPresets*   presets,
                   RsPacketKind kind,
                   uint32_t     list,
                   uint32_t     n_values);

/// Forget a job, and tell nobody
void
rs_presets_free_job(RsPresets* presets, RsPresetJob* job);

/// A job has ended, one way or the other: its `done` is called, and it is freed
void
rs_presets_end_job(RsPresets*   presets,
                   RsPresetJob* job,
                   int          code,
                   const char*  sentence);

/// Ask for a list, if it is not being read already, or was tried just now
void
rs_presets_ask(RsPresets* presets, uint32_t list);

/// Send what can be sent: one change at a time, few jobs in all
void
rs_presets_pump(RsPresets* presets);

#endif // RINGSIDE_BRIDGE_PRESETS_IMPL_H
