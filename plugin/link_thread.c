// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The link thread: it sleeps in poll() until something is due, or happens

#include "plugin/link_impl.h"

#include "plugin/member.h"
#include "plugin/peer.h"
#include "plugin/search.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define EXCUSE_NS (500 * MS_NS) // We were woken so much later than asked

/// What is polled before the sockets of members
enum { POLL_WAKE, POLL_PEER, POLL_PEER_PROCESS, POLL_READY, POLL_CHILD, POLLS };

int64_t
rs_link_now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return ((int64_t)now.tv_sec * SECOND_NS) + now.tv_nsec;
}

static struct pollfd
readable(const int fd)
{
  // Negative descriptors are left out by poll()
  return (struct pollfd){.fd = fd, .events = POLLIN};
}

/// Lay out what is polled.  @return how many, at most `room`
static nfds_t
lay_out(const RsLink* const  link,
        struct pollfd* const polled,
        const nfds_t         room)
{
  const RsSearch* const search = &link->search;
  const bool            talks =
    search->state == RS_SEARCH_GREET || search->state == RS_SEARCH_UP;
  const bool starts = search->state == RS_SEARCH_START;

  polled[POLL_WAKE]         = readable(link->wake);
  polled[POLL_PEER]         = readable(talks ? search->peer.fd : -1);
  polled[POLL_PEER_PROCESS] = readable(search->peer.pidfd);
  polled[POLL_READY]        = readable(starts ? search->spawn.ready_fd : -1);
  polled[POLL_CHILD]        = readable(search->spawn.pidfd);

  nfds_t n = POLLS;
  for (RsLinked* m = link->members; m; m = m->next) {
    m->poll_index = -1;
    if (m->socket >= 0 && n < room) {
      m->poll_index = (int)n;
      polled[n++]   = readable(m->socket);
    }
  }

  return n;
}

static void
dispatch(RsLink* const              link,
         const struct pollfd* const polled,
         const int64_t              now_ns)
{
  const bool was_up = link->search.state == RS_SEARCH_UP;
  uint64_t   rings  = 0;
  if (polled[POLL_WAKE].revents) {
    (void)!read(link->wake, &rings, sizeof(rings));
  }

  // The death of the bridge first, so that it is not taken for many refusals
  if (link->search.state == RS_SEARCH_UP &&
      rs_peer_is_dead(&link->search.peer)) {
    rs_search_lost(&link->search, now_ns);
    rs_link_detach_all(link);
  }

  // Then what it said, before sockets that it closed after that
  rs_link_take_messages(link, now_ns);

  for (RsLinked* m = link->members; m; m = m->next) {
    if (m->socket >= 0 && m->poll_index >= 0 && polled[m->poll_index].revents &&
        rs_member_dispatch(m, now_ns)) {
      rs_link_retry(m, now_ns);
    }
  }

  // A process that is killed closes its sockets some time before it is dead
  if (was_up && link->search.state != RS_SEARCH_UP) {
    rs_link_detach_all(link);
  }
}

/// Room for all sockets, or what memory there is
static struct pollfd*
make_room(const RsLink* const  link,
          struct pollfd* const polled,
          nfds_t* const        room)
{
  const nfds_t needed = POLLS + link->n_members;
  if (needed <= *room) {
    return polled;
  }

  struct pollfd* const more =
    (struct pollfd*)realloc(polled, 2u * needed * sizeof(struct pollfd));
  if (!more) {
    return polled;
  }

  *room = 2u * needed;
  return more;
}

static void*
run_link(void* const argument)
{
  RsLink* const link = (RsLink*)argument;

  struct pollfd  few[POLLS];
  struct pollfd* many   = NULL;
  nfds_t         room   = 0;
  int64_t        now_ns = rs_link_now_ns();

  pthread_mutex_lock(link->lock);
  while (!link->is_ending) {
    const int64_t next_ns = rs_link_work(link, now_ns);

    many                        = make_room(link, many, &room);
    struct pollfd* const polled = many ? many : few;
    const nfds_t         n      = lay_out(link, polled, many ? room : POLLS);
    pthread_mutex_unlock(link->lock);

    const int64_t sleep_ns = next_ns - rs_link_now_ns();
    const int     sleep_ms = next_ns == INT64_MAX ? -1
                             : sleep_ns <= 0      ? 0
                             : sleep_ns > 60 * SECOND_NS
                               ? 60000
                               : (int)((sleep_ns + MS_NS - 1) / MS_NS);

    const int count = poll(polled, n, sleep_ms);

    now_ns = rs_link_now_ns();
    pthread_mutex_lock(link->lock);
    if (next_ns != INT64_MAX && now_ns - next_ns > EXCUSE_NS) {
      rs_search_excuse(&link->search, now_ns);
    }

    if (count > 0 && !link->is_ending) {
      dispatch(link, polled, now_ns);
    }
  }
  pthread_mutex_unlock(link->lock);

  free(many);
  return NULL;
}

int
rs_link_start(RsLink* const link)
{
  pthread_attr_t           attributes;
  const struct sched_param param = {.sched_priority = 0};

  int error = pthread_attr_init(&attributes);
  if (error) {
    return error;
  }

  // The thread that instantiates may be a real-time one.  Signals are blocked
  // before it starts, so the host's handlers never run in it
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
  pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
  pthread_attr_setschedparam(&attributes, &param);
  pthread_attr_setstacksize(&attributes, 512u * 1024u);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  error = pthread_create(&link->thread, &attributes, run_link, link);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);

  if (!error) {
    (void)pthread_setname_np(link->thread, "ringside-link");
  }

  return error;
}
