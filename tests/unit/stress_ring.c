// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Both ends of real segments in two processes: every word of millions of
   commands in order, through the wrap of the indices at 2^32, and with the
   writer killed at any moment.
*/

#include "shm/segment.h"
#include "tests/unit/check.h"
#include "tests/unit/flow.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KILLS 300u
#define N_PARAMETERS 32u

static RsSegments segments;
static uint64_t   n_commands = 4000000u;

static int
set_up(void** state)
{
  (void)state;
  static RsParameter parameters[N_PARAMETERS];
  for (uint32_t i = 0; i < N_PARAMETERS; ++i) {
    parameters[i] = (RsParameter){
      .symbol = {'p', (char)('a' + i), '\0'}, .name = "P", .maximum = 1.0f};
    if (i >= 26u) {
      parameters[i].symbol[1] = (char)('A' + (i - 26u));
    }
  }

  const RsSegmentsPlan plan = {.plugin_uri   = "urn:test:stress",
                               .base_name    = "stress",
                               .process      = "stress",
                               .parameters   = parameters,
                               .n_parameters = N_PARAMETERS,
                               .rate_hz      = 48000.0};
  return (int)rs_segments_create(&segments, &plan);
}

static int
tear_down(void** state)
{
  (void)state;
  rs_segments_close(&segments);
  return 0;
}

/// Start both indices here, as if so many commands had gone through
static void
start_at(const uint32_t index)
{
  atomic_store(&segments.commands->ring.tail, index);
  atomic_store(&segments.telemetry.fixed->read.head, index);
}

/// The segments as the other process gets them: by descriptor
static RsSegments
accept_as_bridge(void)
{
  RsSegments    bridge;
  RsIdentity    identity;
  RsParameter*  parameters = NULL;
  RsScalePoint* points     = NULL;
  if (rs_segments_accept(&bridge,
                         dup(segments.commands_fd),
                         dup(segments.telemetry_fd),
                         &identity,
                         &parameters,
                         &points)) {
    _exit(2);
  }

  return bridge;
}

/**
   The child: batches into the ring, and now and then the whole overflow table
   at once, each of its values the sequence number.
*/
static void
write_all(const Flow start, const uint64_t until)
{
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  RsSegments   bridge = accept_as_bridge();
  Flow         flow   = start;
  RsRingWriter writer;
  rs_ring_writer_init(
    &writer, &bridge.commands->ring, &bridge.telemetry.fixed->read);

  while (flow.sequence < until) {
    if (!flow_write_batch(&flow, &writer)) {
      _exit(3);
    }

    if (flow.batch % 16u == 0u) {
      rs_overflow_begin(bridge.overflow);
      for (uint32_t i = 0; i < N_PARAMETERS; ++i) {
        rs_overflow_put(bridge.overflow,
                        i,
                        (float)(flow.batch % 4096u),
                        (flow.batch << 8u) + i);
      }

      rs_overflow_end(bridge.overflow);
    }
  }

  _exit(0);
}

/// All values of the table are of one and the same write, and none goes back
static void
check_overflow(uint32_t* const seen, uint64_t* const last)
{
  RsOverflowValue values[N_PARAMETERS];
  if (rs_overflow_read(segments.overflow, N_PARAMETERS, seen, values)) {
    return;
  }

  const uint64_t batch = values[0].sequence >> 8u;
  assert_true(batch > *last);
  *last = batch;
  for (uint32_t i = 0; i < N_PARAMETERS; ++i) {
    assert_int_equal(values[i].sequence, (batch << 8u) + i);
    assert_true(values[i].value == (float)(batch % 4096u));
  }
}

static void
test_two_processes(void** state)
{
  (void)state;
  start_at(UINT32_MAX - 2000000u);

  const pid_t child = fork();
  assert_true(child >= 0);
  if (!child) {
    write_all((Flow){0, 0}, n_commands);
  }

  RsRingReader reader;
  Flow         flow     = {0, 0};
  uint32_t     seen     = 0;
  uint64_t     last     = 0;
  int          ended    = 0;
  int          status   = 0;
  uint64_t     overflow = 0;
  rs_ring_reader_init(
    &reader, &segments.commands->ring, &segments.telemetry.fixed->read);

  for (;;) {
    const int32_t count = flow_read(&flow, &reader);
    assert_int_not_equal(count, -1);
    const uint64_t before = last;
    check_overflow(&seen, &last);
    overflow += last != before;
    if (!count) {
      if (ended) {
        break;
      }

      ended = waitpid(child, &status, WNOHANG) == child;
      sched_yield();
    }
  }

  assert_int_equal(status, 0);
  assert_true(flow.sequence >= n_commands);
  assert_true(overflow > 0);

  // The indices did go round
  assert_true(n_commands > 2000000u);
  assert_int_equal(atomic_load(&segments.commands->ring.tail),
                   (uint32_t)(UINT32_MAX - 2000000u + flow.sequence));
}

/// However the writer dies, only whole batches were ever visible
static void
test_killed_writer(void** state)
{
  (void)state;
  start_at(UINT32_MAX - 1000u);

  RsRingReader reader;
  Flow         flow = {0, 0};
  rs_ring_reader_init(
    &reader, &segments.commands->ring, &segments.telemetry.fixed->read);

  for (uint32_t kill_number = 0; kill_number < KILLS; ++kill_number) {
    const pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
      write_all(flow, UINT64_MAX);
    }

    // At least so many batches, then die at some moment
    const uint64_t enough = flow.batch + (flow_mix(kill_number) % 200u);
    while (flow.batch < enough) {
      assert_int_not_equal(flow_read(&flow, &reader), -1);
    }

    kill(child, SIGKILL);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_not_equal(flow_read(&flow, &reader), -1);
  }
}

/// usage: stress_ring [COMMANDS], over 2,000,000
int
main(const int argc, char** const argv)
{
  if (argc > 1) {
    n_commands = strtoull(argv[1], NULL, 10);
  }

  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_two_processes, set_up, tear_down),
    cmocka_unit_test_setup_teardown(test_killed_writer, set_up, tear_down),
  };

  printf("# %llu commands\n", (unsigned long long)n_commands);
  (void)fflush(stdout);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
