// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What comes out of shared memory: overflow, faults, renewed attachments

#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"
#include "tests/unit/random.h"

#include <math.h>
#include <string.h>

static int
set_up(void** state)
{
  rig_set_up(state);
  rig_run((Rig*)*state, 64);
  return 0;
}

static void
overflow(Rig* const rig, const uint32_t parameter, const float value)
{
  RsOverflow* const table = rig->link->intake.segments.overflow;
  rs_overflow_begin(table);
  rs_overflow_put(table, parameter, value, ++rig->link->sequence);
  rs_overflow_end(table);
}

static const RsTotals*
totals(const Rig* const rig)
{
  return &rig_telemetry(rig)->totals;
}

static void
test_overflow_is_applied(void** state)
{
  Rig* const rig = (Rig*)*state;
  for (uint32_t i = 0; i < RS_RING_SLOTS; ++i) {
    rig_write(rig, rig_gain(-1.0f));
  }
  rs_ring_publish(&rig->link->writer);
  overflow(rig, RIG_GAIN, 5.0f);
  overflow(rig, RIG_TONE, 0.5f);

  rig->n_calls = 0;
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 5.0f);
  assert_true(rig->out[RIG_TONE][0] == 0.5f);
  assert_int_equal(rig_count(rig, RIG_RUN), 1);
  assert_int_equal(rig_telemetry(rig)->overflow_seen,
                   rig->link->intake.segments.overflow->lock);
  assert_int_equal(rig_telemetry(rig)->read.head, RS_RING_SLOTS);
  assert_int_equal(totals(rig)->applied, RS_RING_SLOTS + 2);

  // Once
  rig_send(rig, rig_gain(1.0f));
  rig_run(rig, 64);
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][63] == 1.0f);
}

/// Sequence numbers decide, whichever is read first
static void
test_order_of_ring_and_overflow(void** state)
{
  Rig* const rig = (Rig*)*state;

  // Ring, overflow, ring in one cycle: the last is relative to the second
  rig_send(rig, rig_gain(-1.0f));
  overflow(rig, RIG_GAIN, 5.0f);
  rig_send(
    rig,
    (RsCommand){.kind = RS_COMMAND_ADD, .parameter = RIG_GAIN, .value = 2.0f});
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 7.0f);

  // An older command that comes to light later is overtaken
  const uint64_t old = ++rig->link->sequence;
  overflow(rig, RIG_GAIN, 6.0f);
  rig_run(rig, 64);
  RsCommand late = rig_gain(-9.0f);
  late.sequence  = old;
  assert_int_equal(rs_ring_write(&rig->link->writer, &late), 0);
  rs_ring_publish(&rig->link->writer);
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 6.0f);
  assert_int_equal(totals(rig)->overtaken, 1);

  // But not one for another parameter, nor one with a tag
  late           = rig_gain(-9.0f);
  late.sequence  = old;
  late.parameter = RIG_TONE;
  assert_int_equal(rs_ring_write(&rig->link->writer, &late), 0);
  late          = rig_gain(-8.0f);
  late.sequence = old;
  late.time_ns  = rig_time(rig->frame + 5);
  assert_int_equal(rs_ring_write(&rig->link->writer, &late), 0);
  rs_ring_publish(&rig->link->writer);
  rig_run(rig, 64);
  assert_true(rig->out[RIG_TONE][0] == -1.0f);
  assert_true(rig->out[RIG_GAIN][4] == 6.0f);
  assert_true(rig->out[RIG_GAIN][5] == -8.0f);
  assert_int_equal(totals(rig)->overtaken, 1);
}

/// A value stays in the table, but is taken only once
static void
test_old_overflow_is_not_taken_again(void** state)
{
  Rig* const rig = (Rig*)*state;
  overflow(rig, RIG_GAIN, 5.0f);
  rig_run(rig, 64);
  rig->ports[RIG_GAIN] = 1.0f;
  rig_run(rig, 64);
  overflow(rig, RIG_TONE, 0.5f);
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][63] == 1.0f);
  assert_true(rig->out[RIG_TONE][63] == 0.5f);
  assert_int_equal(totals(rig)->applied, 2);
}

/// A bundle in the overflow table is whole or not there
static void
test_overflow_being_written(void** state)
{
  Rig* const        rig   = (Rig*)*state;
  RsOverflow* const table = rig->link->intake.segments.overflow;
  rs_overflow_begin(table);
  rs_overflow_put(table, RIG_GAIN, 5.0f, ++rig->link->sequence);
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 0.0f);
  rs_overflow_put(table, RIG_TONE, 0.5f, ++rig->link->sequence);
  rs_overflow_end(table);
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 5.0f);
  assert_true(rig->out[RIG_TONE][0] == 0.5f);
}

static void
test_broken_commands(void** state)
{
  Rig* const rig = (Rig*)*state;

  // clang-format off
  const RsCommand broken[] = {
    {.kind = 0}, {.kind = 7}, {.kind = 1000}, {.kind = UINT32_MAX},
    {.kind = RS_COMMAND_SET, .parameter = RIG_N},
    {.kind = RS_COMMAND_SET, .parameter = UINT32_MAX},
    {.kind = RS_COMMAND_SET, .parameter = RIG_PEAK},
    {.kind = RS_COMMAND_SET, .value = NAN},
    {.kind = RS_COMMAND_SET, .value = -INFINITY},
    {.kind = RS_COMMAND_ADD, .value = NAN},
    {.kind = RS_COMMAND_RAMP, .value = INFINITY, .seconds = 1.0},
    {.kind = RS_COMMAND_RAMP, .seconds = -1e-9},
    {.kind = RS_COMMAND_RAMP, .seconds = 3600.1},
    {.kind = RS_COMMAND_RAMP, .seconds = (double)NAN},
    {.kind = RS_COMMAND_RAMP, .seconds = 1.0, .curve = 3},
    {.kind = RS_COMMAND_TOGGLE, .parameter = RIG_GAIN},
    {.kind = RS_COMMAND_TOGGLE, .parameter = RIG_N},
    {.kind = RS_COMMAND_PRESET, .serial = 0},
    {.kind = RS_COMMAND_SET, .value = 1.0f, .time_ns = -1},
    {.kind = RS_COMMAND_SET, .value = 1.0f, .time_ns = INT64_MIN},
    {.kind = RS_COMMAND_SET, .value = 1.0f, .time_ns = INT64_MAX},
    {.kind = RS_COMMAND_SET, .value = 1.0f, .time_ns = rig->now_ns + 130000000000},
  };
  // clang-format on

  assert_false(rs_control_is_faulty(rig->control));
  for (uint32_t i = 0; i < N_ELEMENTS(broken); ++i) {
    rig->n_calls = 0;
    rig_send(rig, broken[i]);
    rig_run(rig, 64);
    assert_int_equal(totals(rig)->faults, i + 1);
    assert_int_equal(rig->n_calls, 1);
  }
  assert_int_equal(totals(rig)->applied, 0);
  assert_int_equal(rig_telemetry(rig)->live.waiting, 0);
  assert_true(rs_control_is_faulty(rig->control));

  // In the overflow table likewise
  overflow(rig, RIG_GAIN, NAN);
  overflow(rig, RIG_PEAK, 1.0f);
  rig_run(rig, 64);
  assert_int_equal(totals(rig)->faults, N_ELEMENTS(broken) + 2);
  assert_true(rig->out[RIG_GAIN][0] == 0.0f);

  // And what is right still works
  rig_send(rig, rig_gain(2.0f));
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 2.0f);
}

/// What comes with broken commands is taken, until the link renews
static void
test_many_broken_commands(void** state)
{
  Rig* const rig = (Rig*)*state;
  for (int i = 0; i < 100; ++i) {
    rig_write(rig, rig_gain(NAN));
  }
  rig_send(rig, rig_gain(1.0f));
  rig_run(rig, 64);
  assert_true(rs_control_is_faulty(rig->control));
  assert_true(rig->out[RIG_GAIN][0] == 1.0f);
}

/// Memory that makes no sense is read no more, and run() goes on
static void
test_broken_index(void** state)
{
  Rig* const    rig  = (Rig*)*state;
  RsRing* const ring = &rig->link->intake.segments.commands->ring;
  rig_send(rig, rig_gain(2.0f));
  rig_run(rig, 64);

  atomic_store(&ring->tail, 1u + RS_RING_SLOTS + 1u);
  rig_run(rig, 64);
  assert_int_equal(totals(rig)->faults, 1);
  assert_true(rs_control_is_faulty(rig->control));

  // Also if it looks right again
  rig->link->writer.tail = rig->link->writer.published = 1;
  rig_send(rig, rig_gain(3.0f));
  rig_run(rig, 64);
  assert_int_equal(totals(rig)->faults, 1);
  assert_true(rig->out[RIG_GAIN][63] == 2.0f);

  // Until the link is renewed
  RigLink fresh;
  rig_open_link(&fresh);
  assert_null(rs_control_offer(rig->control, &fresh.intake));
  rig->link = &fresh;
  rig_send(rig, rig_gain(4.0f));
  rig_run(rig, 64);
  assert_false(rs_control_is_faulty(rig->control));
  assert_true(rig->out[RIG_GAIN][0] == 4.0f);
  assert_ptr_equal(rs_control_retired(rig->control), &rig->first.intake);
  assert_int_equal(totals(rig)->faults, 1);
  rs_control_free(rig->control);
  rig->control = NULL;
  rig_close_link(&fresh);
}

/// Any bytes at all: run() comes back, and values stay legal
static void
test_garbage(void** state)
{
  Rig* const        rig    = (Rig*)*state;
  RsSegments* const s      = &rig->link->intake.segments;
  Random            random = {1};
  for (int i = 0; i < 500; ++i) {
    for (uint32_t k = 0; k < RS_RING_SLOTS; ++k) {
      RsCommand* const slot = &s->commands->ring.slots[k];
      uint64_t         words[8];
      for (uint32_t w = 0; w < 8; ++w) {
        words[w] = random_next(&random);
      }
      memcpy(slot, words, sizeof(words));
      if (k % 2) { // Half of them might pass
        slot->kind      = random_below(&random, 7);
        slot->parameter = random_below(&random, RIG_N);
        slot->curve     = random_below(&random, 3);
        slot->seconds   = random_unit(&random) * 3600.0;
        slot->time_ns =
          random_below(&random, 2)
            ? rig->now_ns + (int64_t)random_below(&random, 1u << 31)
            : 0;
      }
    }
    for (uint32_t k = 0; k < RIG_N; ++k) {
      s->overflow->entries[k].sequence = random_next(&random);
      s->overflow->entries[k].bits     = (uint32_t)random_next(&random);
    }
    s->overflow->lock = (uint32_t)random_next(&random);

    // Now and then an index that is off, else a full ring
    const uint32_t head = rig_telemetry(rig)->read.head;
    atomic_store(&s->commands->ring.tail, head + RS_RING_SLOTS);
    rig->n_calls = 0;
    rig_run(rig, 1 + random_below(&random, 512));
    rs_control_look_ahead(rig->control, rig->now_ns);
    for (uint32_t k = 0; k < RIG_PEAK; ++k) {
      assert_true(rig_value(rig, k) >= rig_parameters[k].minimum &&
                  rig_value(rig, k) <= rig_parameters[k].maximum);
    }
  }
  assert_true(totals(rig)->faults > 100000);
  assert_true(rig_telemetry(rig)->live.waiting <= 5000);
}

/// More than may wait is dropped and counted
static void
test_too_many_wait(void** state)
{
  Rig* const rig  = (Rig*)*state;
  uint64_t   sent = 0;
  for (int i = 0; i < 4; ++i) {
    for (uint32_t k = 0; k < RS_RING_SLOTS; ++k) {
      RsCommand command = rig_gain(1.0f);
      command.time_ns   = rig->now_ns + 1000000000 + k;
      rig_write(rig, command);
      ++sent;
    }
    rs_ring_publish(&rig->link->writer);
    rig_run(rig, 64);
    assert_int_equal(totals(rig)->dropped + rig_telemetry(rig)->live.waiting,
                     sent);
  }
  assert_true(rig_telemetry(rig)->live.waiting >=
              RS_WAITING_MAX + RS_RING_SLOTS);
  assert_true(totals(rig)->dropped > 0);
}

static RsIntake*
renew(Rig* const rig, RigLink* const fresh)
{
  rig_open_link(fresh);
  rig->link = fresh;
  return rs_control_offer(rig->control, &fresh->intake);
}

static void
finish(Rig* const rig, RigLink* const links, const uint32_t n)
{
  rs_control_free(rig->control);
  rig->control = NULL;
  for (uint32_t i = 0; i < n; ++i) {
    rig_close_link(&links[i]);
  }
}

/// The old ring is drained first, then the new one, in one cycle
static void
test_renewal(void** state)
{
  Rig* const rig = (Rig*)*state;
  RigLink    fresh[3];

  rig_send(rig, rig_gain(1.0f));
  rig_run(rig, 64);
  rig_send(rig, rig_gain(2.0f));
  RsCommand tagged = rig_gain(6.0f);
  tagged.time_ns   = rig_time(rig->frame + 100);
  rig_send(rig, tagged); // Still fires, though its bridge is gone
  assert_null(renew(rig, &fresh[0]));
  rig_send(
    rig,
    (RsCommand){.kind = RS_COMMAND_ADD, .parameter = RIG_GAIN, .value = 3.0f});

  assert_null(rs_control_retired(rig->control));
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 5.0f);
  assert_ptr_equal(rs_control_current(rig->control), &fresh[0].intake);
  assert_ptr_equal(rs_control_retired(rig->control), &rig->first.intake);
  assert_null(rs_control_retired(rig->control));

  // Telemetry goes on in the new place
  assert_int_equal(totals(rig)->applied, 3);
  assert_true(rig_value(rig, RIG_GAIN) == 5.0f);
  assert_true(rig_value(rig, RIG_MIX) == 1.0f);
  assert_true(rig_value(rig, RIG_PEAK) == -6.0f);
  assert_int_equal(rig_telemetry(rig)->read.head, 1);
  assert_int_equal(rig_telemetry(rig)->live.waiting, 1);
  assert_int_equal(rig_telemetry(rig)->cycle % 2, 0);
  assert_int_equal(rig->first.intake.segments.telemetry.fixed->cycle % 2, 0);

  uint32_t counted = 0;
  for (uint32_t i = 0; i < RS_HISTOGRAM_BUCKETS; ++i) {
    counted += rig_telemetry(rig)->histogram[i];
  }
  assert_int_equal(counted, 4);

  // Nobody reads the old one any more
  rig->link = &rig->first;
  rig_send(rig, rig_gain(-20.0f));
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][35] == 5.0f);
  assert_true(rig->out[RIG_GAIN][36] == 6.0f);

  // One that was not taken comes back; the retired one must be fetched first
  rig->link = &fresh[0];
  assert_null(renew(rig, &fresh[1]));
  assert_ptr_equal(renew(rig, &fresh[2]), &fresh[1].intake);
  rig_send(rig, rig_gain(8.0f));
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 8.0f);
  assert_null(rs_control_offer(rig->control, &fresh[1].intake));
  rig_run(rig, 64);
  assert_ptr_equal(rs_control_current(rig->control), &fresh[2].intake);
  assert_ptr_equal(rs_control_retired(rig->control), &fresh[0].intake);
  rig_run(rig, 64);
  assert_ptr_equal(rs_control_current(rig->control), &fresh[1].intake);
  finish(rig, fresh, 3);
}

/// Two full rings are more than one cycle takes, but no bundle is cut
static void
test_renewal_of_full_rings(void** state)
{
  Rig* const rig = (Rig*)*state;
  RigLink    fresh;
  for (uint32_t i = 0; i < RS_RING_SLOTS; ++i) {
    rig_write(rig, rig_gain(1.0f));
  }
  rs_ring_publish(&rig->link->writer);
  renew(rig, &fresh);
  for (uint32_t i = 0; i < RS_RING_SLOTS; ++i) {
    rig_write(rig, rig_gain((float)i / 1000.0f));
  }
  rs_ring_publish(&rig->link->writer);

  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 1.0f);
  assert_int_equal(totals(rig)->applied, RS_RING_SLOTS);
  rig->n_calls = 0;
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 2.047f);
  assert_int_equal(rig_count(rig, RIG_RUN), 1);
  assert_int_equal(totals(rig)->applied, 2 * RS_RING_SLOTS);
  finish(rig, &fresh, 1);
}

/// Sequence numbers begin anew with each attachment
static void
test_renewal_begins_sequences_anew(void** state)
{
  Rig* const rig = (Rig*)*state;
  RigLink    fresh;
  for (int i = 0; i < 100; ++i) {
    rig_send(rig, rig_gain((float)i / 10.0f));
  }
  rig_run(rig, 64);
  renew(rig, &fresh);
  rig_send(rig, rig_gain(-3.0f));
  overflow(rig, RIG_TONE, 0.5f);
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == -3.0f);
  assert_true(rig->out[RIG_TONE][0] == 0.5f);
  assert_int_equal(totals(rig)->overtaken, 0);
  finish(rig, &fresh, 1);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(
      test_overflow_is_applied, set_up, rig_tear_down),
    cmocka_unit_test_setup_teardown(
      test_order_of_ring_and_overflow, set_up, rig_tear_down),
    cmocka_unit_test_setup_teardown(
      test_old_overflow_is_not_taken_again, set_up, rig_tear_down),
    cmocka_unit_test_setup_teardown(
      test_overflow_being_written, set_up, rig_tear_down),
    cmocka_unit_test_setup_teardown(
      test_broken_commands, set_up, rig_tear_down),
    cmocka_unit_test_setup_teardown(
      test_many_broken_commands, set_up, rig_tear_down),
    cmocka_unit_test_setup_teardown(test_broken_index, set_up, rig_tear_down),
    cmocka_unit_test_setup_teardown(test_garbage, set_up, rig_tear_down),
    cmocka_unit_test_setup_teardown(test_too_many_wait, set_up, rig_tear_down),
    cmocka_unit_test_setup_teardown(test_renewal, set_up, rig_tear_down),
    cmocka_unit_test_setup_teardown(
      test_renewal_of_full_rings, set_up, rig_tear_down),
    cmocka_unit_test_setup_teardown(
      test_renewal_begins_sequences_anew, set_up, rig_tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
