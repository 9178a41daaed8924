// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Lines of the configuration that are wrong: what is said of them, and what
/// counts instead

#include "tests/unit/check.h"
#include "tests/unit/config_rig.h"
#include "tests/unit/random.h"
#include "ui-bridge/config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/// Complaints do not tell what ought to be a secret
static void
secrets(void** state)
{
  (void)state;
  setenv("RINGSIDE_PASSPHRASE", "secret", 1);
  config_rig_load(&rig, "[osc]\npassphrase = hidden\n", 26u, NULL);
  unsetenv("RINGSIDE_PASSPHRASE");
  assert_int_equal(rig.config.n_errors, 2);
  assert_null(strstr(rig.config.errors[0], "hidden"));
  assert_null(strstr(rig.config.errors[1], "secret"));
  assert_string_equal(rig.config.passphrase, "");

  // Nor is one taken from a file that others can read
  config_rig_load(&rig, "[osc]\npassphrase = 12345678\n", 28u, NULL);
  chmod(rig.path, 0640);
  config_rig_read(&rig, NULL);
  assert_int_equal(rig.config.n_errors, 1);
  assert_non_null(strstr(rig.config.errors[0], "chmod 600"));
  assert_string_equal(rig.config.passphrase, "");
}

/// One line in section [osc], which must be complained about so
static void
check_bad(const char* const line, const char* const said)
{
  char text[512];
  snprintf(text, sizeof(text), "[osc]\n\n%s\ntiming = steady\n", line);
  config_rig_load(&rig, text, strlen(text), NULL);
  assert_int_equal(rig.config.n_errors, 1);

  // The file and the line first, then what would have been right
  char start[256];
  snprintf(start, sizeof(start), "%s:3: ", rig.path);
  assert_int_equal(strncmp(rig.config.errors[0], start, strlen(start)), 0);
  if (!strstr(rig.config.errors[0], said)) {
    fail_msg("'%s' does not say '%s'", rig.config.errors[0], said);
  }

  // Its default is used, and the rest still counts
  assert_int_equal(rig.config.port, 6720);
  assert_int_equal(rig.config.listen.s_addr, htonl(INADDR_LOOPBACK));
  assert_true(rig.config.is_steady);
}

static void
bad(void** state)
{
  (void)state;
  check_bad("port = 65536", "0 (any free one) to 65535");
  check_bad("port = -1", "0 (any free one) to 65535");
  check_bad("port = 6720x", "0 (any free one) to 65535");
  check_bad("port = ", "0 (any free one) to 65535");
  check_bad("port = +5", "0 (any free one) to 65535");
  check_bad("listen = 0.0.0.0", "allow = NETWORKS");
  check_bad("listen = 192.168.1.4", "passphrase = WORDS");
  check_bad("listen = 192.168.1.400", "0.0.0.0 (all that it has)");
  check_bad("allow = 192.168.1", "addresses or networks");
  check_bad("allow = 192.168.1.0/33", "10.0.0.0/24");
  check_bad("allow = 10.0.0.1, somewhere", "up to 16");
  check_bad("allow = 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 "
            "1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 "
            "1.1.1.1 1.1.1.1",
            "up to 16");
  check_bad("passphrase = 1234567", "8 to 127 bytes");
  check_bad("listen = ::1", "127.0.0.1");
  check_bad("prot = 5", "unknown key prot in section [osc]");
  check_bad("log = debug", "in section [osc]: should stand in [bridge]");
  check_bad("nonsense", "key = value");
  check_bad("  indented", "indented: should be a [section], key = value");
  check_bad("= 5", "there is no key before the value");
}

/// Everything that is said about a text, in this order
static void
check_said(const char* const        text,
           const size_t             size,
           const char* const* const said,
           const size_t             n)
{
  config_rig_load(&rig, text, size, NULL);
  for (size_t i = 0u; i < n; ++i) {
    char line[512];
    snprintf(line, sizeof(line), "%s:%s", rig.path, said[i]);
    assert_true(i < rig.config.n_errors);
    assert_string_equal(rig.config.errors[i], line);
  }
  assert_int_equal(rig.config.n_errors, n);
}

/// Each bad line is named, in the order of lines, with what would be right
static void
every_line(void** state)
{
  (void)state;
  static const char text[] = "\xEF\xBB\xBFport = 7000\n" // 1
                             "ports\n"
                             "[network]\n" // 3
                             "port = 7001\n"
                             "speed = 3\n"
                             "[osc] port = 7002\n" // 6
                             "  timing = steady\r\n"
                             "[osc ; not closed]\n" // 8
                             "port = 7003\n"
                             "  [bridge]  # closed\n" // 10
                             "what\n"
                             "log = debug\n" // 12
                             "port: 7004\n";
  static const char* const said[] = {
    "1: there is no key port outside a section: should stand in [osc]",
    "2: ports: should be a [section], key = value, or a comment",
    "3: unknown section [network]: should be [osc] or [bridge]",
    "4: there is no key port in section [network]: should stand in [osc]",
    ("5: unknown key speed in section [network]: there are [osc] port, listen, "
     "allow, passphrase, timing; [bridge] log, priority"),
    "6: port = 7002 after [osc]: should stand on the next line",
    "8: [osc ; not closed] has no ]: should be [osc] or [bridge]",
    "9: there is no key port outside a section: should stand in [osc]",
    "11: what: should be a [section], key = value, or a comment",
    "13: there is no key port in section [bridge]: should stand in [osc]",
  };

  check_said(text, sizeof(text) - 1u, said, N_ELEMENTS(said));
  assert_int_equal(rig.config.port, 6720);
  assert_true(rig.config.is_steady);
  assert_int_equal(rig.config.log_level, RS_LOG_DEBUG);
}

/// A key counts where it stands first
static void
twice(void** state)
{
  (void)state;
  static const char        text[] = "[osc]\nport = 7000\nlisten = 0.0.0.0\n"
                                    "port = 7001\n"
                                    "timing = later\ntiming = steady\n"
                                    "[bridge]\nlog = debug\n[osc]\nport = x\n";
  static const char* const said[] = {
    ("3: listen = 0.0.0.0: should come with allow = NETWORKS or passphrase = "
     "WORDS, that tell who else may control; 127.0.0.1 is used"),
    "4: port stands on line 2 already: should stand once",
    "5: timing = later: should be asap or steady",
    "6: timing stands on line 5 already: should stand once",
    "10: port stands on line 2 already: should stand once",
  };

  check_said(text, sizeof(text) - 1u, said, N_ELEMENTS(said));
  assert_int_equal(rig.config.port, 7000);
  assert_false(rig.config.is_steady);

  // Networks do not all fit one line
  static const char networks[] = "[osc]\nallow = 10.0.0.1\nallow = 10.0.0.2 "
                                 "10.0.0.3\nallow = 10.0.0.x\n";
  config_rig_load(&rig, networks, sizeof(networks) - 1u, NULL);
  assert_int_equal(rig.config.n_errors, 1);
  assert_int_equal(rig.config.n_allow, 3);
  assert_int_equal(rig.config.allow[0].network, 0x0a000001u);
  assert_int_equal(rig.config.allow[2].network, 0x0a000003u);

  // Those of the environment are instead of them, not more
  setenv("RINGSIDE_ALLOW", "10.0.0.9", 1);
  config_rig_read(&rig, NULL);
  assert_int_equal(rig.config.n_allow, 1);
  assert_int_equal(rig.config.allow[0].network, 0x0a000009u);
  setenv("RINGSIDE_ALLOW", "10.0.0.9, nowhere", 1);
  config_rig_read(&rig, NULL);
  unsetenv("RINGSIDE_ALLOW");
  assert_int_equal(rig.config.n_allow, 3);
  assert_int_equal(rig.config.allow[0].network, 0x0a000001u);
}

/// A line that is cut is another line, and its network wider
static void
long_lines(void** state)
{
  (void)state;
  for (size_t length = 150u; length < 260u; ++length) {
    char text[300] = "[osc]\nallow = ";
    while (strlen(text) < length) {
      strcat(text, " ");
    }
    strcat(text, "10.0.0.0/24\nport = 7000");
    config_rig_load(&rig, text, strlen(text), NULL);
    assert_int_equal(rig.config.port, 7000);
    if (rig.config.n_errors) {
      assert_int_equal(rig.config.n_errors, 1);
      assert_non_null(strstr(rig.config.errors[0], ":2: the line has "));
      assert_non_null(strstr(rig.config.errors[0], "should have at most "));
      assert_int_equal(rig.config.n_allow, 0);
    } else {
      assert_int_equal(rig.config.n_allow, 1);
      assert_int_equal(rig.config.allow[0].mask, 0xffffff00u);
    }
  }

  // What follows a zero byte counts all the same
  static const char        zero[] = "[osc]\npo\0rt = 1\nport = 7000\nx\n";
  static const char* const said[] = {
    "2: there is a zero byte in it: should be text",
    "4: x: should be a [section], key = value, or a comment",
  };
  check_said(zero, sizeof(zero) - 1u, said, N_ELEMENTS(said));
  assert_int_equal(rig.config.port, 7000);
}

/// Of more than are kept those of the first lines are, whatever came last
static void
first_lines(void** state)
{
  (void)state;
  char text[4096] = "[osc]\nlisten = 0.0.0.0\npassphrase = correct horse\n";
  for (unsigned i = 0u; i < 2u * RS_CONFIG_ERRORS; ++i) {
    strcat(text, "nothing\n");
  }
  config_rig_load(&rig, text, strlen(text), NULL);
  chmod(rig.path, 0644);
  setenv("RINGSIDE_PORT", "many", 1);
  config_rig_read(&rig, NULL);
  unsetenv("RINGSIDE_PORT");

  assert_int_equal(rig.config.n_errors, 2u * RS_CONFIG_ERRORS + 3u);
  assert_non_null(strstr(rig.config.errors[0], ":2: listen = 0.0.0.0: should"));
  assert_non_null(
    strstr(rig.config.errors[1], ":3: the passphrase can be read"));
  for (unsigned i = 2u; i < RS_CONFIG_ERRORS; ++i) {
    char line[64];
    snprintf(line, sizeof(line), ":%u: nothing: should be", i + 2u);
    assert_non_null(strstr(rig.config.errors[i], line));
  }
}

/// Write text without its end
static void
put(char* const to, const char* const text)
{
  for (size_t i = 0u; text[i]; ++i) {
    to[i] = text[i];
  }
}

static void
many_and_hostile(void** state)
{
  (void)state;

  // More errors than are kept
  char   text[4096] = "[osc]\n";
  size_t n          = strlen(text);
  for (int i = 0; i < 100; ++i) {
    n += (size_t)snprintf(text + n, sizeof(text) - n, "key%d = %%s%%n\n", i);
  }
  config_rig_load(&rig, text, n, NULL);
  assert_int_equal(rig.config.n_errors, 100);
  assert_non_null(strstr(rig.config.errors[7], ":9: unknown key key7"));

  // A long line is one line, and left out
  char* const large = (char*)malloc(70000u);
  memset(large, 'x', 70000u);
  put(large, "[osc]\nport = 1");
  put(large + 60000, "\nport = 7001\nbad = 1\n");
  config_rig_load(&rig, large, 60021u, NULL);
  assert_int_equal(rig.config.port, 7001);
  assert_int_equal(rig.config.n_errors, 2);
  assert_non_null(strstr(rig.config.errors[0], ":2: the line has 59994 bytes"));
  assert_non_null(strstr(rig.config.errors[1], ":4: unknown"));

  // More than a configuration has
  config_rig_load(&rig, large, 70000u, NULL);
  assert_int_equal(rig.config.n_errors, 1);
  assert_int_equal(rig.config.port, 6720);

  // Any bytes
  Random random = {5u};
  for (int i = 0; i < 300; ++i) {
    for (size_t j = 0u; j < 2000u; ++j) {
      large[j] = random_below(&random, 4u)
                   ? "[]=;\n osc\"port"[random_below(&random, 13u)]
                   : (char)random_below(&random, 256u);
    }
    config_rig_load(&rig, large, 2000u, NULL);
    assert_int_equal(ntohl(rig.config.listen.s_addr) >> 24u, 127u);
  }
  free(large);

  // No file at all
  unlink(rig.path);
  assert_int_equal(mkdir(rig.path, 0700), 0);
  config_rig_read(&rig, NULL);
  assert_int_equal(rig.config.n_errors, 1);
  assert_int_equal(rig.config.port, 6720);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(secrets, set_up, tear_down),
    cmocka_unit_test_setup_teardown(bad, set_up, tear_down),
    cmocka_unit_test_setup_teardown(every_line, set_up, tear_down),
    cmocka_unit_test_setup_teardown(twice, set_up, tear_down),
    cmocka_unit_test_setup_teardown(long_lines, set_up, tear_down),
    cmocka_unit_test_setup_teardown(first_lines, set_up, tear_down),
    cmocka_unit_test_setup_teardown(many_and_hostile, set_up, tear_down),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
