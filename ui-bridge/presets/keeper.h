// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The keeper: a small process that reads presets so that the bridge need not.

       bridge ──── jobs ────▶ keeper ──fork──▶ child: runs lilv, exits
              ◀── results ──         ◀─results─

   Jobs and results are packets on SOCK_SEQPACKET socketpairs, the structs of
   this file, numbers as on this machine.  Nobody trusts the other's lengths:
   each packet is checked by rs_packet_check() where it arrives, and again
   where it is relayed.  A child that crashes, hangs or talks nonsense fails
   its own job with 503.  A bundle on which a list crashed or hung is left out
   of the next try.

   The keeper ends when the bridge does (end of file on its socket), and takes
   its children along; they die with it even if it is killed.
*/

#ifndef RINGSIDE_BRIDGE_KEEPER_H
#define RINGSIDE_BRIDGE_KEEPER_H

#include "shm/attach.h"
#include "shm/parameter.h"
#include "shm/status.h"
#include "ui-bridge/presets/presets.h"

#include <stddef.h>
#include <stdint.h>

#define RS_PACKET_MAGIC 0x52534a31u ///< "RSJ1"

/// Limits of what is taken from files
#define RS_PRESETS_MAX 2048u
#define RS_PRESET_VALUES_MAX RS_PARAMETERS_MAX
#define RS_PRESETS_BYTES_MAX (8u << 20u) ///< Of all packets of one list

/// Jobs that run at the same time
#define RS_JOBS_MAX 4u

/// Time a child has, in nanoseconds
#define RS_JOB_TIME_NS 5000000000

typedef enum {
  RS_PACKET_LIST    = 1, ///< Down: all presets of a plugin
  RS_PACKET_SAVE    = 2, ///< Down: label and values
  RS_PACKET_DELETE  = 3, ///< Down: label
  RS_PACKET_PRESET  = 4, ///< Up: one preset, of a list or just saved
  RS_PACKET_DONE    = 5, ///< Up: the job has ended
  RS_PACKET_CHANGED = 6, ///< Up, job 0: files of presets have changed
} RsPacketKind;

/// Every packet begins with this
typedef struct {
  uint32_t magic;
  uint32_t kind;     ///< RsPacketKind
  uint32_t job;      ///< Chosen by the bridge, not 0
  uint32_t n_values; ///< Of SAVE and PRESET, else 0
} RsPacketHead;

/// LIST, SAVE, DELETE
typedef struct {
  RsPacketHead  head;
  char          plugin_uri[256];
  char          label[RS_LABEL_MAX + 4u];
  RsPresetValue values[];
} RsJobPacket;

/// PRESET
typedef struct {
  RsPacketHead  head;
  uint32_t      is_factory;
  char          label[RS_LABEL_MAX + 4u];
  char          uri[512];
  RsPresetValue values[];
} RsPresetPacket;

/// DONE
typedef struct {
  RsPacketHead head;
  int32_t      code; ///< 0, or as of HTTP
  char         sentence[256];
} RsDonePacket;

/// Room for any packet
typedef union {
  RsPacketHead   head;
  RsJobPacket    job;
  RsPresetPacket preset;
  RsDonePacket   done;
  uint8_t        bytes[sizeof(RsPresetPacket) +
                RS_PRESET_VALUES_MAX * sizeof(RsPresetValue)];
} RsPacket;

/// Size of a packet of this kind with so many values, 0 if there is no such
size_t
rs_packet_size(RsPacketKind kind, uint32_t n_values);

/**
   Check what came from another process: its size is that of its kind and
   count, strings end and are text, labels and symbols are legal, values finite.

   @return #RS_SUCCESS or #RS_CORRUPT
*/
RS_NODISCARD RsStatus
rs_packet_check(const RsPacket* packet, size_t size);

// What a child does

/// Longest path of a bundle that can be left out
#define RS_BUNDLE_PATH_MAX 1024u

/// One job as its child sees it
typedef struct {
  const RsJobPacket* packet;
  int                socket; ///< To the keeper
  int                log;    ///< For a line about what is left out

  /// Where the keeper looks after a crash: the bundle that is being read, or
  /// "".  Shared memory of RS_BUNDLE_PATH_MAX bytes
  char* at;

  /// Bundles on which earlier tries crashed
  const char (*skip)[RS_BUNDLE_PATH_MAX];
  uint32_t n_skip;
} RsKeeperJob;

/// Send one preset.  @return 0, or -1 if the keeper has gone
int
rs_keeper_send(const RsKeeperJob* job,
               RsPresetPacket*    preset,
               uint32_t           n_values);

/// Say how it ended; once, at the end
void
rs_keeper_done(const RsKeeperJob* job, int code, const char* format, ...)
  __attribute__((format(printf, 3, 4)));

/// What children run; the tests have others that misbehave
typedef struct {
  void (*list)(const RsKeeperJob* job);
  void (*save)(const RsKeeperJob* job);
  void (*remove)(const RsKeeperJob* job);
  int64_t time_ns; ///< Given to each child
} RsKeeperJobs;

/// Those that run lilv
extern const RsKeeperJobs rs_keeper_jobs;

/// As rs_keeper_start(), with these jobs
int
rs_keeper_start_with(const RsKeeperJobs* table);

#endif // RINGSIDE_BRIDGE_KEEPER_H
