// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What is refused: counted, said in a sentence, and not too often

#include "ui-bridge/meaning/room.h"
#include "ui-bridge/presets/label.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/// Complaints about malformed packets: one source at most each 100 ms, and all
/// together at most 100 a second
#define COMPLAIN_SOURCE_NS 100000000
#define COMPLAIN_ALL_NS 10000000

bool
rs_rate_take(RsRate* const rate,
             const int64_t now_ns,
             const int64_t interval_ns,
             const int64_t burst)
{
  const int64_t from =
    rate->empty_until_ns > now_ns ? rate->empty_until_ns : now_ns;
  if (from + interval_ns > now_ns + burst * interval_ns) {
    return false;
  }

  rate->empty_until_ns = from + interval_ns;
  return true;
}

/// So much was refused in this packet that the rest is only counted
static bool
is_only_counted(const RsCommandRoom* const room)
{
  return room->refusals <= 0;
}

bool
rs_refusal_is_told(const RsRequest* const request, const int code)
{
  return !is_only_counted(request->room) &&
         !(request->is_pattern && code == 400);
}

bool
rs_steps_take(RsRequest* const request, const int64_t steps)
{
  RsCommandRoom* const room = request->room;
  const bool           was  = room->steps >= 0;
  room->steps -= steps;
  if (room->steps >= 0) {
    return true;
  }

  if (was) {
    rs_refuse(request,
              413,
              "this packet does too much at once, so nothing was set by it; "
              "send it in parts");
  } else {
    rs_bridge_count(room->bridge, RS_COUNT_REJECTED_SIZE); // And said before
  }
  return false;
}

static void
count_refusal(RsCommandRoom* const room, const int code)
{
  rs_bridge_count(room->bridge,
                  code == 404   ? RS_COUNT_REJECTED_ADDRESS
                  : code == 409 ? RS_COUNT_REJECTED_CONFLICT
                  : code == 413 ? RS_COUNT_REJECTED_SIZE
                  : code == 429 ? RS_COUNT_REJECTED_RATE
                  : code == 503 ? RS_COUNT_REJECTED_STATE
                                : RS_COUNT_REJECTED_ARGUMENT);
}

/// Make text that any client can show of what may hold anything
static void
make_presentable(char* const text)
{
  const size_t length = strlen(text);
  for (size_t i = 0u; i < length;) {
    size_t size = 1u;
    while (size <= 4u && i + size <= length &&
           !rs_label_is_text(text + i, size)) {
      ++size;
    }
    if (size > 4u || i + size > length) {
      text[i] = '?';
      size    = 1u;
    }
    i += size;
  }
}

void
rs_refuse_address(RsCommandRoom* const  room,
                  const RsSource* const from,
                  const char* const     address,
                  const int             code,
                  const char* const     format,
                  ...)
{
  count_refusal(room, code);
  if (is_only_counted(room)) {
    return;
  }
  --room->refusals;

  char    sentence[256];
  va_list args;
  va_start(args, format);
  vsnprintf(sentence, sizeof(sentence), format, args);
  va_end(args);

  char shown[1024];
  snprintf(shown, sizeof(shown), "%s", address);
  make_presentable(shown);
  make_presentable(sentence);

  rs_reply_error(room->bridge, from, shown, code, "%s", sentence);
}

void
rs_refuse(RsRequest* const  request,
          const int         code,
          const char* const format,
          ...)
{
  if (request->is_pattern && code == 400) {
    request->did_fit = false;
    return;
  }

  char sentence[256] = "";
  if (rs_refusal_is_told(request, code)) {
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
  }
  rs_refuse_address(request->room,
                    request->from,
                    request->message->address,
                    code,
                    "%s",
                    sentence);
}

void
rs_complain(RsCommandRoom* const  room,
            const RsSource* const from,
            const RsStatus        status)
{
  const int64_t now = rs_bridge_now_ns(room->bridge);
  uint32_t      sum = ntohs(from->ip.sin_port) + from->connection;
  for (socklen_t i = 0u; i < from->path_length; ++i) {
    sum = 31u * sum + ((const uint8_t*)&from->path)[i];
  }
  const uint32_t slot =
    sum % (sizeof(room->complained) / sizeof(*room->complained));

  rs_bridge_count(room->bridge,
                  status == RS_TOO_LARGE ? RS_COUNT_REJECTED_SIZE
                                         : RS_COUNT_REJECTED_PACKET);

  if (!(now < room->complained[slot].next_ns &&
        rs_source_equal(from, &room->complained[slot].from)) &&
      rs_rate_take(&room->complaints, now, COMPLAIN_ALL_NS, 100)) {
    room->complained[slot].from    = *from;
    room->complained[slot].next_ns = now + COMPLAIN_SOURCE_NS;
    if (status == RS_TOO_LARGE) {
      rs_reply_error(room->bridge,
                     from,
                     "",
                     413,
                     "a packet has at most %u bytes, %u messages, and bundles "
                     "nested %u deep",
                     RS_OSC_PACKET_MAX,
                     RS_OSC_MESSAGES_MAX,
                     RS_OSC_DEPTH_MAX);
    } else {
      rs_reply_error(room->bridge,
                     from,
                     "",
                     400,
                     "this packet is not an OSC message or bundle; nothing of "
                     "it was applied");
    }
  }
}
