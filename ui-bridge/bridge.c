// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The bridge's life: open everything, take what comes, leave nothing.

   One thread.  It sleeps until something is ready or something is owed, and
   reads the clock once for each turn.
*/

#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/log.h"
#include "ui-bridge/loss.h"
#include "ui-bridge/opener.h"
#include "ui-bridge/sandbox.h"
#include "ui-bridge/settings.h"
#include "ui-bridge/transport/network.h"

#include "shm/attach.h"
#include "shm/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define MILLISECOND_NS 1000000

/// Until it is tried again to tell a host that does not listen
#define LETTERS_NS 100000000

/// In which instances of a bridge before this one come back to their names
#define SETTLING_NS 1000000000

static void
read_clock(RsBridge* const bridge)
{
  bridge->now_ns           = rs_bridge_clock_ns();
  bridge->instances.now_ns = bridge->now_ns;
}

void
rs_bridge_leave(RsBridge* const bridge, const RsExit code)
{
  bridge->is_leaving = true;
  bridge->exit_code  = code;
}

static void
on_renamed(void* const context, RsInstance* const instance)
{
  (void)rs_commands_instance_changed(((RsBridge*)context)->commands, instance);
}

// The loop

static void
on_signal(void* const context, const uint32_t events)
{
  (void)events;
  RsBridge* const         bridge = (RsBridge*)context;
  struct signalfd_siginfo info;
  if (read(bridge->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
    rs_log(RS_LOG_INFO, "leaving: signal %u", info.ssi_signo);
    rs_bridge_leave(bridge, RS_EXIT_OK);
  }
}

static void
on_keeper(void* const context, const uint32_t events)
{
  RsBridge* const bridge = (RsBridge*)context;
  rs_presets_dispatch(bridge->presets);

  if (events & (EPOLLHUP | EPOLLERR)) {
    // The room sees the end itself, and goes on without presets
    rs_log(RS_LOG_ERROR, "the keeper has ended: presets are unavailable");
    rs_loop_unwatch(&bridge->loop, bridge->keeper, &bridge->keeper_watch);
    close(bridge->keeper);
    bridge->keeper = -1;
    rs_presets_dispatch(bridge->presets);
  }
}

/// Note what the next packet will probably touch
static void
foresee(RsBridge* const bridge)
{
  RsWarm* const warm = &bridge->warm;

  warm->n = 0u;
  rs_warm_note(warm, &bridge->now_ns, 1u);
  rs_warm_note(warm, bridge->counters, sizeof(bridge->counters));
  rs_warm_note(warm, &bridge->instances, sizeof(bridge->instances.now_ns));
  rs_udp_foresee(bridge->udp, warm);

  uint32_t          parameter = 0u;
  RsInstance* const instance =
    rs_commands_foresee(bridge->commands, warm, &parameter);
  if (instance) {
    rs_instance_foresee(instance, parameter, warm);
  }
}

/// Do what is due.  @return when something is due again
static int64_t
tick(RsBridge* const bridge)
{
  RsInstances* const list = &bridge->instances;
  int64_t            next = INT64_MAX;

  if (list->n_pending) {
    for (uint32_t i = 0u; i < list->count; ++i) {
      if (rs_instance_pump(list->items[i], bridge->now_ns)) {
        next = bridge->now_ns + MILLISECOND_NS;
      }
    }
  }

  for (uint32_t i = 0u; list->n_letters && i < list->count; ++i) {
    if (rs_instance_deliver(list->items[i])) {
      const int64_t again = bridge->now_ns + LETTERS_NS;
      next                = again < next ? again : next;
    }
  }

  const int64_t commands = rs_commands_tick(bridge->commands, bridge->now_ns);
  const int64_t presets  = rs_presets_tick(bridge->presets, bridge->now_ns);
  next                   = commands < next ? commands : next;
  const int64_t answers  = rs_unix_tick(bridge->unix_socket, bridge->now_ns);
  next                   = presets < next ? presets : next;
  next                   = answers < next ? answers : next;
  const int64_t greeting = rs_tcp_tick(bridge->tcp, bridge->now_ns);
  next                   = greeting < next ? greeting : next;
  const int64_t asking   = rs_settings_tick(bridge);
  next                   = asking < next ? asking : next;
  const int64_t rested   = rs_hosts_tick(bridge->hosts, bridge->now_ns);
  next                   = rested < next ? rested : next;

  rs_hosts_reap(bridge->hosts);
  if (bridge->options.is_auto && !list->count) {
    const int64_t leave_ns = bridge->alone_since_ns + RS_LINGER_NS;
    if (leave_ns <= bridge->now_ns) {
      rs_log(RS_LOG_INFO, "leaving: nobody needs a bridge");
      rs_bridge_leave(bridge, RS_EXIT_OK);
    } else if (leave_ns < next) {
      next = leave_ns;
    }
  }

  return next;
}

static void
run(RsBridge* const bridge)
{
  while (!bridge->is_leaving) {
    read_clock(bridge);
    const int64_t next = tick(bridge);
    rs_instance_list_ring(&bridge->instances);
    if (bridge->is_leaving) {
      break;
    }

    // Many packets gather, and everything else is heard meanwhile
    const int64_t rest_ns =
      bridge->loop.no_rest ? 0 : rs_udp_rest_ns(bridge->udp);
    if (rest_ns > 0 && next > bridge->now_ns) {
      const int64_t end_ns =
        bridge->now_ns + rest_ns < next ? bridge->now_ns + rest_ns : next;
      rs_loop_rest(&bridge->loop, end_ns - bridge->now_ns);
      read_clock(bridge);
      rs_loop_dispatch(&bridge->loop);
      rs_udp_receive_rested(bridge->udp, end_ns);
      continue;
    }

    int timeout_ms = -1;
    if (next != INT64_MAX) {
      const int64_t left = next - bridge->now_ns;
      const int64_t ms   = (left + MILLISECOND_NS - 1) / MILLISECOND_NS;
      timeout_ms         = ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms;
    }

    foresee(bridge);
    rs_loop_wait(&bridge->loop, timeout_ms);
    rs_warm_fetch(&bridge->warm);
    read_clock(bridge);
    rs_loop_dispatch(&bridge->loop);
  }
}

// Opening and closing

static bool
watch_signals(RsBridge* const bridge)
{
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);

  bridge->signals      = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  bridge->signal_watch = (RsWatch){on_signal, bridge};
  return bridge->signals >= 0 &&
         rs_loop_watch(
           &bridge->loop, bridge->signals, EPOLLIN, &bridge->signal_watch);
}

static bool
complain(const char* const what)
{
  rs_log(RS_LOG_ERROR, "cannot %s: %s", what, strerror(errno));
  return false;
}

static bool
open_all(RsBridge* const bridge)
{
  // Forked first, so that the keeper holds none of what is opened here
  bridge->opener   = rs_opener_start(bridge->options.flags.file);
  const int keeper = rs_keeper_start();
  if (keeper < 0) {
    rs_log(RS_LOG_WARNING, "the keeper cannot start: no presets");
  }

  if (!rs_loop_init(&bridge->loop) || !watch_signals(bridge)) {
    return complain("wait for events");
  }

  // The presets' room closes its descriptor as it likes: we watch our own
  bridge->keeper   = keeper >= 0 ? fcntl(keeper, F_DUPFD_CLOEXEC, 3) : -1;
  bridge->commands = rs_commands_new(bridge);
  bridge->presets  = rs_presets_new(bridge, keeper);
  if (!bridge->commands || !bridge->presets) {
    return complain("get memory");
  }

  bridge->keeper_watch = (RsWatch){on_keeper, bridge};
  if (bridge->keeper >= 0 &&
      !rs_loop_watch(
        &bridge->loop, bridge->keeper, EPOLLIN, &bridge->keeper_watch)) {
    return complain("watch the keeper");
  }

  rs_loss_watch(bridge);
  if (!rs_network_open(bridge)) {
    return false; // It has said why
  }

  if (!(bridge->unix_socket = rs_unix_new(bridge))) {
    return complain("make " RS_OSC_SOCKET " in the runtime folder");
  }

  // Last: whoever finds this finds all the rest too
  if (!(bridge->hosts = rs_hosts_new(bridge))) {
    return complain("make " RS_ATTACH_SOCKET " in the runtime folder");
  }

  if (!rs_loss_begin(bridge)) {
    return false; // It has said so
  }

  rs_settings_watch(bridge);
  rs_settings_take_priority(bridge);
  rs_shortage_begin(bridge);
  rs_kernel_ask(&bridge->kernel);
  rs_sandbox_enter(&bridge->sandbox, bridge->folder.fd);
  return true;
}

static void
close_all(RsBridge* const bridge)
{
  // Instances that are here now will want a successor on the same port
  RsFolder* const folder = &bridge->folder;
  const bool      keeps_port =
    bridge->instances.count && rs_runtime_is_at(folder->fd, folder->path);

  rs_folder_part(folder, keeps_port, bridge->port);
  rs_hosts_free(bridge->hosts);
  rs_unix_free(bridge->unix_socket);
  rs_network_close(bridge, keeps_port);
  rs_settings_unwatch(bridge);
  rs_loss_unwatch(bridge);
  if (bridge->commands) {
    rs_commands_free(bridge->commands);
  }
  if (bridge->presets) {
    rs_presets_free(bridge->presets);
  }
  rs_instance_list_free(&bridge->instances);
  if (bridge->keeper >= 0) {
    close(bridge->keeper);
  }
  if (bridge->signals >= 0) {
    close(bridge->signals);
  }
  rs_shortage_end(bridge);
  rs_loop_close(&bridge->loop);
  rs_folder_leave(&bridge->folder);
}

static void
say_ready(RsBridge* const bridge)
{
  rs_log(RS_LOG_INFO,
         "ready on port %u, runtime folder %s",
         bridge->port,
         bridge->folder.path);

  if (bridge->options.ready_fd >= 0) {
    if (dprintf(bridge->options.ready_fd, "%u\n", bridge->port) < 0) {
      // Whoever started us finds us all the same
      (void)complain("say that it is ready");
    }

    close(bridge->options.ready_fd);
    bridge->options.ready_fd = -1;
  }
}

static RsExit
take_folder(RsBridge* const bridge)
{
  pid_t          holder = 0;
  const RsStatus st     = rs_folder_take(&bridge->folder, &holder);
  if (!st) {
    return RS_EXIT_OK;
  }

  if (st == RS_FULL) {
    rs_log(RS_LOG_ERROR,
           "a bridge already serves %s (process %d)",
           bridge->folder.path,
           (int)holder);
    return RS_EXIT_RUNNING;
  }

  rs_log(RS_LOG_ERROR,
         "cannot use the runtime folder %s: %s",
         bridge->folder.path,
         errno == EPERM ? "it should be yours, and closed to others (mode 0700)"
                        : strerror(errno));
  return RS_EXIT_FAILURE;
}

RsExit
rs_bridge_run(const RsBridgeOptions* const options)
{
  RsBridge* const bridge = (RsBridge*)calloc(1u, sizeof(*bridge));
  if (!bridge) {
    (void)complain("get memory");
    return RS_EXIT_FAILURE;
  }

  bridge->options             = *options;
  bridge->folder.fd           = -1;
  bridge->folder.lock         = -1;
  bridge->keeper              = -1;
  bridge->signals             = -1;
  bridge->notify              = -1;
  bridge->opener              = -1;
  bridge->loss_notify         = -1;
  bridge->shortage.spare      = -1;
  bridge->loop.epoll          = -1;
  bridge->loop.others         = -1;
  bridge->instances.renamed   = on_renamed;
  bridge->instances.context   = bridge;
  bridge->instances.is_traced = getenv("RINGSIDE_TRACE") != NULL;

  read_clock(bridge);
  bridge->alone_since_ns       = bridge->now_ns;
  bridge->instances.settled_ns = bridge->now_ns + SETTLING_NS;
  rs_settings_load(bridge);

  RsExit code = take_folder(bridge);
  if (!code) {
    if (open_all(bridge)) {
      say_ready(bridge);
      run(bridge);
    } else if (!bridge->is_leaving) {
      // Without the folder, nothing can be made in it
      const char* lost = NULL;
      rs_bridge_leave(bridge,
                      rs_folder_is_whole(&bridge->folder, &lost)
                        ? RS_EXIT_FAILURE
                        : RS_EXIT_LOST);
    }
    code = bridge->exit_code;
  }

  close_all(bridge);
  free(bridge);
  return code;
}
