// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Host connections: who may come, what they say, and when they are gone

#include "ui-bridge/hosts.h"

#include "shm/attach.h"
#include "shm/runtime.h"
#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#  define SO_PEERPIDFD 77 // Linux 6.5
#endif

/// Longest message we look at; what is longer is of a later version
#define MESSAGE_MAX 1024u

/// Descriptors in one message: those of ATTACH
#define MESSAGE_FDS 3u

typedef struct HostImpl {
  struct HostImpl* next;
  RsHosts*         hosts;
  int              socket;
  int              pidfd; ///< -1 where it cannot be had
  uint32_t         pid;   ///< 0 in another namespace
  RsWatch          socket_watch;
  RsWatch          pidfd_watch;
  bool             is_welcome; ///< HELLO was answered
  char             process[64];
} Host;

/// What hosts.c keeps for an instance
typedef struct {
  RsHosts*    hosts;
  RsInstance* instance;
  RsWatch     watch; ///< Of the socketpair
} Link;

struct RsHostsImpl {
  RsBridge* bridge;
  int       socket;
  RsWatch   watch;
  Host*     first;
  uint32_t  count;
};

// Instances

static void
end_instance(RsInstance* const instance)
{
  Link* const link = (Link*)rs_instance_user(instance);
  if (link) {
    rs_loop_unwatch(
      &link->hosts->bridge->loop, rs_instance_socket(instance), &link->watch);
    rs_instance_set_user(instance, NULL);
    free(link);
  }

  rs_instance_set_gone(instance);
}

/// The socketpair of an instance is readable: nothing is ever said on it, so
/// this is its end
static void
on_instance(void* const context, const uint32_t events)
{
  Link* const   link = (Link*)context;
  char          bytes[64];
  const ssize_t n = recv(
    rs_instance_socket(link->instance), bytes, sizeof(bytes), MSG_DONTWAIT);

  if (n == 0 || (events & (EPOLLHUP | EPOLLERR)) ||
      (n < 0 && errno != EAGAIN && errno != EINTR)) {
    end_instance(link->instance);
  }
}

static bool
is_hung_up(const int fd)
{
  struct pollfd poll_fd = {.fd = fd, .events = POLLRDHUP};

  return fd >= 0 && poll(&poll_fd, 1u, 0) > 0 &&
         (poll_fd.revents & (POLLHUP | POLLRDHUP | POLLERR));
}

/// Whoever holds a name and has left without our having noticed yet, leaves
/// now: a host that comes back must find its names free
static void
release_name(RsHosts* const hosts, const char* const name)
{
  RsInstance* const holder =
    rs_instance_list_find(&hosts->bridge->instances, name, strlen(name));

  if (holder) {
    const Host* const host = (const Host*)rs_instance_owner(holder);
    if (is_hung_up(rs_instance_socket(holder)) || is_hung_up(host->socket)) {
      end_instance(holder);
    }
  }
}

static void
release_number(const Host* const host, const uint32_t number)
{
  const RsInstances* const list = &host->hosts->bridge->instances;
  for (uint32_t i = 0u; i < list->count; ++i) {
    RsInstance* const instance = list->items[i];
    if (!rs_instance_is_gone(instance) && rs_instance_owner(instance) == host &&
        rs_instance_number(instance) == number) {
      end_instance(instance);
    }
  }
}

// Hosts

static void
end_host(Host* const host)
{
  RsHosts* const           hosts = host->hosts;
  const RsInstances* const list  = &hosts->bridge->instances;
  for (uint32_t i = 0u; i < list->count; ++i) {
    if (rs_instance_owner(list->items[i]) == host &&
        !rs_instance_is_gone(list->items[i])) {
      end_instance(list->items[i]);
    }
  }

  for (Host** h = &hosts->first; *h; h = &(*h)->next) {
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
say(const Host* const host, const void* const message, const size_t size)
{
  // A host that does not read its messages loses them, and is not waited for
  (void)!send(host->socket, message, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
refuse(const Host* const host, const RsRefusal reason, const uint32_t instance)
{
  const RsRefused refused = {
    {RS_ATTACH_MAGIC, RS_ATTACH_REFUSED}, (uint32_t)reason, instance};

  rs_log(RS_LOG_WARNING,
         "refused %s of %s: reason %d",
         instance ? "an instance" : "the connection",
         host->process[0] ? host->process : "a host",
         (int)reason);
  say(host, &refused, sizeof(refused));
}

/// @return false if the connection has to end
static bool
on_hello(Host* const host, const RsHello* const hello)
{
  RsBridge* const bridge = host->hosts->bridge;

  memcpy(host->process, hello->process, sizeof(host->process));
  host->process[sizeof(host->process) - 1u] = '\0';

  if (hello->version_min > hello->version_max ||
      hello->version_max < RS_PROTOCOL_MIN) {
    refuse(host, RS_REFUSED_VERSION, 0u);
    return false;
  }

  if (hello->version_min > RS_PROTOCOL_MAX) {
    rs_log(RS_LOG_INFO, "%s needs a newer bridge: leaving", host->process);
    refuse(host, RS_REFUSED_STEP_DOWN, 0u);
    rs_bridge_leave(bridge, RS_EXIT_STEP_DOWN);
    return false;
  }

  RsWelcome welcome = {
    .head     = {RS_ATTACH_MAGIC, RS_ATTACH_WELCOME},
    .version  = hello->version_max < RS_PROTOCOL_MAX ? hello->version_max
                                                     : RS_PROTOCOL_MAX,
    .osc_port = bridge->port,
    .release  = RS_VERSION_TEXT,
  };
  say(host, &welcome, sizeof(welcome));
  host->is_welcome = true;
  return true;
}

static bool
is_seqpacket(const int fd)
{
  int       domain = 0;
  int       type   = 0;
  socklen_t size   = sizeof(domain);

  return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) &&
         domain == AF_UNIX &&
         !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) &&
         type == SOCK_SEQPACKET;
}

/// Make the instance.  @return 0, or why not.  Takes over what it uses of fds
static RsRefusal
attach(Host* const host, const RsAttach* const attach, int* const fds)
{
  RsBridge* const bridge = host->hosts->bridge;
  char            wanted[RS_NAME_MAX + 1u];
  char            label[RS_LABEL_MAX + 1u];

  if (!attach->instance || !is_seqpacket(fds[0]) ||
      strnlen(attach->name, sizeof(attach->name)) > RS_NAME_MAX ||
      strnlen(attach->label, sizeof(attach->label)) > RS_LABEL_MAX) {
    return RS_REFUSED_BAD_MESSAGE;
  }
  memcpy(wanted, attach->name, sizeof(wanted));
  memcpy(label, attach->label, sizeof(label));

  release_number(host, attach->instance);
  release_name(host->hosts, wanted);
  rs_hosts_reap(host->hosts);

  RsInstancePlan plan = {.segments = {.commands_fd = -1, .telemetry_fd = -1},
                         .socket   = fds[0],
                         .wanted   = wanted,
                         .preset_serial = attach->preset_serial,
                         .preset_label  = label,
                         .owner         = host,
                         .number        = attach->instance,
                         .pid           = host->pid,
                         .is_renewed    = attach->flags & RS_ATTACH_RENEWED};
  const RsStatus st   = rs_segments_accept(&plan.segments,
                                         fds[1],
                                         fds[2],
                                         &plan.identity,
                                         &plan.parameters,
                                         &plan.points);
  if (st) {
    return st == RS_SYSTEM ? RS_REFUSED_FULL : RS_REFUSED_BAD_SEGMENT;
  }
  fds[1] = fds[2] = -1;

  Link* const       link = (Link*)calloc(1u, sizeof(*link));
  RsInstance* const instance =
    link ? rs_instance_new(&bridge->instances, &plan) : NULL;
  if (!instance) {
    free(link);
    free(plan.parameters);
    free(plan.points);
    rs_segments_close(&plan.segments);
    return RS_REFUSED_FULL;
  }
  fds[0] = -1;

  (void)fcntl(plan.socket, F_SETFL, O_NONBLOCK);
  *link = (Link){host->hosts, instance, {on_instance, link}};
  rs_instance_set_user(instance, link);
  if (!rs_loop_watch(
        &bridge->loop, plan.socket, EPOLLIN | EPOLLRDHUP, &link->watch)) {
    end_instance(instance);
    return RS_REFUSED_FULL;
  }

  if (attach->flags & RS_ATTACH_RENEWED) {
    rs_bridge_count(bridge, RS_COUNT_RECONNECTS);
  }

  RsAttached    attached = {.head     = {RS_ATTACH_MAGIC, RS_ATTACH_ATTACHED},
                            .instance = attach->instance};
  RsNameMessage name     = {.head = {RS_ATTACH_MAGIC, RS_ATTACH_NAME}};
  strncpy(attached.name, rs_instance_name(instance), RS_NAME_MAX);
  strncpy(name.name, rs_instance_name(instance), RS_NAME_MAX);
  say(host, &attached, sizeof(attached));
  (void)!send(plan.socket, &name, sizeof(name), MSG_DONTWAIT | MSG_NOSIGNAL);

  rs_log(RS_LOG_INFO,
         "instance %s of %s%s",
         rs_instance_name(instance),
         host->process,
         attach->flags & RS_ATTACH_RENEWED ? " is back" : "");
  bridge->alone_since_ns = INT64_MAX;
  rs_presets_want(bridge->presets, plan.identity.plugin_uri);
  rs_commands_instance_changed(bridge->commands, instance);
  return (RsRefusal)0;
}

/// @return false if the connection has to end
static bool
on_message(Host* const       host,
           const char* const bytes,
           const size_t      size,
           int*              fds)
{
  RsAttachHead head;
  if (size < sizeof(head)) {
    refuse(host, RS_REFUSED_BAD_MESSAGE, 0u);
    return false;
  }

  memcpy(&head, bytes, sizeof(head));
  if (head.magic != RS_ATTACH_MAGIC ||
      host->is_welcome == (head.kind == RS_ATTACH_HELLO)) {
    refuse(host, RS_REFUSED_BAD_MESSAGE, 0u);
    return false;
  }

  if (head.kind == RS_ATTACH_HELLO && size >= sizeof(RsHello)) {
    RsHello hello;
    memcpy(&hello, bytes, sizeof(hello));
    return on_hello(host, &hello);
  }

  if (head.kind == RS_ATTACH_ATTACH && size >= sizeof(RsAttach) &&
      fds[2] >= 0) {
    RsAttach message;
    memcpy(&message, bytes, sizeof(message));
    const RsRefusal reason = attach(host, &message, fds);
    if (reason) {
      refuse(host, reason, message.instance);
    }
    return true;
  }

  if (head.kind == RS_ATTACH_PING && size >= sizeof(RsPing)) {
    RsPing pong;
    memcpy(&pong, bytes, sizeof(pong));
    pong.head.kind = RS_ATTACH_PONG;
    pong.osc_port  = host->hosts->bridge->port;
    say(host, &pong, sizeof(pong));
    return true;
  }

  // Kinds of a later version are nothing to us; broken ones of ours are
  if (head.kind > RS_ATTACH_PRESET) {
    return true;
  }
  refuse(host, RS_REFUSED_BAD_MESSAGE, 0u);
  return false;
}

/// Read one message.  @return false if the connection has to end
static bool
receive(Host* const host, bool* const has_more)
{
  char                         bytes[MESSAGE_MAX];
  alignas(struct cmsghdr) char control[CMSG_SPACE(MESSAGE_FDS * sizeof(int))];
  struct iovec                 vector  = {bytes, sizeof(bytes)};
  struct msghdr                message = {.msg_iov        = &vector,
                                          .msg_iovlen     = 1u,
                                          .msg_control    = control,
                                          .msg_controllen = sizeof(control)};

  const ssize_t n =
    recvmsg(host->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  *has_more = n > 0;
  if (n <= 0) {
    return n < 0 && (errno == EAGAIN || errno == EINTR);
  }

  int      fds[MESSAGE_FDS] = {-1, -1, -1};
  uint32_t n_fds            = 0u;
  for (struct cmsghdr* c = CMSG_FIRSTHDR(&message); c;
       c                 = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
      const size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0u; i < count && n_fds < MESSAGE_FDS; ++i) {
        memcpy(&fds[n_fds++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
      }
    }
  }

  const bool stays = on_message(host, bytes, (size_t)n, fds);
  for (uint32_t i = 0u; i < MESSAGE_FDS; ++i) {
    if (fds[i] >= 0) {
      close(fds[i]);
    }
  }

  return stays;
}

static void
on_host(void* const context, const uint32_t events)
{
  (void)events;
  Host* const host = (Host*)context;

  bool has_more = true;
  for (uint32_t i = 0u; i < 8u && has_more; ++i) {
    if (!receive(host, &has_more)) {
      end_host(host);
      return;
    }
  }
}

static void
on_pidfd(void* const context, const uint32_t events)
{
  (void)events;
  end_host((Host*)context);
}

static int
open_pidfd(const int socket, const pid_t pid)
{
  int       fd   = -1;
  socklen_t size = sizeof(fd);
  if (!getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &fd, &size)) {
    return fd;
  }

  // In another pid namespace the peer's number is 0: its socket must do
  return pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0u) : -1;
}

static void
on_connection(void* const context, const uint32_t events)
{
  (void)events;
  RsHosts* const hosts = (RsHosts*)context;

  const int fd =
    accept4(hosts->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) {
    return;
  }

  struct ucred peer;
  socklen_t    size = sizeof(peer);
  Host* const  host = (Host*)calloc(1u, sizeof(*host));
  if (!host || hosts->count >= RS_HOSTS_MAX ||
      getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) ||
      peer.uid != getuid()) {
    free(host);
    close(fd);
    return;
  }

  host->hosts        = hosts;
  host->socket       = fd;
  host->pidfd        = open_pidfd(fd, peer.pid);
  host->pid          = (uint32_t)peer.pid;
  host->socket_watch = (RsWatch){on_host, host};
  host->pidfd_watch  = (RsWatch){on_pidfd, host};
  host->next         = hosts->first;
  hosts->first       = host;
  ++hosts->count;

  RsLoop* const loop = &hosts->bridge->loop;
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
  for (Host* host = hosts->first; host; host = hosts->first) {
    hosts->first = host->next;
    end_host(host);
  }

  rs_hosts_reap(hosts);
  free(hosts);
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
      end_instance(instance);
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
