// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Answers to whoever asked: over the transport and framing the request came
   on, to the address it came from, one message a datagram.  Built by liblo.
*/

#ifndef RINGSIDE_BRIDGE_REPLY_H
#define RINGSIDE_BRIDGE_REPLY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

typedef struct RsBridgeImpl RsBridge;

typedef enum {
  RS_SOURCE_NONE, ///< Nobody to answer (an unnamed Unix socket)
  RS_SOURCE_UDP,
  RS_SOURCE_TCP,
  RS_SOURCE_UNIX,
} RsSourceKind;

/// Where a request came from; a plain value that can be kept for later
typedef struct {
  RsSourceKind       kind;
  uint32_t           connection; ///< TCP: never used twice
  struct sockaddr_in ip;         ///< UDP and TCP
  struct sockaddr_un path;       ///< Unix
  socklen_t          path_length;
} RsSource;

bool
rs_source_equal(const RsSource* a, const RsSource* b);

/**
   Send one OSC message.

   @param types of "ifhdsTFNI"; then i: int, h: int64_t, f and d: double,
   s: const char*, T F N I: nothing.
*/
void
rs_reply(RsBridge*       bridge,
         const RsSource* to,
         const char*     address,
         const char*     types,
         ...);

/// Send `/error ,sis`: the address, a code as in HTTP, a sentence
void
rs_reply_error(RsBridge*       bridge,
               const RsSource* to,
               const char*     address,
               int             code,
               const char*     format,
               ...) __attribute__((format(printf, 5, 6)));

/// Send a message made by somebody else (already serialised)
void
rs_reply_raw(RsBridge*       bridge,
             const RsSource* to,
             const void*     packet,
             uint32_t        size);

#endif // RINGSIDE_BRIDGE_REPLY_H
