// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Address patterns: by hand, against a slow and plain matcher, and for time

#include "tests/unit/check.h"
#include "tests/unit/random.h"
#include "ui-bridge/meaning/pattern.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool
matches(const char* const pattern, const char* const text)
{
  RsPattern      compiled;
  RsPatternState start;
  RsPatternState end;
  int64_t        budget = INT64_MAX;
  if (rs_pattern_compile(&compiled, pattern, (uint32_t)strlen(pattern))) {
    return false;
  }
  rs_pattern_start(&compiled, &start);
  rs_pattern_advance(
    &compiled, &start, text, (uint32_t)strlen(text), &end, &budget);
  return end.is_match;
}

static void
test_by_hand(void** state)
{
  (void)state;
  assert_true(matches("/a/b", "/a/b"));
  assert_false(matches("/a/b", "/a/bc"));
  assert_false(matches("/a/bc", "/a/b"));
  assert_true(matches("/?/b", "/a/b"));
  assert_false(matches("/?/b", "//b"));
  assert_false(matches("/a?b", "/a/b"));
  assert_true(matches("/*/b", "/abc/b"));
  assert_true(matches("/a*/b", "/a/b"));
  assert_false(matches("/*", "/a/b"));
  assert_true(matches("/*_gain", "/low_mid_gain"));
  assert_true(matches("/[abc]", "/b"));
  assert_false(matches("/[abc]", "/d"));
  assert_true(matches("/[a-c]", "/b"));
  assert_true(matches("/[c-a]", "/b"));
  assert_true(matches("/[!a-c]", "/d"));
  assert_false(matches("/[!a-c]", "/b"));
  assert_false(matches("/a[!b]c", "/a/c"));
  assert_true(matches("/[a-]", "/-"));
  assert_true(matches("/[-a]", "/-"));
  assert_true(matches("/[a!]", "/!"));
  assert_false(matches("/[]", "/a"));
  assert_true(matches("/{low,high}_gain", "/high_gain"));
  assert_false(matches("/{low,high}_gain", "/mid_gain"));
  assert_true(matches("/{,x}a", "/a"));
  assert_true(matches("/{a,ab}c", "/abc"));
  assert_true(matches("/{a*,?b}[cd]", "/xbd"));
  assert_true(matches("//mute", "/strip/mute"));
  assert_true(matches("//mute", "/mute"));
  assert_false(matches("//mute", "/strip/unmute"));
  assert_true(matches("/strip//toggle", "/strip/mute/toggle"));
  assert_true(matches("/strip//mute", "/strip/mute"));
  assert_false(matches("/strip//mute", "/strip-2/mute"));
  assert_true(matches("//[m-p]*", "/strip/pan"));
}

static void
test_malformed(void** state)
{
  (void)state;
  static const char* const bad[] = {
    "/[abc", "/[", "/[!", "/{a", "/{a,", "/{a,{b}}", "/{{", "/[a-"};

  RsPattern compiled;
  for (size_t i = 0u; i < N_ELEMENTS(bad); ++i) {
    assert_int_equal(
      rs_pattern_compile(&compiled, bad[i], (uint32_t)strlen(bad[i])),
      RS_BAD_ARG);
  }

  static char text[RS_PATTERN_MAX + 2u];
  memset(text, '/', RS_PATTERN_MAX + 1u);
  assert_int_equal(rs_pattern_compile(&compiled, text, RS_PATTERN_MAX),
                   RS_SUCCESS);
  assert_int_equal(rs_pattern_compile(&compiled, text, RS_PATTERN_MAX + 1u),
                   RS_TOO_LARGE);
}

// The plain matcher: tries everything, with time that nobody should spend

static bool
slow(const char* pattern, const char* text);

static bool
in_set(const char** const pattern, const char c)
{
  const char* at         = *pattern + 1;
  const bool  is_negated = *at == '!';
  bool        is_in      = false;
  for (at += is_negated; *at != ']'; ++at) {
    if (at[1] == '-' && at[2] != ']') {
      const char low  = at[0] < at[2] ? at[0] : at[2];
      const char high = at[0] < at[2] ? at[2] : at[0];
      is_in           = is_in || (low <= c && c <= high);
      at += 2;
    } else {
      is_in = is_in || *at == c;
    }
  }
  *pattern = at + 1;
  return c && c != '/' && is_in != is_negated;
}

static bool
slow_braces(const char* const pattern, const char* const text)
{
  const char* const end = strchr(pattern, '}');
  for (const char* at = pattern + 1;;) {
    const char* next = at;
    while (*next != ',' && *next != '}') {
      next += *next == '[' ? (size_t)(strchr(next, ']') - next) : 1u;
    }
    char joined[256];
    snprintf(joined, sizeof(joined), "%.*s%s", (int)(next - at), at, end + 1);
    if (slow(joined, text)) {
      return true;
    }
    if (*next == '}') {
      return false;
    }
    at = next + 1;
  }
}

static bool
slow(const char* pattern, const char* const text)
{
  if (!*pattern) {
    return !*text;
  }
  if (pattern[0] == '/' && pattern[1] == '/') {
    if (*text != '/') {
      return false;
    }
    for (const char* at = text; at; at = strchr(at + 1, '/')) {
      if (slow(pattern + 2, at + 1)) {
        return true;
      }
      if (at[1] == '/') {
        return false; // Parts have bytes
      }
    }
    return false;
  }
  if (*pattern == '*') {
    for (const char* at = text;; ++at) {
      if (slow(pattern + 1, at)) {
        return true;
      }
      if (!*at || *at == '/') {
        return false;
      }
    }
  }
  if (*pattern == '{') {
    return slow_braces(pattern, text);
  }
  if (*pattern == '[') {
    return in_set(&pattern, *text) && slow(pattern, text + 1);
  }
  if (*pattern == '?') {
    return *text && *text != '/' && slow(pattern + 1, text + 1);
  }
  return *pattern == *text && slow(pattern + 1, text + 1);
}

static void
random_text(Random* const random, char* const text)
{
  uint32_t n = 0u;
  for (uint32_t parts = 1u + random_below(random, 3u); parts; --parts) {
    text[n++] = '/';
    for (uint32_t i = 1u + random_below(random, 4u); i; --i) {
      text[n++] = "abc"[random_below(random, 3u)];
    }
  }
  text[n] = '\0';
}

static void
random_pattern(Random* const random, char* const pattern)
{
  static const char* const pieces[] = {"a",
                                       "b",
                                       "c",
                                       "a",
                                       "b",
                                       "*",
                                       "*",
                                       "?",
                                       "[ab]",
                                       "[!b]",
                                       "[a-b]",
                                       "{a,bc}",
                                       "{,c}",
                                       "{b*,?a}",
                                       "/",
                                       "/",
                                       "//",
                                       "{[a,]b,c}",
                                       "{a/b,c}"};

  // Three slashes in a row are two and one here, and one and two there
  strcpy(pattern, random_below(random, 4u) ? "/" : "//");
  for (uint32_t i = 1u + random_below(random, 8u); i; --i) {
    const char* const piece = pieces[random_below(random, N_ELEMENTS(pieces))];
    if (piece[0] != '/' || pattern[strlen(pattern) - 1u] != '/') {
      strcat(pattern, piece);
    }
  }
}

static void
test_against_slow(void** state)
{
  (void)state;
  Random   random = {4u};
  uint32_t n_true = 0u;
  for (uint32_t i = 0u; i < 200000u; ++i) {
    char pattern[128];
    char text[64];
    random_pattern(&random, pattern);
    random_text(&random, text);
    const bool expected = slow(pattern, text);
    if (matches(pattern, text) != expected) {
      fail_msg("%s on %s should be %d", pattern, text, expected);
    }
    n_true += expected;
  }
  assert_in_range(n_true, 5000u, 195000u);
}

static void
test_in_steps(void** state)
{
  (void)state;
  Random random = {5u};
  for (uint32_t i = 0u; i < 20000u; ++i) {
    char           pattern[128];
    char           text[64];
    RsPattern      compiled;
    RsPatternState a;
    RsPatternState b;
    int64_t        budget = INT64_MAX;
    random_pattern(&random, pattern);
    random_text(&random, text);
    assert_int_equal(
      rs_pattern_compile(&compiled, pattern, (uint32_t)strlen(pattern)), 0);

    const uint32_t length = (uint32_t)strlen(text);
    const uint32_t cut    = random_below(&random, length + 1u);
    rs_pattern_start(&compiled, &a);
    rs_pattern_advance(&compiled, &a, text, cut, &b, &budget);
    rs_pattern_advance(&compiled, &b, text + cut, length - cut, &a, &budget);
    assert_int_equal(a.is_match, matches(pattern, text));
  }
}

/// "/*a*a...*ab" on "/aaa...": 2^n ways to fail, and one way to see it
static void
test_time_is_bounded(void** state)
{
  (void)state;
  static char pattern[RS_PATTERN_MAX + 1u];
  static char text[2001];

  uint32_t n   = 0u;
  pattern[n++] = '/';
  while (n + 4u < RS_PATTERN_MAX) {
    pattern[n++] = '*';
    pattern[n++] = 'a';
  }
  pattern[n++] = 'b';
  memset(text, 'a', sizeof(text) - 1u);
  text[0] = '/';

  RsPattern      compiled;
  RsPatternState start;
  RsPatternState end;
  int64_t        budget = 0;
  assert_int_equal(rs_pattern_compile(&compiled, pattern, n), 0);
  rs_pattern_start(&compiled, &start);
  rs_pattern_advance(&compiled, &start, text, 2000u, &end, &budget);
  assert_false(end.is_match);
  assert_true(-budget > 2000);
  assert_true(-budget <= (int64_t)2000 * (int64_t)(n + 1u));

  // Many commas: each is seen once, and each byte of text costs one round
  n            = 0u;
  pattern[n++] = '/';
  pattern[n++] = '{';
  while (n + 1u < RS_PATTERN_MAX) {
    pattern[n++] = ',';
  }
  pattern[n++] = '}';
  budget       = 0;
  assert_int_equal(rs_pattern_compile(&compiled, pattern, n), 0);
  rs_pattern_start(&compiled, &start);
  rs_pattern_advance(&compiled, &start, text, 2000u, &end, &budget);
  assert_true(-budget <= (int64_t)2 * (int64_t)(n + 1u));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_by_hand),
    cmocka_unit_test(test_malformed),
    cmocka_unit_test(test_against_slow),
    cmocka_unit_test(test_in_steps),
    cmocka_unit_test(test_time_is_bounded),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
