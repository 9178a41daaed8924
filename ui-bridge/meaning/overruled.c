// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Who is told that the host keeps a parameter: its automation plays, say, so
   what came over OSC has no effect (see docs/who-wins.md).

   The plugin counts the refusals of each parameter in its telemetry.  Setting
   is the busy path, so all that happens there is to note who did it; looking
   is for later, and only where something was set of late:

       set ──▶ instance watched, sent, noted ──▶ a refusal more than before:
                         │                       its last sender is told
                         └─ 2 s later ──▶ watched no more

   Watched before it is sent: the plugin may read and refuse it while the bridge
   still waits for a core, and what is refused by then must be news.

   Memory is bounded: senders have numbers that are never used twice, and who
   was pushed out of the table by newer ones is not told.
*/

#include "ui-bridge/meaning/room.h"

#include <stdio.h>
#include <stdlib.h>

/// Hosts answer within 0.3 s, and what they refused is held for a second more
#define WATCH_NS 2000000000

/// Between two looks: soon after a set; and while ramps and time tags last
#define LOOK_NS 25000000
#define LOOK_SELDOM_NS 250000000

/// One sender hears of one parameter at most once in this time
#define TOLD_NS 1000000000

/// All together: so many at once, then one each interval; the rest waits
#define RATE_NS 2000000
#define RATE_BURST 200

/// Senders that one parameter's refusals go to within TOLD_NS
#define TOLD_MAX 2u

/// A parameter, who set it last, and who was told
struct RsOverruledImpl {
  uint32_t sender; ///< Its number, 0: nobody who can be told
  uint32_t seen;   ///< Refusals up to the last look
  int64_t  until_ns;
  struct {
    uint32_t sender;
    int64_t  at_ns;
  } told[TOLD_MAX];
};

bool
rs_overruled_add(RsSeat* const seat)
{
  seat->overruled = (RsOverruled*)calloc(
    rs_instance_n_parameters(seat->instance) + 1u, sizeof(RsOverruled));
  return seat->overruled;
}

void
rs_overruled_drop(RsCommandRoom* const room, RsSeat* const seat)
{
  room->n_watched -= seat->watch_until_ns != 0;
  free(seat->overruled);
}

/// The number of a sender, a new one if it was not there of late
static uint32_t
number_of(RsCommandRoom* const  room,
          const RsSource* const from,
          const int64_t         now_ns)
{
  RsSender* sender = room->last_sender;
  if (from->kind == RS_SOURCE_NONE) {
    return 0u;
  }

  if (!sender || !rs_source_equal(&sender->source, from)) {
    RsSender* oldest = room->senders;
    sender           = NULL;
    for (uint32_t i = 0u; i < RS_SENDERS_MAX && !sender; ++i) {
      RsSender* const other = &room->senders[i];
      if (other->number && rs_source_equal(&other->source, from)) {
        sender = other;
      } else if (other->at_ns < oldest->at_ns) {
        oldest = other;
      }
    }

    if (!sender) {
      room->n_senders += room->n_senders == UINT32_MAX ? 2u : 1u; // Never 0
      sender  = oldest;
      *sender = (RsSender){.source = *from, .number = room->n_senders};
    }
    room->last_sender = sender;
  }

  sender->at_ns = now_ns;
  return sender->number;
}

static const RsSource*
source_of(const RsCommandRoom* const room, const uint32_t number)
{
  for (uint32_t i = 0u; number && i < RS_SENDERS_MAX; ++i) {
    if (room->senders[i].number == number) {
      return &room->senders[i].source;
    }
  }
  return NULL;
}

RS_WARM_TEXT void
rs_overruled_watch(RsSeat* const seat)
{
  if (seat->watch_until_ns) {
    return;
  }

  // What was refused before is no news.  A plugin that comes from another
  // bridge says how much that is from the start, see fill_told() in member.c
  const uint32_t n = rs_instance_n_parameters(seat->instance);
  for (uint32_t i = 0u; i < n; ++i) {
    seat->overruled[i].seen = rs_instance_refusals(seat->instance, i);
  }
}

RS_WARM_TEXT void
rs_overruled_note(RsCommandRoom* const   room,
                  RsSeat* const          seat,
                  const RsSource* const  from,
                  const RsCommand* const commands,
                  const uint32_t         count)
{
  const int64_t  now_ns = rs_bridge_now_ns(room->bridge);
  const uint32_t sender = number_of(room, from, now_ns);

  for (uint32_t i = 0u; i < count; ++i) {
    const RsCommand* const command = &commands[i];
    if (command->kind >= RS_COMMAND_CANCEL) {
      continue; // Sets nothing
    }

    if (!seat->watch_until_ns && !room->n_watched++) {
      room->look_ns   = INT64_MAX;
      room->looked_ns = now_ns;
    }

    int64_t until_ns =
      (command->time_ns > now_ns ? command->time_ns : now_ns) + WATCH_NS;
    if (command->kind == RS_COMMAND_RAMP) {
      until_ns += (int64_t)(command->seconds * 1e9);
    }

    RsOverruled* const it = &seat->overruled[command->parameter];
    if (it->sender != sender || it->until_ns < until_ns) {
      it->until_ns = until_ns;
    }
    it->sender = sender;
    if (seat->watch_until_ns < until_ns) {
      seat->watch_until_ns = until_ns;
    }

    room->look_soon_until_ns = now_ns + WATCH_NS;
    if (room->look_ns > now_ns + LOOK_NS) {
      room->look_ns = now_ns + LOOK_NS;
    }
  }
}

void
rs_overruled_foresee(const RsSeat* const seat,
                     const uint32_t      parameter,
                     RsWarm* const       warm)
{
  rs_warm_note(warm, &seat->overruled[parameter], sizeof(RsOverruled));
}

/// @return where to note that the sender is told now, NULL: it has just been
static int64_t*
find_place(RsOverruled* const it, const int64_t now_ns)
{
  uint32_t place = 0u;
  for (uint32_t i = 0u; i < TOLD_MAX; ++i) {
    if (it->told[i].sender == it->sender) {
      place = i;
      break;
    }
    if (it->told[i].at_ns < it->told[place].at_ns) {
      place = i;
    }
  }

  if (it->told[place].sender && now_ns - it->told[place].at_ns < TOLD_NS) {
    return NULL;
  }

  it->told[place].sender = it->sender;
  return &it->told[place].at_ns;
}

/// "-6 dB", "Ping-pong", "on"
static void
describe_value(const RsInstance* const instance,
               const uint32_t          parameter,
               char* const             text,
               const size_t            size)
{
  const RsParameter* const  p = &rs_instance_parameters(instance)[parameter];
  const RsScalePoint* const points = rs_instance_points(instance);
  const double value = (double)rs_instance_value(instance, parameter);

  if (p->scale == RS_SCALE_TOGGLE) {
    snprintf(text, size, "%s", value >= 0.5 ? "1 (on)" : "0 (off)");
    return;
  }

  for (uint32_t i = 0u; p->scale == RS_SCALE_ENUM && i < p->n_points; ++i) {
    const RsScalePoint* const point = &points[p->first_point + i];
    if ((double)point->value == value) {
      snprintf(text, size, "\"%.24s\"", point->label);
      return;
    }
  }

  snprintf(text, size, "%.6g%s%s", value, p->unit[0] ? " " : "", p->unit);
}

/// @return false if it must wait, since too much is said already
static bool
tell(RsCommandRoom* const room,
     RsSeat* const        seat,
     const uint32_t       parameter,
     const int64_t        now_ns)
{
  RsOverruled* const    it = &seat->overruled[parameter];
  const RsSource* const to = source_of(room, it->sender);

  // By the last look: the bridge may have waited for a core long since
  if (!to || room->looked_ns > it->until_ns) {
    return true; // It was nobody's doing who could be told
  }

  if (!rs_rate_take(&room->overrulings, now_ns, RATE_NS, RATE_BURST)) {
    return false;
  }

  int64_t* const at_ns = find_place(it, now_ns);
  if (!at_ns) {
    return true;
  }
  *at_ns = now_ns;

  // The first row is the parameter itself
  const RsTarget target = {seat->directory, seat, parameter, 0u, false};
  char           address[RS_ADDRESS_MAX];
  char           value[64];
  rs_addresses_format(room->addresses, &target, address);
  describe_value(seat->instance, parameter, value, sizeof(value));
  room->refusals += room->refusals <= 0; // These have a rate of their own
  rs_refuse_address(room,
                    to,
                    address,
                    409,
                    "the host keeps %s at %s, its automation plays: set that "
                    "to Manual there, or to Touch, Latch or Write while it "
                    "rolls, to move it by OSC",
                    rs_instance_parameters(seat->instance)[parameter].symbol,
                    value);
  return true;
}

/// See what was refused in one instance since the last look
static void
look(RsCommandRoom* const room, RsSeat* const seat, const int64_t now_ns)
{
  const uint32_t n = rs_instance_n_parameters(seat->instance);
  for (uint32_t i = 0u; i < n; ++i) {
    const uint32_t refusals = rs_instance_refusals(seat->instance, i);
    if (refusals != seat->overruled[i].seen && tell(room, seat, i, now_ns)) {
      seat->overruled[i].seen = refusals;
    }
  }
}

int64_t
rs_overruled_serve(RsCommandRoom* const room, const int64_t now_ns)
{
  if (!room->n_watched) {
    return INT64_MAX;
  }

  if (now_ns >= room->look_ns) {
    for (uint32_t i = 0u; i < room->n_seats; ++i) {
      RsSeat* const seat = room->seats[i];
      if (seat->watch_until_ns) {
        look(room, seat, now_ns);
        if (now_ns >= seat->watch_until_ns) {
          seat->watch_until_ns = 0;
          --room->n_watched;
        }
      }
    }

    room->looked_ns = now_ns;
    room->look_ns =
      now_ns + (now_ns < room->look_soon_until_ns ? LOOK_NS : LOOK_SELDOM_NS);
  }

  return room->n_watched ? room->look_ns : INT64_MAX;
}
