// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What may be the label of a preset: spec section 3

#ifndef RINGSIDE_BRIDGE_LABEL_H
#define RINGSIDE_BRIDGE_LABEL_H

#include <stdbool.h>
#include <stddef.h>

/// Strict UTF-8 (no surrogates, nothing overlong) without control characters
bool
rs_label_is_text(const char* text, size_t length);

/// 1..RS_LABEL_MAX bytes of such text
bool
rs_label_is_legal(const char* label);

/// A symbol of LV2: `[A-Za-z_][A-Za-z0-9_]*`, 1..63 bytes
bool
rs_label_is_symbol(const char* symbol);

#endif // RINGSIDE_BRIDGE_LABEL_H
