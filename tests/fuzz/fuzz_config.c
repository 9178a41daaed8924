// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Configuration files and environments of any content: what comes out is
   within what is allowed, nobody beyond this machine is heard without a guard,
   every complaint is a whole sentence, and no passphrase is ever shown.

   Input: a byte of flags, a value for one variable up to a zero, the file.
*/

#include "tests/fuzz/fuzz.h"
#include "ui-bridge/config.h"

#include <arpa/inet.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_VARIABLES 7u

static const char* const variables[N_VARIABLES] = {
  "RINGSIDE_PORT",
  "RINGSIDE_LISTEN",
  "RINGSIDE_ALLOW",
  "RINGSIDE_PASSPHRASE",
  "RINGSIDE_TIMING",
  "RINGSIDE_LOG",
  "RINGSIDE_PRIORITY",
};

/// Whether these words stand once in an input; then where
static bool
is_once(const char* const words, const Input all, size_t* const where)
{
  const size_t         length = strlen(words);
  const uint8_t* const end    = all.at + all.left;
  uint32_t             count  = 0u;
  for (const uint8_t* at = all.at;
       (at = (const uint8_t*)memmem(at, (size_t)(end - at), words, length));
       ++at) {
    *where = (size_t)(at - all.at);
    ++count;
  }
  return count == 1u;
}

/// What is said of a line names it; what is not, is said of no line
static void
check_place(const RsConfig* const config, const uint32_t i)
{
  const char* const said = config->errors[i];
  const int         line = config->error_lines[i];
  char              place[sizeof(config->file) + 16u];
  const int n = snprintf(place, sizeof(place), "%s:%d: ", config->file, line);

  require(n > 0 && line >= 0);
  require((line == 0 || line == INT_MAX) != !strncmp(said, place, (size_t)n));
}

static void
check(const RsConfig* const config)
{
  require(config->n_allow <= RS_CONFIG_ALLOW);
  require(config->priority >= 0 && config->priority <= 99);
  require(config->log_level <= RS_LOG_DEBUG);
  require(strnlen(config->file, sizeof(config->file)) < sizeof(config->file));

  const size_t words = strnlen(config->passphrase, sizeof(config->passphrase));
  require(!words || (words >= RS_PASSPHRASE_MIN && words <= RS_PASSPHRASE_MAX));
  require(rs_config_is_loopback(config->listen) || words || config->n_allow);
  for (uint32_t i = 0u; i < config->n_allow; ++i) {
    const RsNetwork* const network = &config->allow[i];
    require((network->network & ~network->mask) == 0u);
    require((~network->mask & (~network->mask + 1u)) == 0u);
  }

  const uint32_t kept =
    config->n_errors < RS_CONFIG_ERRORS ? config->n_errors : RS_CONFIG_ERRORS;
  for (uint32_t i = 0u; i < kept; ++i) {
    const char* const said = config->errors[i];
    require(said[0] && memchr(said, '\0', sizeof(config->errors[i])));
    require(!i || config->error_lines[i] >= config->error_lines[i - 1u]);
    check_place(config, i);
  }
}

/// Read the configuration that an input stands for
static void
load(RsConfig* const config, const Input all)
{
  Input             input    = all;
  const uint8_t     flags    = input_u8(&input);
  char* const       value    = exact_text(input_until(&input, '\0'));
  const char* const variable = variables[(flags & 15u) % N_VARIABLES];
  char              path[64];
  char              port[] = "6721";

  const int fd = memfd_create("fuzz", MFD_CLOEXEC);
  require(fd >= 0 && !fchmod(fd, flags & 32u ? 0644 : 0600));
  require(write(fd, input.at, input.left) == (ssize_t)input.left);
  snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);

  for (uint32_t i = 0u; i < N_VARIABLES; ++i) {
    unsetenv(variables[i]);
  }
  if (flags & 16u) {
    setenv(variable, value, 1);
  }

  const RsConfigFlags command_line = {.file = path,
                                      .port = flags & 64u ? port : NULL};
  RsConfigFile        file;
  rs_config_find(&file, command_line.file);
  rs_config_load(config, &command_line, &file);
  require(!strcmp(config->file, path));
  require(!(flags & 64u) || config->port == 6721u);
  free(value);
  close(fd);
}

/// What is complained of does not depend on the passphrase
static void
check_secret(const RsConfig* const config, const Input all)
{
  size_t       where = 0u;
  const size_t words = strlen(config->passphrase);
  if (words < RS_PASSPHRASE_MIN || !is_once(config->passphrase, all, &where)) {
    return;
  }

  RsConfig* const other = (RsConfig*)calloc(1, sizeof(RsConfig));
  uint8_t* const  data  = (uint8_t*)exact_copy(all.at, all.left);
  memset(data + where, 'x', words);
  load(other, (Input){data, all.left});
  require(strlen(other->passphrase) == words);
  require(other->n_errors == config->n_errors);
  require(!memcmp(other->errors, config->errors, sizeof(config->errors)));
  free(data);
  free(other);
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  const Input     all    = {data, size};
  RsConfig* const config = (RsConfig*)malloc(sizeof(RsConfig));
  RsConfig* const again  = (RsConfig*)malloc(sizeof(RsConfig));

  memset(config, 0x5a, sizeof(*config));
  load(config, all);
  check(config);
  check_secret(config, all);

  // The same text is read the same way again
  load(again, all);
  require(!memcmp(config->errors, again->errors, sizeof(again->errors)));
  require(config->n_errors == again->n_errors);
  require(config->port == again->port && config->n_allow == again->n_allow);

  free(again);
  free(config);
  return 0;
}
