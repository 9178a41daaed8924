// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the keeper and its children give up.

   Presets are foreign text, and lilv and serd are not made for hostile ones. So
   the child that reads them may read the folders of LV2_PATH, what bundles in
   there are links to, and nothing else.  A child that saves or deletes may also
   write in the folder of user presets, and nowhere else.  No child connects,
   starts a program, or signals anybody.

   The keeper forks them, so it keeps what any of them needs; it reads no file.
   It can still write where the user can, as folders may be made that are not
   there when it starts.  Programs, devices, sockets and links it gives up.

   Before Landlock 2 (Linux 5.19) nothing can be renamed from folder to folder,
   which is how a preset is put in its place: then only system calls are given
   up.  What the kernel does not know is left out, and `/ringside/status` tells
   (presets_seccomp, presets_landlock).  In builds with sanitizers there is
   none.
*/

#ifndef RINGSIDE_BRIDGE_KEEPER_SANDBOX_H
#define RINGSIDE_BRIDGE_KEEPER_SANDBOX_H

#include "ui-bridge/presets/keeper.h"
#include "ui-bridge/sandbox.h"

#include <stdbool.h>

/// As the keeper, once all is open.  Never fails
void
rs_keeper_confine(RsSandbox* sandbox);

/**
   As a child, before anything is read.

   The folder that a preset is saved to is made here, if need be.

   @param keeper what the keeper has given up
   @return false if not all of that could be given up here
*/
bool
rs_keeper_confine_child(RsPacketKind kind, const RsSandbox* keeper);

#endif // RINGSIDE_BRIDGE_KEEPER_SANDBOX_H
