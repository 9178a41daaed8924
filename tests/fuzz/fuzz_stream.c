// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Streams in both framings: however one is cut into pieces, the same frames
   come out, and what was framed by us comes out as it went in.

   Input: four bytes that say how to cut, then the stream, in which each 'Z' is
   4 KiB of 'z', so that small inputs reach the limits.
*/

#include "tests/fuzz/fuzz.h"
#include "ui-bridge/transport/framing.h"
#include "ui-bridge/transport/transport.h"

#define LONG_BYTES 4096u
#define LONG_MAX_COUNT 20u

/// All that came out of a stream, as one text of bytes
typedef struct {
  uint8_t* bytes;
  size_t   size;
  size_t   capacity;
  bool     is_over;
} Result;

static void
note(Result* const result, const void* const bytes, const size_t size)
{
  if (result->size + size > result->capacity) {
    result->capacity = 2u * (result->size + size);
    result->bytes    = (uint8_t*)realloc(result->bytes, result->capacity);
  }
  if (size) {
    memcpy(result->bytes + result->size, bytes, size);
    result->size += size;
  }
}

/// One piece, from memory that ends where it ends
static void
feed(RsDeframer* const    deframer,
     Result* const        result,
     const uint8_t* const data,
     const size_t         size)
{
  uint8_t* const piece       = (uint8_t*)exact_copy(data, size);
  const uint8_t* at          = piece;
  size_t         left        = size;
  const uint8_t* packet      = NULL;
  size_t         packet_size = 0u;
  while (!result->is_over) {
    const size_t  before = left;
    const RsFrame frame =
      rs_deframer_take(deframer, &at, &left, &packet, &packet_size);
    require(left <= before && at == piece + (size - left));
    require(deframer->size <= RS_PACKET_MAX);
    require(deframer->capacity <= 2u * RS_PACKET_MAX);
    if (frame == RS_FRAME_NONE) {
      require(!left);
      break;
    }
    require(left < before); // Or it would never end

    const uint8_t kind = (uint8_t)frame;
    note(result, &kind, 1u);
    if (frame == RS_FRAME_PACKET) {
      require(packet_size <= RS_PACKET_MAX);
      note(result, &packet_size, sizeof(packet_size));
      note(result, packet, packet_size);
    }
    result->is_over = frame == RS_FRAME_END;
  }
  free(piece);
}

static Result
feed_in_pieces(const uint8_t* const data, const size_t size, uint32_t seed)
{
  RsDeframer deframer = {0};
  Result     result   = {NULL, 0u, 0u, false};
  for (size_t at = 0u; at < size && !result.is_over;) {
    const size_t most = (size_t)1u << (seed >> 8u & 15u);
    const size_t want = seed ? 1u + (seed >> 16u) % most : size;
    const size_t n    = want < size - at ? want : size - at;
    feed(&deframer, &result, data + at, n);
    at += n;
    seed = seed ? seed * 1664525u + 1013904223u : 0u;
    seed += seed == 0u && n < size;
  }
  rs_deframer_free(&deframer);
  return result;
}

/// A packet framed by us comes out whole, and nothing else does
static void
round_trip(const RsFraming      framing,
           const uint8_t* const data,
           const size_t         size)
{
  if (!size || size > RS_PACKET_MAX) {
    return;
  }

  uint8_t* const frame = (uint8_t*)malloc(rs_frame_bound(size));
  const size_t   n     = rs_frame_make(framing, data, size, frame);
  require(n <= rs_frame_bound(size));

  RsDeframer deframer = {.framing = framing};
  Result     result   = {NULL, 0u, 0u, false};
  feed(&deframer, &result, frame, n);
  require(result.size == 1u + sizeof(size) + size);
  require(result.bytes[0] == RS_FRAME_PACKET);
  require(!memcmp(result.bytes + 1u + sizeof(size), data, size));
  rs_deframer_free(&deframer);
  free(result.bytes);
  free(frame);
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  Input          input  = {data, size};
  const uint32_t seed   = input_u32(&input) | 1u;
  uint32_t       longs  = 0u;
  Result         stream = {NULL, 0u, 0u, false};
  uint8_t        filler[LONG_BYTES];

  memset(filler, 'z', sizeof(filler));
  for (size_t i = 0u; i < input.left; ++i) {
    if (input.at[i] == 'Z' && longs < LONG_MAX_COUNT) {
      note(&stream, filler, sizeof(filler));
      ++longs;
    } else {
      note(&stream, &input.at[i], 1u);
    }
  }

  Result whole  = feed_in_pieces(stream.bytes, stream.size, 0u);
  Result pieces = feed_in_pieces(stream.bytes, stream.size, seed);
  require(whole.size == pieces.size && whole.is_over == pieces.is_over);
  require(!whole.size || !memcmp(whole.bytes, pieces.bytes, whole.size));

  round_trip(RS_FRAMING_SLIP, stream.bytes, stream.size);
  round_trip(RS_FRAMING_LENGTH, stream.bytes, stream.size);

  free(stream.bytes);
  free(whole.bytes);
  free(pieces.bytes);
  return 0;
}
