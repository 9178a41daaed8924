// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What can be said to an instance as a whole, and asked of it

#include "ui-bridge/meaning/room.h"

#include <stdio.h>
#include <string.h>

/// Renames of one instance: so many at once, then one each 200 ms
#define RENAMES_BURST 10
#define RENAMES_NS 200000000

/// The first argument if it is a string
static const char*
read_text(RsRequest* const request)
{
  RsOscReader   reader;
  RsOscArgument argument = {.text = NULL};
  rs_osc_reader_init(&reader, request->message);
  return rs_osc_next(&reader, &argument) ? argument.text : NULL;
}

void
rs_set_name(RsRequest* const request)
{
  RsCommandRoom* const room     = request->room;
  RsInstance* const    instance = request->seat->instance;
  const char* const    name     = read_text(request);
  if (!name) {
    rs_refuse(request, 400, "name takes the new name as a string");
    return;
  }

  if (!strcmp(name, rs_instance_name(instance))) {
    return;
  }

  if (!strcmp(name, "ringside")) {
    rs_refuse(
      request, 409, "the name ringside is the bridge's own; choose another");
    return;
  }

  if (!rs_rate_take(&request->seat->renames,
                    rs_bridge_now_ns(room->bridge),
                    RENAMES_NS,
                    RENAMES_BURST)) {
    rs_refuse(request,
              429,
              "%s was renamed too often just now",
              rs_instance_name(instance));
    return;
  }

  const RsStatus status = rs_instance_rename(instance, name, strlen(name));
  if (!status) {
    (void)rs_commands_instance_changed(room, instance);
  } else if (status == RS_FULL) {
    rs_refuse(request,
              409,
              "another instance is called %.32s; choose another name",
              name);
  } else {
    rs_refuse(
      request, 400, "a name has 1 to 32 of the characters A-Z a-z 0-9 _ and -");
  }
}

void
rs_set_timing(RsRequest* const request)
{
  const char* const text = read_text(request);
  if (text && !strcmp(text, "steady")) {
    rs_instance_set_steady(request->seat->instance, true);
  } else if (text && !strcmp(text, "asap")) {
    rs_instance_set_steady(request->seat->instance, false);
  } else {
    rs_refuse(request, 400, "timing takes the string asap or steady");
  }
}

void
rs_cancel(RsRequest* const request)
{
  RsCommand command = {.kind = RS_COMMAND_CANCEL};
  rs_emit(request, &command);
}

// Answers

void
rs_answer_list(const RsAnswer* const answer)
{
  RsInstance* const  instance = answer->seat->instance;
  RsBridge* const    bridge   = answer->room->bridge;
  const uint32_t     n        = rs_instance_n_parameters(instance);
  const RsParameter* all      = rs_instance_parameters(instance);
  char               end[RS_ADDRESS_MAX + 8u];

  for (uint32_t i = answer->begin; i < n && i < answer->stop; ++i) {
    const RsParameter* const p = &all[i];
    rs_reply(bridge,
             answer->from,
             answer->address,
             "sffffssss",
             p->symbol,
             (double)rs_instance_value(instance, i),
             (double)p->initial,
             (double)p->minimum,
             (double)p->maximum,
             p->unit,
             rs_scale_name((RsScale)p->scale),
             p->group,
             p->name);
  }

  if (answer->stop > n) {
    snprintf(end, sizeof(end), "%s/end", answer->address);
    rs_reply(bridge, answer->from, end, "i", (int)n);
  }
}

void
rs_answer_name(const RsAnswer* const answer)
{
  rs_reply(answer->room->bridge,
           answer->from,
           answer->address,
           "s",
           rs_instance_name(answer->seat->instance));
}

void
rs_answer_timing(const RsAnswer* const answer)
{
  rs_reply(answer->room->bridge,
           answer->from,
           answer->address,
           "s",
           rs_instance_is_steady(answer->seat->instance) ? "steady" : "asap");
}
