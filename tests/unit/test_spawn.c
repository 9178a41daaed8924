// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Starting a bridge, out of hosts of every kind: with posix_spawn(), and
/// without it

#include "tests/unit/check.h"

#include "plugin/spawn.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 60000

/// What posix_spawn() says, as in sandboxes; 0: it does its work
static int refusal;

// Found before the C library's
int
posix_spawn(pid_t* restrict pid,
            const char* restrict path,
            const posix_spawn_file_actions_t* actions,
            const posix_spawnattr_t* restrict attributes,
            char* const* restrict arguments,
            char* const* restrict environment)
{
  typedef int (*Spawn)(pid_t*,
                       const char*,
                       const posix_spawn_file_actions_t*,
                       const posix_spawnattr_t*,
                       char* const*,
                       char* const*);

  if (refusal < 0) {
    errno = -refusal; // Some that stand in for it do it so
    return -1;
  }

  Spawn real     = NULL;
  *(void**)&real = dlsym(RTLD_NEXT, "posix_spawn");
  return refusal ? refusal
                 : real(pid, path, actions, attributes, arguments, environment);
}

typedef struct {
  char path[64];
  char text[16384];
} Report;

static void
open_report(Report* const report)
{
  memset(report, 0, sizeof(*report));
  snprintf(report->path, sizeof(report->path), "/tmp/ringside-probe-XXXXXX");
  const int fd = mkstemp(report->path);
  assert_true(fd >= 0);
  close(fd);
  setenv("RINGSIDE_PROBE", report->path, 1);
}

static void
read_report(Report* const report)
{
  FILE* const file = fopen(report->path, "re");
  assert_non_null(file);
  report->text[fread(report->text, 1, sizeof(report->text) - 1u, file)] = '\0';
  fclose(file);
  unlink(report->path);
}

static bool
has_line(const Report* const report, const char* const line)
{
  const size_t n = strlen(line);
  for (const char* at = report->text; (at = strstr(at, line)); ++at) {
    if ((at == report->text || at[-1] == '\n') && at[n] == '\n') {
      return true;
    }
  }

  return false;
}

static RsSpawnState
wait_ready(const RsSpawn* const spawn)
{
  struct pollfd ready = {.fd = spawn->ready_fd, .events = POLLIN};
  assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
  return rs_spawn_state(spawn);
}

static void
wait_end(RsSpawn* const spawn)
{
  struct pollfd ended = {.fd = spawn->pidfd, .events = POLLIN};
  assert_int_equal(poll(&ended, 1, PATIENCE_MS), 1);
  assert_true(rs_spawn_reap(spawn));
}

/// Start the probe, let it report, end it
static void
run_probe(Report* const report)
{
  char** const environment = rs_spawn_environment();
  RsSpawn      spawn       = RS_SPAWN_NONE;

  assert_non_null(environment);
  assert_int_equal(rs_spawn_start(&spawn, SPAWN_PROBE, environment),
                   RS_SUCCESS);
  free(environment);
  assert_int_equal(wait_ready(&spawn), RS_SPAWN_READY);
  assert_false(rs_spawn_reap(&spawn));
  rs_spawn_close_ready(&spawn);
  wait_end(&spawn);
  rs_spawn_close(&spawn);
  read_report(report);
}

static void
check_report(const Report* const report)
{
  assert_true(has_line(report, "argument --ready-fd=3"));
  assert_true(has_line(report, "argument --auto"));
  assert_true(has_line(report, "fd 0 device"));
  assert_true(has_line(report, "fd 1 device"));
  assert_true(has_line(report, "fd 2 device"));
  assert_true(has_line(report, "fd 3 pipe"));
  assert_true(has_line(report, "session own"));
  assert_true(has_line(report, "scheduler 0"));
  assert_null(strstr(report->text, "blocked"));
  assert_null(strstr(report->text, "ignored"));

  unsigned n = 0;
  for (const char* at = report->text; (at = strstr(at, "\nfd ")); ++at) {
    ++n;
  }
  assert_int_equal(n, 4);
}

static const int refusals[] = {0, ENOSYS, EPERM, -ENOSYS};

static void
test_nothing_of_the_host_gets_in(void** state)
{
  (void)state;

  for (size_t i = 0; i < N_ELEMENTS(refusals); ++i) {
    Report report;
    open_report(&report);
    refusal = refusals[i];

    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    const int leaked = open("/dev/null", O_RDONLY); // Not close-on-exec
    const int higher = fcntl(leaked, F_DUPFD, 200);

    run_probe(&report);
    check_report(&report);

    close(leaked);
    close(higher);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGHUP, SIG_DFL);

    // And nothing of ours stays in the host
    sigset_t now;
    sigprocmask(SIG_SETMASK, &before, &now);
    assert_int_equal(sigismember(&now, SIGUSR1), 1);
  }
}

static void
test_a_host_without_standard_descriptors(void** state)
{
  (void)state;

  for (size_t i = 0; i < N_ELEMENTS(refusals); ++i) {
    Report report;
    open_report(&report);
    refusal = refusals[i];

    // In a child, which needs its own to tell of failures
    const pid_t child = fork();
    if (!child) {
      close(0);
      close(1);
      close(2);

      char** const environment = rs_spawn_environment();
      RsSpawn      spawn       = RS_SPAWN_NONE;
      if (rs_spawn_start(&spawn, SPAWN_PROBE, environment)) {
        _exit(1);
      }

      struct pollfd ready = {.fd = spawn.ready_fd, .events = POLLIN};
      const int     n     = poll(&ready, 1, PATIENCE_MS);
      _exit(n == 1 && rs_spawn_state(&spawn) == RS_SPAWN_READY ? 0 : 2);
    }

    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    read_report(&report);
    check_report(&report);
  }
}

static void
test_a_host_that_reaps_everything(void** state)
{
  (void)state;

  for (size_t i = 0; i < N_ELEMENTS(refusals); ++i) {
    Report report;
    open_report(&report);
    refusal = refusals[i];

    signal(SIGCHLD, SIG_IGN);
    run_probe(&report);
    signal(SIGCHLD, SIG_DFL);
    check_report(&report);
  }
}

static void
test_the_environment_is_private(void** state)
{
  (void)state;

  Report report;
  open_report(&report);
  refusal = 0;

  setenv("LD_LIBRARY_PATH", "/opt/host/lib", 1);
  setenv("GTK_PATH", "/opt/host/gtk", 1);
  setenv("HOMER", "somebody", 1);
  setenv("LV2_PATH", "/lv2", 1);
  setenv("LC_NUMERIC", "de_DE.UTF-8", 1);
  setenv("XDG_CONFIG_HOME", "/config", 1);
  run_probe(&report);

  assert_true(has_line(&report, "environment LV2_PATH=/lv2"));
  assert_true(has_line(&report, "environment LC_NUMERIC=de_DE.UTF-8"));
  assert_true(has_line(&report, "environment XDG_CONFIG_HOME=/config"));
  assert_non_null(strstr(report.text, "environment RINGSIDE_PROBE="));
  assert_null(strstr(report.text, "LD_LIBRARY_PATH"));
  assert_null(strstr(report.text, "GTK_PATH"));
  assert_null(strstr(report.text, "HOMER"));
  unsetenv("LD_LIBRARY_PATH");
  unsetenv("LC_NUMERIC");
}

static void
test_failures(void** state)
{
  (void)state;

  for (size_t i = 0; i < N_ELEMENTS(refusals); ++i) {
    RsSpawn spawn = RS_SPAWN_NONE;
    refusal       = refusals[i];

    char* const none[] = {NULL};
    assert_int_equal(
      rs_spawn_start(&spawn, "/nonexistent/ringside-bridge", none), RS_SYSTEM);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(spawn.pid, 0);

    // It ends without saying that it listens
    Report report;
    open_report(&report);
    setenv("RINGSIDE_PROBE_FAILS", "1", 1);
    char** const environment = rs_spawn_environment();
    assert_int_equal(rs_spawn_start(&spawn, SPAWN_PROBE, environment),
                     RS_SUCCESS);
    free(environment);
    unsetenv("RINGSIDE_PROBE_FAILS");
    assert_int_equal(wait_ready(&spawn), RS_SPAWN_FAILED);
    wait_end(&spawn);
    rs_spawn_close(&spawn);
    unlink(report.path);

    // It hangs, and is ended
    open_report(&report);
    char** const again = rs_spawn_environment();
    assert_int_equal(rs_spawn_start(&spawn, SPAWN_PROBE, again), RS_SUCCESS);
    free(again);
    const int pidfd = dup(spawn.pidfd);
    rs_spawn_abort(&spawn);
    assert_int_equal(spawn.pid, 0);
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    assert_int_equal(poll(&ended, 1, 0), 1);
    close(pidfd);
    rs_spawn_close(&spawn);
    unlink(report.path);
  }

  // No descriptors left
  refusal = 0;
  struct rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const struct rlimit few    = {0, before.rlim_max};
  RsSpawn             spawn  = RS_SPAWN_NONE;
  char* const         none[] = {NULL};
  setrlimit(RLIMIT_NOFILE, &few);
  const RsStatus st = rs_spawn_start(&spawn, SPAWN_PROBE, none);
  setrlimit(RLIMIT_NOFILE, &before);
  assert_int_equal(st, RS_SYSTEM);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_nothing_of_the_host_gets_in),
    cmocka_unit_test(test_a_host_without_standard_descriptors),
    cmocka_unit_test(test_a_host_that_reaps_everything),
    cmocka_unit_test(test_the_environment_is_private),
    cmocka_unit_test(test_failures),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
