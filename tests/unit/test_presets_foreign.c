// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Preset files that are damaged, strange, huge or hostile

#include "tests/unit/preset_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIXES                                              \
  "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"          \
  "@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"     \
  "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n" \
  "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"

#define MANIFEST                                                         \
  PREFIXES "<p.ttl> a pset:Preset ; lv2:appliesTo <" TEST_PLUGIN "> ;\n" \
           "  rdfs:seeAlso <p.ttl> .\n"

#define PORT(symbol, value) \
  "lv2:port [ lv2:symbol \"" symbol "\" ; pset:value " value " ]"

#define BODY(label, ports) \
  PREFIXES "<p.ttl> rdfs:label \"" label "\" ; " ports " .\n"

static void
write_text(const char* const folder, const char* const path, const char* text)
{
  room_write(folder, path, text, strlen(text));
}

static char*
read_text(const char* const path, size_t* const size)
{
  FILE* const file = fopen(path, "rb");
  assert_non_null(file);
  char* const text = (char*)malloc(65536u);
  *size            = fread(text, 1u, 65536u, file);
  fclose(file);
  return text;
}

/// One file of a saved preset cut at every byte: whole, or not offered
static void
truncate_everywhere(Room* const room, const char* const file)
{
  Reading reading;
  room_read(room, &reading);
  const int index = reading_find(&reading, "Cut");
  assert_true(index >= 0);

  char bundle[512];
  char path[600];
  snprintf(bundle,
           sizeof(bundle),
           "%s",
           reading.presets[index].uri + strlen("file://"));
  *strrchr(bundle, '/') = '\0';
  snprintf(path, sizeof(path), "%s/%s", bundle, file);

  size_t      size     = 0u;
  char* const text     = read_text(path, &size);
  unsigned    n_absent = 0u;
  for (size_t cut = 0u; cut < size; ++cut) {
    room_write(bundle, file, text, cut);
    room_read(room, &reading);
    assert_int_equal(reading.code, 0);
    assert_true(reading_find(&reading, "Warm") >= 0);
    const int i = reading_find(&reading, "Cut");
    if (i >= 0) {
      assert_int_equal(reading.presets[i].n_values, 2);
      assert_true(reading.presets[i].gain == -1.5f);
      assert_true(reading.presets[i].tone == 4.25f);
    } else {
      ++n_absent;
      assert_int_equal(reading.count, 1);
    }
  }

  assert_true(n_absent > size / 2u); // Or it was not the file that counts
  room_write(bundle, file, text, size);
  free(text);
}

static void
test_truncated(void** state)
{
  (void)state;
  Room room;
  room_open(&room, NULL);

  assert_int_equal(room_save(&room, "Cut", -1.5f, 4.25f).code, 0);
  truncate_everywhere(&room, "preset.ttl");
  truncate_everywhere(&room, "manifest.ttl");

  room_close(&room);
}

/// What a preset file may say, and how many values are offered (0: not at all)
typedef struct {
  const char* what;
  const char* body;
  unsigned    n_values;
} Case;

// clang-format off
static const Case cases[] = {
  {"plain",            BODY("Case", PORT("gain", "1.5") " ; " PORT("tone", "2")),                2},
  {"all number types", BODY("Case", PORT("gain", "\"1.5\"^^xsd:float") " ; " PORT("tone", "\"2e0\"^^xsd:double")), 2},
  {"boolean",          BODY("Case", PORT("gain", "true")),                                       1},
  {"no label",         PREFIXES "<p.ttl> " PORT("gain", "1.5") " .\n",                           0},
  {"empty label",      BODY("", PORT("gain", "1.5")),                                            0},
  {"label too long",   BODY("0123456789012345678901234567890123456789012345678901234567890123456789", PORT("gain", "1.5")), 0},
  {"label with line",  BODY("Ca\\nse", PORT("gain", "1.5")),                                     0},
  {"label with ESC",   BODY("\\u001B[2J", PORT("gain", "1.5")),                                  0},
  {"not a number",     BODY("Case", PORT("gain", "\"NaN\"^^xsd:float") " ; " PORT("tone", "2")), 2}, // lilv says 0
  {"infinite",         BODY("Case", PORT("gain", "1e999") " ; " PORT("tone", "2")),              0},
  {"double too large", BODY("Case", PORT("gain", "1e300") " ; " PORT("tone", "2")),              0},
  {"a string",         BODY("Case", PORT("gain", "\"loud\"") " ; " PORT("tone", "2")),           1},
  {"no values",        BODY("Case", "rdfs:comment \"nothing\""),                                 0},
  {"bad symbol",       BODY("Case", PORT("../gain", "1.5")),                                     0},
  {"port named twice", BODY("Case", PORT("gain", "1.5") " ; " PORT("gain", "2.5")),              1},
  {"not turtle",       "\x7f" "ELF and so on",                                                   0},
  {"not UTF-8",        BODY("\xC3\x28\xFF", PORT("gain", "\"\xFF\"")),                           0},
};
// clang-format on

static void
test_foreign_files(void** state)
{
  (void)state;
  Room room;
  room_open(&room, NULL);
  write_text(room.user, "case.lv2/manifest.ttl", MANIFEST);

  for (size_t i = 0u; i < sizeof(cases) / sizeof(*cases); ++i) {
    Reading reading;
    write_text(room.user, "case.lv2/p.ttl", cases[i].body);
    room_read(&room, &reading);
    assert_int_equal(reading.code, 0);
    assert_true(reading_find(&reading, "Warm") >= 0);

    const int      found = reading_find(&reading, "Case");
    const unsigned n     = found < 0 ? 0u : reading.presets[found].n_values;
    if (n != cases[i].n_values ||
        reading.count != (cases[i].n_values ? 2u : 1u)) {
      fail_msg("%s: %u values, %u presets", cases[i].what, n, reading.count);
    }
  }

  room_close(&room);
}

#define STATE(text)                                                          \
  PREFIXES                                                                   \
  "@prefix state: <http://lv2plug.in/ns/ext/state#> .\n"                     \
  "<p.ttl> rdfs:label \"Case\" ; " PORT(                                     \
    "gain", "1.5") " ;\n"                                                    \
                   "  state:state [ <urn:ringside:state#values> \"\"\"" text \
                   "\"\"\" ] .\n"

typedef struct {
  const char* what;
  const char* body;
  float       gain;
  float       tone; ///< NAN: not there
} StateCase;

// clang-format off
static const StateCase states[] = {
  {"wins",            STATE("ringside 1\ngain -3.25 1.5 osc\n"),                        -3.25f, NAN},
  {"adds",            STATE("ringside 1\ngain -3.25 1.5 osc\ntone 4 4 host\n"),         -3.25f, 4.0f},
  {"another version", STATE("ringside 2\ngain -3.25 1.5 osc\n"),                        1.5f,   NAN},
  {"a bad line",      STATE("ringside 1\ngain -3.25 1.5 osc\ntone x 4 host\n"),         1.5f,   NAN},
  {"a bad owner",     STATE("ringside 1\ngain -3.25 1.5 me\n"),                         1.5f,   NAN},
  {"a bad symbol",    STATE("ringside 1\ngain -3.25 1.5 osc\nto/ne 4 4 host\n"),        1.5f,   NAN},
  {"infinite",        STATE("ringside 1\ngain inf 1.5 osc\n"),                          1.5f,   NAN},
  {"more on a line",  STATE("ringside 1\ngain -3.25 1.5 osc more\n"),                   1.5f,   NAN},
  {"cut off",         STATE("ringside 1\ngain -3.25 1.5 osc\ntone 4"),                  1.5f,   NAN},
  {"nothing",         STATE(""),                                                        1.5f,   NAN},
};
// clang-format on

static void
test_states_of_hosts(void** state)
{
  (void)state;
  Room room;
  room_open(&room, NULL);
  write_text(room.user, "case.lv2/manifest.ttl", MANIFEST);

  for (size_t i = 0u; i < sizeof(states) / sizeof(*states); ++i) {
    Reading reading;
    write_text(room.user, "case.lv2/p.ttl", states[i].body);
    room_read(&room, &reading);
    const int found = reading_find(&reading, "Case");
    if (found < 0 || reading.presets[found].gain != states[i].gain ||
        (isnan(states[i].tone)
           ? !isnan(reading.presets[found].tone)
           : reading.presets[found].tone != states[i].tone)) {
      fail_msg("a state that is: %s", states[i].what);
    }
  }

  // Longer than any of ours
  static const char line[] = "gain -3.25 1.5 osc\n";
  const size_t head = (size_t)(strstr(states[0].body, line) - states[0].body);
  const size_t n    = (1u << 20u) / strlen(line) + 1u;
  char* const  text = (char*)malloc(strlen(states[0].body) + n * sizeof(line));
  memcpy(text, states[0].body, head);
  for (size_t i = 0u; i < n; ++i) {
    memcpy(text + head + i * strlen(line), line, strlen(line));
  }
  strcpy(text + head + n * strlen(line), states[0].body + head);
  write_text(room.user, "case.lv2/p.ttl", text);
  free(text);
  Reading reading;
  room_read(&room, &reading);
  const int found = reading_find(&reading, "Case");
  assert_true(found >= 0 && reading.presets[found].gain == 1.5f);

  room_close(&room);
}

/// Files that are no plain files must not be opened, let alone waited for
static void
test_strange_files(void** state)
{
  (void)state;
  Room    room;
  Reading reading;
  char    path[256];
  room_open(&room, NULL);

  // Bundles without a manifest, with a pipe or a folder as one, and links
  write_text(room.user, "empty.lv2/readme", "nothing");
  write_text(room.user, "pipe.lv2/readme", "nothing");
  snprintf(path, sizeof(path), "%s/pipe.lv2/manifest.ttl", room.user);
  assert_int_equal(mkfifo(path, 0600), 0);
  write_text(room.user, "folder.lv2/manifest.ttl/readme", "nothing");
  snprintf(path, sizeof(path), "%s/loop.lv2", room.user);
  assert_int_equal(symlink(path, path), 0);
  snprintf(path, sizeof(path), "%s/dead.lv2", room.user);
  assert_int_equal(symlink("/nonexistent", path), 0);
  write_text(room.user, "file.lv2", "nothing");

  // A preset in a pipe, and others that point out of their bundle
  write_text(room.user, "pipe2.lv2/manifest.ttl", MANIFEST);
  snprintf(path, sizeof(path), "%s/pipe2.lv2/p.ttl", room.user);
  assert_int_equal(mkfifo(path, 0600), 0);
  write_text(room.user,
             "web.lv2/manifest.ttl",
             PREFIXES
             "<urn:x:web> a pset:Preset ;\n"
             "  lv2:appliesTo <" TEST_PLUGIN "> ; rdfs:label \"Web\" ;"
             "  rdfs:seeAlso <http://127.0.0.1:1/p.ttl> , <file:///dev/zero> ,"
             "    \"text\" .\n");

  // serd would take this for p.ttl, and read on behind the end of such a URI
  write_text(room.user,
             "junk.lv2/manifest.ttl",
             PREFIXES "<urn:x:junk> a pset:Preset ;\n"
                      "  lv2:appliesTo <" TEST_PLUGIN
                      "> ; rdfs:label \"Junk\" ;"
                      "  rdfs:seeAlso <p%zz.ttl> .\n");
  write_text(room.user,
             "junk.lv2/p.ttl",
             PREFIXES "<urn:x:junk> " PORT("gain", "-6.0") " .\n");

  room_read(&room, &reading);
  assert_int_equal(reading.code, 0); // What hangs would be ended, and 503
  assert_int_equal(reading.count, 1);
  assert_true(reading_find(&reading, "Warm") >= 0);

  room_close(&room);
}

/// Nested so deep that the parser overflows its stack
static void
write_bottomless(const char* const folder, const char* const path)
{
  static const char level[] = "[<a:b> ";
  const size_t      n       = 550000u;
  char* const       text    = (char*)malloc(n * sizeof(level) + 16u);
  size_t            size    = 0u;

  size += (size_t)sprintf(text, "<a:a> <a:b> ");
  for (size_t i = 0u; i < n; ++i) {
    memcpy(text + size, level, sizeof(level) - 1u);
    size += sizeof(level) - 1u;
  }
  room_write(folder, path, text, size);
  free(text);
}

static void
test_crash_of_the_parser(void** state)
{
  (void)state;
  Room    room;
  Reading reading;
  room_open(&room, NULL);
  room_add_preset(room.user, "good.lv2", "Good", 1.0, 2.0);

  write_bottomless(room.user, "manifest.lv2/manifest.ttl");
  room_read(&room, &reading);
  assert_int_equal(reading.code, 0);
  assert_int_equal(reading.count, 2);

  write_text(room.user, "preset.lv2/manifest.ttl", MANIFEST);
  write_bottomless(room.user, "preset.lv2/p.ttl");
  room_read(&room, &reading);
  assert_int_equal(reading.code, 0);
  assert_int_equal(reading.count, 2);
  assert_true(reading_find(&reading, "Good") >= 0);

  room_close(&room);
}

static void
test_huge(void** state)
{
  (void)state;
  Room    room;
  Reading reading;
  room_open(&room, NULL);

  // More ports than any plugin has
  const size_t room_size = 1u << 20u;
  char* const  text      = (char*)malloc(room_size);
  size_t size = (size_t)sprintf(text, PREFIXES "<p.ttl> rdfs:label \"P\"");
  for (unsigned i = 0u; i <= RS_PRESET_VALUES_MAX; ++i) {
    size += (size_t)sprintf(
      text + size, ";\n lv2:port [lv2:symbol \"p%u\"; pset:value 1]", i);
  }
  size += (size_t)sprintf(text + size, ".\n");
  write_text(room.user, "ports.lv2/manifest.ttl", MANIFEST);
  room_write(room.user, "ports.lv2/p.ttl", text, size);
  room_read(&room, &reading);
  assert_int_equal(reading.code, 0);
  assert_int_equal(reading.count, 1);

  // Files as large as they may be, and larger
  const size_t most = 4u << 20u;
  char* const  wide = (char*)malloc(most + 1u);
  memset(wide, '\n', most + 1u);
  size = (size_t)sprintf(
    wide,
    "%s",
    PREFIXES "<p.ttl> rdfs:label \"P\" ; " PORT("gain", "1.5") " .\n");
  wide[size] = '\n';
  room_write(room.user, "ports.lv2/p.ttl", wide, most);
  room_read(&room, &reading);
  assert_true(reading_find(&reading, "P") >= 0);
  room_write(room.user, "ports.lv2/p.ttl", wide, most + 1u);
  room_read(&room, &reading);
  assert_int_equal(reading.code, 0);
  assert_int_equal(reading_find(&reading, "P"), -1);
  free(wide);

  // More presets than are kept
  size = (size_t)sprintf(text, PREFIXES);
  for (unsigned i = 0u; i < RS_PRESETS_MAX + 100u; ++i) {
    size += (size_t)sprintf(text + size,
                            "<urn:x:%u> a pset:Preset; lv2:appliesTo "
                            "<" TEST_PLUGIN ">; rdfs:label \"%u\"; "
                            "lv2:port [lv2:symbol \"gain\"; pset:value %u].\n",
                            i,
                            i,
                            i);
    assert_true(size < room_size - 1000u);
  }
  room_write(room.user, "many.lv2/manifest.ttl", text, size);
  room_read(&room, &reading);
  assert_int_equal(reading.code, 0);
  assert_int_equal(reading.count, RS_PRESETS_MAX);
  assert_int_equal(room_list(&room).count, RS_PRESETS_MAX);

  // A file that nobody reads to its end
  char path[256];
  snprintf(path, sizeof(path), "%s/many.lv2/manifest.ttl", room.user);
  assert_int_equal(truncate(path, 1 << 30), 0);
  room_read(&room, &reading);
  assert_int_equal(reading.code, 0);
  assert_int_equal(reading.count, 1);

  free(text);
  room_close(&room);
}

/// What is whose: only a preset alone in a bundle among the user's is his
static void
test_ownership(void** state)
{
  (void)state;
  Room room;
  room_open(&room, NULL);

  // A plugin with factory presets that was installed among the user's
  room_add_preset(room.user, "pack.lv2", "Pack", 1.0, 2.0);
  write_text(room.user,
             "pack.lv2/manifest.ttl",
             MANIFEST "<urn:x:other> a lv2:Plugin ; lv2:binary <x.so> .\n");

  // Two presets in one bundle
  room_add_preset(room.user, "two.lv2", "Two", 1.0, 2.0);
  write_text(room.user,
             "two.lv2/manifest.ttl",
             MANIFEST "<urn:x:more> a pset:Preset ;\n"
                      "  lv2:appliesTo <" TEST_PLUGIN "> .\n");

  // A preset that claims the file of another
  room_add_preset(room.user, "mine.lv2", "Mine", 1.0, 2.0);
  write_text(room.user,
             "claim.lv2/manifest.ttl",
             PREFIXES "<urn:x:claim> a pset:Preset ; rdfs:label \"Claim\" ;\n"
                      "  lv2:appliesTo <" TEST_PLUGIN "> ;\n"
                      "  lv2:port [lv2:symbol \"gain\" ; pset:value 1 ] ;\n"
                      "  rdfs:seeAlso <../mine.lv2/p.ttl> .\n");

  // A link to elsewhere
  char path[256];
  char target[256];
  room_add_preset(room.home, "away.lv2", "Away", 1.0, 2.0);
  snprintf(path, sizeof(path), "%s/away.lv2", room.user);
  snprintf(target, sizeof(target), "%s/away.lv2", room.home);
  assert_int_equal(symlink(target, path), 0);

  // The same label twice: both are listed, the user's own first
  room_add_preset(room.user, "warm.lv2", "Warm", 9.0, 9.0);

  static const char* const others[] = {"Pack", "Two", "Claim", "Away"};
  const RsPresetList       list     = room_list(&room);
  assert_int_equal(list.count, 7);
  assert_false(room_find(list, "Mine")->is_factory);
  assert_false(room_find(list, "Warm")->is_factory);
  assert_string_equal(room_find(list, "Warm")[1].label, "Warm");
  assert_true(room_find(list, "Warm")[1].is_factory);
  for (size_t i = 0u; i < sizeof(others) / sizeof(*others); ++i) {
    assert_true(room_find(room_list(&room), others[i])->is_factory);
    assert_int_equal(room_delete(&room, others[i]).code, 409);
    assert_int_equal(room_save(&room, others[i], 0.0f, 0.0f).code, 409);
  }

  // Nor is a label of the factory's saved over a preset of the user's
  assert_int_equal(room_save(&room, "Warm", 0.0f, 0.0f).code, 409);
  assert_true(room_value(room_find(room_list(&room), "Warm"), "gain") == 9.0f);

  Reading reading;
  room_read(&room, &reading);
  assert_int_equal(reading.count, 7);

  room_close(&room);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_truncated),
    cmocka_unit_test(test_foreign_files),
    cmocka_unit_test(test_states_of_hosts),
    cmocka_unit_test(test_strange_files),
    cmocka_unit_test(test_crash_of_the_parser),
    cmocka_unit_test(test_huge),
    cmocka_unit_test(test_ownership),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
