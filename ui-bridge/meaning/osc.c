// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// OSC packets in place: the checker and the readers

#include "ui-bridge/meaning/osc.h"

#include "ui-bridge/warm.h"

#include <endian.h>
#include <string.h>

/// "#bundle", its end, and the time tag
#define BUNDLE_HEAD 16u

static uint32_t
load32(const uint8_t* const at)
{
  uint32_t word = 0u;
  memcpy(&word, at, sizeof(word));
  return be32toh(word);
}

static uint64_t
load64(const uint8_t* const at)
{
  uint64_t word = 0u;
  memcpy(&word, at, sizeof(word));
  return be64toh(word);
}

static float
load_float(const uint8_t* const at)
{
  const uint32_t bits  = load32(at);
  float          value = 0.0f;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

static double
load_double(const uint8_t* const at)
{
  const uint64_t bits  = load64(at);
  double         value = 0.0;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

static uint32_t
padded(const uint32_t size)
{
  return (size + 3u) & ~3u;
}

/**
   Length of a terminated and zero-padded string, or UINT32_MAX.

   @param size a multiple of 4, like all sizes in OSC
*/
static uint32_t
string_length(const uint8_t* const at, const uint32_t size)
{
  for (uint32_t i = 0u; i < size; i += 4u) {
    const uint32_t word = load32(at + i);
    if (((word - 0x01010101u) & ~word & 0x80808080u) != 0u) {
      // The first zero byte is in this word, and only zeros may follow it
      uint32_t length = 0u;
      while ((word << (8u * length)) >> 24u) {
        ++length;
      }
      return word << (8u * length) ? UINT32_MAX : i + length;
    }
  }

  return UINT32_MAX;
}

/// Size of the data of one argument, or UINT32_MAX if it is malformed
static uint32_t
argument_size(const char type, const uint8_t* const at, const uint32_t size)
{
  uint32_t length = 0u;

  switch (type) {
    case 'T':
    case 'F':
    case 'N':
    case 'I':
    case '[':
    case ']':
      return 0u;
    case 'i':
    case 'f':
    case 'c':
    case 'r':
    case 'm':
      return size >= 4u ? 4u : UINT32_MAX;
    case 'h':
    case 't':
    case 'd':
      return size >= 8u ? 8u : UINT32_MAX;
    case 's':
    case 'S':
      length = string_length(at, size);
      return length == UINT32_MAX ? UINT32_MAX : padded(length + 1u);
    case 'b':
      if (size < 4u || (length = load32(at)) > size - 4u) {
        return UINT32_MAX;
      }
      for (uint32_t i = length; i < padded(length); ++i) {
        if (at[4u + i]) {
          return UINT32_MAX;
        }
      }
      return 4u + padded(length);
    default:
      return UINT32_MAX;
  }
}

RS_WARM_TEXT RsStatus
rs_osc_message(const void* const   packet,
               const size_t        size,
               RsOscMessage* const message)
{
  const uint8_t* const at = (const uint8_t*)packet;
  if (size < 4u || size % 4u || size > RS_OSC_PACKET_MAX || at[0] != '/') {
    return RS_CORRUPT;
  }

  const uint32_t end            = (uint32_t)size;
  const uint32_t address_length = string_length(at, end);
  if (address_length == UINT32_MAX) {
    return RS_CORRUPT;
  }

  uint32_t     offset  = padded(address_length + 1u);
  const char*  types   = "";
  uint32_t     n_types = 0u;
  unsigned int arrays  = 0u;
  if (offset < end) {
    const uint32_t length = string_length(at + offset, end - offset);
    if (length == UINT32_MAX || at[offset] != ',') {
      return RS_CORRUPT;
    }

    types   = (const char*)at + offset + 1u;
    n_types = length - 1u;
    offset += padded(length + 1u);
  }

  const uint32_t data = offset;
  for (uint32_t i = 0u; i < n_types; ++i) {
    const uint32_t step = argument_size(types[i], at + offset, end - offset);
    if (step == UINT32_MAX || (types[i] == ']' && !arrays)) {
      return RS_CORRUPT;
    }
    arrays += types[i] == '[';
    arrays -= types[i] == ']';
    offset += step;
  }

  if (offset != end || arrays) {
    return RS_CORRUPT;
  }

  message->address        = (const char*)at;
  message->address_length = address_length;
  message->types          = types;
  message->n_types        = n_types;
  message->data           = at + data;
  message->data_size      = end - data;
  return RS_SUCCESS;
}

bool
rs_osc_is_bundle(const void* const packet, const size_t size)
{
  return size >= BUNDLE_HEAD && !memcmp(packet, "#bundle", 8u);
}

/// Recurses at most RS_OSC_DEPTH_MAX deep
static RsStatus
check_bundle(const uint8_t* const at,
             const uint32_t       size,
             const unsigned int   depth,
             uint32_t* const      n_messages)
{
  if (depth > RS_OSC_DEPTH_MAX) {
    return RS_TOO_LARGE;
  }

  for (uint32_t offset = BUNDLE_HEAD; offset < size;) {
    const uint32_t left = size - offset;
    const uint32_t step = left >= 4u ? load32(at + offset) : 0u;
    if (!step || step % 4u || step > left - 4u) {
      return RS_CORRUPT;
    }

    const uint8_t* const element = at + offset + 4u;
    RsStatus             status  = RS_SUCCESS;
    if (rs_osc_is_bundle(element, step)) {
      status = check_bundle(element, step, depth + 1u, n_messages);
    } else {
      RsOscMessage message;
      status = rs_osc_message(element, step, &message);
      if (!status && ++*n_messages > RS_OSC_MESSAGES_MAX) {
        status = RS_TOO_LARGE;
      }
    }

    if (status) {
      return status;
    }
    offset += 4u + step;
  }

  return RS_SUCCESS;
}

RsStatus
rs_osc_check(const void* const packet, const size_t size)
{
  if (size > RS_OSC_PACKET_MAX) {
    return RS_TOO_LARGE;
  }

  if (size % 4u == 0u && rs_osc_is_bundle(packet, size)) {
    uint32_t n_messages = 0u;
    return check_bundle(
      (const uint8_t*)packet, (uint32_t)size, 1u, &n_messages);
  }

  RsOscMessage message;
  return rs_osc_message(packet, size, &message);
}

void
rs_osc_reader_init(RsOscReader* const reader, const RsOscMessage* const message)
{
  reader->types = message->types;
  reader->data  = message->data;
}

bool
rs_osc_next(RsOscReader* const reader, RsOscArgument* const argument)
{
  const char           type = *reader->types;
  const uint8_t* const at   = reader->data;
  if (!type) {
    return false;
  }

  *argument     = (RsOscArgument){.type = type};
  uint32_t step = 4u;
  switch (type) {
    case 'i':
    case 'c':
      argument->number = (int32_t)load32(at);
      argument->real   = (double)argument->number;
      break;
    case 'r':
    case 'm':
      argument->number = (int64_t)load32(at);
      break;
    case 'f':
      argument->real = (double)load_float(at);
      break;
    case 'h':
    case 't':
      argument->number = (int64_t)load64(at);
      argument->real   = (double)argument->number;
      step             = 8u;
      break;
    case 'd':
      argument->real = load_double(at);
      step           = 8u;
      break;
    case 's':
    case 'S':
      argument->text = (const char*)at;
      argument->size = (uint32_t)strlen(argument->text);
      step           = padded(argument->size + 1u);
      break;
    case 'b':
      argument->size = load32(at);
      argument->blob = at + 4u;
      step           = 4u + padded(argument->size);
      break;
    default: // T F N I [ ]
      step = 0u;
      break;
  }

  ++reader->types;
  reader->data += step;
  return true;
}

void
rs_osc_bundle_init(RsOscBundle* const bundle,
                   const void* const  packet,
                   const size_t       size)
{
  const uint8_t* const at = (const uint8_t*)packet;

  bundle->tag = load64(at + 8u);
  bundle->at  = at + BUNDLE_HEAD;
  bundle->end = at + size;
}

bool
rs_osc_bundle_next(RsOscBundle* const bundle,
                   const void** const element,
                   uint32_t* const    size)
{
  if (bundle->at == bundle->end) {
    return false;
  }

  *size    = load32(bundle->at);
  *element = bundle->at + 4u;
  bundle->at += 4u + *size;
  return true;
}
