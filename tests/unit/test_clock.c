// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The clock filter, driven by a made-up clock

#include "plugin/clock.h"
#include "tests/unit/check.h"
#include "tests/unit/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define START_NS 1e13
#define MAX_ERRORS 400000u

static const double   rates[]  = {44100, 48000, 88200, 96000, 176400, 192000};
static const uint32_t blocks[] = {64, 256, 1024};

/// A host whose cycles ought to begin when their frames say
typedef struct {
  RsClock  clock;
  uint64_t position;
  double   origin_ns; ///< When frame 0 ought to begin
  double   period_ns; ///< True length of a frame
  double   entry_ns;  ///< Of the last run()
} Host;

static void
host_init(Host* const host, const double rate, const double ppm)
{
  *host = (Host){.origin_ns = START_NS,
                 .period_ns = 1e9 / (rate * (1.0 + ppm * 1e-6))};
  rs_clock_init(&host->clock, rate);
}

/// When a frame ought to be
static double
due(const Host* const host, const double frame)
{
  return host->origin_ns + frame * host->period_ns;
}

/// run() is entered so much later than it ought to be
static void
enter(Host* const host, const uint32_t frames, const double late_ns)
{
  const double entry_ns = due(host, (double)host->position) + late_ns;

  host->entry_ns = fmax(entry_ns, host->entry_ns + 1000.0);
  assert_int_equal(
    rs_clock_cycle(&host->clock, llround(host->entry_ns), frames),
    host->position);
  host->position += frames;
}

/// Microseconds by which an event at a frame of the last cycle is off
static double
error_us(const Host* const host, const double frame)
{
  const double  time_ns = due(host, frame);
  const int64_t found   = rs_clock_frame(&host->clock, llround(time_ns));

  return (due(host, (double)found) - time_ns) / 1e3;
}

/// The same somewhere in a frame, without sign
static double
error_at_random(const Host* const host, Random* const random)
{
  return fabs(error_us(host, (double)host->position + random_unit(random)));
}

static void
assert_exact(const Host* const host, const uint32_t frames)
{
  for (uint32_t i = 0; i < frames; i += 1 + frames / 16) {
    const uint64_t frame = host->position - frames + i;
    assert_int_equal(
      rs_clock_frame(&host->clock, llround(due(host, (double)frame))), frame);
  }
}

static void
test_no_jitter_no_error(void** state)
{
  (void)state;
  for (uint32_t r = 0; r < N_ELEMENTS(rates); ++r) {
    for (uint32_t b = 1; b <= 8192; b *= 2) {
      Host host;
      host_init(&host, rates[r], 0.0);
      for (int i = 0; i < 2000; ++i) {
        enter(&host, b, 0.0);
        assert_exact(&host, b);
      }
    }
  }
}

static void
test_random_splits(void** state)
{
  (void)state;
  Random random = {1};
  Host   host;
  host_init(&host, 48000.0, 0.0);
  for (int i = 0; i < 20000; ++i) {
    const uint32_t frames = 1 + random_below(&random, 1024);
    enter(&host, frames, 0.0);
    assert_exact(&host, frames);
  }
}

/// Large periods of the driver, in which run() is called several times at once
static void
test_several_at_once(void** state)
{
  (void)state;
  Random random = {2};
  Host   host;
  host_init(&host, 48000.0, 0.0);
  for (int i = 0; i < 5000; ++i) {
    const uint64_t first = host.position;
    for (int k = 0; k < 4; ++k) {
      const double ahead = (double)(host.position - first) * host.period_ns;
      enter(
        &host, 128, k * 9000.0 - ahead + random_unit(&random) * 9000.0 * !!k);
    }
    assert_exact(&host, 512);
  }
}

/// Calls without frames, at any time, move nothing
static void
test_without_frames(void** state)
{
  (void)state;
  Host host;
  host_init(&host, 48000.0, 0.0);
  for (int i = 0; i < 1000; ++i) {
    enter(&host, 256, 0.0);
    enter(&host, 0, -2e6);
    enter(&host, 0, -1e6);
    assert_exact(&host, 256);
  }
}

static int
compare(const void* const a, const void* const b)
{
  const double x = *(const double*)a;
  const double y = *(const double*)b;
  return (x > y) - (x < y);
}

typedef struct {
  double p95_us;
  double max_us;
  double mean_us; ///< Signed
} Figures;

/// Lateness of 0-200 us, 10 % of cycles in two parts, tags anywhere
static Figures
measure(const double   rate,
        const uint32_t block,
        const double   ppm,
        double         seconds)
{
  static double errors[MAX_ERRORS];
  uint32_t      n      = 0;
  double        sum    = 0.0;
  Random        random = {3};
  Host          host;

  host_init(&host, rate, ppm);
  const double skip = fmax(1.0, seconds * rate / block / MAX_ERRORS);
  while ((double)host.position < seconds * rate) {
    const double   late  = random_unit(&random) * 2e5;
    const bool     cut   = random_unit(&random) < 0.1;
    const uint32_t part  = cut ? 1 + random_below(&random, block - 1) : 0;
    const uint64_t first = host.position;

    if (part) {
      const double busy_ns = random_unit(&random) * 3e4;
      enter(&host, part, late);
      enter(&host, block - part, late - part * host.period_ns + busy_ns);
    } else {
      enter(&host, block, late);
    }

    if ((double)first > 2.0 * rate && n < MAX_ERRORS &&
        random_unit(&random) * skip < 1.0) {
      const double error =
        error_us(&host, (double)first + random_unit(&random) * block);
      errors[n++] = fabs(error);
      sum += error;
    }
  }

  qsort(errors, n, sizeof(*errors), compare);
  return (Figures){errors[n * 95u / 100u], errors[n - 1], sum / n};
}

static void
test_jitter(void** state)
{
  (void)state;
  for (uint32_t r = 0; r < N_ELEMENTS(rates); ++r) {
    for (uint32_t b = 0; b < N_ELEMENTS(blocks); ++b) {
      for (int ppm = -100; ppm <= 100; ppm += 100) {
        const Figures f = measure(rates[r], blocks[b], ppm, 60.0);
        print_message("# %6.0f Hz %4u frames %4d ppm: p95 %4.1f us, "
                      "max %4.1f us, mean %+.2f us\n",
                      rates[r],
                      blocks[b],
                      ppm,
                      f.p95_us,
                      f.max_us,
                      f.mean_us);
        assert_true(f.p95_us <= 20.0);
        assert_true(f.max_us <= 60.0);
      }
    }
  }
}

static void
test_a_day(void** state)
{
  (void)state;
  const Figures f = measure(48000.0, 256, 37.0, 86400.0);
  print_message("# a day: p95 %.1f us, max %.1f us, mean %+.2f us\n",
                f.p95_us,
                f.max_us,
                f.mean_us);
  assert_true(f.p95_us <= 20.0);
  assert_true(f.max_us <= 60.0);
  assert_true(fabs(f.mean_us) <= 5.0); // No drift
}

/// The grid moves by `shift_ns`.  @return cycles until tags are right again
static int
recover(const double shift_ns, const double jitter_ns)
{
  Random random = {4};
  Host   host;
  host_init(&host, 48000.0, 0.0);
  for (int i = 0; i < 2000; ++i) {
    enter(&host, 256, random_unit(&random) * jitter_ns);
  }

  host.origin_ns += shift_ns;
  for (int i = 1; i < 100; ++i) {
    enter(&host, 256, random_unit(&random) * jitter_ns);
    if (fabs(error_us(&host, (double)host.position)) <=
        22.0 + jitter_ns / 1e3) {
      return i;
    }
  }
  return 100;
}

static void
test_recovers(void** state)
{
  (void)state;

  // Ten cycles were missed; a stall moved the grid; it moved back
  assert_true(recover(10 * 256 / 48e3 * 1e9, 0.0) <= 4);
  assert_true(recover(10 * 256 / 48e3 * 1e9, 2e5) <= 4);
  assert_true(recover(1.3e6, 0.0) <= 4);
  assert_true(recover(3e6, 2e5) <= 4);
  assert_true(recover(-3e6, 0.0) <= 2);

  // What might have been chance takes the whole window, and what is not far a
  // tenth of a second more
  assert_true(recover(7e5, 2e5) <= (int)RS_CLOCK_ENTRIES + 1);
  assert_true(recover(5e4, 0.0) <= (int)RS_CLOCK_ENTRIES + 1 + 19);

  // After a rest, it is right at once
  assert_int_equal(recover(10e9, 0.0), 1);
}

/// A few cycles that are very late do not move anything
static void
test_ignores_late_cycles(void** state)
{
  (void)state;
  Host host;
  host_init(&host, 48000.0, 0.0);
  for (int i = 0; i < 1000; ++i) {
    enter(&host, 256, i % 5 < 3 && i > 100 ? 2.5e6 : 0.0);
    assert_exact(&host, 256);
  }
}

/// Two tags land as far apart as they are, each within a sample of its time
static void
test_distances(void** state)
{
  (void)state;
  Random   random  = {5};
  uint32_t n_wrong = 0;
  Host     host;
  host_init(&host, 48000.0, 5.0);
  for (int i = 0; i < 20000; ++i) {
    enter(&host, 64, random_unit(&random) * 2e5);
    if (i < 2000) {
      continue;
    }

    // One found now, one found 20 cycles later: 1,280 frames, 0.006 of drift
    const double   when  = due(&host, (double)host.position + 0.25);
    const int64_t  first = rs_clock_frame(&host.clock, llround(when));
    const uint64_t from  = host.position;
    while (host.position - from < 1280) {
      enter(&host, 64, random_unit(&random) * 2e5);
    }
    const double  then   = when + 1280.0 * 1e9 / 48e3;
    const int64_t second = rs_clock_frame(&host.clock, llround(then));
    n_wrong += second - first != 1280;
    assert_true(fabs(due(&host, (double)first) - when) <= 1.2e9 / 48e3);
  }

  // The mapping follows a drift of 5 ppm every few seconds
  assert_true(n_wrong <= 30);
}

/// As late as a core that must be woken is: some 45 us, and seldom near 0
static double
bell(Random* const random)
{
  double sum = 0.0;
  for (int i = 0; i < 4; ++i) {
    sum += random_unit(random);
  }
  return fmax(sum * 27.5e3 - 10e3, 0.0);
}

/// Where few entries are in time the mapping does not follow their luck
static void
test_distances_while_cores_sleep(void** state)
{
  (void)state;
  for (uint32_t frames = 32; frames <= 256; frames *= 2) {
    Random   random  = {7};
    uint32_t n_wrong = 0;
    uint32_t n       = 0;
    Host     host;
    host_init(&host, 48000.0, 0.0);
    while (host.position < 60u * 48000u) {
      enter(&host, frames, bell(&random));
      const double   when  = due(&host, (double)host.position + 0.25);
      const int64_t  first = rs_clock_frame(&host.clock, llround(when));
      const uint64_t from  = host.position;
      while (host.position - from < 480) {
        enter(&host, frames, bell(&random));
      }
      if (from > 3u * 48000u) {
        n_wrong +=
          rs_clock_frame(&host.clock, llround(when + 1e7)) - first != 480;
        ++n;
        assert_true(fabs(error_us(&host, (double)host.position)) <= 42.0);
      }
    }
    print_message("# %u frames: %u of %u not 480 apart\n", frames, n_wrong, n);
    assert_true(n_wrong <= n / 200);
  }
}

/// A clock that is corrected gets another slope, in either direction
static void
test_follows_another_slope(void** state)
{
  (void)state;
  for (int ppm = -50; ppm <= 50; ppm += 100) {
    static double errors[40000];
    uint32_t      n      = 0;
    Random        random = {9};
    Host          host;
    host_init(&host, 48000.0, 0.0);
    for (int i = 0; i < 8000; ++i) {
      enter(&host, 256, bell(&random));
    }

    const double turn_ns = due(&host, (double)host.position);
    const double period  = host.period_ns * (1.0 + ppm * 1e-6);
    host.origin_ns       = turn_ns - (double)host.position * period;
    host.period_ns       = period;
    for (int i = 0; i < 12000; ++i) {
      enter(&host, 256, bell(&random));
      errors[n++] = error_at_random(&host, &random);
    }

    qsort(errors, n, sizeof(*errors), compare);
    print_message("# turned by %d ppm: p95 %.1f us, max %.1f us\n",
                  ppm,
                  errors[n * 95u / 100u],
                  errors[n - 1u]);
    assert_true(errors[n * 95u / 100u] <= 25.0);
    assert_true(errors[n - 1u] <= 120.0);
  }
}

/// The grid moves by less than what makes a cycle late
static void
test_sees_small_moves(void** state)
{
  (void)state;
  for (uint32_t frames = 32; frames <= 256; frames *= 2) {
    Random random = {10};
    Host   host;
    host_init(&host, 48000.0, 0.0);
    while (host.position < 20u * 48000u) {
      enter(&host, frames, bell(&random));
    }
    for (int k = 0; k < 20; ++k) {
      host.origin_ns += 150e3;
      const uint64_t from = host.position;
      while (host.position - from < 48000u / 4u ||
             host.position - from < 40u * frames) {
        enter(&host, frames, bell(&random));
      }
      assert_true(fabs(error_us(&host, (double)host.position)) <= 50.0);
      while (host.position - from < 3u * 48000u) {
        enter(&host, frames, bell(&random));
      }
    }
  }
}

static void
test_inverse(void** state)
{
  (void)state;
  Random random = {6};
  Host   host;
  host_init(&host, 44100.0, -30.0);
  for (int i = 0; i < 3000; ++i) {
    enter(&host, 128, random_unit(&random) * 1e5);
    const int64_t frame =
      (int64_t)host.position + (int64_t)random_below(&random, 100000) - 50000;
    assert_int_equal(
      rs_clock_frame(&host.clock, rs_clock_time(&host.clock, frame)), frame);
  }
}

static void
test_any_time_has_a_frame(void** state)
{
  (void)state;
  Host host;
  host_init(&host, 192000.0, 0.0);
  enter(&host, 128, 0.0);
  assert_true(rs_clock_frame(&host.clock, INT64_MIN) < 0);
  assert_true(rs_clock_frame(&host.clock, INT64_MAX) > 0);
  assert_true(rs_clock_frame(&host.clock, 0) < 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_no_jitter_no_error),
    cmocka_unit_test(test_random_splits),
    cmocka_unit_test(test_several_at_once),
    cmocka_unit_test(test_without_frames),
    cmocka_unit_test(test_jitter),
    cmocka_unit_test(test_a_day),
    cmocka_unit_test(test_recovers),
    cmocka_unit_test(test_ignores_late_cycles),
    cmocka_unit_test(test_distances),
    cmocka_unit_test(test_distances_while_cores_sleep),
    cmocka_unit_test(test_follows_another_slope),
    cmocka_unit_test(test_sees_small_moves),
    cmocka_unit_test(test_inverse),
    cmocka_unit_test(test_any_time_has_a_frame),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
