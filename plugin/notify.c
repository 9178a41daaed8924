// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Atoms and calls that tell a host what OSC does.  Audio thread only

#include "plugin/notify.h"

#include <lv2/atom/atom.h>
#include <lv2/atom/forge.h>
#include <lv2/atom/util.h>

#include <stddef.h>
#include <string.h>

/// Most that one message takes: the event, the object, two properties
#define MESSAGE_SIZE                                       \
  (sizeof(LV2_Atom_Event) + sizeof(LV2_Atom_Object_Body) + \
   2u * (sizeof(LV2_Atom_Property_Body) + 8u))

/// An empty sequence to begin with, which a host may read
static RS_REALTIME void
clear(const RsNotify* const notify)
{
  LV2_Atom_Sequence* const port = notify->port;
  if (port) {
    port->atom.type = notify->urids.atom_sequence;
    port->atom.size = sizeof(LV2_Atom_Sequence_Body);
    port->body.unit = 0u;
    port->body.pad  = 0u;
  }
}

/// Room for so many messages.  @return false if there is none in this cycle
static RS_REALTIME bool
make_room(RsNotify* const notify, const uint32_t count)
{
  if (!notify->port) {
    return false;
  }

  LV2_Atom_Forge* const forge = &notify->forge;
  if (!notify->is_open) {
    if (notify->capacity < sizeof(LV2_Atom_Sequence) + count * MESSAGE_SIZE) {
      return false;
    }
    lv2_atom_forge_set_buffer(forge, (uint8_t*)notify->port, notify->capacity);
    lv2_atom_forge_sequence_head(forge, &notify->frame, 0u);
    notify->is_open = true;
  }
  return forge->size - forge->offset >= count * MESSAGE_SIZE;
}

/// One message, for which there is room; `value` may be NULL
static RS_REALTIME void
write(RsNotify* const    notify,
      const LV2_URID     type,
      const bool         has_port,
      const uint32_t     port,
      const float* const value)
{
  LV2_Atom_Forge* const      forge = &notify->forge;
  const RsNotifyUrids* const urids = &notify->urids;
  LV2_Atom_Forge_Frame       object;

  lv2_atom_forge_frame_time(forge, 0);
  lv2_atom_forge_object(forge, &object, 0u, type);
  if (has_port) {
    lv2_atom_forge_key(forge, urids->auto_parameter);
    lv2_atom_forge_int(forge, (int32_t)port);
  }
  if (value) {
    lv2_atom_forge_key(forge, urids->auto_value);
    lv2_atom_forge_float(forge, *value);
  }
  lv2_atom_forge_pop(forge, &object);
}

static RS_REALTIME RsTold
tell_by_atoms(void* const    self,
              const uint32_t port,
              const float    value,
              const bool     begins)
{
  RsNotify* const notify = (RsNotify*)self;
  if (!make_room(notify, begins ? 2u : 1u)) {
    return RS_TOLD_LATER;
  }

  if (begins) {
    write(notify, notify->urids.auto_start, true, port, NULL);
  }
  write(notify, notify->urids.auto_finalize, true, port, &value);
  notify->is_changed |= !notify->teller.answers_at_once;
  return RS_TOLD;
}

static RS_REALTIME RsTold
end_by_atoms(void* const self, const uint32_t port)
{
  RsNotify* const notify = (RsNotify*)self;
  if (!make_room(notify, 1u)) {
    return RS_TOLD_LATER;
  }

  write(notify, notify->urids.auto_end, true, port, NULL);
  return RS_TOLD;
}

static RS_REALTIME RsTold
tell_by_request(void* const    self,
                const uint32_t port,
                const float    value,
                const bool     begins)
{
  (void)begins;
  const RsKxChangeRequest* const request = ((RsNotify*)self)->request;
  return request->request_change(request->handle, port, value) ? RS_TOLD_REFUSED
                                                               : RS_TOLD;
}

static RS_REALTIME RsTold
end_by_request(void* const self, const uint32_t port)
{
  (void)self;
  (void)port;
  return RS_TOLD;
}

/// Read whether the transport rolls, where the host says so
static RS_REALTIME void
read_position(RsNotify* const notify, const LV2_Atom_Sequence* const control)
{
  const RsNotifyUrids* const urids = &notify->urids;

  LV2_ATOM_SEQUENCE_FOREACH (control, event) {
    const LV2_Atom_Object* const object = (const LV2_Atom_Object*)&event->body;
    if ((event->body.type != urids->atom_object &&
         event->body.type != urids->atom_blank) ||
        event->body.size < sizeof(LV2_Atom_Object_Body) ||
        object->body.otype != urids->time_position) {
      continue;
    }

    const LV2_Atom* speed = NULL;
    lv2_atom_object_get(object, urids->time_speed, &speed, 0);
    if (speed && speed->type == urids->atom_float &&
        speed->size == sizeof(float)) {
      const float value = ((const LV2_Atom_Float*)speed)->body;
      notify->teller.is_rolling =
        !notify->request && (value > 0.0f || value < 0.0f);
    }
  }
}

RS_REALTIME void
rs_notify_begin(RsNotify* const                notify,
                LV2_Atom_Sequence* const       port,
                const LV2_Atom_Sequence* const control)
{
  notify->is_open  = false;
  notify->port     = port;
  notify->capacity = port ? port->atom.size : 0u;
  if (notify->capacity < sizeof(LV2_Atom_Sequence)) {
    notify->port = NULL;
  }

  clear(notify);
  if (control && control->atom.size > sizeof(LV2_Atom_Sequence_Body) &&
      control->atom.type == notify->urids.atom_sequence) {
    read_position(notify, control);
  }
}

RS_REALTIME void
rs_notify_end(RsNotify* const notify,
              const int64_t   now_ns,
              const uint32_t  renamed,
              const bool      freewheel)
{
  if (renamed != notify->renamed) {
    notify->renamed    = renamed;
    notify->is_changed = true;
  }

  if (notify->is_changed && !freewheel &&
      (!notify->changed_ns ||
       now_ns - notify->changed_ns >= RS_NOTIFY_CHANGED_NS) &&
      make_room(notify, 1u)) {
    write(notify, notify->urids.state_changed, false, 0u, NULL);
    notify->changed_ns = now_ns;
    notify->is_changed = false;
  }

  if (notify->is_open) {
    lv2_atom_forge_pop(&notify->forge, &notify->frame);
  }
}

void
rs_notify_wire(RsNotify* const notify)
{
  notify->teller.self  = notify;
  notify->teller.value = notify->request ? tell_by_request : tell_by_atoms;
  notify->teller.end   = notify->request ? end_by_request : end_by_atoms;
}
