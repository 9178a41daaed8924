// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A bridge that only writes down: what is sent to instances and to whom is
   answered what, as text.  What instances and presets say is set by the test.
   The real ones are under test in tests/process.
*/

#ifndef RINGSIDE_TESTS_UNIT_FAKE_BRIDGE_H
#define RINGSIDE_TESTS_UNIT_FAKE_BRIDGE_H

#include "ui-bridge/bridge.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_INSTANCES 80u
#define FAKE_PARAMETERS 9u
#define FAKE_PORT 4000u

/// Parameters of each instance, in this order
enum {
  FAKE_GAIN,   ///< "gain" -24..24 dB, 1
  FAKE_FREQ,   ///< "freq" 20..20000 Hz log, 1000
  FAKE_MUTE,   ///< "mute" toggle, 0
  FAKE_MODE,   ///< "mode" enum Stereo 0, Ping-pong 1, 0
  FAKE_STEPS,  ///< "steps" integer 0..8, 2
  FAKE_PEAK,   ///< "peak" output
  FAKE_NAME,   ///< "name" 0..1, addressed as name_
  FAKE_PRESET, ///< "preset" 0..1, addressed as preset_
  FAKE_ENABLED ///< "enabled" toggle, 1
};

struct RsInstanceImpl {
  uint32_t id;
  char     name[40];
  float    values[FAKE_PARAMETERS];
  bool     is_freewheeling;
  bool     is_reached;
  bool     is_synced;
  bool     is_steady;
  bool     refuses_at_once; ///< What is sent, before the bridge goes on
  uint32_t refusals[FAKE_PARAMETERS];
  RsStatus send_status; ///< What the next sends return
  uint32_t serial;
  char     last[70];
};

typedef struct {
  RsInstance     instances[FAKE_INSTANCES];
  uint32_t       n_instances;
  int64_t        now_ns;
  int64_t        held_up_ns; ///< Since the turn of the loop began, at now_ns
  int64_t        realtime_offset_ns;
  uint64_t       counts[RS_COUNTERS];
  uint32_t       n_bad; ///< Commands that no instance could understand
  char           sent[1u << 20u];    ///< One line a batch
  char           replies[1u << 20u]; ///< One line a message
  uint16_t       port;               ///< Of the sender
  RsPresetList   presets;
  RsPresetDone   waiting; ///< Of rs_presets_when_ready(), NULL: nobody
  void*          waiting_context;
  RsPresetDone   changing; ///< Of a save or delete
  void*          changing_context;
  RsCommandRoom* room;
} Fake;

extern Fake fake;

/// A fresh bridge with instances "strip" and "strip-2"
void
fake_open(void);

void
fake_close(void);

/// Make the instance known
void
fake_appear(uint32_t i, const char* name);

/// Give the room one message built by liblo; the arguments end with
/// LO_MARKER_A, LO_MARKER_B
void
fake_say(const char* address, const char* types, ...);

/// Give the room any packet
void
fake_packet(const void* packet, size_t size);

/// What was sent (or replied) since the last call, cut off behind it.  Replies
/// to other ports than FAKE_PORT say so: "@PORT /address ..."
const char*
fake_sent(void);

const char*
fake_replies(void);

/// For what the bridge is made of: write down what was sent
void
fake_send(const char* format, ...) __attribute__((format(printf, 1, 2)));

#endif // RINGSIDE_TESTS_UNIT_FAKE_BRIDGE_H
