// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Noticing that the runtime folder is lost

#include "ui-bridge/loss.h"

#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/log.h"
#include "ui-bridge/transport/network.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/// Between two looks that hosts ask for: many hosts ask often
#define LOOK_NS 500000000

static void
look(RsBridge* const bridge)
{
  const char* lost = "";

  bridge->looked_ns = bridge->now_ns;
  if (rs_folder_is_whole(&bridge->folder, &lost)) {
    rs_network_keep_port_file(bridge);
  } else if (!bridge->is_leaving) {
    rs_log(RS_LOG_WARNING,
           "leaving: %s%s%s was moved or removed, so nobody would find this "
           "bridge any more; hosts that run start another",
           bridge->folder.path,
           lost[0] ? "/" : "",
           lost);
    rs_bridge_leave(bridge, RS_EXIT_LOST);
  }
}

static void
on_change(void* const context, const uint32_t events)
{
  (void)events;
  RsBridge* const bridge = (RsBridge*)context;

  // What was told does not matter: many things happen at once, and some that we
  // do ourselves
  char    told[4096];
  ssize_t n = 0;
  do {
    n = read(bridge->loss_notify, told, sizeof(told));
  } while (n > 0);

  look(bridge);
}

void
rs_loss_watch(RsBridge* const bridge)
{
  bridge->loss_notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  bridge->loss_watch  = (RsWatch){on_change, bridge};
  if (bridge->loss_notify < 0 ||
      inotify_add_watch(bridge->loss_notify,
                        bridge->folder.path,
                        IN_DELETE | IN_MOVE | IN_DELETE_SELF | IN_MOVE_SELF |
                          IN_ONLYDIR | IN_DONT_FOLLOW) < 0 ||
      !rs_loop_watch(
        &bridge->loop, bridge->loss_notify, EPOLLIN, &bridge->loss_watch)) {
    // As when the user has none left (fs.inotify.max_user_instances)
    rs_log(RS_LOG_WARNING,
           "cannot watch %s: %s: should somebody move or remove it, it is seen "
           "up to a second later",
           bridge->folder.path,
           strerror(errno));
    rs_loss_unwatch(bridge);
  }
}

bool
rs_loss_begin(RsBridge* const bridge)
{
  rs_folder_remember(&bridge->folder);
  look(bridge);
  return !bridge->is_leaving;
}

void
rs_loss_asked(RsBridge* const bridge)
{
  if (bridge->now_ns - bridge->looked_ns >= LOOK_NS) {
    look(bridge);
  }
}

void
rs_loss_unwatch(RsBridge* const bridge)
{
  if (bridge->loss_notify >= 0) {
    rs_loop_unwatch(&bridge->loop, bridge->loss_notify, &bridge->loss_watch);
    close(bridge->loss_notify);
    bridge->loss_notify = -1;
  }
}
