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

/// Whether these words stand anywhere but where the passphrase does
static bool
is_also_elsewhere(const char* const words, const Input all)
{
  const size_t         length = strlen(words);
  const uint8_t* const end    = all.at + all.left;
  uint32_t             count  = 0u;
  for (const uint8_t* at = all.at;
       (at = (const uint8_t*)memmem(at, (size_t)(end - at), words, length));
       ++at) {
    ++count;
  }
  return count > 1u;
}

static void
check(const RsConfig* const config, const Input all)
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

  const bool is_secret =
    words >= RS_PASSPHRASE_MIN && !is_also_elsewhere(config->passphrase, all);
  const uint32_t kept =
    config->n_errors < RS_CONFIG_ERRORS ? config->n_errors : RS_CONFIG_ERRORS;
  for (uint32_t i = 0u; i < kept; ++i) {
    const char* const said = config->errors[i];
    require(said[0] && memchr(said, '\0', sizeof(config->errors[i])));
    require(!is_secret || !strstr(said, config->passphrase));
  }
}

static void
load(RsConfig* const config, const RsConfigFlags* const flags)
{
  RsConfigFile file;
  rs_config_find(&file, flags->file);
  rs_config_load(config, flags, &file);
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  Input             input    = {data, size};
  const uint8_t     flags    = input_u8(&input);
  char* const       value    = exact_text(input_until(&input, '\0'));
  const char* const variable = variables[(flags & 15u) % N_VARIABLES];
  char              path[64];
  char              port[] = "6721";
  RsConfig* const   config = (RsConfig*)malloc(sizeof(RsConfig));

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
  memset(config, 0x5a, sizeof(*config));
  load(config, &command_line);
  check(config, (Input){data, size});
  require(!strcmp(config->file, path));
  require(!(flags & 64u) || config->port == 6721u);

  // The same text is read the same way again
  RsConfig* const again = (RsConfig*)malloc(sizeof(RsConfig));
  load(again, &command_line);
  require(!memcmp(config->errors, again->errors, sizeof(again->errors)));
  require(config->n_errors == again->n_errors);
  require(config->port == again->port && config->n_allow == again->n_allow);

  free(again);
  free(config);
  free(value);
  close(fd);
  return 0;
}
