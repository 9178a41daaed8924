// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Notices that files of presets changed, by inotify

#include "ui-bridge/presets/watch.h"

#include "ui-bridge/presets/folders.h"

#include <dirent.h>
#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/// More bundles than these go unwatched
#define BUNDLES_MAX 4096u

#define CONTENT_EVENTS                                                    \
  (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | \
   IN_ONLYDIR)

/// The folder above one that does not exist yet
typedef struct {
  int  wd; ///< -1: none
  char name[NAME_MAX + 1];
} Parent;

struct RsFolderWatchImpl {
  int    fd;
  Parent parents[RS_FOLDERS_MAX];
};

RsFolderWatch*
rs_watch_new(void)
{
  RsFolderWatch* const watch =
    (RsFolderWatch*)calloc(1u, sizeof(RsFolderWatch));
  if (watch && (watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) < 0) {
    free(watch);
    return NULL;
  }

  return watch;
}

void
rs_watch_free(RsFolderWatch* const watch)
{
  if (watch) {
    close(watch->fd);
    free(watch);
  }
}

int
rs_watch_descriptor(const RsFolderWatch* const watch)
{
  return watch ? watch->fd : -1;
}

/// Wait for a folder that does not exist to be made
static void
watch_parent(RsFolderWatch* const watch,
             Parent* const        parent,
             const char* const    path)
{
  char above[PATH_MAX];
  snprintf(above, sizeof(above), "%s", path);

  char* const slash = strrchr(above, '/');
  parent->wd        = -1;
  if (slash && slash != above && strlen(slash + 1) <= NAME_MAX) {
    *slash = '\0';
    snprintf(parent->name, sizeof(parent->name), "%s", slash + 1);
    parent->wd = inotify_add_watch(
      watch->fd, above, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_MASK_ADD);
  }
}

static void
watch_bundles(RsFolderWatch* const watch, const char* const folder)
{
  DIR* const directory = opendir(folder);
  if (!directory) {
    return;
  }

  uint32_t             n_bundles = 0u;
  const struct dirent* entry     = NULL;
  while (n_bundles < BUNDLES_MAX && (entry = readdir(directory))) {
    char path[PATH_MAX + NAME_MAX + 2];
    if (entry->d_name[0] != '.') {
      snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
      inotify_add_watch(watch->fd, path, CONTENT_EVENTS);
      ++n_bundles;
    }
  }

  closedir(directory);
}

void
rs_watch_refresh(RsFolderWatch* const watch)
{
  if (!watch) {
    return;
  }

  RsFolders* const folders = (RsFolders*)malloc(sizeof(RsFolders));
  if (!folders) {
    return;
  }

  // Adding a watch that there is already changes nothing
  rs_folders_get(folders);
  for (uint32_t i = 0u; i < RS_FOLDERS_MAX; ++i) {
    watch->parents[i].wd = -1;
  }
  for (uint32_t i = 0u; i < folders->count; ++i) {
    const char* const path = folders->paths[i];
    if (inotify_add_watch(watch->fd, path, CONTENT_EVENTS) >= 0) {
      watch_bundles(watch, path);
    } else if (errno == ENOENT) {
      watch_parent(watch, &watch->parents[i], path);
    }
  }

  free(folders);
}

static bool
is_relevant(const RsFolderWatch* const        watch,
            const struct inotify_event* const event,
            const char* const                 name)
{
  if (event->mask & IN_Q_OVERFLOW) {
    return true;
  }

  if ((event->mask & IN_IGNORED) ||
      !strncmp(name, RS_UNFINISHED_PREFIX, strlen(RS_UNFINISHED_PREFIX))) {
    return false;
  }

  for (uint32_t i = 0u; i < RS_FOLDERS_MAX; ++i) {
    if (watch->parents[i].wd == event->wd &&
        !strcmp(watch->parents[i].name, name)) {
      return true;
    }
  }

  for (uint32_t i = 0u; i < RS_FOLDERS_MAX; ++i) {
    if (watch->parents[i].wd == event->wd) {
      return false; // Something else beside the folder that is missing
    }
  }

  return true;
}

bool
rs_watch_drain(RsFolderWatch* const watch)
{
  alignas(struct inotify_event) char buffer[4096];

  bool    has_changed = false;
  ssize_t size        = 0;
  while ((size = read(watch->fd, buffer, sizeof(buffer))) > 0) {
    const struct inotify_event* event = NULL;
    for (size_t i = 0u; i < (size_t)size; i += sizeof(*event) + event->len) {
      event = (const struct inotify_event*)(const void*)(buffer + i);
      has_changed |= is_relevant(watch, event, event->len ? event->name : "");
    }
  }

  return has_changed;
}
