// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The account of waiting commands against one that is kept the simple way

#include "tests/unit/check.h"
#include "tests/unit/random.h"
#include "ui-bridge/instances/waiting.h"

static void
bounds(void** state)
{
  (void)state;
  RsWaiting waiting = {0};

  assert_int_equal(rs_waiting_count(&waiting, INT64_MAX), 0);
  assert_int_equal(rs_waiting_enter(&waiting, 5, RS_WAITING_MAX), RS_SUCCESS);
  assert_int_equal(rs_waiting_enter(&waiting, 1, 1u), RS_FULL);
  assert_int_equal(rs_waiting_count(&waiting, 4), RS_WAITING_MAX);
  assert_int_equal(rs_waiting_count(&waiting, 5), 0);

  assert_int_equal(rs_waiting_enter(&waiting, 9, 1000u), RS_SUCCESS);
  assert_int_equal(rs_waiting_enter(&waiting, 8, 25u), RS_FULL);
  assert_int_equal(rs_waiting_count(&waiting, 0), 1000);
  assert_int_equal(rs_waiting_enter(&waiting, 8, 24u), RS_SUCCESS);
  assert_int_equal(rs_waiting_count(&waiting, 8), 1000);

  rs_waiting_clear(&waiting);
  assert_int_equal(rs_waiting_count(&waiting, 0), 0);
  rs_waiting_free(&waiting);
}

static void
against_a_list(void** state)
{
  (void)state;
  RsWaiting waiting = {0};
  int64_t   list[RS_WAITING_MAX];
  uint32_t  n      = 0u;
  int64_t   now    = 0;
  Random    random = {7u};

  for (uint32_t step = 0u; step < 20000u; ++step) {
    const int64_t  due   = now + random_below(&random, 500u);
    const uint32_t count = 1u + random_below(&random, 30u);
    const uint32_t what  = random_below(&random, 8u);

    if (what < 5u) {
      const RsStatus st = rs_waiting_enter(&waiting, due, count);
      assert_int_equal(st, n + count > RS_WAITING_MAX ? RS_FULL : RS_SUCCESS);
      for (uint32_t i = 0u; !st && i < count; ++i) {
        list[n++] = due;
      }
    } else if (what == 5u) {
      uint32_t left = count;
      rs_waiting_remove(&waiting, due, count);
      for (uint32_t i = 0u; i < n && left;) {
        if (list[i] == due) {
          list[i] = list[--n];
          --left;
        } else {
          ++i;
        }
      }
    } else {
      now += random_below(&random, 60u);
    }

    for (uint32_t i = 0u; i < n;) {
      if (list[i] <= now) {
        list[i] = list[--n];
      } else {
        ++i;
      }
    }
    assert_int_equal(rs_waiting_count(&waiting, now), n);
  }

  rs_waiting_free(&waiting);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bounds),
    cmocka_unit_test(against_a_list),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
