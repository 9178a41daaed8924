// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What a host does around run(), and meanwhile

#include "tests/proof/around.h"

#include "plugin/notify.h"

#include <lv2/atom/forge.h>
#include <lv2/atom/util.h>
#include <lv2/state/state.h>
#include <lv2/time/time.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AUTOMATE "http://ardour.org/lv2/automate#"
#define PORTS_MAX 128u
#define ITEMS_MAX 4u
#define ITEM_SIZE 16384u
#define POSITION_EACH 16u ///< Cycles
#define RESTORE_EACH 8u   ///< Saves

/// What state a session has
typedef struct {
  uint32_t key;
  uint32_t type;
  size_t   size;
  char     bytes[ITEM_SIZE];
} Item;

static struct {
  RsNotifyUrids  urids;
  LV2_Atom_Forge forge;
  bool           is_ardour;
  float*         values;

  union {
    LV2_Atom_Sequence sequence;
    char              bytes[1024];
  } control;
  uint64_t cycle;

  // What was done, by the audio thread, and by the other one
  uint64_t n_told;
  uint64_t n_changed;
  uint64_t n_positions;
  uint64_t n_saved;
  uint64_t n_restored;

  const LV2_State_Interface* state;
  LV2_Handle                 handle;
  Item                       items[ITEMS_MAX];
  uint32_t                   n_items;
  pthread_t                  thread;
  bool                       is_ended; ///< Atomic
} around;

/// Called by run() of the plugin
static int
request_change(void* const handle, const uint32_t index, const float value)
{
  (void)handle;
  if (++around.n_told % 32u == 0u || index >= PORTS_MAX) {
    return 1;
  }
  around.values[index] = value;
  return 0;
}

const LV2_Feature* const*
around_features(const char* const   kind,
                LV2_URID_Map* const map,
                float* const        values)
{
  static RsKxChangeRequest  request = {NULL, request_change};
  static LV2_Feature        mapping = {LV2_URID__map, NULL};
  static const LV2_Feature  bank    = {RS_ARDOUR_BANKPATCH_NOTIFY, NULL};
  static const LV2_Feature  asks    = {RS_KX_CHANGE_REQUEST_URI, &request};
  static const LV2_Feature* list[3];

  mapping.data     = map;
  around.values    = values;
  around.n_told    = 0; // Its page is here before run() writes to it
  around.is_ardour = !strcmp(kind, "ardour");
  list[0]          = &mapping;
  list[1]          = around.is_ardour ? &bank : NULL;
  if (!strcmp(kind, "kx")) {
    list[1] = &asks;
  }

  RsNotifyUrids* const urids = &around.urids;
  urids->auto_finalize       = map->map(map->handle, AUTOMATE "finalize");
  urids->auto_parameter      = map->map(map->handle, AUTOMATE "parameter");
  urids->auto_value          = map->map(map->handle, AUTOMATE "value");
  urids->state_changed = map->map(map->handle, LV2_STATE_PREFIX "StateChanged");
  urids->time_position = map->map(map->handle, LV2_TIME__Position);
  urids->time_speed    = map->map(map->handle, LV2_TIME__speed);
  lv2_atom_forge_init(&around.forge, map);
  return list;
}

LV2_Atom_Sequence*
around_control_port(void)
{
  return &around.control.sequence;
}

void
around_say(void)
{
  LV2_Atom_Forge* const forge = &around.forge;
  LV2_Atom_Forge_Frame  sequence;
  LV2_Atom_Forge_Frame  object;

  lv2_atom_forge_set_buffer(
    forge, (uint8_t*)around.control.bytes, sizeof(around.control.bytes));
  lv2_atom_forge_sequence_head(forge, &sequence, 0u);
  if (++around.cycle % POSITION_EACH == 0u) {
    // It stops and rolls, now and then backwards
    const uint64_t part  = around.cycle / POSITION_EACH / 64u % 3u;
    const float    speed = part ? (part == 1u ? 1.0f : -1.0f) : 0.0f;
    lv2_atom_forge_frame_time(forge, 0);
    lv2_atom_forge_object(forge, &object, 0u, around.urids.time_position);
    lv2_atom_forge_key(forge, around.urids.time_speed);
    lv2_atom_forge_float(forge, speed);
    lv2_atom_forge_pop(forge, &object);
    ++around.n_positions;
  }
  lv2_atom_forge_pop(forge, &sequence);
}

void
around_obey(const LV2_Atom_Sequence* const notify)
{
  if (notify->atom.type != around.forge.Sequence) {
    return;
  }

  LV2_ATOM_SEQUENCE_FOREACH (notify, event) {
    const LV2_Atom_Object* const object = (const LV2_Atom_Object*)&event->body;
    const LV2_Atom*              port   = NULL;
    const LV2_Atom*              value  = NULL;
    if (object->body.otype == around.urids.state_changed) {
      ++around.n_changed;
    } else if (object->body.otype == around.urids.auto_finalize) {
      lv2_atom_object_get(object,
                          around.urids.auto_parameter,
                          &port,
                          around.urids.auto_value,
                          &value,
                          0);
      ++around.n_told;
      if (around.is_ardour && port && value) {
        around.values[((const LV2_Atom_Int*)port)->body] =
          ((const LV2_Atom_Float*)value)->body;
      }
    }
  }
}

// Sessions, in a thread of their own

static LV2_State_Status
store(LV2_State_Handle  handle,
      const uint32_t    key,
      const void* const value,
      const size_t      size,
      const uint32_t    type,
      const uint32_t    flags)
{
  (void)handle;
  (void)flags;
  if (around.n_items == ITEMS_MAX || size > ITEM_SIZE) {
    return LV2_STATE_ERR_NO_SPACE;
  }

  Item* const item = &around.items[around.n_items++];
  item->key        = key;
  item->type       = type;
  item->size       = size;
  memcpy(item->bytes, value, size);
  return LV2_STATE_SUCCESS;
}

static const void*
retrieve(LV2_State_Handle handle,
         const uint32_t   key,
         size_t* const    size,
         uint32_t* const  type,
         uint32_t* const  flags)
{
  (void)handle;
  for (uint32_t i = 0; i < around.n_items; ++i) {
    const Item* const item = &around.items[i];
    if (item->key == key) {
      *size  = item->size;
      *type  = item->type;
      *flags = LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE;
      return item->bytes;
    }
  }
  return NULL;
}

static void*
keep_sessions(void* const data)
{
  const struct timespec moment = {0, 500000};
  while (!__atomic_load_n(&around.is_ended, __ATOMIC_RELAXED)) {
    around.n_items = 0;
    if (!around.state->save(around.handle, store, NULL, 0, NULL)) {
      ++around.n_saved;
    }
    nanosleep(&moment, NULL);
    if (around.n_saved % RESTORE_EACH == 0u && around.n_items &&
        !around.state->restore(around.handle, retrieve, NULL, 0, NULL)) {
      ++around.n_restored;
    }
  }
  return data;
}

bool
around_begin(const LV2_Descriptor* const plugin, const LV2_Handle handle)
{
  around.handle = handle;
  around.state =
    (const LV2_State_Interface*)plugin->extension_data(LV2_STATE__interface);
  return around.state &&
         !pthread_create(&around.thread, NULL, keep_sessions, NULL);
}

void
around_end(void)
{
  if (around.state) {
    __atomic_store_n(&around.is_ended, true, __ATOMIC_RELAXED);
    pthread_join(around.thread, NULL);
  }
}

void
around_print(FILE* const file)
{
  (void)fprintf(file,
                "did tell %llu\ndid change %llu\ndid locate %llu\n"
                "did save %llu\ndid restore %llu\n",
                (unsigned long long)around.n_told,
                (unsigned long long)around.n_changed,
                (unsigned long long)around.n_positions,
                (unsigned long long)around.n_saved,
                (unsigned long long)around.n_restored);
}
