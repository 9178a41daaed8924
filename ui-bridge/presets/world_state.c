// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Presets that a host saved hold the state of our plugin besides its ports.

   A host that cannot be told of OSC saves ports that lag behind, and when it
   loads such a preset, the state wins; so it does here.  The state is one text,
   as plugin/state.h says: `ringside 1`, then `SYMBOL VALUE PORT host|osc` in
   each line.  Any other text is left alone: then the ports count.
*/

#include "ui-bridge/presets/world_inside.h"

#include "ui-bridge/presets/label.h"

#include <lv2/atom/atom.h>
#include <lv2/state/state.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE_VALUES_URI "urn:ringside:state#values"
#define STATE_HEAD "ringside 1\n"
#define STATE_TEXT_MAX (1u << 20u)
#define STATE_LINE_MAX 160u // Longer than any line that is right

/// What lilv takes for an instance: all it does is to take a state
typedef struct {
  RsUrids* urids;
  char*    text; ///< A copy of the state, or NULL
} Taker;

static LV2_State_Status
take_state(LV2_Handle                        handle,
           const LV2_State_Retrieve_Function retrieve,
           const LV2_State_Handle            state,
           const uint32_t                    flags,
           const LV2_Feature* const*         features)
{
  Taker* const        taker = (Taker*)handle;
  LV2_URID_Map* const map   = &taker->urids->map;
  size_t              size  = 0u;
  uint32_t            type  = 0u;
  uint32_t            kind  = 0u;
  const char* const   text  = (const char*)retrieve(
    state, map->map(map->handle, STATE_VALUES_URI), &size, &type, &kind);

  (void)flags;
  (void)features;
  if (text && type == map->map(map->handle, LV2_ATOM__String) && size &&
      size <= STATE_TEXT_MAX) {
    taker->text = strndup(text, size);
  }

  return LV2_STATE_SUCCESS;
}

static const void*
get_extension(const char* const uri)
{
  static const LV2_State_Interface interface = {NULL, take_state};

  return strcmp(uri, LV2_STATE__interface) ? NULL : &interface;
}

/// Set or add one value.  @return false if there is no more room
static bool
put_value(RsFound* const found, const char* const symbol, const float value)
{
  RsPresetValue* const values = found->packet->values;
  for (uint32_t i = 0u; i < found->n_values; ++i) {
    if (!strcmp(values[i].symbol, symbol)) {
      values[i].value = value;
      return true;
    }
  }

  if (found->n_values == RS_PRESET_VALUES_MAX) {
    return false;
  }

  RsPresetValue* const slot = &values[found->n_values++];
  memset(slot, 0, sizeof(*slot));
  snprintf(slot->symbol, sizeof(slot->symbol), "%s", symbol);
  slot->value = value;
  return true;
}

static bool
read_number(const char* const word, float* const number)
{
  char* end = NULL;

  *number = strtof(word, &end);
  return end != word && !*end && isfinite(*number);
}

/// One line, put into `found` unless that is NULL.  @return false if it is bad
static bool
take_line(const char* const line, RsFound* const found)
{
  char  copy[STATE_LINE_MAX];
  char* rest  = NULL;
  float value = 0.0f;
  float port  = 0.0f;

  const int         length     = snprintf(copy, sizeof(copy), "%s", line);
  const char* const symbol     = strtok_r(copy, " ", &rest);
  const char* const value_word = strtok_r(NULL, " ", &rest);
  const char* const port_word  = strtok_r(NULL, " ", &rest);
  const char* const owner      = strtok_r(NULL, " ", &rest);

  return length < (int)sizeof(copy) && owner && !strtok_r(NULL, " ", &rest) &&
         rs_label_is_symbol(symbol) && read_number(value_word, &value) &&
         read_number(port_word, &port) &&
         (!strcmp(owner, "host") || !strcmp(owner, "osc")) &&
         (!found || put_value(found, symbol, value));
}

/// All lines, which are left as they are.  @return false if one is bad
static bool
take_lines(char* const text, RsFound* const found)
{
  for (char* line = text; *line;) {
    char* const end = strchr(line, '\n');
    if (!end) {
      return false;
    }
    *end               = '\0';
    const bool is_good = take_line(line, found);
    *end               = '\n';
    if (!is_good) {
      return false;
    }
    line = end + 1;
  }

  return true;
}

bool
rs_world_take_state(RsUrids* const         urids,
                    const LilvState* const state,
                    RsFound* const         found)
{
  static const LV2_Descriptor descriptor = {.extension_data = get_extension};

  Taker        taker    = {urids, NULL};
  LilvInstance instance = {.lv2_descriptor = &descriptor, .lv2_handle = &taker};
  lilv_state_restore(state, &instance, NULL, NULL, 0u, NULL);

  // Looked through before anything is taken: all of it counts, or nothing
  const size_t head    = strlen(STATE_HEAD);
  bool         is_good = true;
  if (taker.text && !strncmp(taker.text, STATE_HEAD, head) &&
      take_lines(taker.text + head, NULL)) {
    is_good = take_lines(taker.text + head, found);
  }

  free(taker.text);
  return is_good;
}
