// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Settings: who overrides whom, and what is said about bad ones

#include "tests/unit/check.h"
#include "tests/unit/random.h"
#include "ui-bridge/config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char     home[64];
static char     path[128];
static RsConfig config;

static int
set_up(void** state)
{
  (void)state;
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

  strcpy(home, "/tmp/rs-config-XXXXXX");
  if (!mkdtemp(home)) {
    return -1;
  }
  setenv("HOME", home, 1);
  setenv("XDG_CONFIG_DIRS", "/nowhere", 1);
  snprintf(path, sizeof(path), "%s/.config", home);
  mkdir(path, 0700);
  snprintf(path, sizeof(path), "%s/.config/ringside", home);
  mkdir(path, 0700);
  snprintf(path, sizeof(path), "%s/.config/ringside/bridge.conf", home);
  return 0;
}

static int
tear_down(void** state)
{
  (void)state;
  unlink(path);
  rmdir(path);
  *strrchr(path, '/') = '\0';
  rmdir(path);
  *strrchr(path, '/') = '\0';
  rmdir(path);
  return rmdir(home);
}

static void
read_all(const RsConfigFlags* const flags)
{
  RsConfigFile file;
  rs_config_find(&file, flags ? flags->file : NULL);
  rs_config_load(&config, flags, &file);
}

static void
load(const char* const text, const size_t size, const RsConfigFlags* flags)
{
  FILE* const file = fopen(path, "w");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1u, size, file), size);
  fclose(file);
  read_all(flags);
}

static void
defaults(void** state)
{
  (void)state;
  read_all(NULL);
  assert_int_equal(config.n_errors, 0);
  assert_int_equal(config.port, 6720);
  assert_int_equal(config.listen.s_addr, htonl(INADDR_LOOPBACK));
  assert_false(config.is_steady);
  assert_int_equal(config.log_level, RS_LOG_INFO);
  assert_string_equal(config.file, "");
}

static void
good(void** state)
{
  (void)state;
  static const char text[] = "; a comment\n# another\n[osc]\nport = 7000\n"
                             "listen=127.0.0.2\ntiming = steady\n\n"
                             "[bridge]\nlog = debug\npriority = 0\n";

  load(text, sizeof(text) - 1u, NULL);
  assert_int_equal(config.n_errors, 0);
  assert_int_equal(config.port, 7000);
  assert_int_equal(config.listen.s_addr, htonl(0x7f000002u));
  assert_true(config.is_steady);
  assert_int_equal(config.log_level, RS_LOG_DEBUG);
  assert_int_equal(config.priority, 0);
  assert_string_equal(config.file, path);
}

static void
networks(void** state)
{
  (void)state;
  static const char text[] = "[osc]\nlisten = 0.0.0.0\n"
                             "allow = 192.168.1.7,10.1.2.3/8 0.0.0.0/0\n"
                             "passphrase = 12345678\n";
  load(text, sizeof(text) - 1u, NULL);
  chmod(path, 0600);
  read_all(NULL);

  assert_int_equal(config.n_errors, 0);
  assert_int_equal(config.listen.s_addr, 0);
  assert_int_equal(config.n_allow, 3);
  assert_int_equal(config.allow[0].network, 0xc0a80107u);
  assert_int_equal(config.allow[0].mask, UINT32_MAX);
  assert_int_equal(config.allow[1].network, 0x0a000000u);
  assert_int_equal(config.allow[1].mask, 0xff000000u);
  assert_int_equal(config.allow[2].mask, 0);
  assert_string_equal(config.passphrase, "12345678");
}

/// Complaints do not tell what ought to be a secret
static void
secrets(void** state)
{
  (void)state;
  setenv("RINGSIDE_PASSPHRASE", "secret", 1);
  load("[osc]\npassphrase = hidden\n", 26u, NULL);
  unsetenv("RINGSIDE_PASSPHRASE");
  assert_int_equal(config.n_errors, 2);
  assert_null(strstr(config.errors[0], "hidden"));
  assert_null(strstr(config.errors[1], "secret"));
  assert_string_equal(config.passphrase, "");

  // Nor is one taken from a file that others can read
  load("[osc]\npassphrase = 12345678\n", 28u, NULL);
  chmod(path, 0640);
  read_all(NULL);
  assert_int_equal(config.n_errors, 1);
  assert_non_null(strstr(config.errors[0], "chmod 600"));
  assert_string_equal(config.passphrase, "");
}

/// One line in section [osc], which must be complained about so
static void
check_bad(const char* const line, const char* const said)
{
  char text[512];
  snprintf(text, sizeof(text), "[osc]\n\n%s\ntiming = steady\n", line);
  load(text, strlen(text), NULL);
  assert_int_equal(config.n_errors, 1);

  // The file and the line first, then what would have been right
  char start[256];
  snprintf(start, sizeof(start), "%s:3: ", path);
  assert_int_equal(strncmp(config.errors[0], start, strlen(start)), 0);
  if (!strstr(config.errors[0], said)) {
    fail_msg("'%s' does not say '%s'", config.errors[0], said);
  }

  // Its default is used, and the rest still counts
  assert_int_equal(config.port, 6720);
  assert_int_equal(config.listen.s_addr, htonl(INADDR_LOOPBACK));
  assert_true(config.is_steady);
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
  load(text, size, NULL);
  for (size_t i = 0u; i < n; ++i) {
    char line[512];
    snprintf(line, sizeof(line), "%s:%s", path, said[i]);
    assert_true(i < config.n_errors);
    assert_string_equal(config.errors[i], line);
  }
  assert_int_equal(config.n_errors, n);
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
  assert_int_equal(config.port, 6720);
  assert_true(config.is_steady);
  assert_int_equal(config.log_level, RS_LOG_DEBUG);
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
  assert_int_equal(config.port, 7000);
  assert_false(config.is_steady);

  // Networks do not all fit one line
  static const char networks[] = "[osc]\nallow = 10.0.0.1\nallow = 10.0.0.2 "
                                 "10.0.0.3\nallow = 10.0.0.x\n";
  load(networks, sizeof(networks) - 1u, NULL);
  assert_int_equal(config.n_errors, 1);
  assert_int_equal(config.n_allow, 3);
  assert_int_equal(config.allow[0].network, 0x0a000001u);
  assert_int_equal(config.allow[2].network, 0x0a000003u);

  // Those of the environment are instead of them, not more
  setenv("RINGSIDE_ALLOW", "10.0.0.9", 1);
  read_all(NULL);
  assert_int_equal(config.n_allow, 1);
  assert_int_equal(config.allow[0].network, 0x0a000009u);
  setenv("RINGSIDE_ALLOW", "10.0.0.9, nowhere", 1);
  read_all(NULL);
  unsetenv("RINGSIDE_ALLOW");
  assert_int_equal(config.n_allow, 3);
  assert_int_equal(config.allow[0].network, 0x0a000001u);
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
    load(text, strlen(text), NULL);
    assert_int_equal(config.port, 7000);
    if (config.n_errors) {
      assert_int_equal(config.n_errors, 1);
      assert_non_null(strstr(config.errors[0], ":2: the line has "));
      assert_non_null(strstr(config.errors[0], "should have at most "));
      assert_int_equal(config.n_allow, 0);
    } else {
      assert_int_equal(config.n_allow, 1);
      assert_int_equal(config.allow[0].mask, 0xffffff00u);
    }
  }

  // What follows a zero byte counts all the same
  static const char        zero[] = "[osc]\npo\0rt = 1\nport = 7000\nx\n";
  static const char* const said[] = {
    "2: there is a zero byte in it: should be text",
    "4: x: should be a [section], key = value, or a comment",
  };
  check_said(zero, sizeof(zero) - 1u, said, N_ELEMENTS(said));
  assert_int_equal(config.port, 7000);
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
  load(text, strlen(text), NULL);
  chmod(path, 0644);
  setenv("RINGSIDE_PORT", "many", 1);
  read_all(NULL);
  unsetenv("RINGSIDE_PORT");

  assert_int_equal(config.n_errors, 2u * RS_CONFIG_ERRORS + 3u);
  assert_non_null(strstr(config.errors[0], ":2: listen = 0.0.0.0: should"));
  assert_non_null(strstr(config.errors[1], ":3: the passphrase can be read"));
  for (unsigned i = 2u; i < RS_CONFIG_ERRORS; ++i) {
    char line[64];
    snprintf(line, sizeof(line), ":%u: nothing: should be", i + 2u);
    assert_non_null(strstr(config.errors[i], line));
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
  load(text, n, NULL);
  assert_int_equal(config.n_errors, 100);
  assert_non_null(strstr(config.errors[7], ":9: unknown key key7"));

  // A long line is one line, and left out
  char* const large = (char*)malloc(70000u);
  memset(large, 'x', 70000u);
  put(large, "[osc]\nport = 1");
  put(large + 60000, "\nport = 7001\nbad = 1\n");
  load(large, 60021u, NULL);
  assert_int_equal(config.port, 7001);
  assert_int_equal(config.n_errors, 2);
  assert_non_null(strstr(config.errors[0], ":2: the line has 59994 bytes"));
  assert_non_null(strstr(config.errors[1], ":4: unknown"));

  // More than a configuration has
  load(large, 70000u, NULL);
  assert_int_equal(config.n_errors, 1);
  assert_int_equal(config.port, 6720);

  // Any bytes
  Random random = {5u};
  for (int i = 0; i < 300; ++i) {
    for (size_t j = 0u; j < 2000u; ++j) {
      large[j] = random_below(&random, 4u)
                   ? "[]=;\n osc\"port"[random_below(&random, 13u)]
                   : (char)random_below(&random, 256u);
    }
    load(large, 2000u, NULL);
    assert_int_equal(ntohl(config.listen.s_addr) >> 24u, 127u);
  }
  free(large);

  // No file at all
  unlink(path);
  assert_int_equal(mkdir(path, 0700), 0);
  read_all(NULL);
  assert_int_equal(config.n_errors, 1);
  assert_int_equal(config.port, 6720);
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
  read_all(&flags);
  assert_int_equal(config.n_errors, 0);
  rs_config_defaults(&plain);
  memset(config.file, 0, sizeof(config.file));
  assert_true(config.listen_line > 0);
  config.listen_line = 0;
  assert_memory_equal(&config, &plain, sizeof(config));
}

static void
who_overrides(void** state)
{
  (void)state;
  static const char   text[] = "[osc]\nport = 7000\ntiming = steady\n";
  const RsConfigFlags flags  = {.port = "7002"};

  setenv("RINGSIDE_PORT", "7001", 1);
  load(text, sizeof(text) - 1u, NULL);
  assert_int_equal(config.port, 7001);
  assert_true(config.is_steady);

  load(text, sizeof(text) - 1u, &flags);
  assert_int_equal(config.port, 7002);

  setenv("RINGSIDE_PORT", "many", 1);
  load(text, sizeof(text) - 1u, NULL);
  assert_int_equal(config.port, 7000);
  assert_int_equal(config.n_errors, 1);
  assert_non_null(strstr(config.errors[0], "RINGSIDE_PORT=many: should be"));

  // A file that was named must be there
  const RsConfigFlags missing = {.file = "/nowhere/bridge.conf"};
  unsetenv("RINGSIDE_PORT");
  load(text, sizeof(text) - 1u, &missing);
  assert_int_equal(config.port, 6720);
  assert_non_null(strstr(config.errors[0], "/nowhere/bridge.conf"));
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
    cmocka_unit_test_setup_teardown(secrets, set_up, tear_down),
    cmocka_unit_test_setup_teardown(bad, set_up, tear_down),
    cmocka_unit_test_setup_teardown(every_line, set_up, tear_down),
    cmocka_unit_test_setup_teardown(twice, set_up, tear_down),
    cmocka_unit_test_setup_teardown(long_lines, set_up, tear_down),
    cmocka_unit_test_setup_teardown(first_lines, set_up, tear_down),
    cmocka_unit_test_setup_teardown(many_and_hostile, set_up, tear_down),
    cmocka_unit_test_setup_teardown(example, set_up, tear_down),
    cmocka_unit_test_setup_teardown(who_overrides, set_up, tear_down),
    cmocka_unit_test_setup_teardown(folders, set_up, tear_down),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
