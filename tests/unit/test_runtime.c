// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The runtime folder: where it is, whose it is, and sockets in it

#include "shm/runtime.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[64];
static char path[PATH_MAX];
static char opened[PATH_MAX];

static int
set_up(void** state)
{
  (void)state;
  (void)snprintf(base, sizeof(base), "/tmp/ringside-test-XXXXXX");
  unsetenv("XDG_RUNTIME_DIR");
  unsetenv("RINGSIDE_RUNTIME_DIR");
  return mkdtemp(base) ? 0 : -1;
}

static int
tear_down(void** state)
{
  (void)state;
  char command[96];
  (void)snprintf(command, sizeof(command), "rm -rf '%s'", base);
  return system(command); // NOLINT(cert-env33-c): a path that we made
}

static void
use(const char* const name)
{
  (void)snprintf(path, sizeof(path), "%s/%s", base, name);
  setenv("RINGSIDE_RUNTIME_DIR", path, 1);
}

static void
assert_refused(const int error)
{
  const int fd = rs_runtime_open(true, opened, sizeof(opened));
  assert_int_equal(fd, -1);
  assert_int_equal(errno, error);
}

static void
test_made_for_us_alone(void** state)
{
  (void)state;
  use("new");
  const mode_t mask = umask(0);
  const int    fd   = rs_runtime_open(true, opened, sizeof(opened));
  umask(mask);

  struct stat st;
  assert_true(fd >= 0);
  assert_string_equal(opened, path);
  assert_int_equal(fstat(fd, &st), 0);
  assert_int_equal(st.st_mode, S_IFDIR | 0700);
  assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  close(fd);

  // It is found again, also by those who may not make it
  const int again = rs_runtime_open(false, opened, sizeof(opened));
  assert_true(again >= 0);
  close(again);
}

static void
test_not_made_unasked(void** state)
{
  (void)state;
  use("none");
  assert_int_equal(rs_runtime_open(false, opened, sizeof(opened)), -1);
  assert_int_equal(errno, ENOENT);
  assert_int_equal(access(path, F_OK), -1);
}

static void
test_under_the_users_folder(void** state)
{
  (void)state;
  setenv("XDG_RUNTIME_DIR", base, 1);
  setenv("RINGSIDE_RUNTIME_DIR", "", 1); // says nothing
  const int fd = rs_runtime_open(true, opened, sizeof(opened));
  (void)snprintf(path, sizeof(path), "%s/ringside", base);
  assert_true(fd >= 0);
  assert_string_equal(opened, path);
  close(fd);
}

static void
test_links_are_refused(void** state)
{
  (void)state;
  char target[PATH_MAX];
  (void)snprintf(target, sizeof(target), "%s/target", base);
  assert_int_equal(mkdir(target, 0700), 0);
  use("link");
  assert_int_equal(symlink(target, path), 0);
  assert_refused(ENOTDIR);
}

static void
test_files_are_refused(void** state)
{
  (void)state;
  use("file");
  const int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
  assert_true(fd >= 0);
  close(fd);
  assert_refused(ENOTDIR);
}

static void
test_open_doors_are_refused(void** state)
{
  (void)state;
  static const mode_t modes[] = {0701, 0710, 0755, 0777};

  use("open");
  assert_int_equal(mkdir(path, 0700), 0);
  for (size_t i = 0; i < N_ELEMENTS(modes); ++i) {
    assert_int_equal(chmod(path, modes[i]), 0);
    assert_refused(EPERM);
  }
}

static void
test_other_owners_are_refused(void** state)
{
  (void)state;
  if (getuid()) {
    // Somebody else's folder that is surely there, and that we may not change
    setenv("RINGSIDE_RUNTIME_DIR", "/proc/1", 1);
  } else {
    use("theirs");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chown(path, 12345, 12345), 0);
  }

  assert_refused(EPERM);
}

static void
test_long_paths(void** state)
{
  (void)state;
  char name[200];
  memset(name, 'x', sizeof(name) - 1u);
  name[sizeof(name) - 1u] = '\0';
  use(name);

  const int folder = rs_runtime_open(true, opened, sizeof(opened));
  assert_true(folder >= 0);
  assert_true(strlen(opened) > sizeof(((struct sockaddr_un*)0)->sun_path));

  // A socket is bound there, and found there under its own path
  struct sockaddr_un address;
  socklen_t          length = 0;
  assert_int_equal(
    rs_runtime_address(folder, opened, "osc.sock", &address, &length), 0);
  const int server = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(server, (struct sockaddr*)&address, length), 0);

  struct stat st;
  assert_int_equal(fstatat(folder, "osc.sock", &st, AT_SYMLINK_NOFOLLOW), 0);
  assert_true(S_ISSOCK(st.st_mode));

  const int client = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  assert_int_equal(connect(client, (struct sockaddr*)&address, length), 0);
  close(client);
  close(server);
  close(folder);
}

static void
test_short_addresses_are_plain(void** state)
{
  (void)state;
  struct sockaddr_un address;
  socklen_t          length = 0;
  assert_int_equal(
    rs_runtime_address(7, "/run/x", "osc.sock", &address, &length), 0);
  assert_string_equal(address.sun_path, "/run/x/osc.sock");
  assert_int_equal(
    length, offsetof(struct sockaddr_un, sun_path) + sizeof("/run/x/osc.sock"));
}

static void
test_path_that_fits_nowhere(void** state)
{
  (void)state;
  char small[16];
  use("folder");
  assert_int_equal(rs_runtime_open(true, small, sizeof(small)), -1);
  assert_int_equal(errno, ENAMETOOLONG);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
    TEST(test_made_for_us_alone),
    TEST(test_not_made_unasked),
    TEST(test_under_the_users_folder),
    TEST(test_links_are_refused),
    TEST(test_files_are_refused),
    TEST(test_open_doors_are_refused),
    TEST(test_other_owners_are_refused),
    TEST(test_long_paths),
    TEST(test_short_addresses_are_plain),
    TEST(test_path_that_fits_nowhere),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
