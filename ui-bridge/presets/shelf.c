// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Presets of one plugin in memory

#include "ui-bridge/presets/shelf.h"

#include <stdlib.h>
#include <string.h>

void
rs_shelf_clear(RsShelf* const shelf)
{
  for (uint32_t i = 0u; i < shelf->count; ++i) {
    free(shelf->presets[i].values);
  }
  free(shelf->presets);
  memset(shelf, 0, sizeof(*shelf));
}

/// By label, of the same label the user's own first, then by URI
static int
compare(const void* const a, const void* const b)
{
  const RsPreset* const p     = (const RsPreset*)a;
  const RsPreset* const q     = (const RsPreset*)b;
  const int             order = strcmp(p->label, q->label);

  return order                            ? order
         : p->is_factory != q->is_factory ? (p->is_factory ? 1 : -1)
                                          : strcmp(p->uri, q->uri);
}

bool
rs_shelf_append(RsShelf* const shelf, const RsPreset preset)
{
  const size_t bytes = rs_packet_size(RS_PACKET_PRESET, preset.n_values);
  if (shelf->count == RS_PRESETS_MAX ||
      shelf->bytes + bytes > RS_PRESETS_BYTES_MAX) {
    return false;
  }

  // Room in steps of powers of two
  if (!(shelf->count & (shelf->count - 1u))) {
    const size_t    room = shelf->count ? 2u * (size_t)shelf->count : 1u;
    RsPreset* const moved =
      (RsPreset*)realloc(shelf->presets, room * sizeof(RsPreset));
    if (!moved) {
      return false;
    }
    shelf->presets = moved;
  }

  shelf->presets[shelf->count++] = preset;
  shelf->bytes += bytes;
  return true;
}

bool
rs_shelf_append_packet(RsShelf* const shelf, const RsPresetPacket* const packet)
{
  const uint32_t n_values = packet->head.n_values;
  RsPreset preset = {.is_factory = packet->is_factory, .n_values = n_values};

  preset.values =
    (RsPresetValue*)malloc((n_values ? n_values : 1u) * sizeof(RsPresetValue));
  if (!preset.values) {
    return false;
  }

  memcpy(preset.label, packet->label, sizeof(preset.label));
  memcpy(preset.uri, packet->uri, sizeof(preset.uri));
  memcpy(preset.values, packet->values, n_values * sizeof(RsPresetValue));
  if (!rs_shelf_append(shelf, preset)) {
    free(preset.values);
    return false;
  }

  return true;
}

void
rs_shelf_sort(RsShelf* const shelf)
{
  if (shelf->count > 1u) {
    qsort(shelf->presets, shelf->count, sizeof(RsPreset), compare);
  }
}

void
rs_shelf_take_out(RsShelf* const    shelf,
                  const char* const uri,
                  const char* const label)
{
  for (uint32_t i = 0u; i < shelf->count; ++i) {
    RsPreset* const preset = &shelf->presets[i];
    if (uri ? !strcmp(preset->uri, uri)
            : !preset->is_factory && !strcmp(preset->label, label)) {
      shelf->bytes -= rs_packet_size(RS_PACKET_PRESET, preset->n_values);
      free(preset->values);
      memmove(preset, preset + 1, (shelf->count - i - 1u) * sizeof(*preset));
      --shelf->count;
      return;
    }
  }
}
