// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Settings: what is allowed, and where it comes from

#include "ui-bridge/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// A configuration is a few lines; more is no configuration
#define FILE_MAX (64 * 1024)

typedef bool (*SetKey)(RsConfig* config, const char* value);

static bool
read_number(const char* const value, const long most, long* const number)
{
  char* end = NULL;
  errno     = 0;
  *number   = strtol(value, &end, 10);

  return value[0] >= '0' && value[0] <= '9' && !*end && !errno &&
         *number <= most;
}

static bool
set_port(RsConfig* const config, const char* const value)
{
  long number = 0;
  if (!read_number(value, UINT16_MAX, &number)) {
    return false;
  }

  config->port = (uint16_t)number;
  return true;
}

bool
rs_config_is_loopback(const struct in_addr address)
{
  return ntohl(address.s_addr) >> 24u == 127u;
}

static bool
set_listen(RsConfig* const config, const char* const value)
{
  struct in_addr address = {htonl(INADDR_LOOPBACK)};
  if (strcmp(value, "localhost") != 0 &&
      inet_pton(AF_INET, value, &address) != 1) {
    return false;
  }

  config->listen      = address;
  config->listen_line = 0;
  return true;
}

/// One address, or a network as 192.168.1.0/24
static bool
read_network(const char* const text, RsNetwork* const network)
{
  char              address[32];
  const char* const slash  = strchr(text, '/');
  const size_t      length = slash ? (size_t)(slash - text) : strlen(text);
  long              bits   = 32;
  struct in_addr    number;
  if (length >= sizeof(address) ||
      (slash && !read_number(slash + 1, 32, &bits))) {
    return false;
  }

  memcpy(address, text, length);
  address[length] = '\0';
  if (inet_pton(AF_INET, address, &number) != 1) {
    return false;
  }

  network->mask    = bits ? UINT32_MAX << (32u - (unsigned)bits) : 0u;
  network->network = ntohl(number.s_addr) & network->mask;
  return true;
}

static bool
set_allow(RsConfig* const config, const char* const value)
{
  static const char between[] = ", \t";

  RsNetwork allow[RS_CONFIG_ALLOW] = {{0u, 0u}};
  uint32_t  n                      = 0u;
  for (const char* at = value + strspn(value, between); *at;) {
    const size_t length = strcspn(at, between);
    char         text[64];
    if (n == RS_CONFIG_ALLOW || length >= sizeof(text)) {
      return false;
    }

    memcpy(text, at, length);
    text[length] = '\0';
    if (!read_network(text, &allow[n++])) {
      return false;
    }
    at += length;
    at += strspn(at, between);
  }

  memcpy(config->allow, allow, n * sizeof(*allow));
  config->n_allow = n;
  return true;
}

static bool
set_passphrase(RsConfig* const config, const char* const value)
{
  const size_t length = strlen(value);
  if (length && (length < RS_PASSPHRASE_MIN || length > RS_PASSPHRASE_MAX)) {
    return false;
  }

  memset(config->passphrase, 0, sizeof(config->passphrase));
  memcpy(config->passphrase, value, length);
  return true;
}

static bool
set_timing(RsConfig* const config, const char* const value)
{
  const bool is_steady = !strcmp(value, "steady");
  if (!is_steady && strcmp(value, "asap") != 0) {
    return false;
  }

  config->is_steady = is_steady;
  return true;
}

static bool
set_log(RsConfig* const config, const char* const value)
{
  return rs_log_level_from_name(value, &config->log_level);
}

static bool
set_priority(RsConfig* const config, const char* const value)
{
  long number = 0;
  if (!read_number(value, 99, &number)) {
    return false;
  }

  config->priority = (int)number;
  return true;
}

// clang-format off
static const struct {
  const char* section;
  const char* key;
  const char* variable;
  SetKey      set;
  const char* allowed;
} keys[] = {
  {"osc",    "port",     "RINGSIDE_PORT",     set_port,
   "a port number from 0 (any free one) to 65535"},
  {"osc",    "listen",   "RINGSIDE_LISTEN",   set_listen,
   "an IPv4 address of this machine, as 127.0.0.1 (for itself alone) or "
   "0.0.0.0 (all that it has)"},
  {"osc",    "allow",    "RINGSIDE_ALLOW",    set_allow,
   "up to 16 addresses or networks, as 192.168.1.7, 10.0.0.0/24"},
  {"osc",    "passphrase", "RINGSIDE_PASSPHRASE", set_passphrase,
   "8 to 127 bytes"},
  {"osc",    "timing",   "RINGSIDE_TIMING",   set_timing,
   "asap or steady"},
  {"bridge", "log",      "RINGSIDE_LOG",      set_log,
   "error, warning, info or debug"},
  {"bridge", "priority", "RINGSIDE_PRIORITY", set_priority,
   "a real-time priority from 1 to 99, or 0 for none"},
};
// clang-format on

#define N_KEYS (sizeof(keys) / sizeof(*keys))
#define ALL_KEYS \
  "[osc] port, listen, allow, passphrase, timing; [bridge] log, priority"

/// A bad value as it is shown; what ought to be a secret stays one
static const char*
shown(const char* const key, const char* const value)
{
  return strcmp(key, "passphrase") != 0 ? value : "...";
}

static void
complain(RsConfig* config, const char* format, ...)
  __attribute__((format(printf, 2, 3)));

static void
complain(RsConfig* const config, const char* const format, ...)
{
  if (config->n_errors < RS_CONFIG_ERRORS) {
    va_list args;
    va_start(args, format);
    vsnprintf(config->errors[config->n_errors],
              sizeof(config->errors[0]),
              format,
              args);
    va_end(args);
  }

  ++config->n_errors;
}

void
rs_config_defaults(RsConfig* const config)
{
  memset(config, 0, sizeof(*config));
  config->port          = RS_DEFAULT_PORT;
  config->listen.s_addr = htonl(INADDR_LOOPBACK);
  config->log_level     = RS_LOG_INFO;
  config->priority      = RS_DEFAULT_PRIORITY;
}

bool
rs_config_set(RsConfig* const    config,
              const char* const  section,
              const char* const  key,
              const char* const  value,
              const char** const allowed)
{
  for (size_t i = 0u; i < N_KEYS; ++i) {
    if (!strcmp(section, keys[i].section) && !strcmp(key, keys[i].key)) {
      *allowed = keys[i].allowed;
      return keys[i].set(config, value);
    }
  }

  *allowed = NULL;
  return false;
}

// The file

typedef struct {
  RsConfig*   config;
  const char* path;
  const char* text; ///< What inih has not read yet
  int         line; ///< Of what inih has read last
} Reading;

/// One line for inih, as fgets() would; inih itself does not say where it is
static char*
read_line(char* const line, const int size, void* const context)
{
  Reading* const reading = (Reading*)context;
  if (!*reading->text || size < 2) {
    return NULL;
  }

  const char* const end = strchr(reading->text, '\n');
  const size_t      length =
    end ? (size_t)(end - reading->text) + 1u : strlen(reading->text);
  const size_t taken = length < (size_t)size - 1u ? length : (size_t)size - 1u;

  // What of a line is too long is left out; nothing we know is as long
  memcpy(line, reading->text, taken);
  line[taken] = '\0';
  reading->text += length;
  ++reading->line;
  return line;
}

static int
on_key(void* const       context,
       const char* const section,
       const char* const key,
       const char* const value)
{
  Reading* const reading = (Reading*)context;
  const char*    allowed = NULL;

  if (!rs_config_set(reading->config, section, key, value, &allowed)) {
    if (allowed) {
      complain(reading->config,
               "%s:%d: %s = %.40s: should be %s",
               reading->path,
               reading->line,
               key,
               shown(key, value),
               allowed);
    } else {
      complain(reading->config,
               "%s:%d: unknown key %.40s in section [%.20s]: there are %s",
               reading->path,
               reading->line,
               key,
               section,
               ALL_KEYS);
    }
  } else if (!strcmp(key, "listen")) {
    reading->config->listen_line = reading->line;
  }

  return 1;
}

static void
read_file(RsConfig* const config, const RsConfigFile* const file)
{
  const char* const path = file->path;
  const int         fd   = file->fd;
  if (fd < 0) {
    if (file->error == ENOENT) {
      complain(config, "%s: there is no such file", path);
    } else if (file->error) {
      complain(config, "%s cannot be read: %s", path, strerror(file->error));
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
    complain(config,
             "%s is no configuration: should be a file of at most %d KiB",
             path,
             FILE_MAX / 1024);
  } else {
    text[size]        = '\0';
    Reading   reading = {config, path, text, 0};
    const int line    = ini_parse_stream(read_line, &reading, on_key, &reading);
    if (line > 0) {
      complain(config,
               "%s:%d: should be a [section], key = value, or a comment",
               path,
               line);
    }
    if (config->passphrase[0] && (st.st_mode & (S_IRGRP | S_IROTH))) {
      config->passphrase[0] = '\0';
      complain(config,
               "%s holds a passphrase that others can read: should be closed "
               "to them (chmod 600)",
               path);
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

/// Whoever is heard beyond this machine has to be told apart from others
static void
check_listen(RsConfig* const config)
{
  if (!rs_config_is_loopback(config->listen) && !config->n_allow &&
      !config->passphrase[0]) {
    char address[INET_ADDRSTRLEN];
    char place[sizeof(config->file) + 16u] = "";
    inet_ntop(AF_INET, &config->listen, address, sizeof(address));
    if (config->listen_line) {
      snprintf(
        place, sizeof(place), "%s:%d: ", config->file, config->listen_line);
    }

    config->listen.s_addr = htonl(INADDR_LOOPBACK);
    complain(config,
             "%slisten = %s: should come with allow = NETWORKS or passphrase = "
             "WORDS, that tell who else may control; 127.0.0.1 is used",
             place,
             address);
  }
}

void
rs_config_load(RsConfig* const            config,
               const RsConfigFlags* const flags,
               const RsConfigFile* const  file)
{
  rs_config_defaults(config);
  read_file(config, file);

  for (size_t i = 0u; i < N_KEYS; ++i) {
    const char* const value = getenv(keys[i].variable);
    if (value && value[0] && !keys[i].set(config, value)) {
      complain(config,
               "environment: %s=%.40s: should be %s",
               keys[i].variable,
               shown(keys[i].key, value),
               keys[i].allowed);
    }
  }

  // These were checked when the arguments were read
  if (flags) {
    if (flags->port) {
      (void)set_port(config, flags->port);
    }
    if (flags->listen) {
      (void)set_listen(config, flags->listen);
    }
    if (flags->log_level) {
      (void)set_log(config, flags->log_level);
    }
  }

  check_listen(config);
}
