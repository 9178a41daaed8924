// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Where bundles are

#include "ui-bridge/presets/folders.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// As in Debian's lilv, the one with the most folders
#define DEFAULT_PATH                                                     \
  "~/.lv2:/usr/lib/x86_64-linux-gnu/lv2:/usr/lib/aarch64-linux-gnu/lv2:" \
  "/usr/lib/lv2:/usr/local/lib/lv2:/usr/lib64/lv2"

/// Append to a path.  @return false if it is full
static bool
append(char* const path, size_t* const length, const char* text, size_t size)
{
  if (*length + size >= PATH_MAX) {
    return false;
  }
  memcpy(path + *length, text, size);
  *length += size;
  path[*length] = '\0';
  return true;
}

/// Put one element of LV2_PATH into `path`, with `~` and `$NAME` resolved
static bool
expand(const char* const element, const size_t size, char path[PATH_MAX])
{
  size_t length = 0u;
  for (size_t i = 0u; i < size;) {
    if (element[i] == '~' && i == 0u && (size == 1u || element[1] == '/')) {
      const char* const home = getenv("HOME");
      if (!home || !append(path, &length, home, strlen(home))) {
        return false;
      }
      ++i;
    } else if (element[i] == '$') {
      char       name[64];
      const char legal[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
      size_t     end     = i + 1u;
      while (end < size && strchr(legal, element[end])) {
        ++end;
      }
      snprintf(
        name, sizeof(name), "%.*s", (int)(end - i - 1u), element + i + 1);
      const char* const value = getenv(name);
      if (!value || !append(path, &length, value, strlen(value))) {
        return false;
      }
      i = end;
    } else if (!append(path, &length, element + i++, 1u)) {
      return false;
    }
  }

  while (length > 1u && path[length - 1u] == '/') {
    path[--length] = '\0';
  }

  return length > 0u && path[0] == '/';
}

void
rs_folders_get(RsFolders* const folders)
{
  const char* const given = getenv("LV2_PATH");
  const char*       path  = given && *given ? given : DEFAULT_PATH;

  folders->count = 0u;
  while (*path && folders->count < RS_FOLDERS_MAX) {
    const size_t size = strcspn(path, ":");
    char* const  out  = folders->paths[folders->count];

    bool is_new = expand(path, size, out);
    for (uint32_t i = 0u; is_new && i < folders->count; ++i) {
      is_new = strcmp(folders->paths[i], out) != 0;
    }
    folders->count += is_new ? 1u : 0u;
    path += size + (path[size] == ':' ? 1u : 0u);
  }
}

static bool
is_writable_folder(const char* const path)
{
  struct stat status;

  return !stat(path, &status) && S_ISDIR(status.st_mode) &&
         !access(path, W_OK | X_OK);
}

static bool
can_be_made(const char* const path, const char* const parent)
{
  struct stat status;

  return lstat(path, &status) && errno == ENOENT && is_writable_folder(parent);
}

static bool
find_user(const RsFolders* const folders,
          const bool             is_to_be_made,
          char                   path[PATH_MAX])
{
  const char* const home = getenv("HOME");
  char              user[PATH_MAX];
  const bool        has_home =
    home && home[0] == '/' &&
    snprintf(user, sizeof(user), "%s/.lv2", home) < (int)sizeof(user);

  for (uint32_t i = 0u; has_home && i < folders->count; ++i) {
    if (!strcmp(folders->paths[i], user)) {
      if (is_writable_folder(user) ||
          (is_to_be_made ? !mkdir(user, 0777) : can_be_made(user, home))) {
        memcpy(path, user, sizeof(user));
        return true;
      }
    }
  }

  for (uint32_t i = 0u; i < folders->count; ++i) {
    if (is_writable_folder(folders->paths[i])) {
      memcpy(path, folders->paths[i], PATH_MAX);
      return true;
    }
  }

  return false;
}

bool
rs_folders_user(const RsFolders* const folders, char path[PATH_MAX])
{
  return find_user(folders, false, path);
}

bool
rs_folders_make_user(const RsFolders* const folders, char path[PATH_MAX])
{
  return find_user(folders, true, path);
}
