// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A host that does with the real plugin what its test wants: ports that lead
   nowhere, no frames, blocks of any size.

   Blocks are pieces of memory of exactly their size, so that sanitizers see
   whatever is read or written beside them.  All is for the test's one thread,
   but where a test says so.
*/

#ifndef RINGSIDE_TESTS_PROCESS_BARE_HOST_H
#define RINGSIDE_TESTS_PROCESS_BARE_HOST_H

#include "plugin/description.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/urid/urid.h>

#include <stdint.h>

#define BARE_RATE_HZ 48000.0
#define BARE_BLOCK_MAX 8192u
#define BARE_PORTS_MAX 128u
#define BARE_NOTIFY_SIZE 4096u
#define BARE_N_FRAMES 65536u ///< Of a tone

typedef struct {
  const LV2_Descriptor* plugin;
  LV2_Handle            handle;
  float                 values[BARE_PORTS_MAX]; ///< Of control ports, by index
  LV2_Atom_Sequence     control;

  // A multiple of the alignment of atoms
  union {
    LV2_Atom_Sequence sequence;
    char              bytes[BARE_NOTIFY_SIZE];
  } notify;
} BareHost;

/// The strip's ports and parameters
extern const RsDescription* const bare_strip;

/// What is started from here on never shows itself to a bridge
void
bare_begin(void);

/// Forget all URIDs
void
bare_end(void);

/// Map a URI; the handle is not used
LV2_URID
bare_map(LV2_URID_Map_Handle handle, const char* uri);

const char*
bare_uri(LV2_URID urid);

/// The port of a parameter
uint32_t
bare_port(const char* symbol);

/// An instance without any port connected, not yet active
void
bare_open(BareHost* host);

/// Deactivate and free it
void
bare_close(const BareHost* host);

/// All but the audio ports, and but `left_out`
void
bare_connect(BareHost* host, uint32_t left_out);

/// Run one block of exactly that much memory; `to` may be NULL
void
bare_run(BareHost* host, const float* from, float* to, uint32_t frames);

/// A sine, to be freed
float*
bare_tone(void);

#endif // RINGSIDE_TESTS_PROCESS_BARE_HOST_H
