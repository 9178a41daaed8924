// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The event loop: epoll, and care for watches that go while a batch is handled.

   Two sets, so that resting from some descriptors costs no system call: all of
   them, and all but those.
*/

#include "ui-bridge/loop.h"

#include "ui-bridge/warm.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

bool
rs_loop_init(RsLoop* const loop)
{
  loop->count   = 0;
  loop->current = 0;
  loop->no_rest = false;
  loop->wakeups = 0u;
  loop->epoll   = epoll_create1(EPOLL_CLOEXEC);
  loop->others  = epoll_create1(EPOLL_CLOEXEC);

  return loop->epoll >= 0 && loop->others >= 0;
}

void
rs_loop_close(RsLoop* const loop)
{
  if (loop->epoll >= 0) {
    close(loop->epoll);
    loop->epoll = -1;
  }
  if (loop->others >= 0) {
    close(loop->others);
    loop->others = -1;
  }
}

bool
rs_loop_watch(RsLoop* const  loop,
              const int      fd,
              const uint32_t events,
              RsWatch* const watch)
{
  struct epoll_event event = {.events = events, .data = {.ptr = watch}};

  if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event)) {
    return false;
  }

  if (epoll_ctl(loop->others, EPOLL_CTL_ADD, fd, &event)) {
    const int error = errno;
    (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
    errno = error;
    return false;
  }

  return true;
}

void
rs_loop_may_rest(RsLoop* const loop, const int fd)
{
  (void)epoll_ctl(loop->others, EPOLL_CTL_DEL, fd, NULL);
}

void
rs_loop_change(RsLoop* const  loop,
               const int      fd,
               const uint32_t events,
               RsWatch* const watch)
{
  struct epoll_event event = {.events = events, .data = {.ptr = watch}};

  (void)epoll_ctl(loop->epoll, EPOLL_CTL_MOD, fd, &event);
  (void)epoll_ctl(loop->others, EPOLL_CTL_MOD, fd, &event);
}

void
rs_loop_unwatch(RsLoop* const loop, const int fd, const RsWatch* const watch)
{
  (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
  (void)epoll_ctl(loop->others, EPOLL_CTL_DEL, fd, NULL);

  for (int i = loop->current; i < loop->count; ++i) {
    if (loop->events[i].data.ptr == watch) {
      loop->events[i].data.ptr = NULL;
    }
  }
}

RS_WARM_TEXT void
rs_loop_wait(RsLoop* const loop, const int timeout_ms)
{
  const int n =
    epoll_wait(loop->epoll, loop->events, RS_LOOP_BATCH, timeout_ms);

  loop->count   = n > 0 ? n : 0;
  loop->current = 0;
  ++loop->wakeups;
}

void
rs_loop_rest(RsLoop* const loop, const int64_t rest_ns)
{
  const struct timespec rest = {rest_ns / 1000000000, rest_ns % 1000000000};
  const int             n =
    epoll_pwait2(loop->others, loop->events, RS_LOOP_BATCH, &rest, NULL);

  loop->no_rest = n < 0 && errno == ENOSYS; // Before Linux 5.11
  loop->count   = n > 0 ? n : 0;
  loop->current = 0;
  ++loop->wakeups;
}

RS_WARM_TEXT void
rs_loop_dispatch(RsLoop* const loop)
{
  for (loop->current = 0; loop->current < loop->count; ++loop->current) {
    const struct epoll_event* const event = &loop->events[loop->current];
    const RsWatch* const            watch = (const RsWatch*)event->data.ptr;
    if (watch) {
      watch->ready(watch->context, event->events);
    }
  }

  loop->count = 0;
}
