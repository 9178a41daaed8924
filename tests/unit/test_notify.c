// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What hosts find on the notify port, or in calls

#include "plugin/notify.h"
#include "tests/unit/check.h"

#include <lv2/atom/atom.h>
#include <lv2/atom/forge.h>
#include <lv2/atom/util.h>
#include <lv2/core/lv2.h>
#include <lv2/time/time.h>
#include <lv2/urid/urid.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define N_URIS 64u

static const char* uris[N_URIS];

static LV2_URID
map_uri(LV2_URID_Map_Handle handle, const char* const uri)
{
  (void)handle;
  for (uint32_t i = 0; i < N_URIS; ++i) {
    if (!uris[i]) {
      uris[i] = uri;
    }
    if (!strcmp(uris[i], uri)) {
      return i + 1u;
    }
  }
  return 0;
}

static LV2_URID_Map map = {NULL, map_uri};

static float    asked_value;
static uint32_t asked_index;
static int      answer;

static int
request_change(void* const handle, const uint32_t index, const float value)
{
  (void)handle;
  asked_index = index;
  asked_value = value;
  return answer;
}

static const RsKxChangeRequest change_request = {NULL, request_change};

static union {
  LV2_Atom_Sequence sequence;
  uint8_t           bytes[4096];
} port;

static void
begin(RsNotify* const notify, const uint32_t capacity)
{
  memset(&port, 0xee, sizeof(port));
  port.sequence.atom.size = capacity;
  rs_notify_begin(notify, &port.sequence, NULL);
}

/// Check the next message of the sequence.  @return the one after it
static const LV2_Atom_Event*
expect(const RsNotify* const       notify,
       const LV2_Atom_Event* const event,
       const LV2_URID              type,
       const int32_t               index,
       const float* const          value)
{
  const LV2_Atom_Object* const object = (const LV2_Atom_Object*)&event->body;
  const LV2_Atom*              i      = NULL;
  const LV2_Atom*              v      = NULL;
  assert_int_equal(event->time.frames, 0);
  assert_int_equal(event->body.type, notify->urids.atom_object);
  assert_int_equal(object->body.otype, type);
  lv2_atom_object_get(
    object, notify->urids.auto_parameter, &i, notify->urids.auto_value, &v, 0);
  assert_int_equal(!!i, index >= 0);
  assert_int_equal(!!v, !!value);
  if (i) {
    assert_int_equal(i->type, map_uri(NULL, LV2_ATOM__Int));
    assert_int_equal(((const LV2_Atom_Int*)i)->body, index);
  }
  if (v && value) {
    assert_int_equal(v->type, notify->urids.atom_float);
    assert_true(((const LV2_Atom_Float*)v)->body == *value);
  }
  return lv2_atom_sequence_next(event);
}

static bool
is_end(const LV2_Atom_Event* const event)
{
  return lv2_atom_sequence_is_end(
    &port.sequence.body, port.sequence.atom.size, event);
}

static void
test_ardour(void** state)
{
  (void)state;
  const LV2_Feature        bankpatch = {RS_ARDOUR_BANKPATCH_NOTIFY, NULL};
  const LV2_Feature* const list[]    = {&bankpatch, NULL};
  const float              value     = -12.5f;
  RsNotify                 notify;
  rs_notify_init(&notify, &map, list);
  assert_true(notify.teller.answers_at_once);
  assert_true(notify.teller.can_answer);

  begin(&notify, sizeof(port));
  assert_int_equal(notify.teller.value(&notify, 44, value, true), RS_TOLD);
  assert_int_equal(notify.teller.value(&notify, 45, value, false), RS_TOLD);
  assert_int_equal(notify.teller.end(&notify, 46), RS_TOLD);
  rs_notify_end(&notify, 1000, 0, false);

  const LV2_Atom_Event* event = lv2_atom_sequence_begin(&port.sequence.body);
  assert_int_equal(port.sequence.atom.type, notify.urids.atom_sequence);
  event = expect(&notify, event, notify.urids.auto_start, 44, NULL);
  event = expect(&notify, event, notify.urids.auto_finalize, 44, &value);
  event = expect(&notify, event, notify.urids.auto_finalize, 45, &value);
  event = expect(&notify, event, notify.urids.auto_end, 46, NULL);
  assert_true(is_end(event)); // Ardour knows without StateChanged

  // Nothing to say is an empty sequence
  begin(&notify, sizeof(port));
  rs_notify_end(&notify, 2000, 0, false);
  assert_int_equal(port.sequence.atom.size, sizeof(LV2_Atom_Sequence_Body));
  assert_int_equal(port.sequence.atom.type, notify.urids.atom_sequence);
  assert_int_equal(port.sequence.body.unit, 0);
}

/// Whatever the room: messages are whole, and what has none is not lost
static void
test_room(void** state)
{
  (void)state;
  RsNotify notify;
  rs_notify_init(&notify, &map, NULL);
  for (uint32_t room = 0; room < 1000; ++room) {
    begin(&notify, room);
    uint32_t n = 0;
    while (n < 100 && notify.teller.value(&notify, n, 1.0f, true) == RS_TOLD) {
      ++n;
    }
    assert_true(n < 100);
    assert_true(room < 400 || n > 1);
    rs_notify_end(&notify, 0, 0, true);
    for (uint32_t i = room < sizeof(LV2_Atom_Sequence) ? 8u : room; i < 1000;
         ++i) {
      assert_int_equal(port.bytes[i], 0xee);
    }
    if (room >= sizeof(LV2_Atom_Sequence)) {
      const float           value = 1.0f;
      const LV2_Atom_Event* event =
        lv2_atom_sequence_begin(&port.sequence.body);
      for (uint32_t i = 0; i < n; ++i) {
        event =
          expect(&notify, event, notify.urids.auto_start, (int32_t)i, NULL);
        event = expect(
          &notify, event, notify.urids.auto_finalize, (int32_t)i, &value);
      }
      assert_true(is_end(event));
    }
  }

  rs_notify_begin(&notify, NULL, NULL);
  assert_int_equal(notify.teller.value(&notify, 1, 1.0f, false), RS_TOLD_LATER);
  rs_notify_end(&notify, 0, 0, false);
}

static void
test_change_request(void** state)
{
  (void)state;
  const LV2_Feature        bankpatch = {RS_ARDOUR_BANKPATCH_NOTIFY, NULL};
  LV2_Feature              kx        = {RS_KX_CHANGE_REQUEST_URI, NULL};
  const LV2_Feature* const list[]    = {&bankpatch, &kx, NULL};
  RsKxChangeRequest        copy      = change_request;
  RsNotify                 notify;

  kx.data = &copy;
  rs_notify_init(&notify, &map, list);
  assert_false(notify.teller.answers_at_once);
  assert_true(notify.teller.can_answer);
  begin(&notify, sizeof(port));
  assert_int_equal(notify.teller.value(&notify, 44, 3.0f, true), RS_TOLD);
  assert_int_equal(asked_index, 44);
  assert_true(asked_value == 3.0f);
  answer = 1;
  assert_int_equal(notify.teller.value(&notify, 44, 3.0f, true),
                   RS_TOLD_REFUSED);
  rs_notify_end(&notify, 1000, 0, false);
  assert_int_equal(port.sequence.atom.size, sizeof(LV2_Atom_Sequence_Body));
}

/// Features that promise more than they hold; a host without any
static void
test_no_way_to_answer(void** state)
{
  (void)state;
  static RsKxChangeRequest empty  = {NULL, NULL};
  LV2_Feature              kx     = {RS_KX_CHANGE_REQUEST_URI, NULL};
  const LV2_Feature* const list[] = {&kx, NULL};
  RsNotify                 notify;

  for (uint32_t i = 0; i < 3; ++i) {
    kx.data = i == 1u ? &empty : NULL;
    rs_notify_init(&notify, &map, i == 2u ? NULL : list);
    assert_null(notify.request);
    assert_false(notify.teller.can_answer);
    assert_false(notify.teller.answers_at_once);
    begin(&notify, sizeof(port));
    assert_int_equal(notify.teller.value(&notify, 44, 3.0f, true), RS_TOLD);
    rs_notify_end(&notify, 1000, 0, false);
    assert_true(port.sequence.atom.size > sizeof(LV2_Atom_Sequence_Body));
  }
}

static bool
says_changed(RsNotify* const notify,
             const int64_t   now_ns,
             const uint32_t  renamed,
             const bool      moves,
             const bool      freewheel)
{
  begin(notify, sizeof(port));
  if (moves) {
    assert_int_equal(notify->teller.value(notify, 7, 1.0f, false), RS_TOLD);
  }
  rs_notify_end(notify, now_ns, renamed, freewheel);

  bool found = false;
  LV2_ATOM_SEQUENCE_FOREACH (&port.sequence, event) {
    const LV2_Atom_Object* const object = (const LV2_Atom_Object*)&event->body;
    found |= object->body.otype == notify->urids.state_changed;
  }
  return found;
}

static void
test_state_changed_once_a_second(void** state)
{
  (void)state;
  const int64_t ms = 1000000;
  RsNotify      notify;
  rs_notify_init(&notify, &map, NULL);
  assert_false(says_changed(&notify, 10 * ms, 0, false, false));
  assert_true(says_changed(&notify, 20 * ms, 0, true, false));
  assert_false(says_changed(&notify, 30 * ms, 0, true, false));
  assert_false(says_changed(&notify, 1010 * ms, 0, false, false));
  assert_true(says_changed(&notify, 1020 * ms, 0, false, false));
  assert_false(says_changed(&notify, 3000 * ms, 0, false, false));

  // A name, but not during an export
  assert_false(says_changed(&notify, 4000 * ms, 1, false, true));
  assert_true(says_changed(&notify, 4010 * ms, 1, false, false));
  assert_false(says_changed(&notify, 6000 * ms, 1, false, false));
}

/// What a host writes of the transport
typedef struct {
  LV2_URID type; ///< Of the object
  LV2_URID key;
  float    speed;
  enum { FLOAT, DOUBLE, NOTHING } kind;
  bool rolls; ///< Afterwards
} Position;

static void
take_position(RsNotify* const notify, const Position* const position)
{
  union {
    LV2_Atom_Sequence sequence;
    uint8_t           bytes[512];
  } control;
  LV2_Atom_Forge       forge;
  LV2_Atom_Forge_Frame sequence;
  LV2_Atom_Forge_Frame object;

  lv2_atom_forge_init(&forge, &map);
  lv2_atom_forge_set_buffer(&forge, control.bytes, sizeof(control));
  lv2_atom_forge_sequence_head(&forge, &sequence, 0);
  lv2_atom_forge_frame_time(&forge, 0);
  lv2_atom_forge_object(&forge, &object, 0, position->type);
  if (position->kind != NOTHING) {
    lv2_atom_forge_key(&forge, position->key);
  }
  if (position->kind == FLOAT) {
    lv2_atom_forge_float(&forge, position->speed);
  } else if (position->kind == DOUBLE) {
    lv2_atom_forge_double(&forge, (double)position->speed);
  }
  lv2_atom_forge_pop(&forge, &object);
  lv2_atom_forge_pop(&forge, &sequence);
  rs_notify_begin(notify, NULL, &control.sequence);
}

static void
test_position(void** state)
{
  (void)state;
  RsNotify notify;
  rs_notify_init(&notify, &map, NULL);
  assert_false(notify.teller.is_rolling);

  const LV2_URID position = notify.urids.time_position;
  const LV2_URID speed    = notify.urids.time_speed;
  const LV2_URID other    = map_uri(NULL, LV2_TIME__frame);
  const Position rows[]   = {
      {position, speed, 1.0f, FLOAT, true},
      {position, speed, 0.0f, FLOAT, false},
      {position, speed, -1.0f, FLOAT, true},
      {position, speed, 0.0f, DOUBLE, true}, // Not of the type it has to be
      {position, speed, 0.0f, NOTHING, true},
      {position, other, 0.0f, FLOAT, true},
      {other, speed, 0.0f, FLOAT, true},
      {position, speed, 0.0f, FLOAT, false},
      {other, speed, 1.0f, FLOAT, false},
  };

  for (uint32_t i = 0; i < N_ELEMENTS(rows); ++i) {
    take_position(&notify, &rows[i]);
    assert_int_equal(notify.teller.is_rolling, rows[i].rolls);
    rs_notify_begin(&notify, NULL, NULL);
    assert_int_equal(notify.teller.is_rolling, rows[i].rolls);
  }

  // Where nobody knows of gestures, none begins
  LV2_Feature              kx     = {RS_KX_CHANGE_REQUEST_URI, NULL};
  const LV2_Feature* const list[] = {&kx, NULL};
  RsKxChangeRequest        copy   = change_request;
  kx.data                         = &copy;
  rs_notify_init(&notify, &map, list);
  take_position(&notify, &rows[0]);
  assert_false(notify.teller.is_rolling);
}

/// Carla writes its position as a Blank, as was usual once
static void
test_position_as_blank(void** state)
{
  (void)state;
  struct {
    LV2_Atom_Sequence      sequence;
    LV2_Atom_Event         event;
    LV2_Atom_Object_Body   object;
    LV2_Atom_Property_Body speed;
    float                  value;
    float                  pad;
  } control;
  RsNotify notify;
  rs_notify_init(&notify, &map, NULL);
  memset(&control, 0, sizeof(control));
  control.sequence.atom.type = notify.urids.atom_sequence;
  control.sequence.atom.size =
    (uint32_t)(sizeof(control) - sizeof(LV2_Atom) - sizeof(float));
  control.event.body.type  = notify.urids.atom_blank;
  control.event.body.size  = (uint32_t)(sizeof(LV2_Atom_Object_Body) +
                                       sizeof(LV2_Atom_Property_Body) + 4u);
  control.object.otype     = notify.urids.time_position;
  control.speed.key        = notify.urids.time_speed;
  control.speed.value.type = notify.urids.atom_float;
  control.speed.value.size = sizeof(float);
  control.value            = 1.0f;
  rs_notify_begin(&notify, NULL, &control.sequence);
  assert_true(notify.teller.is_rolling);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_ardour),
    cmocka_unit_test(test_room),
    cmocka_unit_test(test_change_request),
    cmocka_unit_test(test_no_way_to_answer),
    cmocka_unit_test(test_state_changed_once_a_second),
    cmocka_unit_test(test_position),
    cmocka_unit_test(test_position_as_blank),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
