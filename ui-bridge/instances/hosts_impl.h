// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The inside of the attach server, for hosts*.c only

#ifndef RINGSIDE_BRIDGE_HOSTS_IMPL_H
#define RINGSIDE_BRIDGE_HOSTS_IMPL_H

#include "ui-bridge/instances/hosts.h"
#include "ui-bridge/loop.h"

typedef struct RsHostImpl {
  struct RsHostImpl* next;
  RsHosts*           hosts;
  int                socket;
  int                pidfd; ///< -1 where it cannot be had
  uint32_t           pid;   ///< 0 in another namespace
  RsWatch            socket_watch;
  RsWatch            pidfd_watch;
  bool               is_welcome; ///< HELLO was answered
  char               process[64];
} RsHost;

/// What hosts.c keeps for an instance
typedef struct {
  RsHosts*    hosts;
  RsInstance* instance;
  RsWatch     watch; ///< Of the socketpair
} RsHostLink;

struct RsHostsImpl {
  RsBridge* bridge;
  int       socket;
  RsWatch   watch;
  RsHost*   first;
  uint32_t  count;
  int64_t   rest_until_ns; ///< We do not listen until then; 0: we do
};

/// Take one message.  @return false if the connection has to end
bool
rs_host_receive(RsHost* host, bool* has_more);

/// The instance goes: nothing is taken from it any more
void
rs_host_end_instance(RsInstance* instance);

#endif // RINGSIDE_BRIDGE_HOSTS_IMPL_H
