// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Labels, and the packets between bridge and keeper: what is refused

#include "tests/unit/check.h"
#include "ui-bridge/presets/keeper.h"
#include "ui-bridge/presets/label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
test_labels(void** state)
{
  (void)state;
  static const char* const good[] = {
    "x", "Lead Vocal", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\x9a", "\"<>/"};
  static const char* const bad[] = {"",
                                    "a\nb",
                                    "\x1b[0m",
                                    "\x7f",
                                    "\xc2\x85",         // C1
                                    "\x80",             // Goes on with nothing
                                    "\xc3",             // Ends too early
                                    "\xc0\xaf",         // '/' in two bytes
                                    "\xe0\x80\xaf",     // and in three
                                    "\xf0\x80\x80\xaf", // and in four
                                    "\xed\xa0\x80",     // A surrogate
                                    "\xf4\x90\x80\x80", // Above Unicode
                                    "\xff"};
  for (size_t i = 0u; i < N_ELEMENTS(good); ++i) {
    assert_true(rs_label_is_legal(good[i]));
  }
  for (size_t i = 0u; i < N_ELEMENTS(bad); ++i) {
    assert_false(rs_label_is_legal(bad[i]));
  }

  char text[RS_LABEL_MAX + 2u] = "";
  memset(text, 'x', RS_LABEL_MAX);
  assert_true(rs_label_is_legal(text));
  text[RS_LABEL_MAX] = 'x';
  assert_false(rs_label_is_legal(text));
}

/// One of each kind that is right, with one value where it may have some
static size_t
make(RsPacket* const packet, const RsPacketKind kind)
{
  memset(packet, 0, sizeof(*packet));
  packet->head = (RsPacketHead){
    .magic = RS_PACKET_MAGIC, .kind = kind, .job = kind != RS_PACKET_CHANGED};

  RsPresetValue* value = NULL;
  if (kind == RS_PACKET_SAVE || kind == RS_PACKET_DELETE ||
      kind == RS_PACKET_LIST) {
    strcpy(packet->job.plugin_uri, "urn:plugin");
    if (kind != RS_PACKET_LIST) {
      strcpy(packet->job.label, "Loud");
    }
    value = kind == RS_PACKET_SAVE ? packet->job.values : NULL;
  } else if (kind == RS_PACKET_PRESET) {
    strcpy(packet->preset.label, "Loud");
    strcpy(packet->preset.uri, "urn:preset");
    value = packet->preset.values;
  } else if (kind == RS_PACKET_DONE) {
    strcpy(packet->done.sentence, "well");
  }

  if (value) {
    packet->head.n_values = 1u;
    strcpy(value->symbol, "gain");
    value->value = 1.0f;
  }
  return rs_packet_size(kind, packet->head.n_values);
}

#define ASSERT_REFUSED(kind_, change_)                      \
  do {                                                      \
    size_t size = make(p, (kind_));                         \
    assert_int_equal(rs_packet_check(p, size), RS_SUCCESS); \
    change_;                                                \
    assert_int_equal(rs_packet_check(p, size), RS_CORRUPT); \
  } while (0)

static void
test_packets(void** state)
{
  (void)state;
  RsPacket* const p = (RsPacket*)calloc(1u, sizeof(RsPacket));
  assert_non_null(p);

  static const RsPacketKind kinds[] = {RS_PACKET_LIST,
                                       RS_PACKET_SAVE,
                                       RS_PACKET_DELETE,
                                       RS_PACKET_PRESET,
                                       RS_PACKET_DONE,
                                       RS_PACKET_CHANGED};
  for (size_t i = 0u; i < N_ELEMENTS(kinds); ++i) {
    ASSERT_REFUSED(kinds[i], p->head.magic ^= 1u);
    ASSERT_REFUSED(kinds[i], --size);
    ASSERT_REFUSED(kinds[i], ++size);
    ASSERT_REFUSED(kinds[i], size = 3u);
    ASSERT_REFUSED(kinds[i], p->head.job = !p->head.job);
    ASSERT_REFUSED(kinds[i], p->head.kind = 99u);
    ASSERT_REFUSED(kinds[i], ++p->head.n_values);
    ASSERT_REFUSED(kinds[i], p->head.n_values = UINT32_MAX);
  }

  ASSERT_REFUSED(RS_PACKET_SAVE, p->job.values[0].value = NAN);
  ASSERT_REFUSED(RS_PACKET_SAVE, p->job.values[0].value = INFINITY);
  ASSERT_REFUSED(RS_PACKET_SAVE, strcpy(p->job.values[0].symbol, "a b"));
  ASSERT_REFUSED(RS_PACKET_SAVE, p->job.values[0].symbol[0] = '\0');
  ASSERT_REFUSED(
    RS_PACKET_SAVE,
    memset(p->job.values[0].symbol, 'x', sizeof(p->job.values[0].symbol)));
  ASSERT_REFUSED(RS_PACKET_SAVE, p->job.plugin_uri[0] = '\0');
  ASSERT_REFUSED(RS_PACKET_SAVE,
                 memset(p->job.plugin_uri, 'x', sizeof(p->job.plugin_uri)));
  ASSERT_REFUSED(RS_PACKET_SAVE, p->job.label[0] = '\0');
  ASSERT_REFUSED(RS_PACKET_LIST, p->job.label[0] = 'x');
  ASSERT_REFUSED(RS_PACKET_PRESET, p->preset.label[0] = '\n');
  ASSERT_REFUSED(RS_PACKET_PRESET, p->preset.label[0] = '\0');
  ASSERT_REFUSED(RS_PACKET_PRESET, p->preset.uri[0] = '\0');
  ASSERT_REFUSED(RS_PACKET_PRESET, p->preset.is_factory = 2u);
  ASSERT_REFUSED(RS_PACKET_PRESET, p->preset.values[0].value = NAN);
  ASSERT_REFUSED(RS_PACKET_DONE, p->done.code = 200);
  ASSERT_REFUSED(RS_PACKET_DONE, p->done.sentence[0] = '\x1b');
  free(p);
}

int
main(void)
{
  static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_labels),
    cmocka_unit_test(test_packets),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
