// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Settings: what is allowed, and who overrides whom

#include "ui-bridge/config_impl.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/// These come to those that are there already
static bool
set_allow(RsConfig* const config, const char* const value)
{
  static const char between[] = ", \t";

  RsNetwork allow[RS_CONFIG_ALLOW] = {{0u, 0u}};
  uint32_t  n                      = config->n_allow;
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

  for (uint32_t i = config->n_allow; i < n; ++i) {
    config->allow[i] = allow[i];
  }
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

static_assert(sizeof(keys) / sizeof(*keys) == RS_CONFIG_KEYS, "all keys");

const char*
rs_config_shown(const char* const key, const char* const value)
{
  return strcmp(key, "passphrase") != 0 ? value : "...";
}

/// Room for one more sentence, in the order of lines.  @return NULL if it comes
/// after all that are kept
static char*
make_room(RsConfig* const config, const int line)
{
  uint32_t kept = config->n_errors++;
  if (kept > RS_CONFIG_ERRORS) {
    kept = RS_CONFIG_ERRORS;
  }

  uint32_t at = kept;
  while (at && config->error_lines[at - 1u] > line) {
    --at;
  }
  if (at == RS_CONFIG_ERRORS) {
    return NULL;
  }

  const uint32_t moved =
    (kept < RS_CONFIG_ERRORS ? kept : RS_CONFIG_ERRORS - 1u) - at;
  memmove(config->errors[at + 1u],
          config->errors[at],
          moved * sizeof(config->errors[0]));
  memmove(config->error_lines + at + 1u,
          config->error_lines + at,
          moved * sizeof(config->error_lines[0]));

  config->error_lines[at] = line;
  memset(config->errors[at], 0, sizeof(config->errors[at]));
  return config->errors[at];
}

void
rs_config_complain(RsConfig* const   config,
                   const int         line,
                   const char* const format,
                   ...)
{
  char* const  said = make_room(config, line);
  const size_t size = sizeof(config->errors[0]);
  if (!said) {
    return;
  }

  const int place = line > 0 && line < RS_CONFIG_NO_LINE
                      ? snprintf(said, size, "%s:%d: ", config->file, line)
                      : 0;
  if (place >= 0 && (size_t)place < size) {
    va_list args;
    va_start(args, format);
    vsnprintf(said + place, size - (size_t)place, format, args);
    va_end(args);
  }
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

uint32_t
rs_config_key(const char* const section, const char* const key)
{
  uint32_t i = 0u;
  while (i < RS_CONFIG_KEYS &&
         (strcmp(key, keys[i].key) != 0 ||
          (section && strcmp(section, keys[i].section)))) {
    ++i;
  }
  return i;
}

const char*
rs_config_section(const uint32_t key)
{
  return keys[key].section;
}

bool
rs_config_is_section(const char* const section)
{
  uint32_t i = 0u;
  while (i < RS_CONFIG_KEYS && strcmp(section, keys[i].section) != 0) {
    ++i;
  }
  return i < RS_CONFIG_KEYS;
}

bool
rs_config_set(RsConfig* const    config,
              const char* const  section,
              const char* const  key,
              const char* const  value,
              const char** const allowed)
{
  const uint32_t i = rs_config_key(section, key);
  *allowed         = i < RS_CONFIG_KEYS ? keys[i].allowed : NULL;
  return i < RS_CONFIG_KEYS && keys[i].set(config, value);
}

/// Whoever is heard beyond this machine has to be told apart from others
static void
check_listen(RsConfig* const config)
{
  if (!rs_config_is_loopback(config->listen) && !config->n_allow &&
      !config->passphrase[0]) {
    char address[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &config->listen, address, sizeof(address));

    config->listen.s_addr = htonl(INADDR_LOOPBACK);
    rs_config_complain(
      config,
      config->listen_line ? config->listen_line : RS_CONFIG_NO_LINE,
      "listen = %s: should come with allow = NETWORKS or passphrase = WORDS, "
      "that tell who else may control; 127.0.0.1 is used",
      address);
  }
}

/// What is set overrides what was, also where more than one is possible
static bool
replace(RsConfig* const config, const uint32_t key, const char* const value)
{
  const uint32_t n_allow = config->n_allow;
  if (keys[key].set == set_allow) {
    config->n_allow = 0u;
  }

  const bool is_good = keys[key].set(config, value);
  if (!is_good) {
    config->n_allow = n_allow;
  }
  return is_good;
}

void
rs_config_load(RsConfig* const            config,
               const RsConfigFlags* const flags,
               const RsConfigFile* const  file)
{
  rs_config_defaults(config);
  rs_config_read_file(config, file);

  for (uint32_t i = 0u; i < RS_CONFIG_KEYS; ++i) {
    const char* const value = getenv(keys[i].variable);
    if (value && value[0] && !replace(config, i, value)) {
      rs_config_complain(config,
                         RS_CONFIG_NO_LINE,
                         "environment: %s=%.40s: should be %s",
                         keys[i].variable,
                         rs_config_shown(keys[i].key, value),
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
