// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Whatever telemetry says, the bridge reads what can be, and so many instances

#include "tests/unit/check.h"
#include "tests/unit/instance_rig.h"
#include "ui-bridge/instances/instance_impl.h"
#include "ui-bridge/instances/instance_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS 1000000

static InstanceRig  rig;
static RsTelemetry* t;

static RsInstance*
accept_peer(const char* const wanted)
{
  return instance_rig_accept(
    &rig,
    (RsInstancePlan){
      .socket = -1, .wanted = wanted, .number = 1u, .preset_label = ""});
}

static int
set_up(void** state)
{
  (void)state;
  if (instance_rig_open(&rig, 1000000 * (int64_t)MS)) {
    return -1;
  }

  t            = rig.peer.segments.telemetry.fixed;
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

/// A head lies within the ring behind what was published, also round 2^32
static void
heads(void** state)
{
  static const uint32_t published[] = {0u, 5000u, 100u, UINT32_MAX};
  (void)state;
  for (size_t i = 0u; i < N_ELEMENTS(published); ++i) {
    const uint32_t p    = published[i];
    uint32_t       head = 77u;

    rig.instance->writer.published = p;
    atomic_store(&t->read.head, p - RS_RING_SLOTS - 1u);
    assert_false(rs_instance_head(rig.instance, &head));
    atomic_store(&t->read.head, p + 1u);
    assert_false(rs_instance_head(rig.instance, &head));
    atomic_store(&t->read.head, p + 0x80000000u);
    assert_false(rs_instance_head(rig.instance, &head));
    assert_int_equal(head, 77);

    atomic_store(&t->read.head, p - RS_RING_SLOTS);
    assert_true(rs_instance_head(rig.instance, &head));
    assert_int_equal(head, p - RS_RING_SLOTS);
    atomic_store(&t->read.head, p);
    assert_true(rs_instance_head(rig.instance, &head));
    assert_int_equal(head, p);
  }
}

static void
put_ahead(const uint32_t lock, const uint32_t of_cycle, const uint32_t cycle)
{
  atomic_store(&t->ahead_lock, lock);
  atomic_store(&t->ahead_cycle, of_cycle);
  atomic_store(&t->cycle, cycle);
}

/// A look-ahead counts if it is whole, and of a cycle that has ended
static void
look_aheads(void** state)
{
  (void)state;
  RsAhead ahead = {0};

  atomic_store(&t->ahead_head, 3u);
  atomic_store(&t->live.preset_serial, 5u);
  atomic_store(&t->ahead.preset_serial, 6u);
  put_ahead(2u, 8u, 8u);
  assert_true(rs_instance_ahead(rig.instance, &ahead));
  assert_int_equal(ahead.head, 3);
  assert_int_equal(rs_instance_preset_serial(rig.instance), 6);

  static const uint32_t bad[][3] = {
    {3u, 8u, 8u},  // Being written
    {0u, 8u, 8u},  // Never written
    {2u, 8u, 10u}, // Of a cycle before
    {2u, 10u, 8u},
    {2u, 9u, 9u}, // Inside run()
  };
  for (size_t i = 0u; i < N_ELEMENTS(bad); ++i) {
    put_ahead(bad[i][0], bad[i][1], bad[i][2]);
    assert_false(rs_instance_ahead(rig.instance, &ahead));
    assert_int_equal(rs_instance_preset_serial(rig.instance), 5);
  }
}

/// What is no number that can be is the value at first, in both tables
static void
values(void** state)
{
  static const uint32_t bad[] = {
    0x7fc00000u, 0xffc00000u, 0x7f800001u, 0x7f800000u, 0xff800000u};
  (void)state;
  const float initial = rig.instance->parameters[2].initial;

  for (size_t i = 0u; i < N_ELEMENTS(bad); ++i) {
    put_ahead(0u, 0u, 2u);
    atomic_store(&rig.peer.segments.telemetry.values[2], bad[i]);
    atomic_store(&rig.peer.segments.telemetry.ahead_values[2], 0x43800000u);
    assert_true(rs_instance_value(rig.instance, 2u) == initial);

    put_ahead(2u, 2u, 2u);
    atomic_store(&rig.peer.segments.telemetry.ahead_values[2], bad[i]);
    atomic_store(&rig.peer.segments.telemetry.values[2], 0x43800000u);
    assert_true(rs_instance_value(rig.instance, 2u) == initial);
    put_ahead(2u, 2u, 4u);
    assert_true(rs_instance_value(rig.instance, 2u) == 256.0f);
  }
}

/// Times that cannot be do harm to no sum that they are used in
static void
times(void** state)
{
  (void)state;
  const int64_t now = rig.list.now_ns;

  static const int64_t lengths[][2] = {{INT64_MIN, 0},
                                       {-1, 0},
                                       {0, 0},
                                       {5, 5},
                                       {8192000000, 8192000000},
                                       {8192000001, 8192000000},
                                       {INT64_MAX, 8192000000}};
  for (size_t i = 0u; i < N_ELEMENTS(lengths); ++i) {
    atomic_store(&t->largest_cycle_ns, lengths[i][0]);
    assert_true(rs_instance_largest_cycle_ns(rig.instance) == lengths[i][1]);
  }

  // Running: it began a cycle, and not long ago
  atomic_store(&t->largest_cycle_ns, 0);
  atomic_store(&t->start_ns, now);
  assert_true(rs_instance_is_running(rig.instance));
  atomic_store(&t->start_ns, INT64_MAX);
  assert_true(rs_instance_is_running(rig.instance));
  static const int64_t never[] = {0, -1, INT64_MIN, INT64_MIN + 1};
  rig.list.now_ns              = 1; // So that all of them were just now
  for (size_t i = 0u; i < N_ELEMENTS(never); ++i) {
    atomic_store(&t->start_ns, never[i]);
    assert_false(rs_instance_is_running(rig.instance));
  }
  rig.list.now_ns = now;
}

/// When run() is due next: now, unless that can be known
static void
next_runs(void** state)
{
  (void)state;
  const int64_t now = rig.list.now_ns;

  atomic_store(&t->cycle, 2u);
  atomic_store(&t->position, 0u);
  atomic_store(&t->frames, 480u); // 10 ms
  atomic_store(&t->start_ns, now - MS);
  assert_true(rs_instance_next_run_ns(rig.instance) == now + 9 * (int64_t)MS);

  atomic_store(&t->cycle, 3u);
  assert_true(rs_instance_next_run_ns(rig.instance) == now);
  atomic_store(&t->cycle, 2u);
  static const int64_t starts[] = {0, -1, INT64_MIN, INT64_MAX};
  for (size_t i = 0u; i < N_ELEMENTS(starts); ++i) {
    atomic_store(&t->start_ns, starts[i]);
    assert_true(rs_instance_next_run_ns(rig.instance) == now);
  }
  atomic_store(&t->start_ns, now + 1);
  assert_true(rs_instance_next_run_ns(rig.instance) == now);

  // Frames that no time holds: a quarter of all there is, so that sums of them
  // are no overflow (which the sanitized build would tell)
  memset(&rig.instance->grid, 0, sizeof(rig.instance->grid));
  atomic_store(&t->start_ns, now);
  atomic_store(&t->frames, UINT32_MAX);
  atomic_store(&t->position, UINT64_MAX);
  assert_true(
    rs_instance_next_run_ns(rig.instance) ==
    now + (int64_t)((double)UINT32_MAX / rig.instance->identity.rate_hz * 1e9));
  assert_true(rig.instance->grid.now_ns == now - INT64_MAX / 4);
}

/// So many instances, and not one more; then again, once one has gone
static void
at_most(void** state)
{
  (void)state;
  char name[16];
  for (uint32_t i = 1u; i < RS_INSTANCES_MAX; ++i) {
    snprintf(name, sizeof(name), "n%u", i);
    assert_non_null(accept_peer(name));
  }
  assert_int_equal(rig.list.count, 1024);
  assert_null(accept_peer("more"));
  assert_int_equal(rig.list.count, 1024);
  rs_instance_free(rig.list.items[500]);
  assert_non_null(accept_peer("more"));
  assert_null(accept_peer("again"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(heads, set_up, tear_down),
    cmocka_unit_test_setup_teardown(look_aheads, set_up, tear_down),
    cmocka_unit_test_setup_teardown(values, set_up, tear_down),
    cmocka_unit_test_setup_teardown(times, set_up, tear_down),
    cmocka_unit_test_setup_teardown(next_runs, set_up, tear_down),
    cmocka_unit_test_setup_teardown(at_most, set_up, tear_down),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
