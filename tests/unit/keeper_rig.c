// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A keeper with children that crash, hang and lie

#include "tests/unit/keeper_rig.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_TIME_NS 2000000000

static bool
is_asked(const RsKeeperJob* const job, const char* const uri)
{
  return !strcmp(job->packet->plugin_uri, uri);
}

static void
send_preset(const RsKeeperJob* const job, const char* const label)
{
  RsPresetPacket packet;
  memset(&packet, 0, sizeof(packet));
  snprintf(packet.label, sizeof(packet.label), "%s", label);
  snprintf(packet.uri, sizeof(packet.uri), "urn:preset");
  rs_keeper_send(job, &packet, 0u);
}

static void
crash(void)
{
  signal(SIGSEGV, SIG_DFL); // A sanitizer has its own
  raise(SIGSEGV);
}

/// What a child may use, and which descriptors it has
static void
tell_limits(const RsKeeperJob* const job)
{
  static const int resources[] = {
    RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_CORE, RLIMIT_NOFILE, RLIMIT_AS};

  char text[200];
  int  used = 0;
  for (size_t i = 0u; i < sizeof(resources) / sizeof(*resources); ++i) {
    struct rlimit limit = {1u, 1u};
    getrlimit((__rlimit_resource_t)resources[i], &limit);
    used += snprintf(text + used,
                     sizeof(text) - (size_t)used,
                     "%llu ",
                     (unsigned long long)limit.rlim_max);
  }
  for (int fd = 0; fd < 256 && used < 150; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) {
      used += snprintf(text + used, sizeof(text) - (size_t)used, "%d,", fd);
    }
  }

  rs_keeper_done(job, 409, "%s", text);
}

/// A child that does what its plugin is called
static void
misbehave(const RsKeeperJob* const job)
{
  static const char bad_bundle[] = "/bad.lv2";

  if (is_asked(job, "urn:good")) {
    send_preset(job, "Good");
    rs_keeper_done(job, 0, "%s", "");
  } else if (is_asked(job, "urn:long-reason")) {
    char reason[400];
    for (size_t i = 0u; i + 2u < sizeof(reason); i += 2u) {
      memcpy(reason + i, "\xC3\xA9", 2u); // Is cut within a character
    }
    reason[398] = '\0';
    rs_keeper_done(job, 409, "%s", reason);
  } else if (is_asked(job, "urn:limits")) {
    tell_limits(job);
  } else if (is_asked(job, "urn:crash")) {
    crash();
  } else if (is_asked(job, "urn:late-crash")) {
    send_preset(job, "Half");
    strcpy(job->at, bad_bundle);
    crash();
  } else if (is_asked(job, "urn:hang") || is_asked(job, "urn:late-hang")) {
    if (is_asked(job, "urn:late-hang")) {
      send_preset(job, "Half");
    }
    for (;;) {
      pause();
    }
  } else if (is_asked(job, "urn:silent")) {
    return;
  } else if (is_asked(job, "urn:garbage")) {
    const char garbage[] = "This is not a packet, though it is long enough";
    send(job->socket, garbage, sizeof(garbage), 0);
    rs_keeper_done(job, 0, "%s", "");
  } else if (is_asked(job, "urn:nan")) {
    RsPacket* const bad = (RsPacket*)calloc(1u, sizeof(RsPacket));
    strcpy(bad->preset.label, "Not a number");
    strcpy(bad->preset.uri, "urn:preset");
    strcpy(bad->preset.values[0].symbol, "gain");
    bad->preset.values[0].value = NAN;
    rs_keeper_send(job, &bad->preset, 1u);
    rs_keeper_done(job, 0, "%s", "");
  } else if (is_asked(job, "urn:forged")) {
    RsDonePacket packet;
    memset(&packet, 0, sizeof(packet));
    packet.head = (RsPacketHead){
      RS_PACKET_MAGIC, RS_PACKET_DONE, job->packet->head.job + 1u, 0u};
    send(job->socket, &packet, sizeof(packet), 0);
  } else if (is_asked(job, "urn:flood")) {
    for (;;) {
      send_preset(job, "Flood");
    }
  } else if (is_asked(job, "urn:bad-bundle")) {
    if (!job->n_skip) {
      strcpy(job->at, bad_bundle);
      crash();
    }
    send_preset(job, job->skip[0]);
    rs_keeper_done(job, 0, "%s", "");
  }
}

int
keeper_rig_start(void)
{
  static const RsKeeperJobs table = {
    misbehave, misbehave, misbehave, CHILD_TIME_NS};

  return rs_keeper_start_with(&table);
}

void
keeper_rig_ask(const int keeper, const uint32_t id, const char* const uri)
{
  RsJobPacket packet;
  memset(&packet, 0, sizeof(packet));
  packet.head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_LIST, id, 0u};
  snprintf(packet.plugin_uri, sizeof(packet.plugin_uri), "%s", uri);
  assert_int_equal(send(keeper, &packet, sizeof(packet), 0), sizeof(packet));
}

size_t
keeper_rig_receive(const int keeper, RsPacket* const packet)
{
  for (;;) {
    struct pollfd fd = {keeper, POLLIN, 0};
    assert_int_equal(poll(&fd, 1u, KEEPER_RIG_PATIENCE_MS), 1);
    const ssize_t size = recv(keeper, packet, sizeof(*packet), 0);
    assert_true(size >= 0);
    if (!size || packet->head.kind != RS_PACKET_CHANGED) {
      return (size_t)size;
    }
  }
}

int
keeper_rig_run(const int         keeper,
               const uint32_t    id,
               const char* const uri,
               unsigned* const   n_presets,
               char              sentence[256])
{
  RsPacket* const packet = (RsPacket*)malloc(sizeof(RsPacket));
  assert_non_null(packet);
  *n_presets = 0u;
  keeper_rig_ask(keeper, id, uri);
  for (;;) {
    const size_t size = keeper_rig_receive(keeper, packet);
    assert_int_equal(rs_packet_check(packet, size), RS_SUCCESS);
    assert_int_equal(packet->head.job, id);
    if (packet->head.kind == RS_PACKET_DONE) {
      const int code = packet->done.code;
      memcpy(sentence, packet->done.sentence, 256u);
      free(packet);
      return code;
    }
    ++*n_presets;
  }
}

int
keeper_rig_children(const int pid, int* const ids, const int max)
{
  char path[64];
  snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
  FILE* const file = fopen(path, "r");
  int         n    = 0;
  if (file) {
    while (n < max && fscanf(file, "%d", &ids[n]) == 1) {
      ++n;
    }
    fclose(file);
  }

  return n;
}

int
keeper_rig_end_all(void** state)
{
  (void)state;
  int pid = 0;
  while (keeper_rig_children(getpid(), &pid, 1) == 1) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
  }
  return 0;
}
