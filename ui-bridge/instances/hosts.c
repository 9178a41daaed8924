// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Connections of hosts: who may come, and when they are gone

#include "ui-bridge/instances/hosts.h"

#include "shm/attach.h"
#include "shm/runtime.h"
#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/instances/hosts_impl.h"
#include "ui-bridge/log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#  define SO_PEERPIDFD 77 // Linux 6.5
#endif

// Hosts

static void
end_host(RsHost* const host)
{
  RsHosts* const           hosts = host->hosts;
  const RsInstances* const list  = &hosts->bridge->instances;
  for (uint32_t i = 0u; i < list->count; ++i) {
    if (rs_instance_owner(list->items[i]) == host &&
        !rs_instance_is_gone(list->items[i])) {
      rs_host_end_instance(list->items[i]);
    }
  }

  for (RsHost** h = &hosts->first; *h; h = &(*h)->next) {
    if (*h == host) {
      *h = host->next;
      --hosts->count;
      break;
    }
  }

  rs_log(RS_LOG_DEBUG, "host %s has gone", host->process);
  rs_loop_unwatch(&hosts->bridge->loop, host->socket, &host->socket_watch);
  close(host->socket);
  if (host->pidfd >= 0) {
    rs_loop_unwatch(&hosts->bridge->loop, host->pidfd, &host->pidfd_watch);
    close(host->pidfd);
  }

  free(host);
}

static void
on_host(void* const context, const uint32_t events)
{
  (void)events;
  RsHost* const host = (RsHost*)context;

  bool has_more = true;
  for (uint32_t i = 0u; i < 8u && has_more; ++i) {
    if (!rs_host_receive(host, &has_more)) {
      end_host(host);
      return;
    }
  }
}

static void
on_pidfd(void* const context, const uint32_t events)
{
  (void)events;
  end_host((RsHost*)context);
}

static int
open_pidfd(const int socket, const pid_t pid)
{
  int       fd   = -1;
  socklen_t size = sizeof(fd);
  if (!getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &fd, &size)) {
    return fd;
  }

  if (errno == EMFILE || errno == ENFILE) {
    return -1;
  }

  // In another pid namespace the peer's number is 0: its socket must do
  errno = 0;
  return pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0u) : -1;
}

/// In words, so that it does not take us for a bridge that hangs, and ends us
static void
refuse(const int fd, const RsRefusal reason)
{
  const RsRefused refused = {
    {RS_ATTACH_MAGIC, RS_ATTACH_REFUSED}, (uint32_t)reason, 0u};

  (void)!send(fd, &refused, sizeof(refused), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool
is_ours(const int fd, struct ucred* const peer)
{
  socklen_t size = sizeof(*peer);

  return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &size) &&
         peer->uid == getuid();
}

static void
on_connection(void* const context, const uint32_t events)
{
  (void)events;
  RsHosts* const  hosts  = (RsHosts*)context;
  RsBridge* const bridge = hosts->bridge;

  int            fd   = -1;
  struct ucred   peer = {0};
  const RsAccept accepted =
    rs_shortage_accept(bridge, hosts->socket, NULL, NULL, &fd);
  if (accepted == RS_ACCEPT_REST) {
    rs_loop_change(&bridge->loop, hosts->socket, 0u, &hosts->watch);
    hosts->rest_until_ns = rs_bridge_now_ns(bridge) + RS_SHORTAGE_REST_NS;
  }
  if (accepted == RS_ACCEPT_NONE || accepted == RS_ACCEPT_REST) {
    return;
  }

  if (!is_ours(fd, &peer)) {
    rs_bridge_count(bridge, RS_COUNT_STRANGERS);
    rs_shortage_refused(bridge, fd);
    return;
  }

  const bool has_room =
    hosts->count < RS_HOSTS_MAX && accepted == RS_ACCEPT_TAKEN;
  RsHost* const host  = has_room ? (RsHost*)calloc(1u, sizeof(*host)) : NULL;
  const int     pidfd = host ? open_pidfd(fd, peer.pid) : -1;
  if (!host || (pidfd < 0 && rs_shortage_is(errno))) {
    if (has_room) {
      rs_shortage_say(bridge, host ? errno : ENOMEM, "a host");
    }
    refuse(fd,
           hosts->count < RS_HOSTS_MAX ? RS_REFUSED_SHORT : RS_REFUSED_FULL);
    free(host);
    rs_shortage_refused(bridge, fd);
    return;
  }

  host->hosts        = hosts;
  host->socket       = fd;
  host->pidfd        = pidfd;
  host->pid          = (uint32_t)peer.pid;
  host->socket_watch = (RsWatch){on_host, host};
  host->pidfd_watch  = (RsWatch){on_pidfd, host};
  host->next         = hosts->first;
  hosts->first       = host;
  ++hosts->count;

  RsLoop* const loop = &bridge->loop;
  if (!rs_loop_watch(loop, fd, EPOLLIN | EPOLLRDHUP, &host->socket_watch) ||
      (host->pidfd >= 0 &&
       !rs_loop_watch(loop, host->pidfd, EPOLLIN, &host->pidfd_watch))) {
    end_host(host);
  }
}

RsHosts*
rs_hosts_new(RsBridge* const bridge)
{
  RsHosts* const hosts = (RsHosts*)calloc(1u, sizeof(*hosts));
  if (!hosts) {
    return NULL;
  }

  struct sockaddr_un address = {0};
  socklen_t          length  = 0u;

  hosts->bridge = bridge;
  hosts->watch  = (RsWatch){on_connection, hosts};
  hosts->socket =
    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  // A socket that is there belongs to nobody: we hold the lock
  rs_folder_remove(&bridge->folder, RS_ATTACH_SOCKET);
  if (hosts->socket < 0 ||
      rs_runtime_address(bridge->folder.fd,
                         bridge->folder.path,
                         RS_ATTACH_SOCKET,
                         &address,
                         &length) ||
      bind(hosts->socket, (const struct sockaddr*)&address, length) ||
      listen(hosts->socket, 64) ||
      !rs_loop_watch(&bridge->loop, hosts->socket, EPOLLIN, &hosts->watch)) {
    const int error = errno;
    if (hosts->socket >= 0) {
      close(hosts->socket);
    }
    free(hosts);
    errno = error;
    return NULL;
  }

  return hosts;
}

void
rs_hosts_free(RsHosts* const hosts)
{
  if (!hosts) {
    return;
  }

  // No new ones first, then the name goes, then those that are here
  rs_loop_unwatch(&hosts->bridge->loop, hosts->socket, &hosts->watch);
  close(hosts->socket);
  rs_folder_remove(&hosts->bridge->folder, RS_ATTACH_SOCKET);
  for (RsHost* host = hosts->first; host; host = hosts->first) {
    hosts->first = host->next;
    end_host(host);
  }

  rs_hosts_reap(hosts);
  free(hosts);
}

int64_t
rs_hosts_tick(RsHosts* const hosts, const int64_t now_ns)
{
  if (!hosts->rest_until_ns) {
    return INT64_MAX;
  }

  if (hosts->rest_until_ns > now_ns) {
    return hosts->rest_until_ns;
  }

  hosts->rest_until_ns = 0;
  rs_loop_change(&hosts->bridge->loop, hosts->socket, EPOLLIN, &hosts->watch);
  return INT64_MAX;
}

uint32_t
rs_hosts_count(const RsHosts* const hosts)
{
  return hosts->count;
}

void
rs_hosts_reap(RsHosts* const hosts)
{
  RsBridge* const    bridge = hosts->bridge;
  RsInstances* const list   = &bridge->instances;
  if (!list->has_gone) {
    return;
  }

  // Being told may make others notice that they are gone too
  for (uint32_t i = list->count; i-- > 0u;) {
    RsInstance* const instance = list->items[i];
    if (rs_instance_is_gone(instance)) {
      rs_host_end_instance(instance);
      rs_log(RS_LOG_INFO, "instance %s has gone", rs_instance_name(instance));
      rs_commands_instance_gone(bridge->commands, instance);
      rs_instance_free(instance);
    }
  }

  list->has_gone = false;
  for (uint32_t i = 0u; i < list->count; ++i) {
    list->has_gone = list->has_gone || rs_instance_is_gone(list->items[i]);
  }

  if (!list->count) {
    bridge->alone_since_ns = bridge->now_ns;
  }
}
