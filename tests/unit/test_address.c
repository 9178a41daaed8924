// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Addresses: found, not found, renamed, escaped, and never mixed up

#include "tests/unit/check.h"
#include "tests/unit/random.h"
#include "ui-bridge/meaning/address.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE, RAMP, LIST, PRESET, LOAD, NAME, SYNC };

static const RsWord words[] = {
  {RS_PLACE_PARAMETER, ""},
  {RS_PLACE_PARAMETER, "ramp"},
  {RS_PLACE_INSTANCE, "list"},
  {RS_PLACE_INSTANCE, "preset"},
  {RS_PLACE_INSTANCE, "preset/load"},
  {RS_PLACE_INSTANCE, "name"},
  {RS_PLACE_BRIDGE, "sync"},
};

static RsAddresses*
make(void)
{
  RsAddresses* const addresses = rs_addresses_new(words, N_ELEMENTS(words));
  assert_non_null(addresses);
  return addresses;
}

static bool
find(const RsAddresses* const addresses,
     const char* const        address,
     RsTarget* const          target)
{
  return !rs_addresses_find(
    addresses, address, (uint32_t)strlen(address), target);
}

static void
test_found_and_not(void** state)
{
  (void)state;
  static const RsParameter parameters[] = {
    {.symbol = "gain"}, {.symbol = "pan"}, {.symbol = "ramp"}};
  static const char* const unknown[] = {"/",
                                        "/a",
                                        "/a/",
                                        "/a/gain/",
                                        "/a//gain",
                                        "/a/gain/ramp/",
                                        "/a/gain/list",
                                        "/a/list/",
                                        "/a/preset/",
                                        "/a/sync",
                                        "/ringside",
                                        "/ringside/",
                                        "/ringside/gain",
                                        "/ringside/list",
                                        "/b/gain",
                                        "/A/gain",
                                        "/a/Gain",
                                        "/a/gainn",
                                        "/a/gai",
                                        "/a/normalized",
                                        "/a/gain/",
                                        "//gain",
                                        "/a/preset/load/ramp",
                                        "/"};

  RsAddresses* const addresses = make();
  int                owner     = 0;
  RsTarget           target;
  RsDirectory* const directory =
    rs_addresses_add(addresses, &owner, "a", parameters, 3u);
  for (uint32_t i = 0u; i < N_ELEMENTS(unknown); ++i) {
    if (find(addresses, unknown[i], &target)) {
      fail_msg("%s is nothing", unknown[i]);
    }
  }

  assert_true(find(addresses, "/a/pan", &target));
  assert_ptr_equal(target.owner, &owner);
  assert_int_equal(target.parameter, 1);
  assert_int_equal(target.word, VALUE);
  assert_true(find(addresses, "/a/ramp/ramp", &target));
  assert_int_equal(target.parameter, 2);
  assert_int_equal(target.word, RAMP);
  assert_true(find(addresses, "/a/preset/load", &target));
  assert_int_equal(target.word, LOAD);
  assert_true(find(addresses, "/a/preset", &target));
  assert_int_equal(target.word, PRESET);
  assert_true(find(addresses, "/ringside/sync", &target));
  assert_int_equal(target.word, SYNC);
  assert_null(target.owner);

  rs_addresses_rename(addresses, directory, "b");
  assert_false(find(addresses, "/a/pan", &target));
  assert_true(find(addresses, "/b/pan", &target));
  rs_addresses_remove(addresses, directory);
  assert_false(find(addresses, "/b/pan", &target));
  rs_addresses_free(addresses);
}

/// Symbols that equal a fixed word, also if the next name is taken too
static void
test_escaped(void** state)
{
  (void)state;
  static const RsParameter parameters[] = {{.symbol = "name"},
                                           {.symbol = "name_"},
                                           {.symbol = "list"},
                                           {.symbol = "preset"},
                                           {.symbol = "load"},
                                           {.symbol = "sync"}};
  static const char* const expected[]   = {
      "/a/name__", "/a/name_", "/a/list_", "/a/preset_", "/a/load", "/a/sync"};

  RsAddresses* const addresses = make();
  RsTarget           target;
  char               address[RS_ADDRESS_MAX];
  RsDirectory* const directory =
    rs_addresses_add(addresses, NULL, "a", parameters, 6u);
  for (uint32_t i = 0u; i < 6u; ++i) {
    assert_true(find(addresses, expected[i], &target));
    assert_int_equal(target.parameter, i);
    assert_int_equal(target.word, VALUE);
    rs_addresses_format(addresses, &target, address);
    assert_string_equal(address, expected[i]);
    assert_int_equal(rs_addresses_parameter(directory, parameters[i].symbol),
                     i);
  }
  assert_int_equal(rs_addresses_parameter(directory, "list_"), UINT32_MAX);
  assert_true(find(addresses, "/a/name", &target));
  assert_int_equal(target.word, NAME);
  assert_true(find(addresses, "/a/list", &target));
  assert_int_equal(target.word, LIST);
  rs_addresses_free(addresses);
}

/// Many, in random order of coming, going and being renamed
static void
test_many(void** state)
{
  (void)state;
  enum { N = 300, SYMBOLS = 100 };
  static RsParameter  parameters[SYMBOLS];
  static char         names[N][33];
  static RsDirectory* directories[N];

  Random             random    = {6u};
  RsAddresses* const addresses = make();
  for (uint32_t i = 0u; i < SYMBOLS; ++i) {
    // Lengths 1 to 63 and common beginnings, as hashes like them least
    memset(parameters[i].symbol, 'x', 1u + i % 60u);
    snprintf(&parameters[i].symbol[i % 60u], 4u, "%u", i);
  }

  for (uint32_t step = 0u; step < 3000u; ++step) {
    const uint32_t i = random_below(&random, N);
    snprintf(names[i], sizeof(names[i]), "n%u-%u", i, step);
    if (!directories[i]) {
      directories[i] =
        rs_addresses_add(addresses, names[i], names[i], parameters, SYMBOLS);
    } else if (random_below(&random, 2u)) {
      rs_addresses_rename(addresses, directories[i], names[i]);
    } else {
      rs_addresses_remove(addresses, directories[i]);
      directories[i] = NULL;
    }

    const uint32_t j = random_below(&random, N);
    const uint32_t p = random_below(&random, SYMBOLS);
    char           address[RS_ADDRESS_MAX];
    char           formatted[RS_ADDRESS_MAX];
    RsTarget       target;
    snprintf(
      address, sizeof(address), "/%s/%s", names[j], parameters[p].symbol);
    if (find(addresses, address, &target)) {
      assert_non_null(directories[j]);
      assert_ptr_equal(target.owner, names[j]);
      assert_int_equal(target.parameter, p);
      rs_addresses_format(addresses, &target, formatted);
      assert_string_equal(formatted, address);
    } else {
      assert_null(directories[j]);
    }
  }
  rs_addresses_free(addresses);
}

typedef struct {
  const RsAddresses* addresses;
  char               seen[1024];
  uint32_t           left;
} Visits;

static bool
on_visit(void* const context, const RsTarget* const target)
{
  Visits* const visits = (Visits*)context;
  char          address[RS_ADDRESS_MAX];
  rs_addresses_format(visits->addresses, target, address);
  strcat(visits->seen, address);
  strcat(visits->seen, target->is_wild ? "* " : " ");
  return --visits->left > 0u;
}

static void
assert_visits(const RsAddresses* const addresses,
              const char* const        pattern,
              const uint32_t           at_most,
              const char* const        expected)
{
  Visits  visits = {addresses, "", at_most};
  int64_t budget = 100000;
  assert_int_equal(rs_addresses_match(addresses,
                                      pattern,
                                      (uint32_t)strlen(pattern),
                                      on_visit,
                                      &visits,
                                      &budget),
                   RS_SUCCESS);
  assert_string_equal(visits.seen, expected);
}

static void
test_match(void** state)
{
  (void)state;
  static const RsParameter parameters[] = {{.symbol = "gain"},
                                           {.symbol = "name"}};

  RsAddresses* const addresses = make();
  rs_addresses_add(addresses, NULL, "a", parameters, 2u);
  rs_addresses_add(addresses, NULL, "b", parameters, 2u);
  assert_visits(addresses, "/*/gain", 99u, "/a/gain /b/gain ");
  assert_visits(addresses, "/*/gain", 1u, "/a/gain ");
  assert_visits(addresses, "/a/name*", 99u, "/a/name_ /a/name* ");
  assert_visits(addresses, "/[b]/name", 99u, "/b/name ");
  assert_visits(
    addresses, "/b/*/*", 99u, "/b/gain/ramp* /b/name_/ramp* /b/preset/load* ");
  assert_visits(addresses,
                "/?/*/ramp",
                99u,
                "/a/gain/ramp /a/name_/ramp /b/gain/ramp /b/name_/ramp ");
  assert_visits(addresses, "/b//load", 99u, "/b/preset/load ");
  assert_visits(addresses, "//sync", 99u, "");
  assert_visits(addresses, "/ringside/*", 99u, "");

  // Nothing is visited beyond the budget
  Visits  visits = {addresses, "", 99u};
  int64_t budget = 10;
  assert_int_equal(
    rs_addresses_match(addresses, "//*", 3u, on_visit, &visits, &budget),
    RS_TOO_LARGE);
  assert_string_equal(visits.seen, "");
  rs_addresses_free(addresses);
}

static void
test_explain(void** state)
{
  (void)state;
  static const RsParameter parameters[] = {{.symbol = "input_gain"}};
  static const char* const cases[][2]   = {
      {"/strp/input_gain", "did you mean strip?"},
      {"/strip/inptu_gain", "did you mean input_gain?"},
      {"/strip/lst", "did you mean list?"},
      {"/strip/preset/lxad", "did you mean preset/load?"},
      {"/strip/input_gain/rmp", "did you mean ramp?"},
      {"/ringside/sxnc", "did you mean sync?"},
      {"/strip/name_",
       "strip has no parameter \"name\", but an address /strip/name that is "
         "no parameter; /strip/list names all that are"},
      {"/other/input_gain", "no instance called \"other\""},
      {"/strip/completely_else", "no parameter \"completely_else\""},
      {"/strip", "goes on with a symbol"},
      {"/", "no instance called \"\""},

      // Nothing is near: where to look
      {"/other/input_gain", "; /ringside/instances names all"},
      {"/ringside/hello", "; it has instances, version"},
      {"/strip/completely_else", "; /strip/list names all"},
      {"/strip/preset/nothing", "; preset goes on with list, load"},
      {"/strip/input_gain/nothing", "; it has normalized, ramp"},
  };

  RsAddresses* const addresses = make();
  char               sentence[256];
  rs_addresses_add(addresses, NULL, "strip", parameters, 1u);
  for (uint32_t i = 0u; i < N_ELEMENTS(cases); ++i) {
    rs_addresses_explain(addresses,
                         cases[i][0],
                         (uint32_t)strlen(cases[i][0]),
                         sentence,
                         sizeof(sentence));
    if (!strstr(sentence, cases[i][1])) {
      fail_msg("%s: %s", cases[i][0], sentence);
    }
  }

  // Of any length, into any room
  static char address[5000];
  memset(address, 'x', sizeof(address) - 1u);
  address[0]    = '/';
  address[3000] = '/';
  for (uint32_t size = 1u; size < 64u; ++size) {
    memset(sentence, 'y', sizeof(sentence));
    rs_addresses_explain(
      addresses, address, sizeof(address) - 1u, sentence, size);
    assert_true(strlen(sentence) < size);
  }
  rs_addresses_free(addresses);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_found_and_not),
    cmocka_unit_test(test_escaped),
    cmocka_unit_test(test_many),
    cmocka_unit_test(test_match),
    cmocka_unit_test(test_explain),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
