// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Settings: their defaults, where they stand, and who overrides whom

#include "tests/unit/check.h"
#include "tests/unit/config_rig.h"
#include "ui-bridge/config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static ConfigRig rig;

static int
set_up(void** state)
{
  (void)state;
  return config_rig_open(&rig);
}

static int
tear_down(void** state)
{
  (void)state;
  return config_rig_close(&rig);
}

static void
defaults(void** state)
{
  (void)state;
  config_rig_read(&rig, NULL);
  assert_int_equal(rig.config.n_errors, 0);
  assert_int_equal(rig.config.port, 6720);
  assert_int_equal(rig.config.listen.s_addr, htonl(INADDR_LOOPBACK));
  assert_false(rig.config.is_steady);
  assert_int_equal(rig.config.log_level, RS_LOG_INFO);
  assert_string_equal(rig.config.file, "");
}

static void
good(void** state)
{
  (void)state;
  static const char text[] = "; a comment\n# another\n[osc]\nport = 7000\n"
                             "listen=127.0.0.2\ntiming = steady\n\n"
                             "[bridge]\nlog = debug\npriority = 0\n";

  config_rig_load(&rig, text, sizeof(text) - 1u, NULL);
  assert_int_equal(rig.config.n_errors, 0);
  assert_int_equal(rig.config.port, 7000);
  assert_int_equal(rig.config.listen.s_addr, htonl(0x7f000002u));
  assert_true(rig.config.is_steady);
  assert_int_equal(rig.config.log_level, RS_LOG_DEBUG);
  assert_int_equal(rig.config.priority, 0);
  assert_string_equal(rig.config.file, rig.path);
}

static void
networks(void** state)
{
  (void)state;
  static const char text[] = "[osc]\nlisten = 0.0.0.0\n"
                             "allow = 192.168.1.7,10.1.2.3/8 0.0.0.0/0\n"
                             "passphrase = 12345678\n";
  config_rig_load(&rig, text, sizeof(text) - 1u, NULL);
  chmod(rig.path, 0600);
  config_rig_read(&rig, NULL);

  assert_int_equal(rig.config.n_errors, 0);
  assert_int_equal(rig.config.listen.s_addr, 0);
  assert_int_equal(rig.config.n_allow, 3);
  assert_int_equal(rig.config.allow[0].network, 0xc0a80107u);
  assert_int_equal(rig.config.allow[0].mask, UINT32_MAX);
  assert_int_equal(rig.config.allow[1].network, 0x0a000000u);
  assert_int_equal(rig.config.allow[1].mask, 0xff000000u);
  assert_int_equal(rig.config.allow[2].mask, 0);
  assert_string_equal(rig.config.passphrase, "12345678");
}

/// The example that is installed holds the defaults, and nothing wrong
static void
example(void** state)
{
  (void)state;
  char                file[512];
  const char* const   source = getenv("RINGSIDE_SOURCE");
  RsConfig            plain;
  const RsConfigFlags flags = {.file = file};

  snprintf(
    file, sizeof(file), "%s/ui-bridge/bridge.conf", source ? source : ".");
  config_rig_read(&rig, &flags);
  assert_int_equal(rig.config.n_errors, 0);
  rs_config_defaults(&plain);
  memset(rig.config.file, 0, sizeof(rig.config.file));
  assert_true(rig.config.listen_line > 0);
  rig.config.listen_line = 0;
  assert_memory_equal(&rig.config, &plain, sizeof(rig.config));
}

static void
who_overrides(void** state)
{
  (void)state;
  static const char   text[] = "[osc]\nport = 7000\ntiming = steady\n";
  const RsConfigFlags flags  = {.port = "7002"};

  setenv("RINGSIDE_PORT", "7001", 1);
  config_rig_load(&rig, text, sizeof(text) - 1u, NULL);
  assert_int_equal(rig.config.port, 7001);
  assert_true(rig.config.is_steady);

  config_rig_load(&rig, text, sizeof(text) - 1u, &flags);
  assert_int_equal(rig.config.port, 7002);

  setenv("RINGSIDE_PORT", "many", 1);
  config_rig_load(&rig, text, sizeof(text) - 1u, NULL);
  assert_int_equal(rig.config.port, 7000);
  assert_int_equal(rig.config.n_errors, 1);
  assert_non_null(
    strstr(rig.config.errors[0], "RINGSIDE_PORT=many: should be"));

  // A file that was named must be there
  const RsConfigFlags missing = {.file = "/nowhere/bridge.conf"};
  unsetenv("RINGSIDE_PORT");
  config_rig_load(&rig, text, sizeof(text) - 1u, &missing);
  assert_int_equal(rig.config.port, 6720);
  assert_non_null(strstr(rig.config.errors[0], "/nowhere/bridge.conf"));
}

static void
folders(void** state)
{
  (void)state;
  char found[4][512];

  setenv("XDG_CONFIG_HOME", "/own", 1);
  setenv("XDG_CONFIG_DIRS", "/a:relative:/b::/c:/d", 1);
  assert_int_equal(rs_config_folders(found, 4u), 4);
  assert_string_equal(found[0], "/own/ringside");
  assert_string_equal(found[1], "/a/ringside");
  assert_string_equal(found[2], "/b/ringside");
  assert_string_equal(found[3], "/c/ringside");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(defaults, set_up, tear_down),
    cmocka_unit_test_setup_teardown(good, set_up, tear_down),
    cmocka_unit_test_setup_teardown(networks, set_up, tear_down),
    cmocka_unit_test_setup_teardown(example, set_up, tear_down),
    cmocka_unit_test_setup_teardown(who_overrides, set_up, tear_down),
    cmocka_unit_test_setup_teardown(folders, set_up, tear_down),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
