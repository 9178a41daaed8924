// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The demo as an OSC client: liblo makes and reads packets, the socket is ours

#ifndef RINGSIDE_DEMO_OSC_H
#define RINGSIDE_DEMO_OSC_H

#include "tests/demo/cues.h"

#include <lo/lo_lowlevel.h>
#include <stdint.h>

typedef struct {
  int socket; ///< UDP, connected to the bridge
} RsOsc;

/// @return 0, or -1
int
rs_osc_open(RsOsc* osc, uint16_t port);

void
rs_osc_close(RsOsc* osc);

/// A message without arguments: a question
void
rs_osc_ask(RsOsc* osc, const char* address);

/// All messages of a cue in one bundle
/// @param wall_ns its time tag, CLOCK_REALTIME in nanoseconds
void
rs_osc_send_cue(RsOsc* osc, const RsCue* cue, int64_t wall_ns);

typedef void (*RsOscAnswer)(void*       context,
                            const char* address,
                            lo_message  message);

/// Wait up to `timeout_ms` for answers, and hand over all that are there
void
rs_osc_receive(RsOsc* osc, int timeout_ms, RsOscAnswer answer, void* context);

#endif // RINGSIDE_DEMO_OSC_H
