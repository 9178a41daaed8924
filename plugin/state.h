// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What a session keeps of an instance: values in effect, who set them, what
   the host's port held at that moment, and the instance's name.

   All of it but the name is one text, so that a state is whole or not at all:

       ringside 1
       SYMBOL VALUE PORT host|osc
       ...

   with numbers as in C's locale.  Lines of unknown symbols are left out, since
   a later plugin may have more parameters; anything else that is wrong, and
   any other version, refuses the whole text.
*/

#ifndef RINGSIDE_PLUGIN_STATE_H
#define RINGSIDE_PLUGIN_STATE_H

#include "plugin/control.h"
#include "plugin/link.h"
#include "plugin/log.h"
#include "shm/parameter.h"
#include "shm/status.h"

#include <lv2/state/state.h>
#include <lv2/urid/urid.h>

#include <stddef.h>
#include <stdint.h>

#define RS_STATE_VERSION 1
#define RS_STATE_TEXT_MAX (1u << 20u) ///< Bytes of a text that is looked at

#define RS_STATE_VALUES_URI "urn:ringside:state#values"
#define RS_STATE_NAME_URI "urn:ringside:state#name"

// Text

/// @return text to be freed by free(), or NULL without memory
char*
rs_state_write(const RsParameter* parameters,
               uint32_t           n_parameters,
               const RsSaved*     saved);

/**
   Read what rs_state_write() made, or what pretends to be that.

   @param text `size` bytes of any content
   @param saved one for each parameter; untouched on failure
   @param n_unknown receives the number of lines with unknown symbols
   @param problem receives a clause that says what is wrong, on failure
   @return #RS_SUCCESS, #RS_VERSION, #RS_TOO_LARGE, #RS_CORRUPT or #RS_SYSTEM
*/
RS_NODISCARD RsStatus
rs_state_read(const char*         text,
              size_t              size,
              const RsParameter*  parameters,
              uint32_t            n_parameters,
              const RsScalePoint* points,
              RsSaved*            saved,
              uint32_t*           n_unknown,
              const char**        problem);

// LV2

typedef struct {
  LV2_URID atom_string;
  LV2_URID values;
  LV2_URID name;
} RsStateUrids;

/// What is saved and restored; `linked` may be NULL
typedef struct {
  const RsStateUrids* urids;
  const RsParameter*  parameters;
  const RsScalePoint* points;
  uint32_t            n_parameters;
  RsControl*          control;
  RsLinked*           linked;
  const RsLog*        log;
} RsStateOf;

void
rs_state_map(RsStateUrids* urids, const LV2_URID_Map* map);

LV2_State_Status
rs_state_save(const RsStateOf*         of,
              LV2_State_Store_Function store,
              LV2_State_Handle         handle,
              int64_t                  now_ns);

LV2_State_Status
rs_state_restore(const RsStateOf*            of,
                 LV2_State_Retrieve_Function retrieve,
                 LV2_State_Handle            handle);

#endif // RINGSIDE_PLUGIN_STATE_H
