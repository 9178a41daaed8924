// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   OSC packets in a stream of bytes, in either framing, told apart by the first
   byte of the connection (spec section 6):

       0xC0, '/' or '#'   SLIP: END (0xC0) after each packet, or around it
       anything else      each packet after its length, 4 bytes, big-endian
*/

#ifndef RINGSIDE_BRIDGE_FRAMING_H
#define RINGSIDE_BRIDGE_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A length over this ends the connection
#define RS_FRAME_FATAL (16u * 1024u * 1024u)

typedef enum {
  RS_FRAMING_UNKNOWN, ///< Nothing came yet
  RS_FRAMING_SLIP,
  RS_FRAMING_LENGTH,
} RsFraming;

typedef enum {
  RS_FRAME_NONE,      ///< All bytes are used up, and no packet is complete
  RS_FRAME_PACKET,    ///< One is complete
  RS_FRAME_BAD,       ///< One was left out: its escapes are wrong
  RS_FRAME_TOO_LARGE, ///< One is left out: over RS_PACKET_MAX
  RS_FRAME_END,       ///< No sense can be made of the rest: close
} RsFrame;

/// All zeros is a new stream
typedef struct {
  RsFraming framing;
  uint8_t*  bytes; ///< Of the packet that is coming
  size_t    size;
  size_t    capacity;
  size_t    length;  ///< Length framing: of the packet
  uint8_t   head[4]; ///< Length framing: the length as it comes
  uint32_t  n_head;
  size_t    skip; ///< Length framing: bytes to leave out
  bool      is_escaped;
  bool      is_bad;
  bool      is_too_large;
  bool      is_done; ///< `bytes` were given out: begin anew
} RsDeframer;

void
rs_deframer_free(RsDeframer* deframer);

/**
   Take bytes until something is complete.  Call again until #RS_FRAME_NONE.

   @param data, size moved on over what was used
   @param packet, packet_size of #RS_FRAME_PACKET; valid until the next call
*/
RsFrame
rs_deframer_take(RsDeframer*     deframer,
                 const uint8_t** data,
                 size_t*         size,
                 const uint8_t** packet,
                 size_t*         packet_size);

/// Most bytes that a framed packet has
size_t
rs_frame_bound(size_t packet_size);

/// Frame a packet.  @return bytes written, at most rs_frame_bound()
size_t
rs_frame_make(RsFraming      framing,
              const uint8_t* packet,
              size_t         packet_size,
              uint8_t*       frame);

#endif // RINGSIDE_BRIDGE_FRAMING_H
