// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Segments: made and accepted, sealed for good, and hostile ones refused

#include "shm/segment.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS_BOTH (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define SEALS_TELEMETRY (SEALS_BOTH | F_SEAL_FUTURE_WRITE)

static const RsScalePoint points[] = {
  {.value = 0.0f, .label = "Stereo"},
  {.value = 1.0f, .label = "Ping-pong"},
};

static const RsParameter parameters[] = {
  {.symbol = "gain", .name = "Gain", .minimum = -60.0f, .maximum = 12.0f},
  {.symbol   = "mode",
   .name     = "Mode",
   .maximum  = 1.0f,
   .initial  = 1.0f,
   .scale    = RS_SCALE_ENUM,
   .n_points = 2u},
};

static const RsSegmentsPlan plan = {
  .plugin_uri   = "urn:test:plugin",
  .base_name    = "test",
  .process      = "host",
  .parameters   = parameters,
  .points       = points,
  .n_parameters = 2u,
  .n_points     = 2u,
  .rate_hz      = 48000.0,
};

/// What the plugin has, and what the bridge got
static RsSegments    made;
static RsSegments    accepted;
static RsIdentity    identity;
static RsParameter*  its_parameters;
static RsScalePoint* its_points;

static int
set_up(void** state)
{
  (void)state;
  memset(&accepted, 0, sizeof(accepted));
  memset(&identity, 0x55, sizeof(identity));
  its_parameters = NULL;
  its_points     = NULL;
  return (int)rs_segments_create(&made, &plan);
}

static int
tear_down(void** state)
{
  (void)state;
  free(its_parameters);
  free(its_points);
  rs_segments_close(&accepted);
  rs_segments_close(&made);
  return 0;
}

static RsStatus
accept_files(const int commands_fd, const int telemetry_fd)
{
  return rs_segments_accept(&accepted,
                            commands_fd,
                            telemetry_fd,
                            &identity,
                            &its_parameters,
                            &its_points);
}

/// A memory file like that of `fd`, of another size and with other seals
static int
forge(const int fd, const long grow, const int seals)
{
  struct stat st;
  assert_int_equal(fstat(fd, &st), 0);
  const size_t size = (size_t)(st.st_size + grow);
  const int    copy = memfd_create("forged", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  assert_true(copy >= 0);

  char* const content = (char*)calloc(1, (size_t)st.st_size + 4096u);
  assert_non_null(content);
  assert_int_equal(pread(fd, content, (size_t)st.st_size, 0), st.st_size);
  assert_int_equal(pwrite(copy, content, size, 0), (ssize_t)size);
  free(content);

  assert_int_equal(fcntl(copy, F_ADD_SEALS, seals), 0);
  return copy;
}

/// A telemetry segment with one change
static int
forge_telemetry(void (*const change)(RsTelemetryMap*))
{
  const int copy = forge(made.telemetry_fd, 0, 0);
  void*     base = mmap(
    NULL, made.telemetry_size, PROT_READ | PROT_WRITE, MAP_SHARED, copy, 0);
  assert_ptr_not_equal(base, MAP_FAILED);

  RsTelemetryMap map;
  rs_telemetry_map(base, plan.n_parameters, plan.n_points, &map);
  change(&map);
  munmap(base, made.telemetry_size);
  assert_int_equal(fcntl(copy, F_ADD_SEALS, SEALS_TELEMETRY), 0);
  return copy;
}

static void
assert_refused(const int commands_fd, const int telemetry_fd, const RsStatus st)
{
  assert_int_equal(accept_files(commands_fd, telemetry_fd), st);

  // Outputs are untouched, and descriptors stay with us
  static const RsSegments none;
  assert_memory_equal(&accepted, &none, sizeof(none));
  assert_int_equal(identity.magic, 0x55555555);
  assert_null(its_parameters);
  assert_null(its_points);
  assert_true(fcntl(commands_fd, F_GETFD) >= 0);
  assert_true(fcntl(telemetry_fd, F_GETFD) >= 0);
}

static void
test_accepted(void** state)
{
  (void)state;
  const int commands_fd  = dup(made.commands_fd);
  const int telemetry_fd = dup(made.telemetry_fd);

  assert_int_equal(accept_files(commands_fd, telemetry_fd), RS_SUCCESS);
  assert_int_equal(fcntl(commands_fd, F_GETFD), -1);
  assert_int_equal(fcntl(telemetry_fd, F_GETFD), -1);
  assert_string_equal(identity.plugin_uri, "urn:test:plugin");
  assert_string_equal(identity.base_name, "test");
  assert_string_equal(identity.process, "host");
  assert_int_equal(identity.pid, getpid());
  assert_true(identity.rate_hz == 48000.0);
  assert_memory_equal(its_parameters, parameters, sizeof(parameters));
  assert_memory_equal(its_points, points, sizeof(points));

  // Commands go one way, telemetry the other
  RsRingWriter    writer;
  RsRingReader    reader;
  const RsCommand sent = {.sequence = 9, .kind = RS_COMMAND_TOGGLE};
  RsCommand       got  = {0};
  uint32_t        n    = 0;
  rs_ring_writer_init(
    &writer, &accepted.commands->ring, &accepted.telemetry.fixed->read);
  rs_ring_reader_init(
    &reader, &made.commands->ring, &made.telemetry.fixed->read);
  assert_int_equal(rs_ring_write(&writer, &sent), RS_SUCCESS);
  rs_ring_publish(&writer);
  assert_int_equal(rs_ring_readable(&reader, &n), RS_SUCCESS);
  assert_int_equal(n, 1);
  rs_ring_copy(&reader, 0, &got);
  assert_memory_equal(&got, &sent, sizeof(got));

  assert_int_equal(accepted.telemetry.values[1], rs_bits_from_float(1.0f));
  atomic_store(&made.telemetry.values[1], 77u);
  atomic_store(&made.telemetry.ahead_values[0], 78u);
  assert_int_equal(atomic_load(&accepted.telemetry.values[1]), 77u);
  assert_int_equal(atomic_load(&accepted.telemetry.ahead_values[0]), 78u);

  rs_overflow_begin(accepted.overflow);
  rs_overflow_put(accepted.overflow, 1, 0.5f, 10);
  rs_overflow_end(accepted.overflow);
  RsOverflowValue values[2];
  uint32_t        seen = 0;
  assert_int_equal(rs_overflow_read(made.overflow, 2, &seen, values),
                   RS_SUCCESS);
  assert_int_equal(values[1].sequence, 10);
}

/// What the bridge holds can neither shrink nor, for telemetry, be written
static void
test_seals_hold(void** state)
{
  (void)state;
  const int fds[] = {made.commands_fd, made.telemetry_fd};
  for (size_t i = 0; i < N_ELEMENTS(fds); ++i) {
    assert_int_equal(ftruncate(fds[i], 0), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(ftruncate(fds[i], 1 << 24), -1);
    assert_int_equal(fcntl(fds[i], F_ADD_SEALS, F_SEAL_WRITE), -1);
    assert_true((fcntl(fds[i], F_GETFD) & FD_CLOEXEC) != 0);
  }

  assert_ptr_equal(mmap(NULL,
                        made.telemetry_size,
                        PROT_READ | PROT_WRITE,
                        MAP_SHARED,
                        made.telemetry_fd,
                        0),
                   MAP_FAILED);
  assert_int_equal(errno, EPERM);
  assert_int_equal(pwrite(made.telemetry_fd, "x", 1, 0), -1);
}

static void
test_missing_seals_are_refused(void** state)
{
  (void)state;
  static const int seals[] = {
    F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SEAL, F_SEAL_FUTURE_WRITE};

  for (size_t i = 0; i < N_ELEMENTS(seals); ++i) {
    const int telemetry =
      forge(made.telemetry_fd, 0, SEALS_TELEMETRY & ~seals[i]);
    assert_refused(made.commands_fd, telemetry, RS_CORRUPT);
    close(telemetry);

    if (seals[i] != F_SEAL_FUTURE_WRITE) {
      const int commands = forge(made.commands_fd, 0, SEALS_BOTH & ~seals[i]);
      assert_refused(commands, made.telemetry_fd, RS_CORRUPT);
      close(commands);
    }
  }
}

static void
test_wrong_sizes_are_refused(void** state)
{
  (void)state;
  const long grow[] = {-1,
                       1,
                       -64,
                       64,
                       4096,
                       -(long)made.commands_size,
                       -(long)made.commands_size + 4};

  for (size_t i = 0; i < N_ELEMENTS(grow); ++i) {
    const int commands = forge(made.commands_fd, grow[i], SEALS_BOTH);
    assert_refused(commands, made.telemetry_fd, RS_CORRUPT);
    close(commands);
  }

  const long shrink[] = {-1, 1, 64, -(long)made.telemetry_size, -1024};
  for (size_t i = 0; i < N_ELEMENTS(shrink); ++i) {
    const int telemetry = forge(made.telemetry_fd, shrink[i], SEALS_TELEMETRY);
    assert_refused(made.commands_fd, telemetry, RS_CORRUPT);
    close(telemetry);
  }
}

static void
test_other_files_are_refused(void** state)
{
  (void)state;
  int pipes[2];
  assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  assert_true(null >= 0);

  assert_refused(made.commands_fd, pipes[0], RS_SYSTEM);
  assert_refused(pipes[0], made.telemetry_fd, RS_SYSTEM);
  assert_refused(null, made.telemetry_fd, RS_SYSTEM);
  assert_refused(made.telemetry_fd, made.commands_fd, RS_CORRUPT);
  assert_int_equal(accept_files(-1, -1), RS_SYSTEM);

  close(null);
  close(pipes[0]);
  close(pipes[1]);
}

// clang-format off
static void magic(RsTelemetryMap* m)    { ++m->fixed->identity.magic; }
static void layout(RsTelemetryMap* m)   { ++m->fixed->identity.layout; }
static void more(RsTelemetryMap* m)     { ++m->fixed->identity.n_parameters; }
static void most(RsTelemetryMap* m)     { m->fixed->identity.n_parameters = UINT32_MAX; }
static void fewer(RsTelemetryMap* m)    { --m->fixed->identity.n_points; }
static void rate(RsTelemetryMap* m)     { m->fixed->identity.rate_hz = (double)NAN; }
static void no_rate(RsTelemetryMap* m)  { m->fixed->identity.rate_hz = 0.0; }
static void uri(RsTelemetryMap* m)      { memset(m->fixed->identity.plugin_uri, 'a', 256); }
static void base_name(RsTelemetryMap* m) { memset(m->fixed->identity.base_name, 'a', 40); }
static void process(RsTelemetryMap* m)  { memset(m->fixed->identity.process, 'a', 64); }
static void symbol(RsTelemetryMap* m)   { memset(m->parameters[1].symbol, 'a', 64); }
static void twice(RsTelemetryMap* m)    { memcpy(m->parameters[1].symbol, "gain", 5); }
static void range(RsTelemetryMap* m)    { m->parameters[0].maximum = INFINITY; }
static void label(RsTelemetryMap* m)    { memset(m->points[1].label, 'a', 60); }
static void outside(RsTelemetryMap* m)  { m->parameters[1].first_point = 1u << 30u; }
// clang-format on

static void
test_hostile_telemetry_is_refused(void** state)
{
  (void)state;
  void (*const changes[])(RsTelemetryMap*) = {magic,
                                              layout,
                                              more,
                                              most,
                                              fewer,
                                              rate,
                                              no_rate,
                                              uri,
                                              base_name,
                                              process,
                                              symbol,
                                              twice,
                                              range,
                                              label,
                                              outside};

  for (size_t i = 0; i < N_ELEMENTS(changes); ++i) {
    const int telemetry = forge_telemetry(changes[i]);
    assert_refused(made.commands_fd,
                   telemetry,
                   changes[i] == layout ? RS_VERSION : RS_CORRUPT);
    close(telemetry);
  }
}

static void
test_hostile_commands_are_refused(void** state)
{
  (void)state;
  ++made.commands->magic;
  assert_refused(made.commands_fd, made.telemetry_fd, RS_CORRUPT);
  --made.commands->magic;
  ++made.commands->n_parameters;
  assert_refused(made.commands_fd, made.telemetry_fd, RS_CORRUPT);
  --made.commands->n_parameters;
  ++made.commands->layout;
  assert_refused(made.commands_fd, made.telemetry_fd, RS_VERSION);
}

static void
test_close_takes_anything(void** state)
{
  (void)state;
  // All zeros is none, and not standard input
  RsSegments none = {0};
  const int  zero = dup2(made.commands_fd, 0);
  assert_int_equal(zero, 0);
  rs_segments_close(&none);
  assert_true(fcntl(0, F_GETFD) >= 0);
  rs_segments_close(&none);
  rs_segments_close(&made);
  assert_null(made.commands);
  rs_segments_close(&made);
}

static void
test_texts_are_cut(void** state)
{
  (void)state;
  char long_text[300];
  memset(long_text, 'z', sizeof(long_text) - 1u);
  long_text[sizeof(long_text) - 1u] = '\0';

  RsSegmentsPlan long_plan = plan;
  long_plan.process        = long_text;
  long_plan.base_name      = NULL;
  RsSegments long_one;
  assert_int_equal(rs_segments_create(&long_one, &long_plan), RS_SUCCESS);
  assert_int_equal(
    accept_files(dup(long_one.commands_fd), dup(long_one.telemetry_fd)),
    RS_SUCCESS);
  assert_int_equal(strlen(identity.process), sizeof(identity.process) - 1u);
  assert_string_equal(identity.base_name, "");
  rs_segments_close(&long_one);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
    TEST(test_accepted),
    TEST(test_seals_hold),
    TEST(test_missing_seals_are_refused),
    TEST(test_wrong_sizes_are_refused),
    TEST(test_other_files_are_refused),
    TEST(test_hostile_telemetry_is_refused),
    TEST(test_hostile_commands_are_refused),
    TEST(test_close_takes_anything),
    TEST(test_texts_are_cut),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
