// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Commands to an instance, and their effect, against a real ring whose other
/// end is in this program

#include "tests/unit/check.h"
#include "tests/unit/instance_rig.h"
#include "ui-bridge/instances/instance_inside.h"
#include "ui-bridge/log.h"

#include <sys/socket.h>

#define MS 1000000

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

static RsCommand
set(const uint32_t parameter, const float value, const int64_t time_ns)
{
  return (RsCommand){.kind      = RS_COMMAND_SET,
                     .parameter = parameter,
                     .value     = value,
                     .time_ns   = time_ns};
}

/// Send `count` copies of one command as one batch
static RsStatus
send_copies(RsCommand command, const uint32_t count)
{
  RsCommand batch[1100];
  for (uint32_t i = 0u; i < count; ++i) {
    batch[i] = command;
  }

  return rs_instance_send(rig.instance, batch, count);
}

/// The turn of the loop ends.  @return bell packets that arrived
static uint32_t
bells(void)
{
  rs_instance_list_ring(&rig.list);

  uint32_t n = 0u;
  char     bytes[512];
  for (ssize_t size;
       (size = recv(rig.peer.socket, bytes, 512u, MSG_DONTWAIT)) > 0;) {
    n += size == 1;
  }

  return n;
}

static void
values_and_bells(void** state)
{
  (void)state;
  RsCommand batch[] = {set(0u, -6.0f, 0), set(2u, 440.0f, 0)};

  // Nobody sleeps: nobody is woken
  assert_int_equal(rs_instance_send(rig.instance, batch, 2u), RS_SUCCESS);
  assert_int_equal(batch[1].sequence, batch[0].sequence + 1u);
  assert_int_equal(bells(), 0);

  const RsTicket ticket = rs_instance_ticket(rig.instance);
  assert_false(rs_instance_reached(rig.instance, &ticket));
  peer_run(&rig.peer, rig.list.now_ns);
  assert_true(rs_instance_reached(rig.instance, &ticket));
  assert_float_equal(rs_instance_value(rig.instance, 0u), -6.0f, 0.0f);
  assert_float_equal(rs_instance_value(rig.instance, 2u), 440.0f, 0.0f);

  // One ring for one sleep
  rs_bell_arm(&rig.peer.segments.commands->bell);
  assert_int_equal(send_copies(batch[0], 1u), RS_SUCCESS);
  assert_int_equal(send_copies(batch[0], 1u), RS_SUCCESS);
  assert_int_equal(bells(), 1);

  // Bad indices never reach the ring
  assert_int_equal(send_copies(set(PEER_PARAMETERS, 0.0f, 0), 1u), RS_BAD_ARG);
  assert_int_equal(send_copies(batch[0], 1025u), RS_TOO_LARGE);
  assert_int_equal(send_copies(batch[0], 0u), RS_SUCCESS);
}

static void
overflow(void** state)
{
  (void)state;

  // Three times what the ring takes: the newest value of each wins
  for (uint32_t i = 0u; i < 6000u; ++i) {
    assert_int_equal(send_copies(set(i % 2u ? 2u : 0u, (float)i, 0), 1u),
                     RS_SUCCESS);
  }

  RsTicket ticket = rs_instance_ticket(rig.instance);
  assert_false(rs_instance_reached(rig.instance, &ticket));

  // The ring alone, as in a cycle when the table was just being written
  rs_ring_release(&rig.peer.reader, 10u);
  assert_false(rs_instance_reached(rig.instance, &ticket));
  rs_ring_release(&rig.peer.reader, RS_RING_SLOTS - 10u);
  assert_false(rs_instance_reached(rig.instance, &ticket));
  peer_run(&rig.peer, rig.list.now_ns);
  assert_true(rs_instance_reached(rig.instance, &ticket));
  assert_float_equal(rs_instance_value(rig.instance, 0u), 5998.0f, 0.0f);
  assert_float_equal(rs_instance_value(rig.instance, 2u), 5999.0f, 0.0f);

  // Every value that was never seen is counted
  RsInstanceTotals totals;
  rs_instance_list_totals(&rig.list, &totals);
  assert_int_equal(totals.overtaken, 6000u - RS_RING_SLOTS - 2u);

  // The ring is used again, and what is older in the table does not return
  assert_int_equal(send_copies(set(0u, 1.0f, 0), 1u), RS_SUCCESS);
  peer_run(&rig.peer, rig.list.now_ns);
  assert_float_equal(rs_instance_value(rig.instance, 0u), 1.0f, 0.0f);
}

static void
bundles_stay_whole(void** state)
{
  (void)state;
  RsCommand batch[] = {set(0u, 3.0f, 0), set(1u, 1.0f, 0), set(2u, 30.0f, 0)};

  // Room for two of three: all go by way of the table
  for (uint32_t i = 0u; i < RS_RING_SLOTS - 2u; ++i) {
    assert_int_equal(send_copies(set(0u, 0.0f, 0), 1u), RS_SUCCESS);
  }
  assert_int_equal(rs_instance_send(rig.instance, batch, 3u), RS_SUCCESS);
  peer_run(&rig.peer, rig.list.now_ns);
  assert_int_equal(rig.peer.n_read, RS_RING_SLOTS - 2u);
  for (uint32_t i = 0u; i < 3u; ++i) {
    assert_float_equal(
      rs_instance_value(rig.instance, i), batch[i].value, 0.0f);
  }
}

static void
pending(void** state)
{
  (void)state;
  const RsCommand toggle = {.kind = RS_COMMAND_TOGGLE, .parameter = 1u};

  // What is no plain value waits for room, in order
  assert_int_equal(send_copies(toggle, 1024u), RS_SUCCESS);
  assert_int_equal(send_copies(toggle, 1000u), RS_SUCCESS);
  assert_int_equal(send_copies(toggle, 100u), RS_SUCCESS);
  assert_int_equal(send_copies(toggle, 3u), RS_SUCCESS);

  const RsTicket ticket = rs_instance_ticket(rig.instance);
  assert_true(rs_instance_pump(rig.instance, rig.list.now_ns + 99 * MS));
  peer_run(&rig.peer, rig.list.now_ns);
  assert_int_equal(rig.peer.n_read, 2024u);
  assert_false(rs_instance_reached(rig.instance, &ticket));
  assert_false(rs_instance_synced(rig.instance, &ticket));

  // Now there is room.  It is reached once it was read, not once it was moved
  assert_false(rs_instance_pump(rig.instance, rig.list.now_ns + 99 * MS));
  assert_false(rs_instance_reached(rig.instance, &ticket));
  peer_run(&rig.peer, rig.list.now_ns);
  assert_int_equal(rig.peer.n_read, 2127u);
  assert_true(rs_instance_reached(rig.instance, &ticket));

  // Too late: dropped, counted, and no longer waited for
  assert_int_equal(send_copies(toggle, 1024u), RS_SUCCESS);
  assert_int_equal(send_copies(toggle, 1024u), RS_SUCCESS);
  assert_int_equal(send_copies(toggle, 10u), RS_SUCCESS);
  const RsTicket second = rs_instance_ticket(rig.instance);
  assert_false(rs_instance_pump(rig.instance, rig.list.now_ns + 100 * MS));
  peer_run(&rig.peer, rig.list.now_ns);
  assert_true(rs_instance_reached(rig.instance, &second));

  RsInstanceTotals totals;
  rs_instance_list_totals(&rig.list, &totals);
  assert_int_equal(totals.dropped, 10);

  // A bound on what is put aside: refused, counted, nothing half
  assert_int_equal(send_copies(toggle, 1024u), RS_SUCCESS);
  assert_int_equal(send_copies(toggle, 1024u), RS_SUCCESS);
  for (uint32_t i = 0u; i < RS_PENDING_MAX / 1024u; ++i) {
    assert_int_equal(send_copies(toggle, 1024u), RS_SUCCESS);
  }
  assert_int_equal(send_copies(toggle, 2u), RS_FULL);
  rs_instance_list_totals(&rig.list, &totals);
  assert_int_equal(totals.dropped, 12);

  // What was refused does not wait
  assert_int_equal(send_copies(set(0u, 1.0f, rig.list.now_ns + MS), 3u),
                   RS_FULL);
  assert_int_equal(rs_instance_waiting_room(rig.instance), RS_WAITING_MAX);
}

static void
waiting(void** state)
{
  (void)state;
  const int64_t   due    = rig.list.now_ns + 500 * (int64_t)MS;
  const RsCommand tagged = set(0u, 1.0f, due);

  assert_int_equal(send_copies(tagged, 1000u), RS_SUCCESS);
  assert_int_equal(rs_instance_waiting_room(rig.instance), 24);
  assert_int_equal(send_copies(tagged, 25u), RS_FULL);
  assert_int_equal(send_copies(tagged, 24u), RS_SUCCESS);
  assert_int_equal(send_copies(tagged, 1u), RS_FULL);

  // Untagged and late ones do not wait
  assert_int_equal(send_copies(set(0u, 1.0f, 0), 1u), RS_SUCCESS);
  assert_int_equal(send_copies(set(0u, 1.0f, rig.list.now_ns), 1u), RS_SUCCESS);

  peer_run(&rig.peer, rig.list.now_ns);
  assert_int_equal(rs_instance_waiting_room(rig.instance), 0);
  rig.list.now_ns = due;
  assert_int_equal(rs_instance_waiting_room(rig.instance), RS_WAITING_MAX);

  // What a bridge before us sent is in the plugin's own count
  atomic_store(&rig.peer.segments.telemetry.fixed->live.waiting, 600u);
  assert_int_equal(rs_instance_waiting_room(rig.instance), 424);
  assert_int_equal(send_copies(set(0u, 1.0f, due + MS), 400u), RS_SUCCESS);
  assert_int_equal(rs_instance_waiting_room(rig.instance), 24);

  // Cancelled: at once ours, and theirs too once it was read
  const RsCommand cancel = {.kind = RS_COMMAND_CANCEL};
  assert_int_equal(send_copies(cancel, 1u), RS_SUCCESS);
  assert_int_equal(rs_instance_waiting_room(rig.instance), RS_WAITING_MAX);
  atomic_store(&rig.peer.segments.telemetry.fixed->live.waiting, 0u);
  peer_run(&rig.peer, rig.list.now_ns);
  assert_int_equal(rs_instance_waiting_room(rig.instance), RS_WAITING_MAX);
  assert_int_equal(send_copies(set(0u, 1.0f, due + MS), 1024u), RS_SUCCESS);

  // Exporting drops all that waits
  assert_int_equal(rs_instance_waiting_room(rig.instance), 0);
  peer_run(&rig.peer, rig.list.now_ns);
  atomic_store(&rig.peer.segments.telemetry.fixed->freewheel, 1u);
  assert_true(rs_instance_is_freewheeling(rig.instance));
  assert_int_equal(rs_instance_waiting_room(rig.instance), RS_WAITING_MAX);
}

static void
resting(void** state)
{
  (void)state;
  assert_false(rs_instance_is_running(rig.instance));
  peer_run(&rig.peer, rig.list.now_ns);
  assert_true(rs_instance_is_running(rig.instance));

  assert_int_equal(send_copies(set(0u, -3.0f, 0), 1u), RS_SUCCESS);
  const RsTicket ticket = rs_instance_ticket(rig.instance);
  assert_false(rs_instance_synced(rig.instance, &ticket));

  // 250 ms and two cycles (of 1 ms here) later it rests
  rig.list.now_ns += 251 * (int64_t)MS;
  assert_true(rs_instance_is_running(rig.instance));
  assert_false(rs_instance_synced(rig.instance, &ticket));
  rig.list.now_ns += 2 * (int64_t)MS;
  assert_false(rs_instance_is_running(rig.instance));
  assert_true(rs_instance_synced(rig.instance, &ticket));
  assert_false(rs_instance_reached(rig.instance, &ticket));
  assert_float_equal(rs_instance_value(rig.instance, 0u), 0.0f, 0.0f);

  // Looked ahead: reached, and its value is in effect
  peer_look_ahead(&rig.peer);
  assert_true(rs_instance_reached(rig.instance, &ticket));
  assert_float_equal(rs_instance_value(rig.instance, 0u), -3.0f, 0.0f);

  // A look-ahead of an older cycle counts for nothing
  assert_int_equal(send_copies(set(0u, -4.0f, 0), 1u), RS_SUCCESS);
  peer_run(&rig.peer, rig.list.now_ns);
  assert_float_equal(rs_instance_value(rig.instance, 0u), -4.0f, 0.0f);

  // While one is being written, each value is the old or the new one
  peer_look_ahead(&rig.peer);
  atomic_fetch_add(&rig.peer.segments.telemetry.fixed->ahead_lock, 1u);
  atomic_store(&rig.peer.segments.telemetry.ahead_values[0], 0x3f800000u);
  assert_float_equal(rs_instance_value(rig.instance, 0u), 1.0f, 0.0f);
}

static void
hostile_telemetry(void** state)
{
  (void)state;
  RsTelemetry* const t = rig.peer.segments.telemetry.fixed;

  // Values and times that cannot be
  atomic_store(&rig.peer.segments.telemetry.values[0], 0x7fc00000u);
  assert_true(rs_instance_value(rig.instance, 0u) >= 0.0f);
  atomic_store(&t->largest_cycle_ns, INT64_MAX);
  assert_true(rs_instance_largest_cycle_ns(rig.instance) <=
              10000 * (int64_t)MS);
  atomic_store(&t->largest_cycle_ns, INT64_MIN);
  assert_int_equal(rs_instance_largest_cycle_ns(rig.instance), 0);
  atomic_store(&t->start_ns, INT64_MIN);
  assert_false(rs_instance_is_running(rig.instance));
  atomic_store(&t->live.waiting, UINT32_MAX);
  assert_int_equal(rs_instance_waiting_room(rig.instance), 0);
  atomic_store(&t->live.waiting, 0u);
  atomic_store(&t->live.preset_serial, UINT32_MAX);
  assert_string_equal(rs_instance_preset_label(rig.instance), "");

  peer_look_ahead(&rig.peer);
  atomic_store(&rig.peer.segments.telemetry.ahead_values[2], 0x7f800000u);
  assert_true(rs_instance_value(rig.instance, 2u) <= 20.0f);

  // A head beyond what was written: cut off, and nobody waits for it
  const RsTicket ticket = rs_instance_ticket(rig.instance);
  atomic_store(&t->read.head, 1u);
  rs_log_set_level(RS_LOG_ERROR);
  assert_int_equal(send_copies(set(0u, 1.0f, 0), 1u), RS_GONE);
  rs_log_set_level(RS_LOG_INFO);
  assert_true(rs_instance_is_gone(rig.instance));
  assert_true(rs_instance_reached(rig.instance, &ticket));
  assert_int_equal(rig.list.faults, 1);
  assert_null(rs_instance_list_find(&rig.list, "peer", 4u));
  assert_int_equal(send_copies(set(0u, 1.0f, 0), 1u), RS_GONE);
  assert_int_equal(rig.list.faults, 1);
}

/// The same, found by whoever waits for an answer
static void
hostile_head(void** state)
{
  (void)state;
  RsTicket ticket = rs_instance_ticket(rig.instance);
  ++ticket.tail;
  atomic_store(&rig.peer.segments.telemetry.fixed->read.head, 1u);
  rs_log_set_level(RS_LOG_ERROR);
  assert_true(rs_instance_reached(rig.instance, &ticket));
  rs_log_set_level(RS_LOG_INFO);
  assert_true(rs_instance_is_gone(rig.instance));
  assert_int_equal(rig.list.faults, 1);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(values_and_bells, set_up, tear_down),
    cmocka_unit_test_setup_teardown(overflow, set_up, tear_down),
    cmocka_unit_test_setup_teardown(bundles_stay_whole, set_up, tear_down),
    cmocka_unit_test_setup_teardown(pending, set_up, tear_down),
    cmocka_unit_test_setup_teardown(waiting, set_up, tear_down),
    cmocka_unit_test_setup_teardown(resting, set_up, tear_down),
    cmocka_unit_test_setup_teardown(hostile_telemetry, set_up, tear_down),
    cmocka_unit_test_setup_teardown(hostile_head, set_up, tear_down),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
