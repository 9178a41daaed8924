// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Addresses: from `/NAME/SYMBOL/word` to an instance, a parameter and what is
   asked of it.  Two hash look-ups and one in the fixed words, no lists.

   Knows names and words, not what they do: the words are given to it.
*/

#ifndef RINGSIDE_BRIDGE_ADDRESS_H
#define RINGSIDE_BRIDGE_ADDRESS_H

#include "shm/attach.h"
#include "shm/parameter.h"
#include "shm/status.h"
#include "ui-bridge/warm.h"

#include <stdbool.h>
#include <stdint.h>

/// Longest concrete address: two slashes and a word more, see words
#define RS_ADDRESS_MAX (RS_NAME_MAX + 64u + 32u)

/// What the part before a word names
typedef enum {
  RS_PLACE_PARAMETER, ///< /NAME/SYMBOL[/word]
  RS_PLACE_INSTANCE,  ///< /NAME/word
  RS_PLACE_BRIDGE,    ///< /ringside/word
} RsPlace;

/// A fixed word; "" is the parameter itself, "preset/load" counts as one
typedef struct {
  RsPlace     place;
  const char* text;
} RsWord;

typedef struct RsAddressesImpl RsAddresses;

/// The addresses of one instance
typedef struct RsDirectoryImpl RsDirectory;

/// What an address was found to mean
typedef struct {
  RsDirectory* directory; ///< NULL in RS_PLACE_BRIDGE
  void*        owner;     ///< As given for the directory
  uint32_t     parameter; ///< Only in RS_PLACE_PARAMETER
  uint32_t     word;      ///< Index into the words
  bool         is_wild;   ///< The word's last part came from a wildcard
} RsTarget;

/// @return NULL without memory
RsAddresses*
rs_addresses_new(const RsWord* words, uint32_t n_words);

void
rs_addresses_free(RsAddresses* addresses);

/**
   Make the addresses of one instance.

   @param parameters the table, which must outlive the directory
   @return NULL without memory
*/
RsDirectory*
rs_addresses_add(RsAddresses*       addresses,
                 void*              owner,
                 const char*        name,
                 const RsParameter* parameters,
                 uint32_t           n_parameters);

void
rs_addresses_rename(RsAddresses* addresses,
                    RsDirectory* directory,
                    const char*  name);

void
rs_addresses_remove(RsAddresses* addresses, RsDirectory* directory);

/// @return #RS_SUCCESS or #RS_NOT_FOUND
RS_NODISCARD RsStatus
rs_addresses_find(const RsAddresses* addresses,
                  const char*        address,
                  uint32_t           length,
                  RsTarget*          target);

/// Index of the parameter of this LV2 symbol, or UINT32_MAX
uint32_t
rs_addresses_parameter(const RsDirectory* directory, const char* symbol);

/// Write the concrete address of a target, terminated
void
rs_addresses_format(const RsAddresses* addresses,
                    const RsTarget*    target,
                    char               address[RS_ADDRESS_MAX]);

/// A sentence for an address that was not found, with the nearest name if any
void
rs_addresses_explain(const RsAddresses* addresses,
                     const char*        address,
                     uint32_t           length,
                     char*              sentence,
                     uint32_t           size);

/// @return false to see no more
typedef bool (*RsTargetVisit)(void* context, const RsTarget* target);

/**
   Visit every target of instances that a pattern matches, in order of
   appearance, then of ports, then of words.

   @param budget steps that this may cost, lowered by what it did cost
   @return #RS_SUCCESS, #RS_BAD_ARG if the pattern is malformed, or
   #RS_TOO_LARGE if it is too long, or the budget ran out on the way
*/
RS_NODISCARD RsStatus
rs_addresses_match(const RsAddresses* addresses,
                   const char*        pattern,
                   uint32_t           length,
                   RsTargetVisit      visit,
                   void*              context,
                   int64_t*           budget);

/// Note what rs_addresses_find() touches on its way to a parameter
void
rs_addresses_foresee(const RsAddresses* addresses,
                     const RsTarget*    target,
                     RsWarm*            warm);

#endif // RINGSIDE_BRIDGE_ADDRESS_H
