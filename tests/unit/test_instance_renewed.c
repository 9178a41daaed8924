// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What goes on when an instance comes back: its name, its ring, its counters

#include "tests/unit/check.h"
#include "tests/unit/instance_rig.h"
#include "ui-bridge/instances/instance_inside.h"

#include <stdbool.h>

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

/// Send single commands, whether the ring has room for them or not
static void
send_sets(const uint32_t count)
{
  for (uint32_t i = 0u; i < count; ++i) {
    RsCommand command = {.kind = RS_COMMAND_SET, .value = 2.0f};
    assert_int_equal(rs_instance_send(rig.instance, &command, 1u), RS_SUCCESS);
  }
}

static void
same_pair_again(void** state)
{
  (void)state;

  // A bridge filled the ring and the table, and died while it wrote the table
  send_sets(RS_RING_SLOTS + 1u);
  rs_overflow_begin(rig.peer.segments.overflow);
  rs_overflow_put(rig.peer.segments.overflow, 1u, 1.0f, 99999u);
  rs_instance_list_free(&rig.list);

  rig.instance = instance_rig_greet(&rig, "", false);
  assert_non_null(rig.instance);
  RsCommand command = {.kind = RS_COMMAND_SET, .value = 4.0f};
  assert_int_equal(rs_instance_send(rig.instance, &command, 1u), RS_SUCCESS);
  assert_true(command.sequence > RS_RING_SLOTS + 1u);

  const RsTicket ticket = rs_instance_ticket(rig.instance);
  peer_run(&rig.peer, rig.list.now_ns);
  assert_true(rs_instance_reached(rig.instance, &ticket));
  assert_float_equal(rs_instance_value(rig.instance, 0u), 4.0f, 0.0f);
  assert_float_equal(rs_instance_value(rig.instance, 1u), 0.0f, 0.0f);
}

/// In the first moments of a bridge, those that come back get their names
static void
names_come_back(void** state)
{
  (void)state;
  RsNameMessage name;

  // A new one was faster than the one that had the name before
  rig.list.settled_ns = rig.list.now_ns + 1;
  rs_instance_give_way(rig.instance);
  assert_string_equal(rs_instance_name(rig.instance), "peer-2");
  assert_true(
    peer_receive(rig.peer.socket, RS_ATTACH_NAME, &name, sizeof(name)) > 0u);
  assert_string_equal(name.name, "peer-2");
  RsInstance* const renewed = instance_rig_greet(&rig, "peer", true);
  assert_string_equal(rs_instance_name(renewed), "peer");

  // Renewed ones do not give way, and later nobody does
  rs_instance_give_way(renewed);
  assert_string_equal(rs_instance_name(renewed), "peer");
  rig.list.now_ns = rig.list.settled_ns;
  rs_instance_give_way(rig.instance);
  assert_string_equal(rs_instance_name(rig.instance), "peer-2");
}

static void
totals_outlive(void** state)
{
  (void)state;
  RsTelemetry* const t = rig.peer.segments.telemetry.fixed;
  RsInstanceTotals   totals;

  atomic_store(&t->totals.applied, 5u);
  atomic_store(&t->totals.late, 2u);
  atomic_store(&t->histogram[30], 9u);
  rs_instance_free(rig.instance);
  rs_instance_list_totals(&rig.list, &totals);
  assert_int_equal(totals.applied, 5);
  assert_int_equal(totals.late, 2);
  assert_int_equal(totals.histogram[30], 9);
}

/// Totals go on over renewed attachments: not counted twice, never going back
static void
totals_go_on(void** state)
{
  (void)state;
  PeerInstance     old = rig.peer;
  RsInstanceTotals totals;

  send_sets(RS_RING_SLOTS + 5u);
  atomic_store(&old.segments.telemetry.fixed->totals.applied, 7u);
  atomic_store(&old.segments.telemetry.fixed->totals.overtaken, 3u);
  atomic_store(&old.segments.telemetry.fixed->histogram[30], 9u);
  rs_instance_free(rig.instance);

  assert_true(peer_make(&rig.peer));
  rig.instance = instance_rig_greet(&rig, "", true);
  rs_instance_list_totals(&rig.list, &totals);
  assert_int_equal(totals.applied, 7);
  assert_int_equal(totals.overtaken, 3 + 4);
  assert_int_equal(totals.histogram[30], 9);

  atomic_store(&rig.peer.segments.telemetry.fixed->totals.applied, 8u);
  atomic_store(&rig.peer.segments.telemetry.fixed->totals.overtaken, 3u);
  atomic_store(&rig.peer.segments.telemetry.fixed->histogram[30], 10u);
  rs_instance_list_totals(&rig.list, &totals);
  assert_int_equal(totals.applied, 8);
  assert_int_equal(totals.overtaken, 3 + 4);
  assert_int_equal(totals.histogram[30], 10);

  // Another one of the same number, but not renewed, is another one
  rs_instance_free(rig.instance);
  rig.instance = instance_rig_greet(&rig, "", false);
  atomic_store(&rig.peer.segments.telemetry.fixed->totals.applied, 1u);
  rs_instance_list_totals(&rig.list, &totals);
  assert_int_equal(totals.applied, 9);
  peer_close(&old);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(same_pair_again, set_up, tear_down),
    cmocka_unit_test_setup_teardown(names_come_back, set_up, tear_down),
    cmocka_unit_test_setup_teardown(totals_outlive, set_up, tear_down),
    cmocka_unit_test_setup_teardown(totals_go_on, set_up, tear_down),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
