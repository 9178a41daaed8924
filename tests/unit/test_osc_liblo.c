// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The packet checker and the readers, against liblo: what we accept it
/// accepts, and both read the same

#include "tests/unit/check.h"
#include "tests/unit/random.h"
#include "ui-bridge/meaning/osc.h"

#include <lo/lo.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define N_PACKETS 20000u
#define BUFFER 4096u

static lo_message
random_message(Random* const random)
{
  static const char types[] = "ifsbhtdScmTFNI";

  const lo_message message = lo_message_new();
  const uint32_t   n       = random_below(random, 8u);
  uint8_t          bytes[40];
  char             text[24];
  for (uint32_t i = 0u; i < n; ++i) {
    const uint32_t length = random_below(random, sizeof(text));
    for (uint32_t j = 0u; j < length; ++j) {
      text[j] = (char)(1u + random_below(random, 255u));
    }
    text[length] = '\0';
    for (uint32_t j = 0u; j < sizeof(bytes); ++j) {
      bytes[j] = (uint8_t)random_below(random, 256u);
    }

    int32_t i32 = 0;
    int64_t i64 = 0;
    float   f32 = 0.0f;
    double  f64 = 0.0;
    memcpy(&i32, bytes, 4u);
    memcpy(&i64, bytes, 8u);
    memcpy(&f32, bytes, 4u);
    memcpy(&f64, bytes, 8u);
    switch (types[random_below(random, sizeof(types) - 1u)]) {
      case 'i':
        lo_message_add_int32(message, i32);
        break;
      case 'f':
        lo_message_add_float(message, f32);
        break;
      case 's':
        lo_message_add_string(message, text);
        break;
      case 'S':
        lo_message_add_symbol(message, text);
        break;
      case 'b': {
        const lo_blob blob = lo_blob_new(
          (int32_t)(1u + random_below(random, sizeof(bytes))), bytes);
        lo_message_add_blob(message, blob);
        lo_blob_free(blob);
        break;
      }
      case 'h':
        lo_message_add_int64(message, i64);
        break;
      case 't': {
        lo_timetag tag;
        memcpy(&tag, bytes, sizeof(tag));
        lo_message_add_timetag(message, tag);
        break;
      }
      case 'd':
        lo_message_add_double(message, f64);
        break;
      case 'c':
        lo_message_add_char(message, (char)(1u + random_below(random, 126u)));
        break;
      case 'm':
        lo_message_add_midi(message, bytes);
        break;
      case 'T':
        lo_message_add_true(message);
        break;
      case 'F':
        lo_message_add_false(message);
        break;
      case 'N':
        lo_message_add_nil(message);
        break;
      default:
        lo_message_add_infinitum(message);
        break;
    }
  }
  return message;
}

static void
random_address(Random* const random, char* const address)
{
  const uint32_t length = 1u + random_below(random, 30u);
  address[0]            = '/';
  for (uint32_t i = 1u; i < length; ++i) {
    address[i] = (char)('!' + random_below(random, 90u));
  }
  address[length] = '\0';
}

/// Bits, so that NaN equals itself
static bool
is_same(const void* const a, const void* const b, const size_t size)
{
  return !memcmp(a, b, size);
}

/// liblo's arguments stand where they stand in the packet
__attribute__((no_sanitize("alignment"))) static void
assert_argument(const RsOscArgument* const ours, const lo_arg* const theirs)
{
  const float real = (float)ours->real;
  switch (ours->type) {
    case 'i':
      assert_int_equal(ours->number, theirs->i);
      assert_true(ours->real == (double)theirs->i);
      break;
    case 'c':
      assert_int_equal((int32_t)ours->number, theirs->i);
      break;
    case 'f':
      assert_true(real == theirs->f ||
                  (real != real && theirs->f != theirs->f)); // NaN stays NaN
      break;
    case 'd':
      assert_true(is_same(&ours->real, &theirs->d, 8u));
      break;
    case 'h':
      assert_true(ours->number == theirs->h);
      assert_true(ours->real == (double)theirs->h);
      break;
    case 't':
      assert_true((uint64_t)ours->number ==
                  ((uint64_t)theirs->t.sec << 32u | theirs->t.frac));
      break;
    case 'm':
      assert_int_equal((uint32_t)ours->number,
                       (uint32_t)theirs->m[0] << 24u |
                         (uint32_t)theirs->m[1] << 16u |
                         (uint32_t)theirs->m[2] << 8u | theirs->m[3]);
      break;
    case 's':
    case 'S':
      assert_string_equal(ours->text, &theirs->s);
      assert_int_equal(ours->size, strlen(&theirs->s));
      break;
    case 'b':
      assert_int_equal(ours->size, theirs->blob.size);
      assert_memory_equal(ours->blob, &theirs->blob.data, ours->size);
      break;
    default:
      assert_non_null(strchr("TFNI", ours->type));
      break;
  }
}

static void
assert_same_message(const RsOscMessage* const ours, const lo_message theirs)
{
  const char* const types = lo_message_get_types(theirs);
  lo_arg** const    argv  = lo_message_get_argv(theirs);
  assert_string_equal(ours->types, types ? types : "");
  assert_int_equal(ours->n_types, lo_message_get_argc(theirs));

  RsOscReader   reader;
  RsOscArgument argument;
  uint32_t      n = 0u;
  rs_osc_reader_init(&reader, ours);
  while (rs_osc_next(&reader, &argument)) {
    assert_int_equal(argument.type, types[n]);
    assert_argument(&argument, argv[n]);
    ++n;
  }
  assert_int_equal(n, ours->n_types);
}

/// A copy of exactly this size at an odd place, so that a sanitizer sees reads
/// beyond it
static uint8_t*
odd_copy(const void* const packet, const size_t size, void** const block)
{
  uint8_t* const at = (uint8_t*)malloc(size + 3u);
  *block            = at;
  memcpy(at + 3u, packet, size);
  return at + 3u;
}

/// Types that liblo does not know, or knows otherwise
static bool
is_beyond_liblo(const RsOscMessage* const message, const size_t size)
{
  return strpbrk(message->types, "[]r") ||
         (!message->n_types && !message->data_size &&
          ((message->address_length + 4u) & ~3u) == size);
}

/**
   Look at one packet with both.  What we accept liblo accepts, up to what it
   does not know, and all values are equal.

   @return true if both accept
*/
static bool
compare(const uint8_t* const packet, const size_t size)
{
  void*          block = NULL;
  uint8_t* const ours  = odd_copy(packet, size, &block);
  RsOscMessage   message;
  const bool     is_ours = !rs_osc_message(ours, size, &message);

  void* their_block = malloc(size);
  int   result      = 0;
  memcpy(their_block, packet, size);
  const lo_message theirs = lo_message_deserialise(their_block, size, &result);

  if (is_ours && !theirs && !is_beyond_liblo(&message, size)) {
    fail_msg("we accept what liblo refuses (%d): %s ,%s",
             result,
             message.address,
             message.types);
  }

  const bool is_both = is_ours && theirs;
  if (is_both) {
    assert_string_equal(message.address, (const char*)packet);
    assert_same_message(&message, theirs);
  }
  if (theirs) {
    lo_message_free(theirs);
  }
  free(their_block);
  free(block);
  return is_both;
}

static void
test_generated_against_liblo(void** state)
{
  (void)state;
  Random random = {1u};
  for (uint32_t i = 0u; i < N_PACKETS; ++i) {
    char             address[40];
    uint8_t          packet[BUFFER];
    size_t           size    = 0u;
    const lo_message message = random_message(&random);
    random_address(&random, address);
    assert_true(lo_message_length(message, address) <= sizeof(packet));
    lo_message_serialise(message, address, packet, &size);
    lo_message_free(message);
    assert_true(compare(packet, size));
  }
}

static void
test_mutated_against_liblo(void** state)
{
  (void)state;
  Random   random = {2u};
  uint32_t n_both = 0u;
  for (uint32_t i = 0u; i < N_PACKETS; ++i) {
    char             address[40];
    uint8_t          packet[BUFFER];
    size_t           size    = 0u;
    const lo_message message = random_message(&random);
    random_address(&random, address);
    lo_message_serialise(message, address, packet, &size);
    lo_message_free(message);

    const uint32_t n_changes = 1u + random_below(&random, 3u);
    for (uint32_t j = 0u; j < n_changes; ++j) {
      const uint32_t at = random_below(&random, (uint32_t)size);
      switch (random_below(&random, 4u)) {
        case 0u:
          packet[at] = 0u;
          break;
        case 1u:
          packet[at] ^= (uint8_t)(1u << random_below(&random, 8u));
          break;
        case 2u:
          packet[at] = (uint8_t)random_below(&random, 256u);
          break;
        default:
          size -= size > 8u ? 4u * random_below(&random, 2u) : 0u;
          break;
      }
    }
    n_both += compare(packet, size);
  }

  // Both kinds must be there, or this has looked at nothing
  assert_in_range(n_both, N_PACKETS / 20u, N_PACKETS - N_PACKETS / 20u);
}

/// A bundle as it was built, in the order in which it is read
typedef struct {
  lo_message messages[512];
  char       addresses[512][40];
  uint64_t   tags[512]; ///< Of the bundle around it
  uint32_t   count;
  uint32_t   seen;
} Flat;

static lo_bundle
random_bundle(Random* const random, Flat* const flat, const unsigned int depth)
{
  const lo_timetag tag    = {random_below(random, 1u << 31u),
                             random_below(random, 1u << 31u)};
  const lo_bundle  bundle = lo_bundle_new(tag);
  const uint32_t   n      = random_below(random, 4u);
  for (uint32_t i = 0u; i < n; ++i) {
    if (depth < RS_OSC_DEPTH_MAX && random_below(random, 3u) == 0u) {
      lo_bundle_add_bundle(bundle, random_bundle(random, flat, depth + 1u));
    } else if (flat->count < 512u) {
      const uint32_t at  = flat->count++;
      flat->messages[at] = random_message(random);
      flat->tags[at]     = (uint64_t)tag.sec << 32u | tag.frac;
      random_address(random, flat->addresses[at]);
      lo_bundle_add_message(bundle, flat->addresses[at], flat->messages[at]);
    }
  }
  return bundle;
}

static void
walk(const void* const packet, const size_t size, Flat* const flat)
{
  RsOscBundle bundle;
  const void* element      = NULL;
  uint32_t    element_size = 0u;
  rs_osc_bundle_init(&bundle, packet, size);
  while (rs_osc_bundle_next(&bundle, &element, &element_size)) {
    RsOscMessage message;
    if (rs_osc_is_bundle(element, element_size)) {
      walk(element, element_size, flat);
    } else {
      assert_int_equal(rs_osc_message(element, element_size, &message), 0);
      assert_true(flat->seen < flat->count);
      assert_string_equal(message.address, flat->addresses[flat->seen]);
      assert_true(bundle.tag == flat->tags[flat->seen]);
      assert_same_message(&message, flat->messages[flat->seen]);
      ++flat->seen;
    }
  }
}

static void
test_bundles_against_liblo(void** state)
{
  (void)state;
  static Flat flat;
  Random      random = {3u};
  for (uint32_t i = 0u; i < N_PACKETS / 20u; ++i) {
    flat.count             = 0u;
    flat.seen              = 0u;
    const lo_bundle bundle = random_bundle(&random, &flat, 1u);
    size_t          size   = lo_bundle_length(bundle);
    uint8_t* const  packet = (uint8_t*)malloc(size);
    lo_bundle_serialise(bundle, packet, &size);

    void*          block = NULL;
    uint8_t* const ours  = odd_copy(packet, size, &block);
    assert_int_equal(rs_osc_check(ours, size), RS_SUCCESS);
    walk(ours, size, &flat);
    assert_int_equal(flat.seen, flat.count);

    // No shorter beginning of it is a packet, but where an element ends
    for (size_t shorter = 0u; shorter < size; ++shorter) {
      if (!rs_osc_check(ours, shorter)) {
        assert_true(shorter >= 16u && shorter % 4u == 0u);
      }
    }
    free(block);
    free(packet);
    lo_bundle_free_recursive(bundle);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_generated_against_liblo),
    cmocka_unit_test(test_mutated_against_liblo),
    cmocka_unit_test(test_bundles_against_liblo),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
