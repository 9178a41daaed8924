// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The packet checker, with packets that were written by hand

#include "tests/unit/check.h"
#include "ui-bridge/meaning/osc.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/// A literal without its own terminator
#define CHECK(literal) rs_osc_check((literal), sizeof(literal) - 1u)

static void
test_messages_that_are_right(void** state)
{
  (void)state;
  assert_int_equal(CHECK("/a\0\0,\0\0\0"), RS_SUCCESS);
  assert_int_equal(CHECK("/a\0\0"), RS_SUCCESS); // No type tag string
  assert_int_equal(CHECK("/abc\0\0\0\0,T\0\0"), RS_SUCCESS);
  assert_int_equal(CHECK("/a\0\0,i\0\0\0\0\0\7"), RS_SUCCESS);
  assert_int_equal(CHECK("/a\0\0,[i]\0\0\0\0\0\0\0\7"), RS_SUCCESS);
  assert_int_equal(CHECK("/a\0\0,s\0\0\0\0\0\0"), RS_SUCCESS);
  assert_int_equal(CHECK("/a\0\0,b\0\0\0\0\0\0"), RS_SUCCESS);
  assert_int_equal(CHECK("/a\0\0,b\0\0\0\0\0\1x\0\0\0"), RS_SUCCESS);
}

static void
test_messages_that_are_wrong(void** state)
{
  (void)state;
  assert_int_equal(rs_osc_check("", 0u), RS_CORRUPT);
  assert_int_equal(CHECK("/a\0"), RS_CORRUPT);                  // Size
  assert_int_equal(CHECK("abc\0,\0\0\0"), RS_CORRUPT);          // No slash
  assert_int_equal(CHECK("/abc"), RS_CORRUPT);                  // No end
  assert_int_equal(CHECK("/a\0x,\0\0\0"), RS_CORRUPT);          // Padding
  assert_int_equal(CHECK("/\0\0x"), RS_CORRUPT);                // Padding
  assert_int_equal(CHECK("/a\0\0i\0\0\0\0\0\0\7"), RS_CORRUPT); // No comma
  assert_int_equal(CHECK("/a\0\0xi\0\0\0\0\0\7"), RS_CORRUPT);  // No comma
  assert_int_equal(CHECK("/a\0\0\0\0\0\0"), RS_CORRUPT);        // No comma
  assert_int_equal(CHECK("/a\0\0\0xyz"), RS_CORRUPT);         // Empty, padding
  assert_int_equal(CHECK("/a\0\0,ii\0\0\0\0\7"), RS_CORRUPT); // Too few
  assert_int_equal(CHECK("/a\0\0,\0\0\0\0\0\0\7"), RS_CORRUPT); // Too many
  assert_int_equal(CHECK("/a\0\0,d\0\0\0\0\0\7"), RS_CORRUPT);
  assert_int_equal(CHECK("/a\0\0,q\0\0\0\0\0\7"), RS_CORRUPT); // No such type
  assert_int_equal(CHECK("/a\0\0,q\0\0"), RS_CORRUPT);
  assert_int_equal(CHECK("/a\0\0,s\0\0abcd"), RS_CORRUPT);
  assert_int_equal(CHECK("/a\0\0,s\0\0ab\0d"), RS_CORRUPT);
  assert_int_equal(CHECK("/a\0\0,b\0\0\0\0\0\5abcd"), RS_CORRUPT);
  assert_int_equal(CHECK("/a\0\0,b\0\0\xff\xff\xff\xff"), RS_CORRUPT);
  assert_int_equal(CHECK("/a\0\0,b\0\0\xff\xff\xff\xfd"
                         "abcd"),
                   RS_CORRUPT);
  assert_int_equal(CHECK("/a\0\0,b\0\0\0\0\0\1xy\0\0"), RS_CORRUPT);
  assert_int_equal(CHECK("/a\0\0,[\0\0"), RS_CORRUPT);
  assert_int_equal(CHECK("/a\0\0,][\0"), RS_CORRUPT);
}

#define HEAD "#bundle\0\0\0\0\0\0\0\0\1"

static void
test_bundles(void** state)
{
  (void)state;
  assert_int_equal(CHECK(HEAD), RS_SUCCESS);
  assert_int_equal(CHECK(HEAD "\0\0\0\4/a\0\0"), RS_SUCCESS);
  assert_int_equal(CHECK(HEAD "\0\0\0\20" HEAD), RS_SUCCESS);
  assert_int_equal(CHECK("#bundle\0"), RS_CORRUPT);
  assert_int_equal(CHECK("#bundle\0\0\0\0\0"), RS_CORRUPT);
  assert_int_equal(CHECK("#bumble\0\0\0\0\0\0\0\0\1"), RS_CORRUPT);
  assert_int_equal(CHECK(HEAD "\0\0\0\0"), RS_CORRUPT);
  assert_int_equal(CHECK(HEAD "\0\0\0\4"), RS_CORRUPT);
  assert_int_equal(CHECK(HEAD "\0\0\0\3/a\0\0"), RS_CORRUPT);
  assert_int_equal(CHECK(HEAD "\0\0\0\10/a\0\0"), RS_CORRUPT);
  assert_int_equal(CHECK(HEAD "\xff\xff\xff\xfc/a\0\0"), RS_CORRUPT);
  // An element that goes on behind the packet, where there is more of it
  assert_int_equal(rs_osc_check(HEAD "\0\0\0\10/a\0\0,\0\0\0", 24u),
                   RS_CORRUPT);
  // One good message does not save a bad one
  assert_int_equal(CHECK(HEAD "\0\0\0\4/a\0\0\0\0\0\4abcd"), RS_CORRUPT);
}

static uint32_t
put32(uint8_t* const at, const uint32_t value)
{
  const uint32_t big = htobe32(value);
  memcpy(at, &big, 4u);
  return 4u;
}

/// Bundles within one another.  @return the size
static uint32_t
nest(uint8_t* const packet, const unsigned int depth)
{
  const uint32_t size = 16u + (depth - 1u) * 20u;
  for (unsigned int i = 0u; i < depth; ++i) {
    memcpy(packet + 20u * i, HEAD, 16u);
    if (i + 1u < depth) {
      put32(packet + 20u * i + 16u, size - 20u * (i + 1u));
    }
  }
  return size;
}

static void
test_limits(void** state)
{
  (void)state;
  uint8_t* const packet = (uint8_t*)calloc(1u, 2u * RS_OSC_PACKET_MAX);

  assert_int_equal(rs_osc_check(packet, nest(packet, 8u)), RS_SUCCESS);
  assert_int_equal(rs_osc_check(packet, nest(packet, 9u)), RS_TOO_LARGE);

  memcpy(packet, HEAD, 16u);
  uint32_t size = 16u;
  for (uint32_t i = 0u; i < RS_OSC_MESSAGES_MAX; ++i) {
    size += put32(packet + size, 4u);
    memcpy(packet + size, "/a\0", 4u);
    size += 4u;
  }
  assert_int_equal(rs_osc_check(packet, size), RS_SUCCESS);
  memcpy(packet + size, packet + 16u, 8u);
  assert_int_equal(rs_osc_check(packet, size + 8u), RS_TOO_LARGE);

  memset(packet, 0, RS_OSC_PACKET_MAX + 4u);
  memcpy(packet, "/a\0\0,b\0", 8u);
  put32(packet + 8u, RS_OSC_PACKET_MAX - 12u);
  assert_int_equal(rs_osc_check(packet, RS_OSC_PACKET_MAX), RS_SUCCESS);
  put32(packet + 8u, RS_OSC_PACKET_MAX - 8u);
  assert_int_equal(rs_osc_check(packet, RS_OSC_PACKET_MAX + 4u), RS_TOO_LARGE);
  free(packet);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_messages_that_are_right),
    cmocka_unit_test(test_messages_that_are_wrong),
    cmocka_unit_test(test_bundles),
    cmocka_unit_test(test_limits),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
