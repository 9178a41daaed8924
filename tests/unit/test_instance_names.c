// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What an instance is called, and what its plugin is told of names and presets

#include "tests/unit/check.h"
#include "tests/unit/instance_rig.h"
#include "ui-bridge/instances/instance_inside.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>

static InstanceRig rig;

static int
set_up(void** state)
{
  (void)state;
  return instance_rig_meet(&rig);
}

static int
tear_down(void** state)
{
  (void)state;
  instance_rig_close(&rig);
  return 0;
}

static uint32_t n_renamed;

static void
count_renamed(void* const context, RsInstance* const renamed)
{
  (void)context;
  assert_ptr_equal(renamed, rig.instance);
  ++n_renamed;
}

static void
names_and_presets(void** state)
{
  (void)state;
  RsNameMessage name;

  n_renamed        = 0u;
  rig.list.renamed = count_renamed;
  assert_string_equal(rs_instance_name(rig.instance), "peer");
  RsInstance* const second = instance_rig_greet(&rig, "vox", false);
  assert_string_equal(rs_instance_name(second), "vox");
  assert_string_equal(rs_instance_name(instance_rig_greet(&rig, "", false)),
                      "peer-2");

  assert_int_equal(rs_instance_rename(rig.instance, "vox", 3u), RS_FULL);
  assert_int_equal(rs_instance_rename(rig.instance, "a b", 3u), RS_BAD_ARG);
  assert_int_equal(rs_instance_rename(rig.instance, "ringside", 8u),
                   RS_BAD_ARG);
  assert_int_equal(rs_instance_rename(rig.instance, "peer", 4u), RS_SUCCESS);
  assert_int_equal(n_renamed, 0);
  assert_int_equal(rs_instance_rename(rig.instance, "drums!", 5u), RS_SUCCESS);
  assert_int_equal(n_renamed, 1);
  assert_ptr_equal(rs_instance_list_find(&rig.list, "drums", 5u), rig.instance);
  assert_null(rs_instance_list_find(&rig.list, "peer", 4u));
  assert_int_equal(
    peer_receive(rig.peer.socket, RS_ATTACH_NAME, &name, sizeof(name)),
    sizeof(name));
  assert_string_equal(name.name, "drums");

  // The preset that was in effect before this bridge, and one recalled by it
  RsTelemetry* const t = rig.peer.segments.telemetry.fixed;
  assert_string_equal(rs_instance_preset_last(rig.instance), "Before");
  assert_string_equal(rs_instance_preset_label(rig.instance), "");
  atomic_store(&t->live.preset_serial, 7u);
  assert_string_equal(rs_instance_preset_label(rig.instance), "Before");

  RsPresetMessage preset;
  assert_int_equal(rs_instance_preset_begin(rig.instance, "Warm"), 8u);
  assert_int_equal(
    peer_receive(rig.peer.socket, RS_ATTACH_PRESET, &preset, sizeof(preset)),
    sizeof(preset));
  assert_int_equal(preset.serial, 8u);
  assert_string_equal(preset.label, "Warm");
  assert_string_equal(rs_instance_preset_label(rig.instance), "Before");
  atomic_store(&t->live.preset_serial, 8u);
  assert_string_equal(rs_instance_preset_label(rig.instance), "Warm");
  atomic_store(&t->live.preset_serial, 0u);
  assert_string_equal(rs_instance_preset_label(rig.instance), "");
  assert_string_equal(rs_instance_preset_last(rig.instance), "Warm");
}

/// A host that reads nothing learns the newest later, and nothing is lost
static void
letters_wait(void** state)
{
  (void)state;
  union {
    RsAttachHead    head;
    RsNameMessage   name;
    RsPresetMessage preset;
  } letter;
  char     name[RS_NAME_MAX + 1u]   = "";
  char     label[RS_LABEL_MAX + 1u] = "";
  uint32_t n                        = 0u;
  uint32_t serial                   = 0u;

  for (; !rig.list.n_letters && n < 100000u; ++n) {
    snprintf(label, sizeof(label), "Preset %u", n);
    rs_instance_preset_begin(rig.instance, label);
  }
  assert_int_equal(rig.list.n_letters, 1);
  assert_true(rs_instance_deliver(rig.instance));
  snprintf(label, sizeof(label), "The newest");
  rs_instance_preset_begin(rig.instance, label);
  assert_int_equal(rs_instance_rename(rig.instance, "older", 5u), RS_SUCCESS);
  assert_int_equal(rs_instance_rename(rig.instance, "newest", 6u), RS_SUCCESS);
  assert_int_equal(rig.list.n_letters, 1);
  assert_true(rs_instance_deliver(rig.instance));

  for (uint32_t i = 0u; i < 3u; ++i) {
    while (recv(rig.peer.socket, &letter, sizeof(letter), MSG_DONTWAIT) > 0) {
      if (letter.head.kind == RS_ATTACH_NAME) {
        snprintf(name, sizeof(name), "%.32s", letter.name.name);
      } else {
        snprintf(label, sizeof(label), "%.64s", letter.preset.label);
        serial = letter.preset.serial;
      }
    }
    if (!i) {
      assert_string_equal(name, "");
    }
    assert_false(rs_instance_deliver(rig.instance));
    assert_int_equal(rig.list.n_letters, 0);
  }
  assert_string_equal(name, "newest");
  assert_string_equal(label, "The newest");
  assert_int_equal(serial, 8u + n);

  // One that goes before it has read is not waited for
  while (!rig.list.n_letters) {
    rs_instance_preset_begin(rig.instance, label);
  }
  rs_instance_free(rig.instance);
  assert_int_equal(rig.list.n_letters, 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(names_and_presets, set_up, tear_down),
    cmocka_unit_test_setup_teardown(letters_wait, set_up, tear_down),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
