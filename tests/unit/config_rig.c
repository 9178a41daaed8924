// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A configuration file in a home of its own

#include "tests/unit/config_rig.h"

#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
config_rig_open(ConfigRig* const rig)
{
  static const char* const variables[] = {"RINGSIDE_PORT",
                                          "RINGSIDE_LISTEN",
                                          "RINGSIDE_ALLOW",
                                          "RINGSIDE_PASSPHRASE",
                                          "RINGSIDE_TIMING",
                                          "RINGSIDE_LOG",
                                          "RINGSIDE_PRIORITY",
                                          "XDG_CONFIG_HOME"};

  for (size_t i = 0u; i < N_ELEMENTS(variables); ++i) {
    unsetenv(variables[i]);
  }

  strcpy(rig->home, "/tmp/rs-config-XXXXXX");
  if (!mkdtemp(rig->home)) {
    return -1;
  }
  setenv("HOME", rig->home, 1);
  setenv("XDG_CONFIG_DIRS", "/nowhere", 1);
  snprintf(rig->path, sizeof(rig->path), "%s/.config", rig->home);
  mkdir(rig->path, 0700);
  snprintf(rig->path, sizeof(rig->path), "%s/.config/ringside", rig->home);
  mkdir(rig->path, 0700);
  snprintf(
    rig->path, sizeof(rig->path), "%s/.config/ringside/bridge.conf", rig->home);
  return 0;
}

int
config_rig_close(ConfigRig* const rig)
{
  unlink(rig->path);
  rmdir(rig->path);
  *strrchr(rig->path, '/') = '\0';
  rmdir(rig->path);
  *strrchr(rig->path, '/') = '\0';
  rmdir(rig->path);
  return rmdir(rig->home);
}

void
config_rig_read(ConfigRig* const rig, const RsConfigFlags* const flags)
{
  RsConfigFile file;
  rs_config_find(&file, flags ? flags->file : NULL);
  rs_config_load(&rig->config, flags, &file);
}

void
config_rig_load(ConfigRig* const           rig,
                const char* const          text,
                const size_t               size,
                const RsConfigFlags* const flags)
{
  FILE* const file = fopen(rig->path, "w");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1u, size, file), size);
  fclose(file);
  config_rig_read(rig, flags);
}
