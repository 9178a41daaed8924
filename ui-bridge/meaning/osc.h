// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   OSC packets in place: a strict checker, and readers that copy nothing.

   A packet is checked whole before anything of it is read, so that a packet
   that is malformed at its end changes nothing at its beginning.  Readers may
   be used only on what was checked.  Buffers may have any alignment.
*/

#ifndef RINGSIDE_BRIDGE_OSC_H
#define RINGSIDE_BRIDGE_OSC_H

#include "shm/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Limits of spec section 7

#define RS_OSC_PACKET_MAX 65536u ///< Bytes
#define RS_OSC_DEPTH_MAX 8u      ///< Bundles within one another
#define RS_OSC_MESSAGES_MAX 1024u

/// A message, pointing into its packet
typedef struct {
  const char*    address; ///< Terminated
  uint32_t       address_length;
  const char*    types;   ///< Without the comma, terminated
  uint32_t       n_types; ///< 0 also if there was no type tag string at all
  const uint8_t* data;    ///< Of the arguments
  uint32_t       data_size;
} RsOscMessage;

/// An argument, pointing into its packet
typedef struct {
  char           type;   ///< One of "ifsbhtdScrmTFNI[]"
  int64_t        number; ///< i h c; r m t as they came, in host order
  double         real;   ///< f d; and i h converted
  const char*    text;   ///< s S
  const uint8_t* blob;   ///< b
  uint32_t       size;   ///< Of text (without its end) or blob
} RsOscArgument;

/// The arguments of a message one by one
typedef struct {
  const char*    types;
  const uint8_t* data;
} RsOscReader;

/// The elements of a bundle one by one
typedef struct {
  uint64_t       tag; ///< NTP; 0 and 1: immediately
  const uint8_t* at;
  const uint8_t* end;
} RsOscBundle;

/**
   Check a whole packet: a message or a bundle.

   @return #RS_SUCCESS, #RS_CORRUPT if it is malformed, or #RS_TOO_LARGE if it
   is over one of the limits
*/
RS_NODISCARD RsStatus
rs_osc_check(const void* packet, size_t size);

/// True if what was checked is a bundle
bool
rs_osc_is_bundle(const void* packet, size_t size);

/**
   Check a message and find its parts; needs no earlier check.

   @return #RS_SUCCESS or #RS_CORRUPT (then `message` is untouched)
*/
RS_NODISCARD RsStatus
rs_osc_message(const void* packet, size_t size, RsOscMessage* message);

void
rs_osc_reader_init(RsOscReader* reader, const RsOscMessage* message);

/// The next argument.  @return false at the end
bool
rs_osc_next(RsOscReader* reader, RsOscArgument* argument);

/// Begin with a bundle that was checked
void
rs_osc_bundle_init(RsOscBundle* bundle, const void* packet, size_t size);

/// The next element, a message or a bundle.  @return false at the end
bool
rs_osc_bundle_next(RsOscBundle* bundle, const void** element, uint32_t* size);

#endif // RINGSIDE_BRIDGE_OSC_H
