// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Finds out how this host can be told.  Not for the audio thread

#include "plugin/notify.h"

#include <lv2/atom/atom.h>
#include <lv2/atom/forge.h>
#include <lv2/core/lv2.h>
#include <lv2/state/state.h>
#include <lv2/time/time.h>

#include <string.h>

#define AUTOMATE "http://ardour.org/lv2/automate#"

void
rs_notify_init(RsNotify* const                 notify,
               LV2_URID_Map* const             map,
               const LV2_Feature* const* const features)
{
  static const struct {
    size_t      place;
    const char* uri;
  } rows[] = {
    {offsetof(RsNotifyUrids, atom_blank), LV2_ATOM__Blank},
    {offsetof(RsNotifyUrids, atom_float), LV2_ATOM__Float},
    {offsetof(RsNotifyUrids, atom_object), LV2_ATOM__Object},
    {offsetof(RsNotifyUrids, atom_sequence), LV2_ATOM__Sequence},
    {offsetof(RsNotifyUrids, auto_end), AUTOMATE "end"},
    {offsetof(RsNotifyUrids, auto_finalize), AUTOMATE "finalize"},
    {offsetof(RsNotifyUrids, auto_parameter), AUTOMATE "parameter"},
    {offsetof(RsNotifyUrids, auto_start), AUTOMATE "start"},
    {offsetof(RsNotifyUrids, auto_value), AUTOMATE "value"},
    {offsetof(RsNotifyUrids, state_changed), LV2_STATE_PREFIX "StateChanged"},
    {offsetof(RsNotifyUrids, time_position), LV2_TIME__Position},
    {offsetof(RsNotifyUrids, time_speed), LV2_TIME__speed},
  };

  memset(notify, 0, sizeof(*notify));
  for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); ++i) {
    *(LV2_URID*)(void*)((char*)&notify->urids + rows[i].place) =
      map->map(map->handle, rows[i].uri);
  }
  lv2_atom_forge_init(&notify->forge, map);

  bool has_bankpatch = false;
  for (uint32_t i = 0; features && features[i]; ++i) {
    if (!strcmp(features[i]->URI, RS_ARDOUR_BANKPATCH_NOTIFY)) {
      has_bankpatch = true;
    } else if (!strcmp(features[i]->URI, RS_KX_CHANGE_REQUEST_URI)) {
      const RsKxChangeRequest* const request =
        (const RsKxChangeRequest*)features[i]->data;
      notify->request = request && request->request_change ? request : NULL;
    }
  }

  notify->teller.can_answer      = has_bankpatch || notify->request;
  notify->teller.answers_at_once = has_bankpatch && !notify->request;
  rs_notify_wire(notify);
}
