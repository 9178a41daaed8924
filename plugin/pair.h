// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Attachments as the link makes and frees them; not for the audio thread

#ifndef RINGSIDE_PLUGIN_PAIR_H
#define RINGSIDE_PLUGIN_PAIR_H

#include "plugin/control.h"

/**
   Make fresh segments, ready to be offered to run() and sent to a bridge.

   Where the system has no sealed memory files, the memory is private: values
   have their place, and the plugin works, but no bridge can be told of it.
   Then `segments.commands_fd` is -1, and errno says why.

   @return NULL without memory
*/
RsIntake*
rs_pair_new(const RsSegmentsPlan* plan);

/// Unmap, close and free; NULL is fine
void
rs_pair_free(RsIntake* intake);

#endif // RINGSIDE_PLUGIN_PAIR_H
