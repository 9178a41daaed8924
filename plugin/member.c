// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// One instance as the link thread sees it

#include "plugin/member.h"

#include "plugin/appear.h"
#include "plugin/pair.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOK_RUNNING_NS 30000000 // While run() runs, it takes what comes
#define LOOK_RESTING_NS 20000000 // While a ramp or a tag is under way
#define REST_NS 20000000         // And two cycles: then run() rests
#define LOOKS_MAX 4u             // In one go, under a flood

bool
rs_member_appears(RsLinked* const member, const int64_t now_ns)
{
  RsPresence* const presence = member->plan.presence;

  // Nothing else is read on the strength of these words
  if (!atomic_load_explicit(&presence->has_paced, memory_order_relaxed) &&
      !rs_appear_uncalled(
        member->made_ns,
        now_ns,
        atomic_load_explicit(&presence->was_called, memory_order_relaxed))) {
    return false;
  }

  member->state = RS_MEMBER_WANTED;
  return true;
}

static void
forget_pair(RsLinked* const member, RsIntake* const pair)
{
  for (uint32_t i = 0; pair && i < RS_MEMBER_PAIRS; ++i) {
    if (member->pairs[i] == pair) {
      member->pairs[i] = NULL;
      rs_pair_free(pair);
    }
  }
}

static void
free_left_pairs(RsLinked* const member)
{
  RsIntake* left = NULL;
  while ((left = rs_control_retired(member->plan.control))) {
    forget_pair(member, left);
  }
}

/// What a new bridge reads until run() takes the pair, or a look-ahead tells:
/// what is in effect, and what was refused, single words of it.  A look-ahead
/// fails while run() is under way, which takes long where the audio thread has
/// to wait for a core
static void
fill_told(const RsLinked* const member, RsIntake* const fresh)
{
  const RsTelemetryMap* const from =
    &rs_control_current(member->plan.control)->segments.telemetry;
  const RsTelemetryMap* const to = &fresh->segments.telemetry;

  // Nobody else has it yet
  for (uint32_t i = 0; i < from->n_parameters; ++i) {
    atomic_store_explicit(
      &to->values[i],
      atomic_load_explicit(&from->values[i], memory_order_relaxed),
      memory_order_relaxed);
    atomic_store_explicit(
      &to->refusals[i],
      atomic_load_explicit(&from->refusals[i], memory_order_relaxed),
      memory_order_relaxed);
  }

  atomic_store_explicit(&to->fixed->live.preset_serial,
                        atomic_load_explicit(&from->fixed->live.preset_serial,
                                             memory_order_relaxed),
                        memory_order_relaxed);
}

/// See that `sent` is a pair that a new bridge may have
static RsStatus
prepare_pair(RsLinked* const member)
{
  free_left_pairs(member);

  const bool is_waiting =
    member->sent != rs_control_current(member->plan.control);
  if (!member->was_sent || (is_waiting && member->may_resend &&
                            member->sent->segments.commands_fd >= 0)) {
    return RS_SUCCESS;
  }

  RsIntake** place = NULL;
  for (uint32_t i = 0; i < RS_MEMBER_PAIRS && !place; ++i) {
    place = member->pairs[i] ? NULL : &member->pairs[i];
  }

  RsIntake* const fresh = place ? rs_pair_new(&member->plan.segments) : NULL;
  if (!fresh || fresh->segments.commands_fd < 0) {
    rs_pair_free(fresh);
    return RS_SYSTEM;
  }

  fill_told(member, fresh);
  *place               = fresh;
  RsIntake* const back = rs_control_offer(member->plan.control, fresh);
  forget_pair(member, back);
  member->sent       = fresh;
  member->was_sent   = false;
  member->may_resend = false;
  return RS_SUCCESS;
}

static void
fill_attach(const RsLinked* const member, RsAttach* const attach)
{
  memset(attach, 0, sizeof(*attach));
  attach->head     = (RsAttachHead){RS_ATTACH_MAGIC, RS_ATTACH_ATTACH};
  attach->instance = member->number;
  attach->flags    = member->is_named ? RS_ATTACH_RENEWED : 0u;
  attach->order    = (uint64_t)member->made_ns;
  snprintf(attach->name, sizeof(attach->name), "%s", member->name);

  attach->preset_serial = member->preset_serial;
  snprintf(attach->label, sizeof(attach->label), "%s", member->preset_label);
}

RsStatus
rs_member_attach(RsLinked* const     member,
                 const RsPeer* const peer,
                 const int64_t       now_ns)
{
  const RsStatus prepared = prepare_pair(member);
  if (prepared) {
    return prepared;
  }

  int ends[2];
  if (socketpair(
        AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends)) {
    return RS_SYSTEM;
  }

  // So that queries find values from the first moment, also if run() rests
  (void)rs_control_look_ahead(member->plan.control, now_ns);
  rs_bell_arm(&member->sent->segments.commands->bell);

  const RsSegments* const segments = &member->sent->segments;
  const int fds[] = {ends[1], segments->commands_fd, segments->telemetry_fd};

  RsAttach attach;
  fill_attach(member, &attach);
  const RsStatus st    = rs_peer_send(peer, &attach, sizeof(attach), fds, 3u);
  const int      error = errno;
  close(ends[1]);
  if (st) {
    close(ends[0]);
    errno = error;
    return st;
  }

  member->socket     = ends[0];
  member->state      = RS_MEMBER_SENT;
  member->was_sent   = true;
  member->may_resend = false;
  member->crowded_ns = 0;
  member->look_ns    = now_ns + LOOK_RUNNING_NS;
  return RS_SUCCESS;
}

void
rs_member_attached(RsLinked* const   member,
                   const char* const name,
                   const int64_t     now_ns)
{
  snprintf(member->name, sizeof(member->name), "%s", name);
  member->is_named    = true;
  member->state       = RS_MEMBER_ATTACHED;
  member->attached_ns = now_ns;
  member->has_logged  = false;
  member->look_ns     = now_ns;
}

void
rs_member_detach(RsLinked* const member, const bool is_dead)
{
  if (member->socket >= 0) {
    close(member->socket);
    member->socket = -1;
  }

  member->look_ns = INT64_MAX;
  if (member->state > RS_MEMBER_WANTED) {
    member->state      = RS_MEMBER_WANTED;
    member->may_resend = is_dead;
  }
}

/// True if the host does not call run()
static bool
rests(const RsLinked* const member, const int64_t now_ns)
{
  const RsTelemetry* const seen =
    rs_control_current(member->plan.control)->segments.telemetry.fixed;

  const uint32_t cycle =
    atomic_load_explicit(&seen->cycle, memory_order_relaxed);
  const uint32_t frames =
    atomic_load_explicit(&seen->frames, memory_order_relaxed);
  const int64_t start_ns =
    atomic_load_explicit(&seen->start_ns, memory_order_relaxed);
  const double cycle_ns = (double)frames / member->plan.segments.rate_hz * 1e9;

  return !(cycle & 1u) &&
         now_ns - start_ns > REST_NS + (int64_t)(2.0 * cycle_ns);
}

/// Where the bridge is with writing
typedef struct {
  uint32_t tail;
  uint32_t overflow;
} Written;

static Written
written(const RsLinked* const member)
{
  // Acquire, so that a look ahead sees at least the commands before these
  const RsSegments* const segments = &member->sent->segments;
  return (Written){
    atomic_load_explicit(&segments->commands->ring.tail, memory_order_acquire),
    atomic_load_explicit(&segments->overflow->lock, memory_order_acquire)};
}

/// run() rests: do in its place what can be seen from outside
static void
look_ahead(RsLinked* const member, const int64_t now_ns)
{
  RsBell* const bell = &member->sent->segments.commands->bell;
  Written       before;
  Written       after  = written(member);
  unsigned      n      = 0;
  RsStatus      status = RS_SUCCESS;

  do {
    before = after;
    status = rs_control_look_ahead(member->plan.control, now_ns);

    // Arm, then look again: what came in between rang nobody
    rs_bell_arm(bell);
    after = written(member);
  } while ((before.tail != after.tail || before.overflow != after.overflow) &&
           ++n < LOOKS_MAX);

  member->look_ns =
    (status || n == LOOKS_MAX || rs_control_ahead_moves(member->plan.control))
      ? now_ns + LOOK_RESTING_NS
      : INT64_MAX;
}

int64_t
rs_member_tick(RsLinked* const member, const int64_t now_ns)
{
  if (member->socket < 0 || now_ns < member->look_ns) {
    return member->look_ns;
  }

  if (rests(member, now_ns)) {
    look_ahead(member, now_ns);
    return member->look_ns;
  }

  // run() takes what comes, unless it stops just now: then commands stay
  // unread, and we look until it has read them or clearly rests
  const RsTelemetry* const seen = member->sent->segments.telemetry.fixed;
  rs_bell_arm(&member->sent->segments.commands->bell);

  const Written now = written(member);
  const bool    is_read =
    atomic_load_explicit(&seen->read.head, memory_order_relaxed) == now.tail &&
    atomic_load_explicit(&seen->overflow_seen, memory_order_relaxed) ==
      now.overflow;

  member->look_ns = is_read ? INT64_MAX : now_ns + LOOK_RUNNING_NS;
  return member->look_ns;
}

/// One packet over the socketpair
typedef union {
  RsAttachHead    head;
  RsNameMessage   name;
  RsPresetMessage preset;
  char            bytes[RS_PEER_PACKET];
} Packet;

static void
take_packet(RsLinked* const member, Packet* const packet, const size_t size)
{
  if (size < sizeof(RsAttachHead) || packet->head.magic != RS_ATTACH_MAGIC) {
    return;
  }

  if (packet->head.kind == RS_ATTACH_NAME && size >= sizeof(RsNameMessage)) {
    packet->name.name[RS_NAME_MAX] = '\0';
    const bool is_new = strcmp(member->name, packet->name.name) != 0;
    memcpy(member->name, packet->name.name, sizeof(member->name));
    if (member->is_named && is_new) {
      // Only a hint that there is something to save
      atomic_fetch_add_explicit(
        &member->plan.presence->renamed, 1u, memory_order_relaxed);
    }
  } else if (packet->head.kind == RS_ATTACH_PRESET &&
             size >= sizeof(RsPresetMessage)) {
    packet->preset.label[RS_LABEL_MAX] = '\0';
    member->preset_serial              = packet->preset.serial;
    memcpy(
      member->preset_label, packet->preset.label, sizeof(member->preset_label));
  }
}

RsStatus
rs_member_dispatch(RsLinked* const member, const int64_t now_ns)
{
  bool is_rung = false;

  // Bounded, should the other side send faster than we read
  for (unsigned i = 0; i < 64u; ++i) {
    Packet        packet;
    const ssize_t n =
      recv(member->socket, &packet, sizeof(packet), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) {
      continue;
    }

    if (n < 0 && errno == EAGAIN) {
      break;
    }

    if (n <= 0) {
      return RS_GONE;
    }

    if (n == 1) {
      is_rung = true;
    } else {
      take_packet(member, &packet, (size_t)n);
    }
  }

  if (is_rung) {
    // The bell stays silent until we look next
    if (rests(member, now_ns)) {
      look_ahead(member, now_ns);
    } else {
      member->look_ns = now_ns + LOOK_RUNNING_NS;
    }
  }

  return RS_SUCCESS;
}

/// Close the files of a pair that need not be sent again
static void
close_files(RsSegments* const segments)
{
  if (segments->commands_fd >= 0) {
    close(segments->commands_fd);
  }

  if (segments->telemetry_fd >= 0) {
    close(segments->telemetry_fd);
  }

  segments->commands_fd  = -1;
  segments->telemetry_fd = -1;
}

RsStatus
rs_member_tidy(RsLinked* const member)
{
  free_left_pairs(member);

  const bool is_taken =
    member->sent == rs_control_current(member->plan.control);
  if (member->state == RS_MEMBER_ATTACHED && is_taken) {
    close_files(&member->sent->segments);
  }

  // A pair that waits will replace the broken one anyway
  return member->state >= RS_MEMBER_SENT && is_taken &&
             rs_control_is_faulty(member->plan.control)
           ? RS_CORRUPT
           : RS_SUCCESS;
}
