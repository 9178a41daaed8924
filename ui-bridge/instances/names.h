// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Names of instances: which are legal, and which one is next (spec section 3)

#ifndef RINGSIDE_BRIDGE_NAMES_H
#define RINGSIDE_BRIDGE_NAMES_H

#include "shm/attach.h"

#include <stdbool.h>
#include <stddef.h>

/// `[A-Za-z0-9_-]{1,32}`, and not `ringside`
bool
rs_name_is_legal(const char* name, size_t length);

typedef bool (*RsNameIsTaken)(const void* context, const char* name);

/**
   Choose a name that is free: `wanted` if it is legal and free, else the first
   free one of `stem`, `stem-2`, `stem-3`, ...

   The stem is `wanted` without a number at its end, or `base` if nothing legal
   is wanted, or `plugin` if that is no legal name either; it is cut short as
   the number needs it.

   @param wanted may be ""
   @param name receives the name, terminated
*/
void
rs_name_choose(const char*   wanted,
               const char*   base,
               RsNameIsTaken is_taken,
               const void*   context,
               char          name[RS_NAME_MAX + 1u]);

#endif // RINGSIDE_BRIDGE_NAMES_H
