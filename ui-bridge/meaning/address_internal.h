// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What address*.c share among themselves

#ifndef RINGSIDE_BRIDGE_ADDRESS_INTERNAL_H
#define RINGSIDE_BRIDGE_ADDRESS_INTERNAL_H

#include "ui-bridge/meaning/address.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  uint32_t hash;
  uint32_t value; ///< UINT32_MAX: empty
} RsMapSlot;

/// From texts to numbers; the texts are kept elsewhere.  At most half full
typedef struct {
  RsMapSlot* slots;
  uint32_t   mask;
} RsMap;

typedef struct {
  const char* text;
  uint32_t    length;
} RsText;

/// A symbol with `_` behind it
typedef struct {
  char     text[72];
  uint32_t parameter;
} RsEscaped;

struct RsDirectoryImpl {
  void*              owner;
  char               name[RS_NAME_MAX + 8u];
  uint32_t           name_length;
  const RsParameter* parameters;
  uint32_t           n_parameters;
  RsText*            texts; ///< Symbols as addressed, one for each parameter
  RsEscaped*         escaped;
  uint32_t           n_escaped;
  RsMap              symbols;
};

struct RsAddressesImpl {
  const RsWord* words;
  RsText*       word_texts;
  uint32_t      n_words;
  uint32_t      value_word; ///< The word "" of parameters
  RsMap         words_map;
  RsDirectory** directories; ///< In order of appearance
  uint32_t      n_directories;
  RsMap         names;
};

/// Make empty, with room for `n`.  @return false without memory (unchanged)
bool
rs_map_init(RsMap* map, uint32_t n);

void
rs_map_put(RsMap* map, const char* key, uint32_t length, uint32_t value);

/// @return the parameter of this name in addresses, or UINT32_MAX
uint32_t
rs_directory_find(const RsDirectory* directory,
                  const char*        symbol,
                  uint32_t           length);

#endif // RINGSIDE_BRIDGE_ADDRESS_INTERNAL_H
