// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// SLIP (RFC 1055) and length prefixes

#include "ui-bridge/transport/framing.h"

#include "ui-bridge/transport/transport.h"

#include <stdlib.h>
#include <string.h>

#define SLIP_END 0xc0u
#define SLIP_ESC 0xdbu
#define SLIP_ESC_END 0xdcu
#define SLIP_ESC_ESC 0xddu

void
rs_deframer_free(RsDeframer* const deframer)
{
  free(deframer->bytes);
  *deframer = (RsDeframer){0};
}

/// @return false without memory
static bool
reserve(RsDeframer* const d, const size_t size)
{
  if (size <= d->capacity) {
    return true;
  }

  size_t capacity = d->capacity ? d->capacity : 1024u;
  while (capacity < size) {
    capacity *= 2u;
  }

  uint8_t* const bytes = (uint8_t*)realloc(d->bytes, capacity);
  if (!bytes) {
    return false;
  }

  d->bytes    = bytes;
  d->capacity = capacity;
  return true;
}

static void
append(RsDeframer* const d, const uint8_t byte)
{
  if (d->size >= RS_PACKET_MAX || !reserve(d, d->size + 1u)) {
    d->is_too_large = true;
  } else {
    d->bytes[d->size++] = byte;
  }
}

/// END has come.  @return what it ends, #RS_FRAME_NONE for nothing
static RsFrame
end_slip(RsDeframer* const d)
{
  const RsFrame frame = d->is_too_large              ? RS_FRAME_TOO_LARGE
                        : d->is_bad || d->is_escaped ? RS_FRAME_BAD
                        : d->size                    ? RS_FRAME_PACKET
                                                     : RS_FRAME_NONE;

  d->is_too_large = false;
  d->is_bad       = false;
  d->is_escaped   = false;
  d->is_done      = true;
  return frame;
}

static RsFrame
take_slip(RsDeframer* const d, const uint8_t** const data, size_t* const size)
{
  while (*size) {
    const uint8_t byte = *(*data)++;
    --*size;

    if (d->is_done) {
      d->size    = 0u;
      d->is_done = false;
    }

    if (byte == SLIP_END) {
      const RsFrame frame = end_slip(d);
      if (frame) {
        return frame;
      }
    } else if (d->is_escaped) {
      d->is_escaped = false;
      if (byte == SLIP_ESC_END || byte == SLIP_ESC_ESC) {
        append(d, byte == SLIP_ESC_END ? SLIP_END : SLIP_ESC);
      } else {
        d->is_bad = true;
      }
    } else if (byte == SLIP_ESC) {
      d->is_escaped = true;
    } else {
      append(d, byte);
    }
  }

  return RS_FRAME_NONE;
}

/// The four bytes of a length are there
static RsFrame
begin_length(RsDeframer* const d)
{
  d->n_head = 0u;
  d->size   = 0u;
  if (d->length > RS_FRAME_FATAL) {
    return RS_FRAME_END;
  }

  if (d->length > RS_PACKET_MAX || !reserve(d, d->length + 1u)) {
    d->skip   = d->length;
    d->length = 0u;
    return RS_FRAME_TOO_LARGE;
  }

  d->is_done = false;
  return d->length ? RS_FRAME_NONE : RS_FRAME_PACKET;
}

static size_t
least(const size_t a, const size_t b)
{
  return a < b ? a : b;
}

static RsFrame
take_length(RsDeframer* const d, const uint8_t** const data, size_t* const size)
{
  while (*size) {
    if (d->skip) {
      const size_t n = least(d->skip, *size);
      d->skip -= n;
      *data += n;
      *size -= n;
    } else if (d->length) {
      const size_t n = least(d->length - d->size, *size);
      memcpy(d->bytes + d->size, *data, n);
      d->size += n;
      *data += n;
      *size -= n;
      if (d->size == d->length) {
        d->length = 0u;
        return RS_FRAME_PACKET;
      }
    } else {
      const uint8_t* const head = d->head;
      d->head[d->n_head++]      = *(*data)++;
      --*size;
      if (d->n_head == 4u) {
        d->length = ((size_t)head[0] << 24u) | ((size_t)head[1] << 16u) |
                    ((size_t)head[2] << 8u) | (size_t)head[3];
        const RsFrame frame = begin_length(d);
        if (frame) {
          return frame;
        }
      }
    }
  }

  return RS_FRAME_NONE;
}

RsFrame
rs_deframer_take(RsDeframer* const     deframer,
                 const uint8_t** const data,
                 size_t* const         size,
                 const uint8_t** const packet,
                 size_t* const         packet_size)
{
  if (deframer->framing == RS_FRAMING_UNKNOWN && *size) {
    const uint8_t first = **data;
    deframer->framing   = first == SLIP_END || first == '/' || first == '#'
                            ? RS_FRAMING_SLIP
                            : RS_FRAMING_LENGTH;
  }

  const RsFrame frame = deframer->framing == RS_FRAMING_SLIP
                          ? take_slip(deframer, data, size)
                          : take_length(deframer, data, size);
  if (frame == RS_FRAME_PACKET) {
    *packet      = deframer->bytes;
    *packet_size = deframer->size;
  }

  return frame;
}

size_t
rs_frame_bound(const size_t packet_size)
{
  return 2u * packet_size + 4u;
}

size_t
rs_frame_make(const RsFraming      framing,
              const uint8_t* const packet,
              const size_t         packet_size,
              uint8_t* const       frame)
{
  size_t n = 0u;
  if (framing != RS_FRAMING_SLIP) {
    for (uint32_t shift = 32u; shift; shift -= 8u) {
      frame[n++] = (uint8_t)(packet_size >> (shift - 8u));
    }
    memcpy(frame + n, packet, packet_size);
    return n + packet_size;
  }

  frame[n++] = SLIP_END;
  for (size_t i = 0u; i < packet_size; ++i) {
    if (packet[i] == SLIP_END || packet[i] == SLIP_ESC) {
      frame[n++] = SLIP_ESC;
      frame[n++] = packet[i] == SLIP_END ? SLIP_ESC_END : SLIP_ESC_ESC;
    } else {
      frame[n++] = packet[i];
    }
  }
  frame[n++] = SLIP_END;
  return n;
}
