// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The bridge's side of presets, with the test as the keeper and as the clock

#include "ui-bridge/bridge.h"
#include "ui-bridge/presets/keeper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PLUGIN "urn:test:plugin"
#define SECOND_NS 1000000000

static int64_t now_ns = SECOND_NS;

int64_t
rs_bridge_now_ns(const RsBridge* const bridge)
{
  (void)bridge;
  return now_ns;
}

typedef struct {
  RsPresets* presets;
  int        keeper; ///< Our end
  int        copy;   ///< Of the other end, as the loop of a bridge has one
} Talk;

static Talk
begin(void)
{
  int ends[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends),
                   0);

  const Talk talk = {rs_presets_new(NULL, ends[0]), ends[1], dup(ends[0])};
  assert_non_null(talk.presets);
  return talk;
}

static void
end(const Talk* const talk)
{
  rs_presets_free(talk->presets);
  close(talk->keeper);
  close(talk->copy);
}

/// The next job, 0 if none is asked for
static uint32_t
next_job(const Talk* const talk, const RsPacketKind kind)
{
  RsPacket* const packet = (RsPacket*)malloc(sizeof(RsPacket));
  const ssize_t   size   = recv(talk->keeper, packet, sizeof(*packet), 0);
  uint32_t        id     = 0u;
  if (size > 0) {
    assert_int_equal(rs_packet_check(packet, (size_t)size), RS_SUCCESS);
    assert_int_equal(packet->head.kind, kind);
    id = packet->head.job;
  }
  free(packet);
  return id;
}

static void
send_values(const Talk* const talk,
            const uint32_t    id,
            const char* const label,
            const uint32_t    n_values)
{
  RsPacket* const packet = (RsPacket*)calloc(1u, sizeof(RsPacket));
  packet->head =
    (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_PRESET, id, n_values};
  snprintf(packet->preset.label, sizeof(packet->preset.label), "%s", label);
  snprintf(packet->preset.uri, sizeof(packet->preset.uri), "urn:%s", label);
  for (uint32_t i = 0u; i < n_values; ++i) {
    strcpy(packet->preset.values[i].symbol, "gain");
  }
  assert_true(
    send(talk->keeper, packet, rs_packet_size(RS_PACKET_PRESET, n_values), 0) >
    0);
  free(packet);
}

static void
send_preset(const Talk* const talk, const uint32_t id, const char* const label)
{
  send_values(talk, id, label, 1u);
}

static void
send_done(const Talk* const talk, const uint32_t id, const int code)
{
  RsDonePacket packet;
  memset(&packet, 0, sizeof(packet));
  packet.head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_DONE, id, 0u};
  packet.code = code;
  snprintf(packet.sentence, sizeof(packet.sentence), "code %d", code);
  assert_true(send(talk->keeper, &packet, sizeof(packet), 0) > 0);
}

typedef struct {
  unsigned calls;
  int      code;
  char     sentence[256];
} Outcome;

static void
on_done(void* const context, const int code, const char* const sentence)
{
  Outcome* const outcome = (Outcome*)context;
  ++outcome->calls;
  outcome->code = code;
  snprintf(outcome->sentence, sizeof(outcome->sentence), "%s", sentence);
}

static void
test_saved_while_the_list_is_read(void** state)
{
  (void)state;
  const Talk talk  = begin();
  Outcome    saved = {0u, 0, ""};
  Outcome    ready = {0u, 0, ""};

  rs_presets_want(talk.presets, PLUGIN);
  rs_presets_when_ready(talk.presets, PLUGIN, on_done, &ready);
  const uint32_t list = next_job(&talk, RS_PACKET_LIST);
  rs_presets_save(talk.presets, PLUGIN, "New", NULL, 0u, on_done, &saved);
  const uint32_t save = next_job(&talk, RS_PACKET_SAVE);
  assert_true(list && save && list != save);

  // The list was read before the preset was there, and comes after
  send_preset(&talk, save, "New");
  send_done(&talk, save, 0);
  send_preset(&talk, list, "Old");
  send_done(&talk, list, 0);
  rs_presets_dispatch(talk.presets);
  assert_int_equal(saved.calls, 1);
  assert_int_equal(ready.calls, 0);
  assert_false(rs_presets_list(talk.presets, PLUGIN).is_loaded);

  // So it is read again
  const uint32_t again = next_job(&talk, RS_PACKET_LIST);
  assert_true(again);
  send_preset(&talk, again, "Old");
  send_preset(&talk, again, "New");
  send_done(&talk, again, 0);
  rs_presets_dispatch(talk.presets);
  assert_int_equal(ready.calls, 1);
  const RsPresetList known = rs_presets_list(talk.presets, PLUGIN);
  assert_true(known.is_loaded);
  assert_int_equal(known.count, 2);
  assert_string_equal(known.presets[0].label, "New");

  end(&talk);
}

static void
test_patience(void** state)
{
  (void)state;
  const Talk talk  = begin();
  Outcome    ready = {0u, 0, ""};

  rs_presets_when_ready(talk.presets, PLUGIN, on_done, &ready);
  const uint32_t list = next_job(&talk, RS_PACKET_LIST);
  assert_true(list);
  assert_true(rs_presets_tick(talk.presets, now_ns) == now_ns + SECOND_NS / 5);
  assert_int_equal(ready.calls, 0);
  now_ns += SECOND_NS / 5;
  rs_presets_tick(talk.presets, now_ns);
  assert_int_equal(ready.calls, 1);
  assert_int_equal(ready.code, 503);

  // It still counts when it comes
  send_done(&talk, list, 0);
  rs_presets_dispatch(talk.presets);
  assert_true(rs_presets_list(talk.presets, PLUGIN).is_loaded);
  rs_presets_when_ready(talk.presets, PLUGIN, on_done, &ready);
  assert_int_equal(ready.calls, 2);
  assert_int_equal(ready.code, 0);

  end(&talk);
}

static void
test_failed_list_is_tried_again(void** state)
{
  (void)state;
  const Talk talk  = begin();
  Outcome    ready = {0u, 0, ""};

  rs_presets_when_ready(talk.presets, PLUGIN, on_done, &ready);
  send_done(&talk, next_job(&talk, RS_PACKET_LIST), 503);
  rs_presets_dispatch(talk.presets);
  assert_int_equal(ready.calls, 1);
  assert_string_equal(ready.sentence, "code 503");

  // Not at once, or a bad file would keep us busy
  rs_presets_want(talk.presets, PLUGIN);
  assert_int_equal(next_job(&talk, RS_PACKET_LIST), 0);
  now_ns += 2 * (int64_t)SECOND_NS;
  rs_presets_want(talk.presets, PLUGIN);
  assert_true(next_job(&talk, RS_PACKET_LIST));

  end(&talk);
}

static void
test_a_keeper_that_hangs(void** state)
{
  (void)state;
  const Talk talk  = begin();
  Outcome    saved = {0u, 0, ""};

  rs_presets_save(talk.presets, PLUGIN, "New", NULL, 0u, on_done, &saved);
  now_ns += 10 * (int64_t)SECOND_NS;
  rs_presets_tick(talk.presets, now_ns);
  assert_int_equal(saved.calls, 1);
  assert_int_equal(saved.code, 503);

  // What it says later is nobody's
  const uint32_t save = next_job(&talk, RS_PACKET_SAVE);
  send_preset(&talk, save, "New");
  send_done(&talk, save, 0);
  rs_presets_dispatch(talk.presets);
  assert_int_equal(saved.calls, 1);

  end(&talk);
}

static void
test_a_keeper_that_lies(void** state)
{
  (void)state;
  Talk    talk  = begin();
  Outcome saved = {0u, 0, ""};
  Outcome ready = {0u, 0, ""};

  rs_presets_when_ready(talk.presets, PLUGIN, on_done, &ready);
  rs_presets_save(talk.presets, PLUGIN, "New", NULL, 0u, on_done, &saved);
  assert_true(send(talk.keeper, "This is no packet", 18u, 0) > 0);
  rs_presets_dispatch(talk.presets);
  assert_int_equal(saved.code, 503);
  assert_int_equal(ready.code, 503);

  // It is told to end
  char byte = 0;
  assert_true(next_job(&talk, RS_PACKET_LIST));
  assert_true(next_job(&talk, RS_PACKET_SAVE));
  assert_int_equal(recv(talk.keeper, &byte, 1u, 0), 0);

  // From now on there is none
  rs_presets_delete(talk.presets, PLUGIN, "New", on_done, &saved);
  assert_int_equal(saved.calls, 2);
  assert_int_equal(saved.code, 503);
  rs_presets_when_ready(talk.presets, PLUGIN, on_done, &ready);
  assert_int_equal(ready.calls, 2);
  assert_int_equal(ready.code, 503);
  rs_presets_dispatch(talk.presets);
  assert_true(rs_presets_tick(talk.presets, now_ns) == INT64_MAX);

  end(&talk);
}

static void
test_without_a_keeper(void** state)
{
  (void)state;
  RsPresets* const presets = rs_presets_new(NULL, -1);
  Outcome          outcome = {0u, 0, ""};

  rs_presets_want(presets, PLUGIN);
  rs_presets_save(presets, PLUGIN, "New", NULL, 0u, on_done, &outcome);
  assert_int_equal(outcome.code, 503);
  rs_presets_dispatch(presets);
  assert_false(rs_presets_list(presets, PLUGIN).is_loaded);
  rs_presets_free(presets);
}

static void
test_too_many(void** state)
{
  (void)state;
  const Talk talk  = begin();
  Outcome    ready = {0u, 0, ""};

  rs_presets_when_ready(talk.presets, PLUGIN, on_done, &ready);
  const uint32_t list = next_job(&talk, RS_PACKET_LIST);
  for (unsigned i = 0u; i <= RS_PRESETS_MAX; ++i) {
    send_preset(&talk, list, "Flood");
    rs_presets_dispatch(talk.presets);
  }
  assert_int_equal(ready.calls, 1);
  assert_int_equal(ready.code, 503);

  // More jobs than anybody could mean
  Outcome  outcome = {0u, 0, ""};
  unsigned n       = 0u;
  while (!outcome.calls && ++n < 10000u) {
    rs_presets_save(talk.presets, PLUGIN, "New", NULL, 0u, on_done, &outcome);
  }
  assert_int_equal(outcome.code, 503);
  assert_true(n < 1000u);

  end(&talk);
}

/// Presets that are large are too many sooner
static void
test_too_large(void** state)
{
  (void)state;
  const Talk     talk  = begin();
  Outcome        ready = {0u, 0, ""};
  const unsigned n_fit = RS_PRESETS_BYTES_MAX / sizeof(RsPacket);
  assert_true(n_fit < RS_PRESETS_MAX / 2u);

  rs_presets_when_ready(talk.presets, PLUGIN, on_done, &ready);
  const uint32_t list = next_job(&talk, RS_PACKET_LIST);
  for (unsigned i = 0u; i <= n_fit; ++i) {
    assert_int_equal(ready.calls, 0);
    send_values(&talk, list, "Flood", RS_PRESET_VALUES_MAX);
    rs_presets_dispatch(talk.presets);
  }
  assert_int_equal(ready.calls, 1);
  assert_int_equal(ready.code, 503);

  end(&talk);
}

static void
test_one_change_at_a_time(void** state)
{
  (void)state;
  const Talk talk  = begin();
  Outcome    saved = {0u, 0, ""};

  rs_presets_save(talk.presets, PLUGIN, "One", NULL, 0u, on_done, &saved);
  rs_presets_save(talk.presets, PLUGIN, "Two", NULL, 0u, on_done, &saved);
  rs_presets_delete(talk.presets, PLUGIN, "One", on_done, &saved);
  const uint32_t one = next_job(&talk, RS_PACKET_SAVE);
  assert_int_equal(next_job(&talk, RS_PACKET_SAVE), 0);
  send_done(&talk, one, 409);
  rs_presets_dispatch(talk.presets);
  assert_int_equal(saved.calls, 1);
  assert_int_equal(saved.code, 409);
  send_done(&talk, next_job(&talk, RS_PACKET_SAVE), 0);
  rs_presets_dispatch(talk.presets);
  assert_true(next_job(&talk, RS_PACKET_DELETE));

  end(&talk);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_saved_while_the_list_is_read),
    cmocka_unit_test(test_patience),
    cmocka_unit_test(test_failed_list_is_tried_again),
    cmocka_unit_test(test_a_keeper_that_hangs),
    cmocka_unit_test(test_a_keeper_that_lies),
    cmocka_unit_test(test_without_a_keeper),
    cmocka_unit_test(test_too_many),
    cmocka_unit_test(test_too_large),
    cmocka_unit_test(test_one_change_at_a_time),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
