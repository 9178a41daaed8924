// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The attach server: connections of host processes, and the instances that
   come and go over them (shm/attach.h).

   A host is gone when its connection closes or its process ends, whichever is
   seen first: a descriptor that leaked into a child keeps a connection open.
*/

#ifndef RINGSIDE_BRIDGE_HOSTS_H
#define RINGSIDE_BRIDGE_HOSTS_H

#include "ui-bridge/instances/instance.h"

#include <stdbool.h>
#include <stdint.h>

/// Most host connections at once
#define RS_HOSTS_MAX 256u

typedef struct RsHostsImpl RsHosts;

/// Listen on attach.sock.  @return NULL with errno
RsHosts*
rs_hosts_new(RsBridge* bridge);

/// Close all connections; instances are set gone
void
rs_hosts_free(RsHosts* hosts);

/// Listen again after a rest.  @return when this is due again
int64_t
rs_hosts_tick(RsHosts* hosts, int64_t now_ns);

uint32_t
rs_hosts_count(const RsHosts* hosts);

/// Free instances that are gone, after all who knew them were told
void
rs_hosts_reap(RsHosts* hosts);

#endif // RINGSIDE_BRIDGE_HOSTS_H
