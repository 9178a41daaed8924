// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The configuration file: where it is, and what its lines say

#include "ui-bridge/config_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// A configuration is a few lines; more is no configuration
#define FILE_MAX (64 * 1024)

/// Bytes of a section's name that inih keeps, with its end
#define SECTION_MAX 64

#define ALL_KEYS \
  "[osc] port, listen, allow, passphrase, timing; [bridge] log, priority"

/**
   inih reads the file a line at a time, since of a whole one it tells only the
   first line that is wrong, and takes an indented line for more of the one
   above.  Each time it is given three lines: the section as it is, the line of
   the file, and one that makes it tell the section as it then is.
*/
typedef struct {
  RsConfig*   config;
  int         line;                 ///< Of the file
  int         seen[RS_CONFIG_KEYS]; ///< Lines where keys stand, 0: nowhere
  char        section[SECTION_MAX]; ///< Before the line, then after it
  const char* given[3];
  uint32_t    n_given;
  size_t      room; ///< Bytes that inih takes of a line
} Reading;

#define GIVEN_ALL 3u

/// One line for inih, as fgets() would
static char*
give(char* const to, const int size, void* const context)
{
  Reading* const reading = (Reading*)context;
  if (reading->n_given == GIVEN_ALL || size < 2) {
    return NULL;
  }

  snprintf(to, (size_t)size, "%s\n", reading->given[reading->n_given++]);
  return to;
}

/// Nothing for inih, but how long a line may be, its end left out
static char*
measure(char* const to, const int size, void* const context)
{
  (void)to;
  Reading* const reading = (Reading*)context;
  reading->room          = size > 2 ? (size_t)size - 2u : 0u;
  return NULL;
}

/// A key that is not known where it stands
static void
complain_of_key(const Reading* const reading, const char* const key)
{
  const uint32_t elsewhere = rs_config_key(NULL, key);
  char           section[SECTION_MAX];
  snprintf(section,
           sizeof(section),
           reading->section[0] ? "in section [%.20s]" : "outside a section",
           reading->section);

  if (elsewhere < RS_CONFIG_KEYS) {
    rs_config_complain(reading->config,
                       reading->line,
                       "there is no key %s %s: should stand in [%s]",
                       key,
                       section,
                       rs_config_section(elsewhere));
  } else {
    rs_config_complain(reading->config,
                       reading->line,
                       "unknown key %.40s %s: there are %s",
                       key,
                       section,
                       ALL_KEYS);
  }
}

static void
take_key(Reading* const reading, const char* const key, const char* const value)
{
  RsConfig* const config  = reading->config;
  const char*     allowed = NULL;
  const uint32_t  i       = rs_config_key(reading->section, key);
  if (i == RS_CONFIG_KEYS) {
    complain_of_key(reading, key);
    return;
  }

  if (reading->seen[i] && strcmp(key, "allow") != 0) {
    rs_config_complain(config,
                       reading->line,
                       "%s stands on line %d already: should stand once",
                       key,
                       reading->seen[i]);
    return;
  }

  reading->seen[i] = reading->line;
  if (!rs_config_set(config, reading->section, key, value, &allowed)) {
    rs_config_complain(config,
                       reading->line,
                       "%s = %.40s: should be %s",
                       key,
                       rs_config_shown(key, value),
                       allowed);
  } else if (!strcmp(key, "listen")) {
    config->listen_line = reading->line;
  }
}

static int
on_key(void* const       context,
       const char* const section,
       const char* const key,
       const char* const value)
{
  Reading* const reading = (Reading*)context;
  if (reading->n_given == GIVEN_ALL) {
    snprintf(reading->section, sizeof(reading->section), "%s", section);
  } else if (!key[0]) {
    rs_config_complain(reading->config,
                       reading->line,
                       "there is no key before the value: should be key = "
                       "value");
  } else {
    take_key(reading, key, value);
  }

  return 1;
}

/// A line that begins with [ and that inih could read
static void
check_section(const Reading* const reading, const char* const rest)
{
  static const char blanks[] = " \t\r\v\f";

  if (!rs_config_is_section(reading->section)) {
    rs_config_complain(reading->config,
                       reading->line,
                       "unknown section [%.20s]: should be [osc] or [bridge]",
                       reading->section);
  }

  const char* const more = rest + strspn(rest, blanks);
  if (*more && *more != ';' && *more != '#') {
    rs_config_complain(reading->config,
                       reading->line,
                       "%.40s after [%.20s]: should stand on the next line",
                       more,
                       reading->section);
  }
}

/// A line that inih can take
static void
read_line(Reading* const reading, const char* const line)
{
  static const char blanks[] = " \t\r\v\f";

  const char* const start      = line + strspn(line, blanks);
  const bool        is_section = *start == '[';
  char              before[SECTION_MAX + 2u];
  snprintf(before, sizeof(before), "[%s]", reading->section);

  reading->n_given  = 0u;
  reading->given[0] = before;
  reading->given[1] = line;
  reading->given[2] = "after=";

  const int wrong = ini_parse_stream(give, reading, on_key, reading);
  if (wrong < 0) {
    rs_config_complain(
      reading->config, reading->line, "there is no memory to read it");
  } else if (wrong && is_section) {
    // Whichever was meant, it is not the one before
    reading->section[0] = '\0';
    rs_config_complain(reading->config,
                       reading->line,
                       "%.40s has no ]: should be [osc] or [bridge]",
                       start);
  } else if (wrong) {
    rs_config_complain(
      reading->config,
      reading->line,
      "%.40s: should be a [section], key = value, or a comment",
      start);
  } else if (is_section) {
    check_section(reading, strchr(start, ']') + 1);
  }
}

/// One line without its end
static void
take_line(Reading* const reading, const char* const line, const size_t length)
{
  ++reading->line;
  if (memchr(line, '\0', length)) {
    rs_config_complain(reading->config,
                       reading->line,
                       "there is a zero byte in it: should be text");
  } else if (length > reading->room) {
    // What is cut off could have made a network smaller
    rs_config_complain(reading->config,
                       reading->line,
                       "the line has %zu bytes: should have at most %zu (allow "
                       "may stand on several lines)",
                       length,
                       reading->room);
  } else {
    read_line(reading, line);
  }
}

static void
read_text(Reading* const reading, char* const text, const size_t size)
{
  static const char mark[] = "\xEF\xBB\xBF"; // Of UTF-8, as some editors put

  char* const end = text + size;
  char*       at  = text;
  if (size >= sizeof(mark) - 1u && !memcmp(text, mark, sizeof(mark) - 1u)) {
    at += sizeof(mark) - 1u;
  }

  while (at < end) {
    char* const  found  = (char*)memchr(at, '\n', (size_t)(end - at));
    const size_t length = (size_t)((found ? found : end) - at);
    at[length]          = '\0';
    take_line(reading, at, length);
    at += length + 1u;
  }
}

void
rs_config_read_file(RsConfig* const config, const RsConfigFile* const file)
{
  const char* const path = file->path;
  const int         fd   = file->fd;
  if (fd < 0) {
    if (file->error == ENOENT) {
      rs_config_complain(config, 0, "%s: there is no such file", path);
    } else if (file->error) {
      rs_config_complain(
        config, 0, "%s cannot be read: %s", path, strerror(file->error));
    }
    return;
  }

  snprintf(config->file, sizeof(config->file), "%s", path);

  struct stat st;
  char* const text = (char*)calloc(1u, FILE_MAX + 1);
  ssize_t     size = -1;
  if (text && !fstat(fd, &st) && S_ISREG(st.st_mode)) {
    size = read(fd, text, FILE_MAX + 1u);
  }
  close(fd);

  if (size < 0 || size > FILE_MAX) {
    rs_config_complain(
      config,
      0,
      "%s is no configuration: should be a file of at most %d KiB",
      path,
      FILE_MAX / 1024);
  } else {
    Reading reading = {.config = config};
    (void)ini_parse_stream(measure, &reading, on_key, &reading);
    read_text(&reading, text, (size_t)size);
    if (config->passphrase[0] && (st.st_mode & (S_IRGRP | S_IROTH))) {
      config->passphrase[0] = '\0';
      rs_config_complain(
        config,
        reading.seen[rs_config_key(NULL, "passphrase")],
        "the passphrase can be read by others: should be closed to them "
        "(chmod 600)");
    }
  }

  free(text);
}

uint32_t
rs_config_folders(char (*const folders)[512], const uint32_t capacity)
{
  const char* const own  = getenv("XDG_CONFIG_HOME");
  const char* const home = getenv("HOME");
  const char* const all  = getenv("XDG_CONFIG_DIRS");
  uint32_t          n    = 0u;

  // Paths that are not absolute are to be left out, says the specification
  if (own && own[0] == '/') {
    snprintf(folders[n++], sizeof(*folders), "%s/ringside", own);
  } else if (home && home[0] == '/') {
    snprintf(folders[n++], sizeof(*folders), "%s/.config/ringside", home);
  }

  for (const char* p = all && all[0] ? all : "/etc/xdg"; *p && n < capacity;) {
    const size_t length = strcspn(p, ":");
    if (*p == '/' && length < 400u) {
      snprintf(folders[n++], sizeof(*folders), "%.*s/ringside", (int)length, p);
    }
    p += length + (p[length] == ':');
  }

  return n;
}

/// @return false if there is no such file
static bool
open_file(RsConfigFile* const file)
{
  file->fd    = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  file->error = file->fd < 0 ? errno : 0;
  return file->fd >= 0 || (errno != ENOENT && errno != ENOTDIR);
}

void
rs_config_find(RsConfigFile* const file, const char* const named)
{
  *file = (RsConfigFile){.fd = -1};
  if (named) {
    snprintf(file->path, sizeof(file->path), "%s", named);
    if (!open_file(file)) {
      file->error = ENOENT;
    }
    return;
  }

  char           folders[16][512];
  const uint32_t n = rs_config_folders(folders, 16u);
  for (uint32_t i = 0u; i < n; ++i) {
    if (snprintf(
          file->path, sizeof(file->path), "%.490s/bridge.conf", folders[i]) >
          0 &&
        open_file(file)) {
      return;
    }
  }

  *file = (RsConfigFile){.fd = -1};
}
