// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Packets between bridge, keeper and its children: sizes and checks

#include "ui-bridge/presets/keeper.h"
#include "ui-bridge/presets/label.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

size_t
rs_packet_size(const RsPacketKind kind, const uint32_t n_values)
{
  if (n_values > RS_PRESET_VALUES_MAX) {
    return 0u;
  }

  const size_t values = n_values * sizeof(RsPresetValue);
  switch (kind) {
    case RS_PACKET_SAVE:
      return sizeof(RsJobPacket) + values;
    case RS_PACKET_PRESET:
      return sizeof(RsPresetPacket) + values;
    case RS_PACKET_LIST:
    case RS_PACKET_DELETE:
      return n_values ? 0u : sizeof(RsJobPacket);
    case RS_PACKET_DONE:
      return n_values ? 0u : sizeof(RsDonePacket);
    case RS_PACKET_CHANGED:
      return n_values ? 0u : sizeof(RsPacketHead);
  }

  return 0u;
}

/// A terminated, maybe empty text in a field of `size` bytes
static bool
is_text(const char* const field, const size_t size)
{
  const size_t length = strnlen(field, size);

  return length < size && rs_label_is_text(field, length);
}

static bool
are_values(const RsPresetValue* const values, const uint32_t n_values)
{
  for (uint32_t i = 0u; i < n_values; ++i) {
    if (strnlen(values[i].symbol, sizeof(values[i].symbol)) ==
          sizeof(values[i].symbol) ||
        !rs_label_is_symbol(values[i].symbol) || !isfinite(values[i].value)) {
      return false;
    }
  }

  return true;
}

static bool
is_job(const RsJobPacket* const job)
{
  const bool is_list = job->head.kind == RS_PACKET_LIST;

  return is_text(job->plugin_uri, sizeof(job->plugin_uri)) &&
         job->plugin_uri[0] &&
         (is_list ? !job->label[0] : rs_label_is_legal(job->label)) &&
         are_values(job->values, job->head.n_values);
}

RsStatus
rs_packet_check(const RsPacket* const packet, const size_t size)
{
  if (size < sizeof(RsPacketHead) || packet->head.magic != RS_PACKET_MAGIC) {
    return RS_CORRUPT;
  }

  const RsPacketKind kind = (RsPacketKind)packet->head.kind;
  if (size != rs_packet_size(kind, packet->head.n_values)) {
    return RS_CORRUPT;
  }

  bool is_good = false;
  switch (kind) {
    case RS_PACKET_LIST:
    case RS_PACKET_SAVE:
    case RS_PACKET_DELETE:
      is_good = packet->head.job && is_job(&packet->job);
      break;
    case RS_PACKET_PRESET:
      is_good = packet->head.job && packet->preset.is_factory <= 1u &&
                rs_label_is_legal(packet->preset.label) &&
                is_text(packet->preset.uri, sizeof(packet->preset.uri)) &&
                packet->preset.uri[0] &&
                are_values(packet->preset.values, packet->head.n_values);
      break;
    case RS_PACKET_DONE:
      is_good = packet->head.job &&
                is_text(packet->done.sentence, sizeof(packet->done.sentence)) &&
                (packet->done.code == 0 ||
                 (packet->done.code >= 400 && packet->done.code <= 599));
      break;
    case RS_PACKET_CHANGED:
      is_good = !packet->head.job;
      break;
  }

  return is_good ? RS_SUCCESS : RS_CORRUPT;
}
