// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A child of the keeper: what it may use, and how it answers

#include "ui-bridge/presets/keeper_child.h"

#include "ui-bridge/presets/keeper_sandbox.h"
#include "ui-bridge/presets/label.h"
#include "ui-bridge/sanitizer.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/// What a child may use
#define CHILD_CPU_SECONDS 5u
#define CHILD_MEMORY_BYTES (1024u << 20u)
#define CHILD_FILE_BYTES (8u << 20u)
#define CHILD_FILES 64u

/// Its descriptors, apart from 0 to 2
#define CHILD_SOCKET 3
#define CHILD_LOG 4

int
rs_keeper_send(const RsKeeperJob* const job,
               RsPresetPacket* const    preset,
               const uint32_t           n_values)
{
  preset->head.magic    = RS_PACKET_MAGIC;
  preset->head.kind     = RS_PACKET_PRESET;
  preset->head.job      = job->packet->head.job;
  preset->head.n_values = n_values;

  const size_t size = rs_packet_size(RS_PACKET_PRESET, n_values);

  return send(job->socket, preset, size, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

void
rs_keeper_done(const RsKeeperJob* const job,
               const int                code,
               const char*              format,
               ...)
{
  RsDonePacket packet = {
    .head = {RS_PACKET_MAGIC, RS_PACKET_DONE, job->packet->head.job, 0u},
    .code = code,
  };

  va_list args;
  va_start(args, format);
  vsnprintf(packet.sentence, sizeof(packet.sentence), format, args);
  va_end(args);

  // Labels and paths may have been cut within a character
  if (!rs_label_is_text(packet.sentence, strlen(packet.sentence))) {
    for (char* c = packet.sentence; *c; ++c) {
      *c = (char)(*c < ' ' || *c > '~' ? '?' : *c);
    }
  }

  send(job->socket, &packet, sizeof(packet), MSG_NOSIGNAL);
}

static void
limit(const int resource, const rlim_t value)
{
  const struct rlimit limits = {value, value};

  setrlimit((__rlimit_resource_t)resource, &limits);
}

/// End with the keeper, and use no more than a job may
static void
bind_to(const pid_t keeper)
{
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != keeper) {
    _exit(1);
  }

  prctl(PR_SET_NAME, "ringside-job");
  signal(SIGXFSZ, SIG_IGN); // A file too long is an error of write()
  limit(RLIMIT_CPU, CHILD_CPU_SECONDS);
  limit(RLIMIT_FSIZE, CHILD_FILE_BYTES);
  limit(RLIMIT_CORE, 0u);
  limit(RLIMIT_NOFILE, CHILD_FILES);
#if !RS_HAS_SANITIZER
  limit(RLIMIT_AS, CHILD_MEMORY_BYTES);
#endif
}

/// Keep the socket and the log.  What lilv says about each bad file goes
/// nowhere: we say it once
static void
take_descriptors(const int socket)
{
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

  // First out of the way of the numbers that they get
  const int high_socket = fcntl(socket, F_DUPFD, 16);
  const int high_null   = fcntl(null, F_DUPFD, 16);
  dup2(high_socket, CHILD_SOCKET);
  dup2(STDERR_FILENO, CHILD_LOG);
  dup2(high_null, STDIN_FILENO);
  dup2(high_null, STDOUT_FILENO);
  dup2(high_null, STDERR_FILENO);
  close_range(CHILD_LOG + 1, ~0u, 0);
}

void
rs_keeper_child(const RsKeeperJobs* const table,
                RsKeeperJob               job,
                const pid_t               keeper,
                const RsSandbox* const    sandbox)
{
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  bind_to(keeper);
  take_descriptors(job.socket);
  job.socket = CHILD_SOCKET;
  job.log    = CHILD_LOG;

  // What the keeper could give up, so can we: nothing is read without that
  if (!rs_keeper_confine_child((RsPacketKind)job.packet->head.kind, sandbox)) {
    rs_keeper_done(&job,
                   503,
                   "presets are unavailable: the process that handles them "
                   "could not be confined");
    _exit(0);
  }

  switch ((RsPacketKind)job.packet->head.kind) {
    case RS_PACKET_LIST:
      table->list(&job);
      break;
    case RS_PACKET_SAVE:
      table->save(&job);
      break;
    case RS_PACKET_DELETE:
      table->remove(&job);
      break;
    case RS_PACKET_PRESET:
    case RS_PACKET_DONE:
    case RS_PACKET_CHANGED:
      break;
  }

  _exit(0);
}
