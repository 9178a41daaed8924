// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Saving when processes are killed, disks are full and folders read-only

#include "tests/unit/preset_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#define KILLS 150

/// Entries of the user's folder that are no presets
static unsigned
count_strays(const Room* const room)
{
  DIR* const directory = opendir(room->user);
  unsigned   count     = 0u;
  if (directory) {
    const struct dirent* entry = NULL;
    while ((entry = readdir(directory))) {
      count += !strncmp(entry->d_name, ".ringside", strlen(".ringside"));
    }
    closedir(directory);
  }

  return count;
}

/// The child of the keeper that runs the job, 0 if there is none
static int
find_child(const Room* const room)
{
  char path[64];
  int  child = 0;
  snprintf(path,
           sizeof(path),
           "/proc/%d/task/%d/children",
           room->keeper,
           room->keeper);
  FILE* const file = fopen(path, "r");
  if (file) {
    if (fscanf(file, "%d", &child) != 1) {
      child = 0;
    }
    fclose(file);
  }

  return child;
}

static void
rest_ns(const int64_t ns)
{
  const struct timespec time = {ns / 1000000000, ns % 1000000000};
  nanosleep(&time, NULL);
}

/// Kill the child that saves, some time after it began
static void
kill_while_saving(Room* const   room,
                  const int     turn,
                  const int64_t usual_ns,
                  unsigned*     n_killed,
                  unsigned*     n_old,
                  unsigned*     n_new)
{
  const float         gain     = (float)(turn + 1) / -8.0f;
  const RsPresetValue values[] = {{"gain", gain}, {"tone", (float)turn}};
  Outcome             outcome  = {false, 0, ""};
  Reading             before;
  Reading             after;

  room_read(room, &before);
  rs_presets_save(
    room->presets, TEST_PLUGIN, "Safe", values, 2u, room_done, &outcome);

  // From its first moment to well after its usual end, in even steps
  int child = 0;
  while (!(child = find_child(room)) && !outcome.is_done) {
    rs_presets_dispatch(room->presets);
  }
  rest_ns(usual_ns * 3 / 2 * (turn % 50) / 50);
  if (child) {
    kill(child, SIGKILL);
  }
  ROOM_UNTIL(room, outcome.is_done);
  *n_killed += outcome.code == 503;

  room_read(room, &after);
  assert_int_equal(after.code, 0);
  assert_true(reading_find(&after, "Warm") >= 0);
  const int was = reading_find(&before, "Safe");
  const int is  = reading_find(&after, "Safe");
  if (is < 0) {
    assert_true(was < 0); // Nothing before, nothing now
    assert_int_equal(outcome.code, 503);
    return;
  }

  assert_int_equal(after.presets[is].n_values, 2);
  const bool is_new =
    after.presets[is].gain == gain && after.presets[is].tone == (float)turn;
  const bool is_old = was >= 0 &&
                      after.presets[is].gain == before.presets[was].gain &&
                      after.presets[is].tone == before.presets[was].tone;
  assert_true(is_new || is_old);
  assert_true(is_new || outcome.code == 503);
  assert_true(after.count <= 2);
  *n_new += is_new;
  *n_old += is_old;
}

static void
test_killed_while_saving(void** state)
{
  (void)state;
  Room     room;
  unsigned n_killed = 0u;
  unsigned n_old    = 0u;
  unsigned n_new    = 0u;
  room_open(&room, NULL);

  int64_t usual_ns = INT64_MAX;
  for (int i = 0; i < 5; ++i) {
    const int64_t start = room_now_ns();
    assert_int_equal(room_save(&room, "Safe", 0.0f, 0.0f).code, 0);
    const int64_t time = room_now_ns() - start;
    usual_ns           = time < usual_ns ? time : usual_ns;
  }

  for (int turn = 0; turn < KILLS; ++turn) {
    // Now and then it is the first save of all
    if (turn % 4 == 3) {
      room_delete(&room, "Safe");
    }
    kill_while_saving(&room, turn, usual_ns, &n_killed, &n_old, &n_new);
  }

  // Both kinds of end were met, or this says nothing
  print_message("# killed %u, old %u, new %u\n", n_killed, n_old, n_new);
  assert_true(n_killed > 10u);
  assert_true(n_old > 3u);
  assert_true(n_new > 3u);

  assert_int_equal(room_save(&room, "Safe", 1.0f, 2.0f).code, 0);
  assert_int_equal(count_strays(&room), 0);

  room_close(&room);
}

/// A mount namespace of our own.  @return false if we may not have one
static bool
unshare_mounts(void)
{
  const unsigned user = getuid();
  if (unshare(user ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS)) {
    return false;
  }

  if (user) {
    char       map[64];
    const int  length = snprintf(map, sizeof(map), "%u %u 1", user, user);
    const int  file   = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
    const bool is_set = file >= 0 && write(file, map, (size_t)length) == length;
    close(file);
    if (!is_set) {
      return false;
    }
  }

  return !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/// Fill what is left of a file system
static void
fill(const char* const folder)
{
  char path[256];
  char block[512];
  memset(block, 'x', sizeof(block));
  snprintf(path, sizeof(path), "%s/filler", folder);

  const int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  assert_true(file >= 0);
  while (write(file, block, sizeof(block)) > 0) {
  }
  close(file);
}

static void
test_disk_full(void** state)
{
  (void)state;
  Room    room;
  Reading reading;
  char    filler[256];
  room_open(&room, NULL);
  rmdir(room.user);
  room_write(room.user, "keep/empty", "", 0u);
  if (mount("none", room.user, "tmpfs", 0, "size=32k,nr_inodes=200")) {
    room_close(&room);
    skip();
  }

  assert_int_equal(room_save(&room, "Safe", 1.0f, 2.0f).code, 0);
  fill(room.user);

  // The old one stays, a new one does not appear
  Outcome outcome = room_save(&room, "Safe", 3.0f, 4.0f);
  assert_int_equal(outcome.code, 503);
  assert_non_null(strstr(outcome.sentence, "disk"));
  assert_int_equal(room_save(&room, "Other", 3.0f, 4.0f).code, 503);
  assert_int_equal(count_strays(&room), 0);
  room_read(&room, &reading);
  assert_int_equal(reading.count, 2);
  assert_true(reading.presets[reading_find(&reading, "Safe")].gain == 1.0f);

  // Once there is room, all is well
  snprintf(filler, sizeof(filler), "%s/filler", room.user);
  assert_int_equal(unlink(filler), 0);
  assert_int_equal(room_save(&room, "Safe", 3.0f, 4.0f).code, 0);

  umount2(room.user, MNT_DETACH);
  room_close(&room);
}

static void
test_read_only(void** state)
{
  (void)state;
  Room    room;
  Reading reading;
  room_open(&room, NULL);
  assert_int_equal(room_save(&room, "Safe", 1.0f, 2.0f).code, 0);
  if (mount(room.home, room.home, NULL, MS_BIND, NULL) ||
      mount(NULL, room.home, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL)) {
    room_close(&room);
    skip();
  }

  Outcome outcome = room_save(&room, "Safe", 3.0f, 4.0f);
  assert_int_equal(outcome.code, 503);
  assert_non_null(strstr(outcome.sentence, "written"));
  assert_int_equal(room_delete(&room, "Safe").code, 503);
  room_read(&room, &reading);
  assert_true(reading.presets[reading_find(&reading, "Safe")].gain == 1.0f);

  umount2(room.home, MNT_DETACH);
  room_close(&room);
}

/// lilv writes a value wrongly that has more digits than its integers, and says
/// that all is well
static void
test_what_lilv_cannot_write(void** state)
{
  (void)state;
  Room    room;
  Reading reading;
  room_open(&room, NULL);
  assert_int_equal(room_save(&room, "Safe", 1.0f, 2.0f).code, 0);
  assert_int_equal(room_save(&room, "Safe", 1e30f, 2.0f).code, 503);
  assert_int_equal(room_save(&room, "Other", 1e30f, 2.0f).code, 503);
  assert_int_equal(count_strays(&room), 0);
  room_read(&room, &reading);
  assert_int_equal(reading.count, 2);
  assert_true(reading.presets[reading_find(&reading, "Safe")].gain == 1.0f);
  room_close(&room);
}

int
main(void)
{
  const struct CMUnitTest anywhere[] = {
    cmocka_unit_test(test_killed_while_saving),
    cmocka_unit_test(test_what_lilv_cannot_write),
  };
  const struct CMUnitTest mounted[] = {
    cmocka_unit_test(test_disk_full),
    cmocka_unit_test(test_read_only),
  };

  if (!unshare_mounts()) {
    print_message("# no namespace of our own: disks are not tested\n");
    return cmocka_run_group_tests(anywhere, NULL, NULL);
  }

  const struct CMUnitTest all[] = {
    anywhere[0], anywhere[1], mounted[0], mounted[1]};
  return cmocka_run_group_tests(all, NULL, NULL);
}
