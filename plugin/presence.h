// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The few words through which run() and the link thread of one instance see
   each other, apart from the engine.  Each is written by one side only.
*/

#ifndef RINGSIDE_PLUGIN_PRESENCE_H
#define RINGSIDE_PLUGIN_PRESENCE_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct {
  _Atomic(uint32_t) was_called; ///< By run(): 1 once it was called
  _Atomic(uint32_t) has_paced;  ///< By run(): 1 once rs_appear_cycle() said so
  _Atomic(uint32_t) osc_port;   ///< By the link thread: 0 while there is none
  _Atomic(uint32_t) renamed;    ///< By the link thread: names given by OSC
} RsPresence;

#endif // RINGSIDE_PLUGIN_PRESENCE_H
