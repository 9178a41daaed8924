// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The folder of user presets, changed by one process at a time

#include "ui-bridge/presets/store.h"

#include "ui-bridge/presets/folders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/// Bytes of a name that are meant to be read, of plugin and label each
#define LEGIBLE_MAX 40

static int
remove_entry(const char* const        path,
             const struct stat* const status,
             const int                type,
             struct FTW* const        where)
{
  (void)status;
  (void)where;
  if (type == FTW_DP || type == FTW_D || type == FTW_DNR) {
    rmdir(path);
  } else {
    unlink(path);
  }
  return 0;
}

/// Remove a folder and all in it; links are removed, not followed
static void
remove_tree(const char* const path)
{
  nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void
remove_stray(const RsStore* const store)
{
  DIR* const directory = opendir(store->path);
  if (!directory) {
    return;
  }

  const struct dirent* entry = NULL;
  while ((entry = readdir(directory))) {
    char path[PATH_MAX + NAME_MAX + 2];
    if (!strncmp(
          entry->d_name, RS_UNFINISHED_PREFIX, strlen(RS_UNFINISHED_PREFIX))) {
      snprintf(path, sizeof(path), "%s/%s", store->path, entry->d_name);
      remove_tree(path);
    }
  }

  closedir(directory);
}

bool
rs_store_open(RsStore* const store, const char* const folder)
{
  snprintf(store->path, sizeof(store->path), "%s", folder);
  store->scratch[0] = '\0';
  store->folder     = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (store->folder < 0) {
    return false;
  }

  // Whoever holds the lock is the only one with an unfinished folder
  if (flock(store->folder, LOCK_EX)) {
    rs_store_close(store);
    return false;
  }

  remove_stray(store);

  char scratch[PATH_MAX];
  if (snprintf(scratch,
               sizeof(scratch),
               "%s/%sXXXXXX",
               folder,
               RS_UNFINISHED_PREFIX) >= (int)sizeof(scratch) ||
      !mkdtemp(scratch)) {
    rs_store_close(store);
    return false;
  }

  memcpy(store->scratch, scratch, sizeof(scratch));
  return true;
}

void
rs_store_close(RsStore* const store)
{
  const int error = errno;

  if (store->scratch[0]) {
    remove_tree(store->scratch);
  }
  close(store->folder); // And so unlock
  errno = error;
}

/// FNV-1a, 64 bits
static uint64_t
hash(uint64_t sum, const char* const text)
{
  for (const char* c = text;; ++c) {
    sum = (sum ^ (uint8_t)*c) * 0x100000001B3u;
    if (!*c) {
      return sum;
    }
  }
}

/// Copy what is harmless in a file name, and an underscore for all else
static int
put_legible(char* const name, const char* const text)
{
  int length = 0;
  for (; length < LEGIBLE_MAX && text[length]; ++length) {
    const char c           = text[length];
    const bool is_harmless = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '-';
    name[length] = (char)(is_harmless ? c : '_');
  }

  return length;
}

void
rs_store_bundle_name(const char* const plugin_name,
                     const char* const plugin_uri,
                     const char* const label,
                     char              name[NAME_MAX + 1])
{
  const uint64_t sum = hash(hash(0xCBF29CE484222325u, plugin_uri), label);

  int length     = put_legible(name, plugin_name);
  name[length++] = '-';
  length += put_legible(name + length, label);
  snprintf(name + length, 32u, "-%016llx.lv2", (unsigned long long)sum);
}

bool
rs_store_sync(const char* const path)
{
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return false;
  }

  const int status = fsync(file);
  const int error  = errno;
  close(file);
  errno = error;
  return !status;
}
