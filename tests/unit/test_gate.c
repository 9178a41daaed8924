// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Who is let in from the network, packet by packet

#include "tests/unit/check.h"
#include "ui-bridge/transport/gate.h"

#include <arpa/inet.h>
#include <string.h>

#define SECOND_NS 1000000000

static RsGate   gate;
static RsConfig config;

static int
set_up(void** state)
{
  (void)state;
  memset(&gate, 0, sizeof(gate));
  rs_config_defaults(&config);
  strcpy(config.passphrase, "open sesame");
  return 0;
}

static struct in_addr
address(const char* const text)
{
  struct in_addr number = {0};
  assert_int_equal(inet_pton(AF_INET, text, &number), 1);
  return number;
}

static bool
knows(const char* const who)
{
  return rs_gate_knows(&gate, &config, address(who));
}

/// Greet with an argument of this type; a text of at most 24 bytes
static bool
greet(const char* const who,
      const char        type,
      const char* const text,
      const int64_t     now_ns)
{
  char         packet[64] = "/ringside/hello\0,?\0";
  const size_t length     = strlen(text);
  packet[17]              = type;
  memcpy(packet + 20, text, length);
  return rs_gate_greet(&gate,
                       &config,
                       address(who),
                       packet,
                       20u + ((length + 4u) & ~(size_t)3u),
                       now_ns);
}

static void
test_networks(void** state)
{
  (void)state;
  config.passphrase[0] = '\0';
  config.n_allow       = 2u;
  config.allow[0]      = (RsNetwork){0xc0a80100u, 0xffffff00u};
  config.allow[1]      = (RsNetwork){0x0a000007u, 0xffffffffu};

  assert_true(knows("127.0.0.1"));
  assert_true(knows("127.255.0.9"));
  assert_true(knows("192.168.1.0"));
  assert_true(knows("192.168.1.255"));
  assert_true(knows("10.0.0.7"));
  assert_false(knows("192.168.0.255"));
  assert_false(knows("192.168.2.0"));
  assert_false(knows("10.0.0.6"));
  assert_false(knows("10.0.0.8"));
  assert_false(knows("128.0.0.1"));
  assert_false(knows("0.0.0.0"));
  assert_false(knows("255.255.255.255"));
}

static void
test_greeting(void** state)
{
  (void)state;
  assert_false(knows("10.0.0.1"));
  assert_true(greet("10.0.0.1", 's', "open sesame", 0));
  assert_true(knows("10.0.0.1"));
  assert_false(knows("10.0.0.2"));

  // With the passphrase its guests go
  char was[sizeof(config.passphrase)];
  memcpy(was, config.passphrase, sizeof(was));
  memset(config.passphrase, 0, sizeof(config.passphrase));
  assert_false(knows("10.0.0.1"));
  assert_false(greet("10.0.0.1", 's', "", 0));
  memcpy(config.passphrase, was, sizeof(was));
  assert_true(knows("10.0.0.1"));
  rs_gate_forget(&gate);
  assert_false(knows("10.0.0.1"));
}

static void
test_wrong_greetings(void** state)
{
  (void)state;
  static const char* const wrong[] = {
    "", "open", "open sesam", "open sesame!", "Open sesame", "pen sesame"};
  int64_t now = 1;
  for (size_t i = 0u; i < N_ELEMENTS(wrong); ++i, now += 2 * SECOND_NS) {
    assert_false(greet("10.0.0.1", 's', wrong[i], now));
  }

  assert_false(greet("10.0.0.1", 'S', "open sesame", now));
  now += 2 * SECOND_NS;
  assert_false(greet("10.0.0.1", 'i', "abc", now));
  assert_false(knows("10.0.0.1"));

  // Not even what is right is heard in the second after a wrong guess
  now += 2 * SECOND_NS;
  assert_false(greet("10.0.0.1", 's', "close sesame", now));
  assert_false(greet("10.0.0.1", 's', "open sesame", now + SECOND_NS - 1));
  assert_true(greet("10.0.0.1", 's', "open sesame", now + SECOND_NS));
}

/// The bytes of a greeting are a stranger's: any length, any address
static void
test_greetings_of_any_form(void** state)
{
  (void)state;
  static const char head[20] = "/ringside/hello\0,s\0";
  static char       packet[20u + 40000u];
  memcpy(packet, head, sizeof(head));
  memset(packet + 20, 'x', sizeof(packet) - 24u);
  assert_false(rs_gate_greet(
    &gate, &config, address("10.0.0.1"), packet, sizeof(packet), 1));
  assert_false(knows("10.0.0.1"));

  // Only this address asks to be let in, whatever else carries the passphrase
  static const char other[32] = "/ringside/henlo\0,s\0\0open sesame";
  assert_false(rs_gate_greet(
    &gate, &config, address("10.0.0.2"), other, sizeof(other), 1));
  assert_false(knows("10.0.0.2"));
  assert_true(greet("10.0.0.2", 's', "open sesame", 1));
}

/// Guesses of many machines together: some hundred a second are looked at
static void
test_guesses_are_few(void** state)
{
  (void)state;
  char who[INET_ADDRSTRLEN];
  for (uint32_t i = 0u; i < 1000u; ++i) {
    const struct in_addr from = {htonl(0x0a000000u + i)};
    inet_ntop(AF_INET, &from, who, sizeof(who));
    assert_false(greet(who, 's', "guess", 1));
  }

  assert_in_range(gate.n_wrong, 90u, 210u);
  assert_false(greet("10.9.0.1", 's', "open sesame", 1));
  assert_true(
    greet("10.9.0.1", 's', "open sesame", 1 + 3 * (int64_t)SECOND_NS));
}

/// The first guest goes when there are too many
static void
test_guests_are_bounded(void** state)
{
  (void)state;
  char who[INET_ADDRSTRLEN];
  for (uint32_t i = 0u; i <= RS_GATE_GUESTS; ++i) {
    const struct in_addr from = {htonl(0x0a000001u + i)};
    inet_ntop(AF_INET, &from, who, sizeof(who));
    assert_true(greet(who, 's', "open sesame", 0));
  }

  assert_int_equal(rs_gate_guests(&gate), RS_GATE_GUESTS);
  assert_false(knows("10.0.0.1"));
  assert_true(knows("10.0.0.2"));
}

int
main(void)
{
  static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(test_networks, set_up),
    cmocka_unit_test_setup(test_greeting, set_up),
    cmocka_unit_test_setup(test_wrong_greetings, set_up),
    cmocka_unit_test_setup(test_greetings_of_any_form, set_up),
    cmocka_unit_test_setup(test_guesses_are_few, set_up),
    cmocka_unit_test_setup(test_guests_are_bounded, set_up),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
