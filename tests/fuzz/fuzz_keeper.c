// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A keeper that says anything, and packets that claim anything: what is let
   pass is safe to read, and every job ends exactly once.

   Input: steps, each a byte that says what, and its numbers.
*/

#include "tests/fuzz/fuzz.h"
#include "ui-bridge/bridge.h"
#include "ui-bridge/presets/keeper.h"

#include <math.h>
#include <sys/socket.h>
#include <unistd.h>

#define STEPS_MAX 100u
#define PLUGINS 3u

typedef struct {
  RsPresets* presets;
  int        keeper; ///< The keeper's end, -1: it has gone
  uint32_t   jobs[8];
  uint32_t   n_jobs;
  uint32_t   n_asked;
  uint32_t   n_answered;
} Talk;

static int64_t now_ns;

static const char* const plugins[PLUGINS] = {"urn:a", "urn:b", "urn:c"};

int64_t
rs_bridge_now_ns(const RsBridge* const bridge)
{
  (void)bridge;
  return now_ns;
}

static void
on_done(void* const context, const int code, const char* const sentence)
{
  Talk* const talk = (Talk*)context;
  require(code == 0 || (code >= 400 && code <= 599));
  require(strlen(sentence) < 512u);
  ++talk->n_answered;
}

static void
check_values(const RsPresetValue* const values, const uint32_t count)
{
  for (uint32_t i = 0u; i < count; ++i) {
    require(strlen(values[i].symbol) < sizeof(values[i].symbol));
    require(isfinite(values[i].value));
  }
}

/// Alone in memory of its own size, which must hold all that it says it has
static void
check_packet(const void* const bytes, const size_t size)
{
  if (size > sizeof(RsPacket)) {
    return;
  }

  RsPacket* const packet = (RsPacket*)exact_copy(bytes, size);
  if (rs_packet_check(packet, size) == RS_SUCCESS) {
    const uint32_t n = packet->head.n_values;
    require(n <= RS_PRESET_VALUES_MAX);
    switch ((RsPacketKind)packet->head.kind) {
      case RS_PACKET_LIST:
      case RS_PACKET_SAVE:
      case RS_PACKET_DELETE:
        require(strlen(packet->job.plugin_uri) < 256u);
        require(strlen(packet->job.label) <= RS_LABEL_MAX);
        check_values(packet->job.values, n);
        break;
      case RS_PACKET_PRESET:
        require(strlen(packet->preset.label) <= RS_LABEL_MAX);
        require(strlen(packet->preset.uri) < sizeof(packet->preset.uri));
        check_values(packet->preset.values, n);
        break;
      case RS_PACKET_DONE:
        require(strlen(packet->done.sentence) < 256u);
        break;
      case RS_PACKET_CHANGED:
        break;
    }
  }
  free(packet);
}

static void
check_lists(const Talk* const talk)
{
  for (uint32_t i = 0u; i < PLUGINS; ++i) {
    const RsPresetList list = rs_presets_list(talk->presets, plugins[i]);
    for (uint32_t p = 0u; p < list.count; ++p) {
      require(strlen(list.presets[p].label) <= RS_LABEL_MAX);
      require(!p ||
              strcmp(list.presets[p - 1u].label, list.presets[p].label) <= 0);
      check_values(list.presets[p].values, list.presets[p].n_values);
    }
  }
}

/// Jobs that the bridge sends are well-formed; some are remembered
static void
read_jobs(Talk* const talk)
{
  static RsPacket packet;
  ssize_t         n = 0;
  while (talk->keeper >= 0 &&
         (n = recv(talk->keeper, &packet, sizeof(packet), MSG_DONTWAIT)) > 0) {
    require(rs_packet_check(&packet, (size_t)n) == RS_SUCCESS);
    talk->jobs[talk->n_jobs++ % 8u] = packet.head.job;
  }
}

static void
say(Talk* const talk, const void* const bytes, const size_t size)
{
  check_packet(bytes, size);
  if (talk->keeper >= 0) {
    (void)!send(talk->keeper, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  rs_presets_dispatch(talk->presets);
}

/// A packet that is right but for a few bytes
static void
say_kind(Talk* const talk, Input* const input, const uint32_t kind)
{
  static RsPacket packet;

  const uint8_t  shape = input_u8(input);
  const uint32_t n =
    kind == RS_PACKET_PRESET || kind == RS_PACKET_SAVE ? shape >> 3u & 3u : 0u;
  memset(&packet, 0, 4096u);
  packet.head =
    (RsPacketHead){RS_PACKET_MAGIC, kind, talk->jobs[input_u8(input) % 8u], n};
  if (kind == RS_PACKET_PRESET) {
    packet.preset.label[0] = (char)('A' + (shape & 7u));
    packet.preset.uri[0]   = (char)('a' + (shape & 7u));
    for (uint32_t i = 0u; i < n; ++i) {
      packet.preset.values[i].symbol[0] = (char)('p' + i);
    }
  } else if (kind == RS_PACKET_DONE) {
    packet.done.code = shape & 7u ? 400 + shape : 0;
  } else {
    packet.job.plugin_uri[0] = 'u';
    packet.job.label[0]      = kind == RS_PACKET_LIST ? '\0' : 'L';
    for (uint32_t i = 0u; i < n; ++i) {
      packet.job.values[i].symbol[0] = (char)('p' + i);
    }
  }

  size_t size = rs_packet_size((RsPacketKind)kind, n);
  for (uint32_t i = 0u; i < shape >> 6u; ++i) {
    packet.bytes[input_u16(input) % (size + 1u)] = input_u8(input);
  }
  if (shape & 32u) {
    size = input_u16(input) % sizeof(packet);
  }
  say(talk, &packet, size);
}

static void
step(Talk* const talk, Input* const input)
{
  static const RsPresetValue values[2] = {{"gain", 1.0f}, {"mute", 0.0f}};

  const uint8_t     what   = input_u8(input);
  const uint8_t     extra  = what >> 4u;
  const char* const plugin = plugins[extra % PLUGINS];
  char              label[80];
  uint8_t           raw[256];
  switch (what & 15u) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
      say_kind(talk, input, what & 15u);
      break;
    case 7:
      rs_presets_want(talk->presets, plugin);
      break;
    case 8:
      ++talk->n_asked;
      rs_presets_when_ready(talk->presets, plugin, on_done, talk);
      break;
    case 9:
    case 10:
      memset(label, 0, sizeof(label));
      input_copy(input, label, extra * 5u);
      ++talk->n_asked;
      if (what & 1u) {
        rs_presets_save(
          talk->presets, plugin, label, values, extra % 3u, on_done, talk);
      } else {
        rs_presets_delete(talk->presets, plugin, label, on_done, talk);
      }
      break;
    case 11:
      now_ns += (int64_t)input_u8(input) << (4u * extra % 32u);
      (void)rs_presets_tick(talk->presets, now_ns);
      break;
    case 12:
      input_copy(input, raw, sizeof(raw));
      say(talk, raw, extra * 16u);
      break;
    case 13:
      if (extra == 15u && talk->keeper >= 0) {
        close(talk->keeper);
        talk->keeper = -1;
      }
      break;
    default:
      rs_presets_dispatch(talk->presets);
      break;
  }
  read_jobs(talk);
  check_lists(talk);
  require(talk->n_answered <= talk->n_asked);
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  Input input = {data, size};
  int   ends[2];

  check_packet(data, size);
  now_ns = 5000000000;
  require(!socketpair(
    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
  Talk talk = {.presets = rs_presets_new(NULL, ends[0]), .keeper = ends[1]};
  for (uint32_t i = 0u; i < STEPS_MAX && input.left; ++i) {
    step(&talk, &input);
  }

  // Whatever was asked for is answered in the end
  for (uint32_t i = 0u; i < 4u; ++i) {
    now_ns += 100000000000;
    (void)rs_presets_tick(talk.presets, now_ns);
    read_jobs(&talk);
  }
  require(talk.n_answered == talk.n_asked);
  rs_presets_free(talk.presets);
  if (talk.keeper >= 0) {
    close(talk.keeper);
  }
  return 0;
}
