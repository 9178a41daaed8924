// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Instances of this process come and go, and the link thread with them

#include "plugin/link.h"

#include "plugin/link_impl.h"
#include "plugin/member.h"
#include "plugin/pair.h"
#include "plugin/spawn.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/// Held over all of rs_link_add() and rs_link_remove(): start and end of life
static pthread_mutex_t life = PTHREAD_MUTEX_INITIALIZER;

/// Held for all of `it`, and for all members
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static RsLink it;

static void
wake_up(void)
{
  const uint64_t one = 1u;
  (void)!write(it.wake, &one, sizeof(one));
}

static char*
join(const char* const folder, const char* const file)
{
  const size_t size = strlen(folder) + strlen(file) + 2u;
  char* const  path = (char*)malloc(size);
  if (path) {
    const bool has_slash = folder[0] && folder[strlen(folder) - 1u] == '/';
    snprintf(path, size, "%s%s%s", folder, has_slash ? "" : "/", file);
  }

  return path;
}

/// What the thread leaves, or what it did not come to; keeps errno
static void
clean_up(void)
{
  const int error = errno;

  rs_search_close(&it.search);
  free(it.program);
  free(it.environment);
  if (it.wake >= 0) {
    close(it.wake);
  }

  memset(&it, 0, sizeof(it));
  errno = error;
}

/// Begin life, with the first member in the list.  @return false with errno: it
/// works alone
static bool
begin(const RsLinkPlan* const plan)
{
  it.lock        = &lock;
  it.is_ending   = false;
  it.program     = join(plan->bundle, RS_BRIDGE_PROGRAM);
  it.environment = rs_spawn_environment();
  it.wake        = eventfd(0u, EFD_CLOEXEC | EFD_NONBLOCK);
  rs_search_init(&it.search, it.program, it.environment);

  if (!it.program || !it.environment || it.wake < 0) {
    return false;
  }

  const int error = rs_link_start(&it);
  errno           = error;
  return !error;
}

RsLinked*
rs_link_add(const RsLinkPlan* const plan, RsIntake* const first)
{
  RsLinked* const m = (RsLinked*)calloc(1, sizeof(RsLinked));
  if (!m) {
    return NULL;
  }

  m->plan       = *plan;
  m->made_ns    = rs_link_now_ns();
  m->pairs[0]   = first;
  m->sent       = first;
  m->socket     = -1;
  m->poll_index = -1;
  m->look_ns    = INT64_MAX;

  pthread_mutex_lock(&life);
  pthread_mutex_lock(&lock);

  const bool is_first = !it.members;
  RsLinked** end      = &it.members;
  while (*end) {
    end = &(*end)->next;
  }

  *end      = m;
  m->number = ++it.last_number;
  ++it.n_members;

  bool is_linked = true;
  if (!is_first) {
    wake_up();
  } else if (!begin(plan)) {
    is_linked = false;
    clean_up();
  }

  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&life);

  if (!is_linked) {
    free(m);
    return NULL;
  }

  return m;
}

void
rs_link_remove(RsLinked* const linked)
{
  pthread_mutex_lock(&life);
  pthread_mutex_lock(&lock);

  RsLinked** place = &it.members;
  while (*place != linked) {
    place = &(*place)->next;
  }

  *place = linked->next;
  --it.n_members;
  rs_member_detach(linked, false);
  it.is_ending  = !it.members;
  it.search.log = NULL;
  wake_up();
  pthread_mutex_unlock(&lock);

  if (it.is_ending) {
    pthread_join(it.thread, NULL);
    clean_up();
  }

  pthread_mutex_unlock(&life);
}

void
rs_link_free(RsLinked* const linked)
{
  for (uint32_t i = 0; linked && i < RS_MEMBER_PAIRS; ++i) {
    rs_pair_free(linked->pairs[i]);
  }

  free(linked);
}

void
rs_link_restore_name(RsLinked* const linked, const char* const name)
{
  pthread_mutex_lock(&lock);
  if (linked->state == RS_MEMBER_HIDDEN) {
    snprintf(linked->name, sizeof(linked->name), "%s", name);
  }
  pthread_mutex_unlock(&lock);
}

void
rs_link_name(RsLinked* const linked, char name[RS_NAME_MAX + 1u])
{
  pthread_mutex_lock(&lock);
  memcpy(name, linked->name, RS_NAME_MAX + 1u);
  pthread_mutex_unlock(&lock);
}
