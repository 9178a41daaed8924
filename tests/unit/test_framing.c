// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Packets in streams: both framings, cut anywhere, and bad ones

#include "tests/unit/check.h"
#include "tests/unit/random.h"
#include "ui-bridge/transport/framing.h"
#include "ui-bridge/transport/transport.h"

#include <stdlib.h>
#include <string.h>

/// What came out of a stream: a letter for each event, and the packets
typedef struct {
  char    events[256];
  uint8_t packets[8][RS_PACKET_MAX];
  size_t  sizes[8];
  size_t  n_packets;
} Seen;

static Seen seen;

/// Feed a stream in pieces of the given sizes (in turn; NULL: all at once)
static const char*
feed(const uint8_t* data,
     const size_t   size,
     const size_t*  pieces,
     const size_t   n_pieces)
{
  RsDeframer deframer = {0};
  size_t     n_events = 0u;
  memset(&seen, 0, sizeof(seen));

  for (size_t at = 0u, i = 0u; at < size; ++i) {
    size_t piece = pieces ? pieces[i % n_pieces] : size;
    piece        = piece < size - at ? piece : size - at;

    // From the heap, so that a read beyond a piece is found by sanitizers
    uint8_t* const copy = (uint8_t*)malloc(piece ? piece : 1u);
    memcpy(copy, data + at, piece);
    at += piece;

    const uint8_t* rest      = copy;
    size_t         rest_size = piece;
    const uint8_t* packet    = NULL;
    size_t         length    = 0u;
    for (RsFrame frame = RS_FRAME_PACKET; frame != RS_FRAME_NONE;) {
      frame = rs_deframer_take(&deframer, &rest, &rest_size, &packet, &length);
      if (frame) {
        seen.events[n_events++] = "-PBTE"[frame];
      }
      if (frame == RS_FRAME_PACKET) {
        memcpy(seen.packets[seen.n_packets], packet, length);
        seen.sizes[seen.n_packets++] = length;
      }
      if (frame == RS_FRAME_END) {
        at = size;
        break;
      }
    }
    free(copy);
  }

  rs_deframer_free(&deframer);
  return seen.events;
}

static const uint8_t packet_a[] = "/a\0\0,i\0\0\xc0\xdb\xdc\xdd";
static const uint8_t packet_b[] = "#bundle\0\0\0\0\0\0\0\0\1";

/// Both packets, twice over, in any cutting
static void
check_pieces(const uint8_t* const stream, const size_t size)
{
  static const size_t cuts[][3] = {
    {1, 1, 1}, {2, 3, 5}, {7, 1, 4}, {4, 4, 4}, {13, 2, 1}, {64, 64, 64}};

  for (size_t i = 0u; i < sizeof(cuts) / sizeof(*cuts); ++i) {
    assert_string_equal(feed(stream, size, cuts[i], 3u), "PPP");
    assert_int_equal(seen.sizes[0], 12);
    assert_memory_equal(seen.packets[0], packet_a, 12);
    assert_int_equal(seen.sizes[1], 16);
    assert_memory_equal(seen.packets[1], packet_b, 16);
    assert_memory_equal(seen.packets[2], packet_a, 12);
  }
}

static void
round_trip(void** state)
{
  (void)state;
  static const RsFraming framings[] = {RS_FRAMING_SLIP, RS_FRAMING_LENGTH};

  for (size_t i = 0u; i < 2u; ++i) {
    uint8_t stream[256];
    size_t  n = 0u;
    n += rs_frame_make(framings[i], packet_a, 12u, stream + n);
    n += rs_frame_make(framings[i], packet_b, 16u, stream + n);
    n += rs_frame_make(framings[i], packet_a, 12u, stream + n);
    assert_true(n <= 3u * rs_frame_bound(16u));
    check_pieces(stream, n);
  }
}

static void
slip_single_end(void** state)
{
  (void)state;

  // END only behind, as some senders do: the stream then begins with '/'
  const uint8_t stream[] = "/a\0\0,\0\0\0\xc0#xy\0\xc0\xc0\xc0/b\0\0\xc0";
  const size_t  one[]    = {1};

  assert_string_equal(feed(stream, sizeof(stream) - 1u, one, 1u), "PPP");
  assert_int_equal(seen.sizes[0], 8);
  assert_int_equal(seen.sizes[1], 4);
  assert_memory_equal(seen.packets[2], "/b\0", 4);
}

static void
slip_bad_escapes(void** state)
{
  (void)state;
  const uint8_t wrong[]    = "\xc0/a\xdb\x01zz\xc0/b\0\0\xc0";
  const uint8_t at_end[]   = "\xc0/a\xdb\xc0/b\0\0\xc0";
  const uint8_t only_esc[] = "\xc0\xdb\xc0/b\0\0\xc0";

  assert_string_equal(feed(wrong, sizeof(wrong) - 1u, NULL, 0u), "BP");
  assert_memory_equal(seen.packets[0], "/b\0", 4);
  assert_string_equal(feed(at_end, sizeof(at_end) - 1u, NULL, 0u), "BP");
  assert_string_equal(feed(only_esc, sizeof(only_esc) - 1u, NULL, 0u), "BP");
}

static void
put(uint8_t* const to, const uint8_t* const from, const size_t size)
{
  for (size_t i = 0u; i < size; ++i) {
    to[i] = from[i];
  }
}

static void
slip_size(void** state)
{
  (void)state;
  static const uint8_t small[] = {'/', 'b', 0, 0, 0xc0};

  const size_t   size   = RS_PACKET_MAX + 16u;
  uint8_t* const stream = (uint8_t*)malloc(size);
  const size_t   cut[]  = {5000};

  // The largest that is taken, then a small one
  memset(stream, 'x', size);
  stream[0]                  = 0xc0u;
  stream[RS_PACKET_MAX + 1u] = 0xc0u;
  put(stream + RS_PACKET_MAX + 2u, small, sizeof(small));
  assert_string_equal(feed(stream, RS_PACKET_MAX + 7u, cut, 1u), "PP");
  assert_int_equal(seen.sizes[0], RS_PACKET_MAX);

  // One byte more
  stream[RS_PACKET_MAX + 1u] = 'x';
  stream[RS_PACKET_MAX + 2u] = 0xc0u;
  put(stream + RS_PACKET_MAX + 3u, small, sizeof(small));
  assert_string_equal(feed(stream, RS_PACKET_MAX + 8u, cut, 1u), "TP");
  assert_int_equal(seen.sizes[0], 4);
  free(stream);
}

static void
length_size(void** state)
{
  (void)state;
  static const uint8_t heads[] = {0, 0, 0, 0, 0, 1, 0, 0};
  static const uint8_t over[]  = {0, 1, 0, 1};
  static const uint8_t small[] = {0, 0, 0, 4, '/', 'b', 0, 0};

  const size_t   size   = RS_PACKET_MAX + 64u;
  uint8_t* const stream = (uint8_t*)calloc(1u, size);
  const size_t   cut[]  = {777};

  // Empty, largest, one byte more, then a small one
  put(stream, heads, sizeof(heads));
  assert_string_equal(feed(stream, RS_PACKET_MAX + 8u, cut, 1u), "PP");
  assert_int_equal(seen.sizes[0], 0);
  assert_int_equal(seen.sizes[1], RS_PACKET_MAX);

  put(stream, over, sizeof(over));
  put(stream + 4u + RS_PACKET_MAX + 1u, small, sizeof(small));
  assert_string_equal(feed(stream, RS_PACKET_MAX + 13u, cut, 1u), "TP");
  assert_memory_equal(seen.packets[0], "/b\0", 4);

  // 16 MiB may be left out, more than that ends it
  assert_string_equal(feed((const uint8_t*)"\1\0\0\0abc", 7u, NULL, 0u), "T");
  assert_string_equal(feed((const uint8_t*)"\1\0\0\1abc", 7u, NULL, 0u), "E");
  assert_string_equal(feed((const uint8_t*)"GET / H", 7u, NULL, 0u), "E");
  free(stream);
}

static void
any_bytes(void** state)
{
  (void)state;
  Random random = {3u};
  for (uint32_t i = 0u; i < 3000u; ++i) {
    uint8_t      stream[200];
    const size_t size   = 1u + random_below(&random, sizeof(stream));
    const size_t cuts[] = {1u + random_below(&random, 9u),
                           1u + random_below(&random, 3u)};

    // Mostly bytes that mean something; few packets, for the room there is
    for (size_t j = 0u, n = 0u; j < size; ++j) {
      static const uint8_t some[] = {0xc0, 0xdb, 0xdc, 0xdd, 'x', 0, 1};

      stream[j] = some[random_below(&random, sizeof(some))];
      n += stream[j] == 0xc0u;
      if (n > 6u && stream[j] == 0xc0u) {
        stream[j] = 'x';
      }
    }

    // Either framing.  The first length is a small one
    const bool is_slip = random_below(&random, 2u);
    stream[0]          = is_slip ? 0xc0u : 0u;
    for (size_t j = 1u; !is_slip && j < 4u && j < size; ++j) {
      stream[j] = j < 3u ? 0u : (uint8_t)random_below(&random, 60u);
    }

    // The cutting changes nothing
    char whole[sizeof(seen.events)];
    memcpy(whole, feed(stream, size, NULL, 0u), sizeof(whole));
    assert_string_equal(feed(stream, size, cuts, 2u), whole);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(round_trip),
    cmocka_unit_test(slip_single_end),
    cmocka_unit_test(slip_bad_escapes),
    cmocka_unit_test(slip_size),
    cmocka_unit_test(length_size),
    cmocka_unit_test(any_bytes),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
