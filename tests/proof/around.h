// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What a host does around run(), and meanwhile: it is told of what OSC does, in
   each of the ways that there are, says whether its transport rolls, and saves
   and restores in a thread of its own.
*/

#ifndef RINGSIDE_TESTS_PROOF_AROUND_H
#define RINGSIDE_TESTS_PROOF_AROUND_H

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/urid/urid.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
   Features of a host of this kind.

   @param kind "ardour": answers automation messages at once; "kx": has a
   function that is called by run(), and says no now and then; else: knows
   neither, and gets the same messages
   @param values of the ports, which such a host sets as it is told
*/
const LV2_Feature* const*
around_features(const char* kind, LV2_URID_Map* map, float* values);

/// The control port, for connect_port()
LV2_Atom_Sequence*
around_control_port(void);

/// Before run(): fill that port, in most cycles with nothing
void
around_say(void);

/// After run(): do as it says
void
around_obey(const LV2_Atom_Sequence* notify);

/// Save and restore from now on.  @return false if there is no thread to do so
bool
around_begin(const LV2_Descriptor* plugin, LV2_Handle handle);

void
around_end(void);

/// How often each was done, a line for each
void
around_print(FILE* file);

#endif // RINGSIDE_TESTS_PROOF_AROUND_H
