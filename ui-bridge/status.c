// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// `/ringside/status`: one `,sd` for each counter, then how many there were

#include "ui-bridge/bridge_inside.h"

// clang-format off
static const char* const names[RS_COUNTERS] = {
  [RS_COUNT_PACKETS]           = "packets",
  [RS_COUNT_MESSAGES]          = "messages",
  [RS_COUNT_COMMANDS]          = "commands",
  [RS_COUNT_REJECTED_PACKET]   = "rejected_packet",
  [RS_COUNT_REJECTED_ARGUMENT] = "rejected_argument",
  [RS_COUNT_REJECTED_ADDRESS]  = "rejected_address",
  [RS_COUNT_REJECTED_CONFLICT] = "rejected_conflict",
  [RS_COUNT_REJECTED_SIZE]     = "rejected_size",
  [RS_COUNT_REJECTED_RATE]     = "rejected_rate",
  [RS_COUNT_REJECTED_STATE]    = "rejected_state",
  [RS_COUNT_DROPPED]           = "dropped",
  [RS_COUNT_REPLIES_LOST]      = "replies_lost",
  [RS_COUNT_BRIDGE_FAULTS]     = "bridge_faults",
  [RS_COUNT_RECONNECTS]        = "reconnects",
  [RS_COUNT_CONNECTIONS]       = "tcp_connections",
  [RS_COUNT_STRANGERS]         = "strangers",
  [RS_COUNT_SHORT_OF_FILES]    = "short_of_descriptors",
  [RS_COUNT_SHORT_OF_MEMORY]   = "short_of_memory",
  [RS_COUNT_PACKETS_LOST]      = "packets_lost",
};
// clang-format on

void
rs_bridge_count(RsBridge* const bridge, const RsCounter counter)
{
  ++bridge->counters[counter];
}

void
rs_bridge_count_many(RsBridge* const bridge,
                     const RsCounter counter,
                     const uint32_t  n)
{
  bridge->counters[counter] += n;
}

/// Upper end in microseconds of the bucket where `part` of all lies below
static double
quantile_us(const RsInstanceTotals* const totals, const double part)
{
  double   all  = 0.0;
  double   sum  = 0.0;
  uint32_t last = 0u;
  for (uint32_t i = 0u; i < RS_HISTOGRAM_BUCKETS; ++i) {
    all += (double)totals->histogram[i];
  }
  if (all <= 0.0) {
    return 0.0;
  }

  for (uint32_t i = 0u; i < RS_HISTOGRAM_BUCKETS; ++i) {
    if (totals->histogram[i]) {
      last = i;
      sum += (double)totals->histogram[i];
      if (sum >= part * all) {
        break;
      }
    }
  }

  return (double)rs_histogram_limit(last) / 1.0e3;
}

void
rs_bridge_reply_status(RsBridge* const bridge, const RsSource* const to)
{
  static const char address[] = "/ringside/status";

  RsInstanceTotals totals;
  rs_instance_list_totals(&bridge->instances, &totals);

  int n = 0;
  for (uint32_t i = 0u; i < RS_COUNTERS; ++i) {
    double value = (double)bridge->counters[i];
    if (i == RS_COUNT_DROPPED) {
      value += (double)totals.dropped;
    } else if (i == RS_COUNT_BRIDGE_FAULTS) {
      value += (double)bridge->instances.faults;
    }
    rs_reply(bridge, to, address, "sd", names[i], value);
    ++n;
  }

  RsSandbox keeper;
  rs_keeper_sandbox(&keeper);

  uint32_t n_syscall_clocks = 0u;
  for (uint32_t i = 0u; i < bridge->instances.count; ++i) {
    n_syscall_clocks +=
      rs_instance_identity(bridge->instances.items[i])->clock_is_syscall != 0u;
  }

  const struct {
    const char* name;
    double      value;
  } more[] = {
    {"applied", (double)totals.applied},
    {"overtaken", (double)totals.overtaken},
    {"late", (double)totals.late},
    {"faults", (double)totals.faults},
    {"latency_p50_us", quantile_us(&totals, 0.5)},
    {"latency_p99_us", quantile_us(&totals, 0.99)},
    {"latency_max_us", quantile_us(&totals, 1.0)},
    {"instances", (double)bridge->instances.count},
    {"hosts", (double)rs_hosts_count(bridge->hosts)},
    {"connections", bridge->tcp ? (double)rs_tcp_count(bridge->tcp) : 0.0},
    {"port", (double)bridge->port},
    {"port_file", bridge->has_port_file ? 1.0 : 0.0},
    {"wakeups", (double)bridge->loop.wakeups},
    {"slow_readers", (double)bridge->backlogs.count},
    {"kept_bytes", (double)bridge->backlogs.total},
    {"readers_given_up", (double)bridge->backlogs.n_given_up},
    {"guests", (double)rs_gate_guests(&bridge->gate)},
    {"config_errors", (double)bridge->config.n_errors},
    {"realtime_priority", bridge->has_priority ? bridge->config.priority : 0.0},
    {"presets_available", bridge->keeper >= 0 ? 1.0 : 0.0},
    {"sandbox_seccomp", bridge->sandbox.has_seccomp ? 1.0 : 0.0},
    {"sandbox_landlock", (double)bridge->sandbox.landlock},
    {"presets_seccomp", keeper.has_seccomp ? 1.0 : 0.0},
    {"presets_landlock", (double)keeper.landlock},
    {"kernel_pidfd", bridge->kernel.has_pidfd ? 1.0 : 0.0},
    {"kernel_memfd_noexec", bridge->kernel.has_memfd_noexec ? 1.0 : 0.0},
    {"clocks_by_system_call", (double)n_syscall_clocks},
  };
  for (uint32_t i = 0u; i < sizeof(more) / sizeof(*more); ++i) {
    rs_reply(bridge, to, address, "sd", more[i].name, more[i].value);
    ++n;
  }

  rs_reply(bridge, to, "/ringside/status/end", "i", n);
}
