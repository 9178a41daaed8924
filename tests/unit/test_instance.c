// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Instances against a real ring, whose other end is in this program

#include "tests/unit/check.h"
#include "tests/unit/instance_rig.h"
#include "ui-bridge/instances/instance_inside.h"
#include "ui-bridge/log.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MS 1000000

static InstanceRig rig;
static uint32_t    plan_flags;

static RsInstance*
accept_peer(const char* const wanted)
{
  return instance_rig_accept(
    &rig,
    (RsInstancePlan){.socket        = dup(rig.peer.bridge_socket),
                     .wanted        = wanted,
                     .number        = 1u,
                     .pid           = 77u,
                     .is_renewed    = plan_flags & RS_ATTACH_RENEWED,
                     .preset_serial = 7u,
                     .preset_label  = "Before"});
}

static int
set_up(void** state)
{
  (void)state;
  plan_flags = 0u;
  if (instance_rig_open(&rig, 1000 * (int64_t)MS)) {
    return -1;
  }

  rig.instance = accept_peer("");
  return rig.instance ? 0 : -1;
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

static void
same_pair_again(void** state)
{
  (void)state;

  // A bridge filled the ring and the table, and died while it wrote the table
  for (uint32_t i = 0u; i < RS_RING_SLOTS + 1u; ++i) {
    assert_int_equal(send_copies(set(0u, 2.0f, 0), 1u), RS_SUCCESS);
  }
  rs_overflow_begin(rig.peer.segments.overflow);
  rs_overflow_put(rig.peer.segments.overflow, 1u, 1.0f, 99999u);
  rs_instance_list_free(&rig.list);

  rig.instance = accept_peer("");
  assert_non_null(rig.instance);
  RsCommand command = set(0u, 4.0f, 0);
  assert_int_equal(rs_instance_send(rig.instance, &command, 1u), RS_SUCCESS);
  assert_true(command.sequence > RS_RING_SLOTS + 1u);

  const RsTicket ticket = rs_instance_ticket(rig.instance);
  peer_run(&rig.peer, rig.list.now_ns);
  assert_true(rs_instance_reached(rig.instance, &ticket));
  assert_float_equal(rs_instance_value(rig.instance, 0u), 4.0f, 0.0f);
  assert_float_equal(rs_instance_value(rig.instance, 1u), 0.0f, 0.0f);
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
  RsInstance* const second = accept_peer("vox");
  assert_string_equal(rs_instance_name(second), "vox");
  assert_string_equal(rs_instance_name(accept_peer("")), "peer-2");

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
  plan_flags                = RS_ATTACH_RENEWED;
  RsInstance* const renewed = accept_peer("peer");
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

  for (uint32_t i = 0u; i < RS_RING_SLOTS + 5u; ++i) {
    assert_int_equal(send_copies(set(0u, 2.0f, 0), 1u), RS_SUCCESS);
  }
  atomic_store(&old.segments.telemetry.fixed->totals.applied, 7u);
  atomic_store(&old.segments.telemetry.fixed->totals.overtaken, 3u);
  atomic_store(&old.segments.telemetry.fixed->histogram[30], 9u);
  rs_instance_free(rig.instance);

  assert_true(peer_make(&rig.peer));
  plan_flags   = RS_ATTACH_RENEWED;
  rig.instance = accept_peer("");
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
  plan_flags   = 0u;
  rig.instance = accept_peer("");
  atomic_store(&rig.peer.segments.telemetry.fixed->totals.applied, 1u);
  rs_instance_list_totals(&rig.list, &totals);
  assert_int_equal(totals.applied, 9);
  peer_close(&old);
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
    cmocka_unit_test_setup_teardown(same_pair_again, set_up, tear_down),
    cmocka_unit_test_setup_teardown(names_and_presets, set_up, tear_down),
    cmocka_unit_test_setup_teardown(letters_wait, set_up, tear_down),
    cmocka_unit_test_setup_teardown(names_come_back, set_up, tear_down),
    cmocka_unit_test_setup_teardown(totals_outlive, set_up, tear_down),
    cmocka_unit_test_setup_teardown(totals_go_on, set_up, tear_down),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
