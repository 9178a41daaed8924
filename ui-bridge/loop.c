// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The event loop: epoll, and care for watches that go while a batch is handled

#include "ui-bridge/loop.h"

#include <stddef.h>
#include <unistd.h>

bool
rs_loop_init(RsLoop* const loop)
{
  loop->count   = 0;
  loop->current = 0;
  loop->epoll   = epoll_create1(EPOLL_CLOEXEC);

  return loop->epoll >= 0;
}

void
rs_loop_close(RsLoop* const loop)
{
  if (loop->epoll >= 0) {
    close(loop->epoll);
    loop->epoll = -1;
  }
}

bool
rs_loop_watch(RsLoop* const  loop,
              const int      fd,
              const uint32_t events,
              RsWatch* const watch)
{
  struct epoll_event event = {.events = events, .data = {.ptr = watch}};

  return !epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event);
}

void
rs_loop_change(RsLoop* const  loop,
               const int      fd,
               const uint32_t events,
               RsWatch* const watch)
{
  struct epoll_event event = {.events = events, .data = {.ptr = watch}};

  (void)epoll_ctl(loop->epoll, EPOLL_CTL_MOD, fd, &event);
}

void
rs_loop_unwatch(RsLoop* const loop, const int fd, const RsWatch* const watch)
{
  (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);

  for (int i = loop->current; i < loop->count; ++i) {
    if (loop->events[i].data.ptr == watch) {
      loop->events[i].data.ptr = NULL;
    }
  }
}

void
rs_loop_wait(RsLoop* const loop, const int timeout_ms)
{
  const int n =
    epoll_wait(loop->epoll, loop->events, RS_LOOP_BATCH, timeout_ms);

  loop->count   = n > 0 ? n : 0;
  loop->current = 0;
}

void
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
