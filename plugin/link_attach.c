// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What keeps the instances of this process attached: those that appeared are
   shown to the bridge, those that it let go or refused are shown again later,
   and all are taken back when it goes.
*/

#include "plugin/link_impl.h"

#include "plugin/log.h"
#include "plugin/member.h"
#include "plugin/search.h"
#include "shm/attach.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define WATCH_NS (10 * MS_NS)      // While a young instance may appear
#define WATCH_OLD_NS (100 * MS_NS) // An older one: analysis, a long export
#define YOUNG_NS (2 * SECOND_NS)
#define GATHER_NS (10 * MS_NS)     // From the last that appeared to ATTACH
#define RETRY_SOON_NS (20 * MS_NS) // The bridge let an instance go
#define RETRY_LATER_NS SECOND_NS   // It did so at once
#define RETRY_REFUSED_NS (5 * SECOND_NS)
#define CROWDED_NS (2 * SECOND_NS) // Without room to send: that is said

static int64_t
earlier(const int64_t a, const int64_t b)
{
  return a < b ? a : b;
}

static RsLinked*
find(const RsLink* const link, const uint32_t number)
{
  RsLinked* m = link->members;
  while (m && m->number != number) {
    m = m->next;
  }

  return m;
}

/// Let hidden instances appear.  @return when to look again
static int64_t
watch_hidden(RsLink* const link, const int64_t now_ns)
{
  int64_t next_ns = INT64_MAX;
  for (RsLinked* m = link->members; m; m = m->next) {
    if (m->state != RS_MEMBER_HIDDEN) {
      continue;
    }

    if (rs_member_appears(m, now_ns)) {
      link->appeared_ns = now_ns;
    } else {
      const bool is_young = now_ns - m->made_ns < YOUNG_NS;
      next_ns = earlier(next_ns, now_ns + (is_young ? WATCH_NS : WATCH_OLD_NS));
    }
  }

  return next_ns;
}

static bool
is_wanted(const RsLink* const link)
{
  for (const RsLinked* m = link->members; m; m = m->next) {
    if (m->state != RS_MEMBER_HIDDEN) {
      return true;
    }
  }

  return false;
}

void
rs_link_detach_all(RsLink* const link)
{
  for (RsLinked* m = link->members; m; m = m->next) {
    if (m->state > RS_MEMBER_WANTED) {
      rs_member_detach(m, false);
    }

    m->retry_ns = 0;
  }
}

/// The bridge that had the pairs is dead: what waits in them may be sent again
static void
allow_resending(RsLink* const link)
{
  for (RsLinked* m = link->members; m; m = m->next) {
    m->may_resend = m->state == RS_MEMBER_WANTED;
  }
}

/// One line for each time that it was attached
static void
log_no_attachment(RsLinked* const m, const int error)
{
  if (!m->has_logged) {
    m->has_logged = true;
    rs_log_line(&m->plan.log,
                "no OSC: an instance cannot be shown to the bridge: %s; the "
                "plugin works on without it",
                strerror(error));
  }
}

/// Send all that have appeared, in order of creation.  @return when to go on
static int64_t
attach_wanted(RsLink* const link, const int64_t now_ns)
{
  // Instances of one host appear in the same cycle, or the next: names follow
  // the order of creation only if they are sent together
  const int64_t gathered_ns = link->appeared_ns + GATHER_NS;
  int64_t       next_ns     = INT64_MAX;

  for (RsLinked* m = link->members; m; m = m->next) {
    if (m->state != RS_MEMBER_WANTED) {
      continue;
    }

    const int64_t due_ns =
      m->retry_ns > gathered_ns ? m->retry_ns : gathered_ns;
    if (now_ns < due_ns) {
      next_ns = earlier(next_ns, due_ns);
      continue;
    }

    const RsStatus st = rs_member_attach(m, &link->search.peer, now_ns);
    if (st == RS_GONE) {
      rs_search_lost(&link->search, now_ns);
      return now_ns;
    }

    if (st == RS_AGAIN) {
      // A moment in a full system, or for good
      m->crowded_ns = m->crowded_ns ? m->crowded_ns : now_ns;
      if (now_ns - m->crowded_ns > CROWDED_NS) {
        log_no_attachment(m, errno);
      }

      return earlier(next_ns, now_ns + (5 * MS_NS));
    }

    if (st) {
      log_no_attachment(m, errno);
      m->retry_ns = now_ns + RETRY_LATER_NS;
      next_ns     = earlier(next_ns, m->retry_ns);
    }
  }

  return next_ns;
}

void
rs_link_retry(RsLinked* const m, const int64_t now_ns)
{
  const bool was_at_once =
    m->state != RS_MEMBER_ATTACHED || now_ns - m->attached_ns < RETRY_LATER_NS;

  rs_member_detach(m, false);
  m->retry_ns = now_ns + (was_at_once ? RETRY_LATER_NS : RETRY_SOON_NS);
}

static void
take_refusal(RsLinked* const m, const uint32_t why, const int64_t now_ns)
{
  rs_member_detach(m, false);
  m->retry_ns = now_ns + RETRY_REFUSED_NS;
  if (!m->has_logged) {
    m->has_logged = true;
    rs_log_line(&m->plan.log,
                "the bridge refused an instance: %s; the plugin works on "
                "without it",
                why == RS_REFUSED_FULL
                  ? "it serves too many already (take some away, of any host)"
                : why == RS_REFUSED_SHORT
                  ? "it has no memory or descriptors left (its log says which)"
                  : "it did not understand");
  }
}

void
rs_link_take_messages(RsLink* const link, const int64_t now_ns)
{
  RsPeerMessage message;
  while (!rs_search_receive(&link->search, &message, now_ns)) {
    const bool is_attached = message.head.kind == RS_ATTACH_ATTACHED;

    RsLinked* const m = find(
      link, is_attached ? message.attached.instance : message.refused.instance);
    if (m && is_attached && m->state >= RS_MEMBER_SENT) {
      rs_member_attached(m, message.attached.name, now_ns);
    } else if (m && !is_attached && m->was_sent) {
      // Maybe the closed socket was seen before
      take_refusal(m, message.refused.reason, now_ns);
    }
  }
}

static void
tidy(RsLink* const link, const int64_t now_ns)
{
  link->tidied_ns = now_ns;
  for (RsLinked* m = link->members; m; m = m->next) {
    if (rs_member_tidy(m)) {
      rs_link_retry(m, now_ns);
      m->retry_ns = now_ns;
    }
  }
}

int64_t
rs_link_work(RsLink* const link, const int64_t now_ns)
{
  const bool was_up  = link->search.state == RS_SEARCH_UP;
  int64_t    next_ns = watch_hidden(link, now_ns);

  link->search.log = &link->members->plan.log;
  if (was_up) {
    rs_link_take_messages(link, now_ns);
  }

  if (link->search.state == RS_SEARCH_GREET) {
    rs_link_take_messages(link, now_ns);
  }

  next_ns =
    earlier(next_ns, rs_search_tick(&link->search, is_wanted(link), now_ns));

  if (link->search.state != RS_SEARCH_UP) {
    if (was_up) {
      rs_link_detach_all(link);
    }
  } else {
    next_ns = earlier(next_ns, attach_wanted(link, now_ns));
    if (now_ns - link->tidied_ns >= SECOND_NS) {
      tidy(link, now_ns);
    }
  }

  if (link->search.peer_died) {
    link->search.peer_died = false;
    allow_resending(link);
  }

  for (RsLinked* m = link->members; m; m = m->next) {
    next_ns = earlier(next_ns, rs_member_tick(m, now_ns));
    atomic_store_explicit(&m->plan.presence->osc_port,
                          m->state == RS_MEMBER_ATTACHED ? link->search.osc_port
                                                         : 0u,
                          memory_order_relaxed);
  }

  return next_ns;
}
