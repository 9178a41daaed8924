// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Names of instances: legal ones, and the next free one

#include "tests/unit/check.h"
#include "ui-bridge/instances/names.h"

#include <string.h>

/// Names that are taken, NULL at the end
static bool
is_taken(const void* const context, const char* const name)
{
  for (const char* const* taken = (const char* const*)context; *taken;
       ++taken) {
    if (!strcmp(*taken, name)) {
      return true;
    }
  }

  return false;
}

static const char*
choose(const char* const wanted, const char* const base, const char** taken)
{
  static char name[RS_NAME_MAX + 1u];
  memset(name, 'x', sizeof(name));
  rs_name_choose(wanted, base, is_taken, taken, name);
  return name;
}

static void
legal(void** state)
{
  (void)state;
  static const char* const good[] = {"a",
                                     "strip",
                                     "strip-2",
                                     "Lead_Vox",
                                     "0",
                                     "-",
                                     "ringside2",
                                     "Ringside",
                                     "abcdefghijklmnopqrstuvwxyz012345"};
  static const char* const bad[]  = {"",
                                     "ringside",
                                     "a b",
                                     "a/b",
                                     "a.b",
                                     "ä",
                                     "*",
                                     "a\n",
                                     "#bundle",
                                     "abcdefghijklmnopqrstuvwxyz0123456"};

  for (size_t i = 0u; i < sizeof(good) / sizeof(*good); ++i) {
    assert_true(rs_name_is_legal(good[i], strlen(good[i])));
  }
  for (size_t i = 0u; i < sizeof(bad) / sizeof(*bad); ++i) {
    assert_false(rs_name_is_legal(bad[i], strlen(bad[i])));
  }
  assert_false(rs_name_is_legal("a\0b", 3u));
}

static void
in_order(void** state)
{
  (void)state;
  const char* none[]  = {NULL};
  const char* one[]   = {"strip", NULL};
  const char* gap[]   = {"strip", "strip-3", NULL};
  const char* three[] = {"strip", "strip-2", "strip-3", NULL};

  assert_string_equal(choose("", "strip", none), "strip");
  assert_string_equal(choose("", "strip", one), "strip-2");
  assert_string_equal(choose("", "strip", gap), "strip-2");
  assert_string_equal(choose("", "strip", three), "strip-4");
}

static void
wanted(void** state)
{
  (void)state;
  const char* one[]  = {"vox", NULL};
  const char* two[]  = {"vox", "vox-2", NULL};
  const char* more[] = {"mix-", "mix-1x", "-2", NULL};

  assert_string_equal(choose("drums", "strip", one), "drums");
  assert_string_equal(choose("vox", "strip", one), "vox-2");
  assert_string_equal(choose("vox-2", "strip", two), "vox-3");
  assert_string_equal(choose("mix-1x", "strip", more), "mix-1x-2");
  assert_string_equal(choose("-2", "strip", more), "-2-2");

  // What cannot be had falls back on the base, and that on a last resort
  assert_string_equal(choose("ringside", "strip", one), "strip");
  assert_string_equal(choose("a b", "strip", one), "strip");
  assert_string_equal(choose("", "ringside", one), "plugin");
  assert_string_equal(choose("", "", one), "plugin");
}

static void
long_names(void** state)
{
  (void)state;
  const char* full[] = {"abcdefghijklmnopqrstuvwxyz012345", NULL};

  // Cut short so that the number fits
  const char* const name = choose(full[0], "strip", full);
  assert_int_equal(strlen(name), RS_NAME_MAX);
  assert_string_equal(name, "abcdefghijklmnopqrstuvwxyz0123-2");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(legal),
    cmocka_unit_test(in_order),
    cmocka_unit_test(wanted),
    cmocka_unit_test(long_names),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
