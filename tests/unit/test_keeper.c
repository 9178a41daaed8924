// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The keeper with children that crash, hang and lie, and without a bridge

#include "ui-bridge/presets/keeper.h"
#include "ui-bridge/sanitizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILD_TIME_NS 2000000000
#define PATIENCE_MS 60000

static bool
is_asked(const RsKeeperJob* const job, const char* const uri)
{
  return !strcmp(job->packet->plugin_uri, uri);
}

static void
send_preset(const RsKeeperJob* const job, const char* const label)
{
  RsPresetPacket packet;
  memset(&packet, 0, sizeof(packet));
  snprintf(packet.label, sizeof(packet.label), "%s", label);
  snprintf(packet.uri, sizeof(packet.uri), "urn:preset");
  rs_keeper_send(job, &packet, 0u);
}

static void
crash(void)
{
  signal(SIGSEGV, SIG_DFL); // A sanitizer has its own
  raise(SIGSEGV);
}

/// What a child may use, and which descriptors it has
static void
tell_limits(const RsKeeperJob* const job)
{
  static const int resources[] = {
    RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_CORE, RLIMIT_NOFILE, RLIMIT_AS};

  char text[200];
  int  used = 0;
  for (size_t i = 0u; i < sizeof(resources) / sizeof(*resources); ++i) {
    struct rlimit limit = {1u, 1u};
    getrlimit((__rlimit_resource_t)resources[i], &limit);
    used += snprintf(text + used,
                     sizeof(text) - (size_t)used,
                     "%llu ",
                     (unsigned long long)limit.rlim_max);
  }
  for (int fd = 0; fd < 256 && used < 150; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) {
      used += snprintf(text + used, sizeof(text) - (size_t)used, "%d,", fd);
    }
  }

  rs_keeper_done(job, 409, "%s", text);
}

/// A child that does what its plugin is called
static void
misbehave(const RsKeeperJob* const job)
{
  static const char bad_bundle[] = "/bad.lv2";

  if (is_asked(job, "urn:good")) {
    send_preset(job, "Good");
    rs_keeper_done(job, 0, "%s", "");
  } else if (is_asked(job, "urn:long-reason")) {
    char reason[400];
    for (size_t i = 0u; i + 2u < sizeof(reason); i += 2u) {
      memcpy(reason + i, "\xC3\xA9", 2u); // Is cut within a character
    }
    reason[398] = '\0';
    rs_keeper_done(job, 409, "%s", reason);
  } else if (is_asked(job, "urn:limits")) {
    tell_limits(job);
  } else if (is_asked(job, "urn:crash")) {
    crash();
  } else if (is_asked(job, "urn:late-crash")) {
    send_preset(job, "Half");
    strcpy(job->at, bad_bundle);
    crash();
  } else if (is_asked(job, "urn:hang") || is_asked(job, "urn:late-hang")) {
    if (is_asked(job, "urn:late-hang")) {
      send_preset(job, "Half");
    }
    for (;;) {
      pause();
    }
  } else if (is_asked(job, "urn:silent")) {
    return;
  } else if (is_asked(job, "urn:garbage")) {
    const char garbage[] = "This is not a packet, though it is long enough";
    send(job->socket, garbage, sizeof(garbage), 0);
    rs_keeper_done(job, 0, "%s", "");
  } else if (is_asked(job, "urn:nan")) {
    RsPacket* const bad = (RsPacket*)calloc(1u, sizeof(RsPacket));
    strcpy(bad->preset.label, "Not a number");
    strcpy(bad->preset.uri, "urn:preset");
    strcpy(bad->preset.values[0].symbol, "gain");
    bad->preset.values[0].value = NAN;
    rs_keeper_send(job, &bad->preset, 1u);
    rs_keeper_done(job, 0, "%s", "");
  } else if (is_asked(job, "urn:forged")) {
    RsDonePacket packet;
    memset(&packet, 0, sizeof(packet));
    packet.head = (RsPacketHead){
      RS_PACKET_MAGIC, RS_PACKET_DONE, job->packet->head.job + 1u, 0u};
    send(job->socket, &packet, sizeof(packet), 0);
  } else if (is_asked(job, "urn:flood")) {
    for (;;) {
      send_preset(job, "Flood");
    }
  } else if (is_asked(job, "urn:bad-bundle")) {
    if (!job->n_skip) {
      strcpy(job->at, bad_bundle);
      crash();
    }
    send_preset(job, job->skip[0]);
    rs_keeper_done(job, 0, "%s", "");
  }
}

static const RsKeeperJobs table = {misbehave,
                                   misbehave,
                                   misbehave,
                                   CHILD_TIME_NS};

static void
ask(const int keeper, const uint32_t id, const char* const uri)
{
  RsJobPacket packet;
  memset(&packet, 0, sizeof(packet));
  packet.head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_LIST, id, 0u};
  snprintf(packet.plugin_uri, sizeof(packet.plugin_uri), "%s", uri);
  assert_int_equal(send(keeper, &packet, sizeof(packet), 0), sizeof(packet));
}

/// The next packet that is no notice of changed files.  @return its size
static size_t
receive(const int keeper, RsPacket* const packet)
{
  for (;;) {
    struct pollfd fd = {keeper, POLLIN, 0};
    assert_int_equal(poll(&fd, 1u, PATIENCE_MS), 1);
    const ssize_t size = recv(keeper, packet, sizeof(*packet), 0);
    assert_true(size >= 0);
    if (!size || packet->head.kind != RS_PACKET_CHANGED) {
      return (size_t)size;
    }
  }
}

/// Run a job to its end.  @return its code, `n_presets` counts what came
static int
run(const int         keeper,
    const uint32_t    id,
    const char* const uri,
    unsigned* const   n_presets,
    char              sentence[256])
{
  RsPacket* const packet = (RsPacket*)malloc(sizeof(RsPacket));
  assert_non_null(packet);
  *n_presets = 0u;
  ask(keeper, id, uri);
  for (;;) {
    const size_t size = receive(keeper, packet);
    assert_int_equal(rs_packet_check(packet, size), RS_SUCCESS);
    assert_int_equal(packet->head.job, id);
    if (packet->head.kind == RS_PACKET_DONE) {
      const int code = packet->done.code;
      memcpy(sentence, packet->done.sentence, 256u);
      free(packet);
      return code;
    }
    ++*n_presets;
  }
}

static void
check(const int         keeper,
      const char* const uri,
      const int         code,
      const char* const word)
{
  static uint32_t id = 100u;

  unsigned n_presets = 0u;
  char     sentence[256];
  id += 10u;
  assert_int_equal(run(keeper, id, uri, &n_presets, sentence), code);
  if (!strstr(sentence, word)) {
    fail_msg("\"%s\" does not say \"%s\"", sentence, word);
  }

  // Whatever happened, the keeper is still there and answers
  assert_int_equal(run(keeper, id + 1u, "urn:good", &n_presets, sentence), 0);
  assert_int_equal(n_presets, 1);
}

static void
test_children_fail_alone(void** state)
{
  (void)state;
  const int keeper = rs_keeper_start_with(&table);
  assert_true(keeper >= 0);

  check(keeper, "urn:good", 0, "");
  check(keeper, "urn:long-reason", 409, "?");
  check(keeper, "urn:crash", 503, "crashed");
  check(keeper, "urn:late-crash", 503, "crashed");
  check(keeper, "urn:silent", 503, "ended early");
  check(keeper, "urn:garbage", 503, "bad answer");
  check(keeper, "urn:nan", 503, "bad answer");
  check(keeper, "urn:forged", 503, "bad answer");
  check(keeper, "urn:hang", 503, "too long");
  check(keeper, "urn:flood", 503, "");

  close(keeper);
  wait(NULL);
}

/// What was open in the bridge is neither the keeper's nor a child's, and each
/// child has limits
static void
test_they_have_little(void** state)
{
  (void)state;
  int pipe_ends[2];
  assert_int_equal(pipe(pipe_ends), 0);
  const int high = fcntl(pipe_ends[1], F_DUPFD, 200);
  assert_true(high >= 200);

  const int keeper = rs_keeper_start_with(&table);
  close(pipe_ends[1]);
  close(high);
  struct pollfd ended = {pipe_ends[0], POLLIN, 0};
  assert_int_equal(poll(&ended, 1u, PATIENCE_MS), 1);
  assert_int_equal(ended.revents, POLLHUP);
  close(pipe_ends[0]);

  unsigned n = 0u;
  char     sentence[256];
  assert_int_equal(run(keeper, 1u, "urn:limits", &n, sentence), 409);
  if (!RS_HAS_SANITIZER) { // They need more addresses
    assert_string_equal(sentence, "5 8388608 0 64 1073741824 0,1,2,3,4,");
  }

  close(keeper);
  wait(NULL);
}

static void
test_bad_bundle_is_left_out(void** state)
{
  (void)state;
  const int keeper = rs_keeper_start_with(&table);
  unsigned  n      = 0u;
  char      sentence[256];

  assert_int_equal(run(keeper, 1u, "urn:bad-bundle", &n, sentence), 0);
  assert_int_equal(n, 1);

  close(keeper);
  wait(NULL);
}

static void
test_jobs_do_not_wait_for_each_other(void** state)
{
  (void)state;
  const int keeper = rs_keeper_start_with(&table);
  unsigned  n      = 0u;
  char      sentence[256];
  RsPacket* packet = (RsPacket*)malloc(sizeof(RsPacket));

  for (uint32_t id = 1u; id < RS_JOBS_MAX; ++id) {
    ask(keeper, id, "urn:hang");
  }
  assert_int_equal(run(keeper, 50u, "urn:good", &n, sentence), 0);

  // One too many is told so at once
  ask(keeper, 60u, "urn:hang");
  assert_int_equal(run(keeper, 61u, "urn:hang", &n, sentence), 503);
  assert_non_null(strstr(sentence, "too many"));

  for (uint32_t i = 0u; i < RS_JOBS_MAX; ++i) {
    const size_t size = receive(keeper, packet);
    assert_int_equal(rs_packet_check(packet, size), RS_SUCCESS);
    assert_int_equal(packet->head.kind, RS_PACKET_DONE);
    assert_int_equal(packet->done.code, 503);
  }

  free(packet);
  close(keeper);
  wait(NULL);
}

static void
test_bad_jobs_are_dropped(void** state)
{
  (void)state;
  const int keeper = rs_keeper_start_with(&table);
  RsPacket* packet = (RsPacket*)calloc(1u, sizeof(RsPacket));
  unsigned  n      = 0u;
  char      sentence[256];

  // Too short, no magic, a count that does not fit, a label that never ends
  assert_true(send(keeper, "x", 1u, 0) == 1);
  assert_true(send(keeper, packet, sizeof(RsJobPacket), 0) > 0);
  packet->head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_SAVE, 1u, 7u};
  assert_true(send(keeper, packet, sizeof(RsJobPacket), 0) > 0);
  packet->head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_SAVE, 1u, ~0u};
  assert_true(send(keeper, packet, sizeof(RsJobPacket), 0) > 0);
  packet->head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_SAVE, 1u, 0u};
  memset(
    packet->job.plugin_uri, 'x', sizeof(RsJobPacket) - sizeof(RsPacketHead));
  assert_true(send(keeper, packet, sizeof(RsJobPacket), 0) > 0);
  packet->head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_DONE, 1u, 0u};
  assert_true(send(keeper, packet, sizeof(RsDonePacket), 0) > 0);

  assert_int_equal(run(keeper, 2u, "urn:good", &n, sentence), 0);

  free(packet);
  close(keeper);
  wait(NULL);
}

/// Process ids of the children of a process
static int
children(const int pid, int* const ids, const int max)
{
  char path[64];
  snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
  FILE* const file = fopen(path, "r");
  int         n    = 0;
  if (file) {
    while (n < max && fscanf(file, "%d", &ids[n]) == 1) {
      ++n;
    }
    fclose(file);
  }

  return n;
}

/// Wait until a process is gone, or nothing but a zombie
static void
await_end(const int pid)
{
  for (int i = 0; i < PATIENCE_MS / 10; ++i) {
    char path[64];
    char state = 'Z';
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE* const file = fopen(path, "r");
    if (file) {
      if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1) {
        state = 'Z';
      }
      fclose(file);
    }
    if (state == 'Z' || state == 'X') {
      return;
    }
    poll(NULL, 0u, 10);
  }
  fail_msg("process %d is still there", pid);
}

/// Start a keeper with one child that hangs, once it has begun its work
static int
start_hanging(int* const keeper, int* const child)
{
  const int socket = rs_keeper_start_with(&table);
  assert_true(socket >= 0);
  assert_true(children(getpid(), keeper, 1) == 1);

  RsPacket* const packet = (RsPacket*)malloc(sizeof(RsPacket));
  ask(socket, 1u, "urn:late-hang");
  receive(socket, packet);
  assert_int_equal(packet->head.kind, RS_PACKET_PRESET);
  assert_int_equal(children(*keeper, child, 1), 1);

  free(packet);
  return socket;
}

static void
test_child_is_killed(void** state)
{
  (void)state;
  int       keeper = 0;
  int       child  = 0;
  const int socket = start_hanging(&keeper, &child);
  RsPacket* packet = (RsPacket*)malloc(sizeof(RsPacket));

  kill(child, SIGKILL);
  receive(socket, packet);
  assert_int_equal(packet->head.kind, RS_PACKET_DONE);
  assert_int_equal(packet->done.code, 503);
  assert_non_null(strstr(packet->done.sentence, "crashed"));

  free(packet);
  close(socket);
  wait(NULL);
}

static void
test_all_end_with_the_bridge(void** state)
{
  (void)state;
  int       keeper = 0;
  int       child  = 0;
  const int socket = start_hanging(&keeper, &child);

  close(socket);
  assert_int_equal(waitpid(keeper, NULL, 0), keeper);
  await_end(child);
}

static void
test_children_end_with_the_keeper(void** state)
{
  (void)state;
  int       keeper = 0;
  int       child  = 0;
  const int socket = start_hanging(&keeper, &child);
  RsPacket* packet = (RsPacket*)malloc(sizeof(RsPacket));

  kill(keeper, SIGKILL);
  assert_int_equal(waitpid(keeper, NULL, 0), keeper);
  await_end(child);
  assert_int_equal(receive(socket, packet), 0); // And the bridge sees the end

  free(packet);
  close(socket);
}

static void
test_signals_to_the_group(void** state)
{
  (void)state;
  int       keeper = 0;
  unsigned  n      = 0u;
  char      sentence[256];
  const int socket = rs_keeper_start_with(&table);
  assert_true(children(getpid(), &keeper, 1) == 1);

  // An answer shows that it has come so far as to ignore them
  assert_int_equal(run(socket, 1u, "urn:good", &n, sentence), 0);
  kill(keeper, SIGINT);
  kill(keeper, SIGTERM);
  assert_int_equal(run(socket, 2u, "urn:good", &n, sentence), 0);

  close(socket);
  wait(NULL);
}

/// What a test that failed left behind is not in the way of the next
static int
end_all(void** state)
{
  (void)state;
  int pid = 0;
  while (children(getpid(), &pid, 1) == 1) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
  }
  return 0;
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_teardown(test_children_fail_alone, end_all),
    cmocka_unit_test_teardown(test_they_have_little, end_all),
    cmocka_unit_test_teardown(test_bad_bundle_is_left_out, end_all),
    cmocka_unit_test_teardown(test_jobs_do_not_wait_for_each_other, end_all),
    cmocka_unit_test_teardown(test_bad_jobs_are_dropped, end_all),
    cmocka_unit_test_teardown(test_child_is_killed, end_all),
    cmocka_unit_test_teardown(test_all_end_with_the_bridge, end_all),
    cmocka_unit_test_teardown(test_children_end_with_the_keeper, end_all),
    cmocka_unit_test_teardown(test_signals_to_the_group, end_all),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
