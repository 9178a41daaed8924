// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What hosts say: versions, instances that come, and pings

#include "ui-bridge/instances/hosts.h"

#include "shm/attach.h"
#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/instances/hosts_impl.h"
#include "ui-bridge/log.h"
#include "ui-bridge/loss.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/// Longest message we look at; what is longer is of a later version
#define MESSAGE_MAX 1024u

/// Descriptors in one message: those of ATTACH
#define MESSAGE_FDS 3u

// Instances

void
rs_host_end_instance(RsInstance* const instance)
{
  RsHostLink* const link = (RsHostLink*)rs_instance_user(instance);
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
  RsHostLink* const link = (RsHostLink*)context;
  char              bytes[64];
  const ssize_t     n = recv(
    rs_instance_socket(link->instance), bytes, sizeof(bytes), MSG_DONTWAIT);

  if (n == 0 || (events & (EPOLLHUP | EPOLLERR)) ||
      (n < 0 && errno != EAGAIN && errno != EINTR)) {
    rs_host_end_instance(link->instance);
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
release_name(RsHosts* const    hosts,
             const char* const name,
             const bool        is_renewed)
{
  RsInstance* const holder =
    rs_instance_list_find(&hosts->bridge->instances, name, strlen(name));

  if (holder) {
    const RsHost* const host = (const RsHost*)rs_instance_owner(holder);
    if (is_hung_up(rs_instance_socket(holder)) || is_hung_up(host->socket)) {
      rs_host_end_instance(holder);
    } else if (is_renewed) {
      rs_instance_give_way(holder);
    }
  }
}

static void
release_number(const RsHost* const host, const uint32_t number)
{
  const RsInstances* const list = &host->hosts->bridge->instances;
  for (uint32_t i = 0u; i < list->count; ++i) {
    RsInstance* const instance = list->items[i];
    if (!rs_instance_is_gone(instance) && rs_instance_owner(instance) == host &&
        rs_instance_number(instance) == number) {
      rs_host_end_instance(instance);
    }
  }
}

// Messages

/// @return false if it could not be said.  A host that does not read is not
/// waited for: it has to come again, since it would wait for this for ever
static bool
say(const RsHost* const host, const void* const message, const size_t size)
{
  ssize_t n = 0;
  do {
    n = send(host->socket, message, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);

  return n == (ssize_t)size;
}

static const char*
reason_text(const RsRefusal reason)
{
  switch (reason) {
    case RS_REFUSED_VERSION:
      return "it speaks no version of the protocol that this bridge speaks";
    case RS_REFUSED_STEP_DOWN:
      return "it is newer than this bridge";
    case RS_REFUSED_FULL:
      return "as many instances as there can be are served already";
    case RS_REFUSED_BAD_SEGMENT:
      return "its memory does not hold what it should";
    case RS_REFUSED_BAD_MESSAGE:
      return "its message is not one of this protocol";
    case RS_REFUSED_SHORT:
      return "there are no memory or descriptors left for it";
  }

  return "";
}

static void
refuse(const RsHost* const host,
       const RsRefusal     reason,
       const uint32_t      instance)
{
  const RsRefused refused = {
    {RS_ATTACH_MAGIC, RS_ATTACH_REFUSED}, (uint32_t)reason, instance};

  rs_log(RS_LOG_WARNING,
         "refused %s of %s: %s",
         instance ? "an instance" : "the connection",
         host->process[0] ? host->process : "a host",
         reason_text(reason));

  // Without it, the closed socket of the instance says as much
  (void)say(host, &refused, sizeof(refused));
}

/// @return false if the connection has to end
static bool
on_hello(RsHost* const host, const RsHello* const hello)
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
  host->is_welcome = say(host, &welcome, sizeof(welcome));
  return host->is_welcome;
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
attach(RsHost* const host, const RsAttach* const attach, int* const fds)
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
  release_name(host->hosts, wanted, attach->flags & RS_ATTACH_RENEWED);
  rs_hosts_reap(host->hosts);
  if (bridge->instances.count >= RS_INSTANCES_MAX) {
    return RS_REFUSED_FULL;
  }

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
  if (st == RS_SYSTEM) {
    rs_shortage_say(bridge, errno, "an instance");
    return RS_REFUSED_SHORT;
  }
  if (st) {
    return RS_REFUSED_BAD_SEGMENT;
  }
  fds[1] = fds[2] = -1;

  RsHostLink* const link = (RsHostLink*)calloc(1u, sizeof(*link));
  RsInstance* const instance =
    link ? rs_instance_new(&bridge->instances, &plan) : NULL;
  if (!instance) {
    free(link);
    free(plan.parameters);
    free(plan.points);
    rs_segments_close(&plan.segments);
    rs_shortage_say(bridge, ENOMEM, "an instance");
    return RS_REFUSED_SHORT;
  }
  fds[0] = -1;

  (void)fcntl(plan.socket, F_SETFL, O_NONBLOCK);
  *link = (RsHostLink){host->hosts, instance, {on_instance, link}};
  rs_instance_set_user(instance, link);
  if (!rs_loop_watch(
        &bridge->loop, plan.socket, EPOLLIN | EPOLLRDHUP, &link->watch) ||
      !rs_commands_instance_changed(bridge->commands, instance)) {
    rs_host_end_instance(instance);
    rs_shortage_say(bridge, ENOMEM, "an instance");
    return RS_REFUSED_SHORT;
  }

  if (attach->flags & RS_ATTACH_RENEWED) {
    rs_bridge_count(bridge, RS_COUNT_RECONNECTS);
  }

  RsAttached    attached = {.head     = {RS_ATTACH_MAGIC, RS_ATTACH_ATTACHED},
                            .instance = attach->instance};
  RsNameMessage name     = {.head = {RS_ATTACH_MAGIC, RS_ATTACH_NAME}};
  strncpy(attached.name, rs_instance_name(instance), RS_NAME_MAX);
  strncpy(name.name, rs_instance_name(instance), RS_NAME_MAX);
  if (!say(host, &attached, sizeof(attached))) {
    rs_host_end_instance(instance);
    return RS_REFUSED_SHORT;
  }
  (void)!send(plan.socket, &name, sizeof(name), MSG_DONTWAIT | MSG_NOSIGNAL);

  rs_log(RS_LOG_INFO,
         "instance %s of %s%s",
         rs_instance_name(instance),
         host->process,
         attach->flags & RS_ATTACH_RENEWED ? " is back" : "");
  bridge->alone_since_ns = INT64_MAX;
  rs_presets_want(bridge->presets, plan.identity.plugin_uri);
  return (RsRefusal)0;
}

/// @param is_cut the kernel could not give us all the descriptors
/// @return false if the connection has to end
static bool
on_message(RsHost* const     host,
           const char* const bytes,
           const size_t      size,
           int*              fds,
           const bool        is_cut)
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

  if (head.kind == RS_ATTACH_ATTACH && size >= sizeof(RsAttach) && is_cut) {
    // Not the host's fault: it asks again, and its other instances stay
    RsAttach message;
    memcpy(&message, bytes, sizeof(message));
    rs_shortage_say(host->hosts->bridge, EMFILE, "an instance");
    refuse(host, RS_REFUSED_SHORT, message.instance);
    return true;
  }

  if (head.kind == RS_ATTACH_PING && size >= sizeof(RsPing)) {
    RsPing pong;
    memcpy(&pong, bytes, sizeof(pong));
    pong.head.kind = RS_ATTACH_PONG;
    pong.osc_port  = host->hosts->bridge->port;
    rs_loss_asked(host->hosts->bridge);
    return say(host, &pong, sizeof(pong));
  }

  // Kinds of a later version are nothing to us; broken ones of ours are
  if (head.kind > RS_ATTACH_PRESET) {
    return true;
  }
  refuse(host, RS_REFUSED_BAD_MESSAGE, 0u);
  return false;
}

bool
rs_host_receive(RsHost* const host, bool* const has_more)
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
  if (n < 0) {
    return errno == EAGAIN || errno == EINTR;
  }

  int      fds[MESSAGE_FDS] = {-1, -1, -1};
  uint32_t n_fds            = 0u;
  for (struct cmsghdr* c = CMSG_FIRSTHDR(&message); c;
       c                 = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
      const size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0u; i < count; ++i) {
        int fd = -1;
        memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
        if (n_fds < MESSAGE_FDS) {
          fds[n_fds++] = fd;
        } else {
          close(fd); // What was laid out for 3 has room for 4: it is aligned
        }
      }
    }
  }

  // Nothing at all is the end, or a message without a byte: descriptors may
  // have come with that, too
  const bool is_cut = message.msg_flags & MSG_CTRUNC;
  const bool stays  = n && on_message(host, bytes, (size_t)n, fds, is_cut);
  for (uint32_t i = 0u; i < MESSAGE_FDS; ++i) {
    if (fds[i] >= 0) {
      close(fds[i]);
    }
  }

  return stays;
}
