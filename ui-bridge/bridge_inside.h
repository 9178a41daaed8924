// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The bridge as its own rooms see it: transports, hosts, status, the loop.
*/

#ifndef RINGSIDE_BRIDGE_BRIDGE_INSIDE_H
#define RINGSIDE_BRIDGE_BRIDGE_INSIDE_H

#include "shm/attach.h"
#include "ui-bridge/bridge.h"
#include "ui-bridge/config.h"
#include "ui-bridge/folder.h"
#include "ui-bridge/instances/hosts.h"
#include "ui-bridge/instances/instance_inside.h"
#include "ui-bridge/loop.h"
#include "ui-bridge/sandbox.h"
#include "ui-bridge/shortage.h"
#include "ui-bridge/transport/backlog.h"
#include "ui-bridge/transport/gate.h"
#include "ui-bridge/transport/transport.h"
#include "ui-bridge/warm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  RsConfigFlags flags;
  bool          is_auto;  ///< Started by a plugin: leave with the last instance
  int           ready_fd; ///< Gets "PORT\n" when all is open; -1: none
} RsBridgeOptions;

/// How long a bridge that a plugin started stays without any instance
#define RS_LINGER_NS 2000000000

/// Senders whose replies go elsewhere (`/ringside/reply_port`)
#define RS_REPLY_PORTS 64u

typedef struct {
  in_addr_t ip;
  uint16_t  port; ///< 0: unused
} RsReplyPort;

struct RsBridgeImpl {
  RsConfig        config;
  RsBridgeOptions options;
  RsLoop          loop;
  RsFolder        folder;
  RsGate          gate;
  RsBacklogs      backlogs; ///< Of TCP and Unix clients that read slowly
  RsSandbox       sandbox;
  RsKernel        kernel;
  RsShortage      shortage;
  RsInstances     instances;
  RsHosts*        hosts;
  RsUdp*          udp;
  RsTcp*          tcp;
  RsUnix*         unix_socket;
  RsCommandRoom*  commands;
  RsPresets*      presets;
  int             keeper; ///< Our end of its socketpair; -1: it is not there
  int             signals;
  int             notify;         ///< inotify on the configuration, or -1
  int             opener;         ///< Our end of its socketpair, or -1
  bool            config_changed; ///< Since the opener was asked
  int64_t         ask_again_ns;   ///< When to ask it again; 0: no need
  int             loss_notify;    ///< inotify on the runtime folder, or -1
  int64_t         looked_ns;      ///< When it was last looked at
  RsWatch         loss_watch;
  RsWatch         opener_watch;
  RsWatch         keeper_watch;
  RsWatch         signal_watch;
  RsWatch         notify_watch;
  uint16_t        port;          ///< Of UDP and TCP, 0: none
  bool            has_port_file; ///< Others can read where we are
  bool            has_priority;
  bool            is_leaving;
  RsExit          exit_code;
  int64_t         now_ns;
  int64_t         realtime_offset_ns; ///< Of the last tag
  int64_t         alone_since_ns; ///< No instance since then; INT64_MAX: some
  uint64_t        counters[RS_COUNTERS];
  RsWarm          warm; ///< For when the loop awakes
  RsReplyPort     reply_ports[RS_REPLY_PORTS];
  uint32_t        next_reply_port;
};

/// Run until it is over
RsExit
rs_bridge_run(const RsBridgeOptions* options);

/// A packet came in: count it and say what it means.
/// @return false if its source may not talk to us: it gets no answer at all
bool
rs_bridge_packet(RsBridge*       bridge,
                 const RsSource* from,
                 const void*     packet,
                 size_t          size,
                 int64_t         arrival_ns);

/// Leave the loop after this turn
void
rs_bridge_leave(RsBridge* bridge, RsExit code);

/// Port to which answers to this IP go, in host order
uint16_t
rs_bridge_reply_port(const RsBridge* bridge, const RsSource* to);

/// CLOCK_MONOTONIC for what the kernel stamped with CLOCK_REALTIME
int64_t
rs_bridge_arrival_ns(int64_t realtime_ns);

#endif // RINGSIDE_BRIDGE_BRIDGE_INSIDE_H
