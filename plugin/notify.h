// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   How a host is told: by atoms on the notify port, or by a function of its own.

   What is told, and when, is the engine's (tell.h); this knows how.  A host
   with the feature control-input-port-change-request (Carla, mod-host,
   qtractor) is called; any other gets Ardour's automation messages, and what
   nobody but Ardour may have understood is followed by state:StateChanged, at
   most once a second.  A name is in no port, so StateChanged tells of it in
   all hosts.

   All of it but rs_notify_init() is called by run().
*/

#ifndef RINGSIDE_PLUGIN_NOTIFY_H
#define RINGSIDE_PLUGIN_NOTIFY_H

#include "plugin/control.h"

#include <lv2/atom/atom.h>
#include <lv2/atom/forge.h>
#include <lv2/core/lv2.h>
#include <lv2/urid/urid.h>

#include <stdbool.h>
#include <stdint.h>

#define RS_KX_PREFIX "http://kx.studio/ns/lv2ext/"
#define RS_KX_CHANGE_REQUEST_URI \
  RS_KX_PREFIX "control-input-port-change-request"
#define RS_ARDOUR_BANKPATCH_NOTIFY "http://ardour.org/lv2/bankpatch#notify"

/// Data of the feature RS_KX_CHANGE_REQUEST_URI, as its specification has it
typedef struct {
  void* handle;
  int (*request_change)(void* handle, uint32_t index, float value);
} RsKxChangeRequest;

/// Least time between two StateChanged
#define RS_NOTIFY_CHANGED_NS 1000000000

typedef struct {
  LV2_URID atom_blank;
  LV2_URID atom_float;
  LV2_URID atom_object;
  LV2_URID atom_sequence;
  LV2_URID auto_end;
  LV2_URID auto_finalize;
  LV2_URID auto_parameter;
  LV2_URID auto_start;
  LV2_URID auto_value;
  LV2_URID state_changed;
  LV2_URID time_position;
  LV2_URID time_speed;
} RsNotifyUrids;

typedef struct {
  RsTeller                 teller; ///< As the engine sees it
  RsNotifyUrids            urids;
  const RsKxChangeRequest* request; ///< NULL: by atoms
  LV2_Atom_Forge           forge;
  LV2_Atom_Forge_Frame     frame;
  LV2_Atom_Sequence*       port;       ///< Of this cycle, NULL: not connected
  uint32_t                 capacity;   ///< Of it, in bytes
  bool                     is_open;    ///< Something was written in this cycle
  bool                     is_changed; ///< StateChanged is due
  uint32_t                 renamed;    ///< Last number of renamings seen
  int64_t                  changed_ns; ///< When it was told last, or 0
} RsNotify;

/// @param features of instantiate(), NULL-terminated; kept are those found
void
rs_notify_init(RsNotify*                 notify,
               LV2_URID_Map*             map,
               const LV2_Feature* const* features);

/**
   A cycle begins: leave an empty sequence in the port, and read whether the
   transport rolls.

   @param port the notify port, whose size says how much room it has, or NULL
   @param control the control port with time:Position, or NULL
*/
RS_REALTIME void
rs_notify_begin(RsNotify*                notify,
                LV2_Atom_Sequence*       port,
                const LV2_Atom_Sequence* control);

/// A cycle ends; `renamed` counts the names the instance was given by OSC
RS_REALTIME void
rs_notify_end(RsNotify* notify,
              int64_t   now_ns,
              uint32_t  renamed,
              bool      freewheel);

/// Part of rs_notify_init(): let the engine see the functions of this host
void
rs_notify_wire(RsNotify* notify);

#endif // RINGSIDE_PLUGIN_NOTIFY_H
