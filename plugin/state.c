// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Saving and restoring; see state_text.c for the text itself

#include "plugin/state.h"

#include <lv2/atom/atom.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FLAGS (LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE)

void
rs_state_map(RsStateUrids* const urids, const LV2_URID_Map* const map)
{
  urids->atom_string = map->map(map->handle, LV2_ATOM__String);
  urids->values      = map->map(map->handle, RS_STATE_VALUES_URI);
  urids->name        = map->map(map->handle, RS_STATE_NAME_URI);
}

LV2_State_Status
rs_state_save(const RsStateOf* const         of,
              const LV2_State_Store_Function store,
              const LV2_State_Handle         handle,
              const int64_t                  now_ns)
{
  RsSaved* const saved =
    (RsSaved*)calloc(of->n_parameters + 1u, sizeof(RsSaved));
  if (!saved) {
    return LV2_STATE_ERR_NO_SPACE;
  }

  rs_control_save(of->control, now_ns, saved);

  char* const text = rs_state_write(of->parameters, of->n_parameters, saved);
  free(saved);
  if (!text) {
    return LV2_STATE_ERR_NO_SPACE;
  }

  const RsStateUrids* const urids = of->urids;
  LV2_State_Status          st    = store(
    handle, urids->values, text, strlen(text) + 1u, urids->atom_string, FLAGS);
  free(text);

  char name[RS_NAME_MAX + 1u] = "";
  if (of->linked) {
    rs_link_name(of->linked, name);
  }

  if (!st && name[0]) {
    st = store(
      handle, urids->name, name, strlen(name) + 1u, urids->atom_string, FLAGS);
  }

  return st;
}

/// `[A-Za-z0-9_-]{1,32}`, and not the bridge's own
static bool
is_name(const char* const name, const size_t size)
{
  static const char* const legal = "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_-";

  const size_t length = strnlen(name, size);
  return length && length < size && length <= RS_NAME_MAX &&
         strspn(name, legal) == length && strcmp(name, "ringside") != 0;
}

static void
restore_name(const RsStateOf* const            of,
             const LV2_State_Retrieve_Function retrieve,
             const LV2_State_Handle            handle)
{
  size_t            size  = 0;
  uint32_t          type  = 0;
  uint32_t          flags = 0;
  const void* const name =
    retrieve(handle, of->urids->name, &size, &type, &flags);

  if (!name) {
    return;
  }

  if (type != of->urids->atom_string || !is_name((const char*)name, size)) {
    rs_log_line(of->log,
                "the saved instance name is not 1 to 32 letters, digits, "
                "\"_\" or \"-\"; it is left as it was");
  } else if (of->linked) {
    rs_link_restore_name(of->linked, (const char*)name);
  }
}

LV2_State_Status
rs_state_restore(const RsStateOf* const            of,
                 const LV2_State_Retrieve_Function retrieve,
                 const LV2_State_Handle            handle)
{
  RsSaved* const saved =
    (RsSaved*)calloc(of->n_parameters + 1u, sizeof(RsSaved));
  if (!saved) {
    return LV2_STATE_ERR_NO_SPACE;
  }

  size_t            size  = 0;
  uint32_t          type  = 0;
  uint32_t          flags = 0;
  const void* const text =
    retrieve(handle, of->urids->values, &size, &type, &flags);

  // Nothing saved is a preset without state, too: then all follow their ports
  LV2_State_Status st = LV2_STATE_SUCCESS;
  if (text && type != of->urids->atom_string) {
    st = LV2_STATE_ERR_BAD_TYPE;
    rs_log_line(of->log, "the saved state is no text; values stay as they are");
  } else if (text) {
    uint32_t       n_unknown = 0;
    const char*    problem   = "";
    const RsStatus read      = rs_state_read((const char*)text,
                                        size,
                                        of->parameters,
                                        of->n_parameters,
                                        of->points,
                                        saved,
                                        &n_unknown,
                                        &problem);
    if (read) {
      st = LV2_STATE_ERR_UNKNOWN;
      rs_log_line(of->log,
                  "the saved state cannot be used: %s; values stay as they are",
                  problem);
    } else if (n_unknown) {
      rs_log_line(of->log,
                  "%u values of the saved state belong to no parameter of this "
                  "version; they are left out",
                  n_unknown);
    }
  }

  if (!st) {
    rs_control_restore(of->control, saved);
    restore_name(of, retrieve, handle);
  }

  free(saved);
  return st;
}
