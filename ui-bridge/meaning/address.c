// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Addresses: hash tables over names, symbols and words

#include "ui-bridge/meaning/address.h"

#include "ui-bridge/meaning/address_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOT_EMPTY UINT32_MAX

/**
   Hash of a few bytes, eight at a time; tails are loaded twice over.

   Keys come from tables of local plugins, and probes end at the first empty
   slot of a half-empty table, so packets cannot make a look-up slow.
*/
static uint32_t
hash(const char* const text, const uint32_t length)
{
  static const uint64_t factor = 0x9e3779b97f4a7c15u;

  uint64_t    h    = length * factor;
  uint64_t    word = 0u;
  const char* at   = text;
  uint32_t    left = length;
  for (; left > 8u; left -= 8u, at += 8u) {
    memcpy(&word, at, 8u);
    h = (h ^ word) * factor;
    h ^= h >> 29u;
  }

  if (left >= 4u) {
    uint32_t low  = 0u;
    uint32_t high = 0u;
    memcpy(&low, at, 4u);
    memcpy(&high, at + left - 4u, 4u);
    word = ((uint64_t)high << 32u) | low;
  } else if (left) {
    word = (uint64_t)(uint8_t)at[0] | (uint64_t)(uint8_t)at[left / 2u] << 8u |
           (uint64_t)(uint8_t)at[left - 1u] << 16u;
  }

  h = (h ^ word) * factor;
  return (uint32_t)(h >> 32u);
}

bool
rs_map_init(RsMap* const map, const uint32_t n)
{
  uint32_t size = 8u;
  while (size < 2u * n) {
    size *= 2u;
  }

  RsMapSlot* const slots = (RsMapSlot*)malloc(size * sizeof(RsMapSlot));
  if (!slots) {
    return false;
  }

  for (uint32_t i = 0u; i < size; ++i) {
    slots[i] = (RsMapSlot){0u, SLOT_EMPTY};
  }
  free(map->slots);
  map->slots = slots;
  map->mask  = size - 1u;
  return true;
}

void
rs_map_put(RsMap* const      map,
           const char* const key,
           const uint32_t    length,
           const uint32_t    value)
{
  const uint32_t h = hash(key, length);
  uint32_t       i = h & map->mask;
  while (map->slots[i].value != SLOT_EMPTY) {
    i = (i + 1u) & map->mask;
  }
  map->slots[i] = (RsMapSlot){h, value};
}

/// Walk the slots that may hold a key
#define FOR_EACH_HIT(slot_, map_, hash_)      \
  for (uint32_t i_ = (hash_) & (map_)->mask;  \
       (map_)->slots[i_].value != SLOT_EMPTY; \
       i_ = (i_ + 1u) & (map_)->mask)         \
    if (((slot_) = &(map_)->slots[i_])->hash == (hash_))

static bool
text_is(const RsText* const a, const char* const text, const uint32_t length)
{
  return a->length == length && !memcmp(a->text, text, length);
}

static RsDirectory*
find_directory(const RsAddresses* const addresses,
               const char* const        name,
               const uint32_t           length)
{
  const uint32_t   h    = hash(name, length);
  const RsMapSlot* slot = NULL;
  FOR_EACH_HIT(slot, &addresses->names, h)
  {
    RsDirectory* const directory = addresses->directories[slot->value];
    if (directory->name_length == length &&
        !memcmp(directory->name, name, length)) {
      return directory;
    }
  }
  return NULL;
}

uint32_t
rs_directory_find(const RsDirectory* const directory,
                  const char* const        symbol,
                  const uint32_t           length)
{
  const uint32_t   h    = hash(symbol, length);
  const RsMapSlot* slot = NULL;
  FOR_EACH_HIT(slot, &directory->symbols, h)
  {
    if (text_is(&directory->texts[slot->value], symbol, length)) {
      return slot->value;
    }
  }
  return SLOT_EMPTY;
}

static uint32_t
find_word(const RsAddresses* const addresses,
          const RsPlace            place,
          const char* const        text,
          const uint32_t           length)
{
  const uint32_t   h    = hash(text, length);
  const RsMapSlot* slot = NULL;
  FOR_EACH_HIT(slot, &addresses->words_map, h)
  {
    const RsWord* const word = &addresses->words[slot->value];
    if (word->place == place &&
        text_is(&addresses->word_texts[slot->value], text, length)) {
      return slot->value;
    }
  }
  return SLOT_EMPTY;
}

RS_WARM_TEXT RsStatus
rs_addresses_find(const RsAddresses* const addresses,
                  const char* const        address,
                  const uint32_t           length,
                  RsTarget* const          target)
{
  const char* const end  = address + length;
  const char* const name = address + 1u;
  const char* const slash =
    length ? (const char*)memchr(name, '/', length - 1u) : NULL;
  if (!slash) {
    return RS_NOT_FOUND;
  }

  const uint32_t     name_length = (uint32_t)(slash - name);
  const char* const  rest        = slash + 1u;
  const uint32_t     rest_length = (uint32_t)(end - rest);
  RsDirectory* const directory   = find_directory(addresses, name, name_length);
  if (!directory) {
    const bool     is_ours = name_length == 8u && !memcmp(name, "ringside", 8u);
    const uint32_t word =
      is_ours ? find_word(addresses, RS_PLACE_BRIDGE, rest, rest_length)
              : SLOT_EMPTY;

    *target = (RsTarget){.word = word};
    return word == SLOT_EMPTY ? RS_NOT_FOUND : RS_SUCCESS;
  }

  const char* const second = (const char*)memchr(rest, '/', rest_length);
  const uint32_t    symbol_length =
    second ? (uint32_t)(second - rest) : rest_length;
  const uint32_t parameter = rs_directory_find(directory, rest, symbol_length);

  uint32_t word = addresses->value_word;
  if (parameter == SLOT_EMPTY) {
    word = find_word(addresses, RS_PLACE_INSTANCE, rest, rest_length);
  } else if (second) {
    // An empty word is the parameter itself, which has no slash behind it
    word = second + 1u == end ? SLOT_EMPTY
                              : find_word(addresses,
                                          RS_PLACE_PARAMETER,
                                          second + 1u,
                                          (uint32_t)(end - second - 1));
  }

  *target = (RsTarget){directory, directory->owner, parameter, word, false};
  return word == SLOT_EMPTY ? RS_NOT_FOUND : RS_SUCCESS;
}

void
rs_addresses_foresee(const RsAddresses* const addresses,
                     const RsTarget* const    target,
                     RsWarm* const            warm)
{
  const RsDirectory* const directory = target->directory;
  const RsText* const      text      = &directory->texts[target->parameter];
  const uint32_t           name = hash(directory->name, directory->name_length);
  const uint32_t           symbol = hash(text->text, text->length);

  rs_warm_note(warm, addresses, sizeof(*addresses));
  rs_warm_note(warm, &addresses->names.slots[name & addresses->names.mask], 1u);
  rs_warm_note(warm, addresses->directories, 1u);
  rs_warm_note(warm, directory, sizeof(*directory));
  rs_warm_note(
    warm, &directory->symbols.slots[symbol & directory->symbols.mask], 1u);
  rs_warm_note(warm, text, sizeof(*text));
  rs_warm_note(warm, text->text, text->length);
}

uint32_t
rs_addresses_parameter(const RsDirectory* const directory,
                       const char* const        symbol)
{
  const uint32_t i =
    rs_directory_find(directory, symbol, (uint32_t)strlen(symbol));
  if (i != SLOT_EMPTY && !strcmp(directory->parameters[i].symbol, symbol)) {
    return i;
  }

  // One of the few that are addressed by another text
  for (uint32_t j = 0u; j < directory->n_escaped; ++j) {
    const uint32_t parameter = directory->escaped[j].parameter;
    if (!strcmp(directory->parameters[parameter].symbol, symbol)) {
      return parameter;
    }
  }
  return SLOT_EMPTY;
}

/// Append and terminate, as far as there is room.  @return the terminator
static char*
put(char* const at, const char* const end, const char* const text)
{
  const size_t room   = (size_t)(end - at) - 1u;
  const size_t length = strnlen(text, room);
  memcpy(at, text, length);
  at[length] = '\0';
  return at + length;
}

void
rs_addresses_format(const RsAddresses* const addresses,
                    const RsTarget* const    target,
                    char                     address[RS_ADDRESS_MAX])
{
  const RsWord* const      word      = &addresses->words[target->word];
  const RsDirectory* const directory = target->directory;

  // Thousands of answers may be owed for one packet: no snprintf()
  char* const end = address + RS_ADDRESS_MAX;
  char*       at  = put(address, end, "/");
  at              = put(at, end, directory ? directory->name : "ringside");
  if (directory && word->place == RS_PLACE_PARAMETER) {
    at = put(at, end, "/");
    at = put(at, end, directory->texts[target->parameter].text);
  }
  if (word->text[0]) {
    at = put(at, end, "/");
    (void)put(at, end, word->text);
  }
}

RsAddresses*
rs_addresses_new(const RsWord* const words, const uint32_t n_words)
{
  RsAddresses* const addresses = (RsAddresses*)calloc(1u, sizeof(RsAddresses));
  if (!addresses) {
    return NULL;
  }

  addresses->words   = words;
  addresses->n_words = n_words;
  addresses->word_texts =
    (RsText*)calloc(n_words + 1u, sizeof(*addresses->word_texts));
  if (!addresses->word_texts || !rs_map_init(&addresses->words_map, n_words) ||
      !rs_map_init(&addresses->names, 0u)) {
    rs_addresses_free(addresses);
    return NULL;
  }

  for (uint32_t i = 0u; i < n_words; ++i) {
    const uint32_t length    = (uint32_t)strlen(words[i].text);
    addresses->word_texts[i] = (RsText){words[i].text, length};
    rs_map_put(&addresses->words_map, words[i].text, length, i);
    if (words[i].place == RS_PLACE_PARAMETER && !length) {
      addresses->value_word = i;
    }
  }

  return addresses;
}

void
rs_addresses_free(RsAddresses* const addresses)
{
  if (addresses) {
    while (addresses->n_directories) {
      rs_addresses_remove(addresses, addresses->directories[0]);
    }
    free(addresses->directories);
    free(addresses->names.slots);
    free(addresses->words_map.slots);
    free(addresses->word_texts);
    free(addresses);
  }
}

/// Fill the names anew; the map has room for all directories
static void
index_names(RsAddresses* const addresses)
{
  for (uint32_t i = 0u; i <= addresses->names.mask; ++i) {
    addresses->names.slots[i].value = SLOT_EMPTY;
  }

  for (uint32_t i = 0u; i < addresses->n_directories; ++i) {
    const RsDirectory* const directory = addresses->directories[i];
    rs_map_put(&addresses->names, directory->name, directory->name_length, i);
  }
}

static void
set_name(RsDirectory* const directory, const char* const name)
{
  snprintf(directory->name, sizeof(directory->name), "%s", name);
  directory->name_length = (uint32_t)strlen(directory->name);
}

/// True if `text` is the first part of a fixed word of instances
static bool
is_fixed(const RsAddresses* const addresses, const char* const text)
{
  const size_t length = strlen(text);
  for (uint32_t i = 0u; i < addresses->n_words; ++i) {
    const RsWord* const word = &addresses->words[i];
    if (word->place == RS_PLACE_INSTANCE &&
        !strncmp(word->text, text, length) &&
        (!word->text[length] || word->text[length] == '/')) {
      return true;
    }
  }
  return false;
}

static void
free_directory(RsDirectory* const directory)
{
  free(directory->symbols.slots);
  free(directory->texts);
  free(directory->escaped);
  free(directory);
}

/// Symbols that equal a fixed word get `_` behind them, until they are unique
static bool
index_symbols(const RsAddresses* const addresses, RsDirectory* const directory)
{
  const uint32_t n = directory->n_parameters;
  directory->texts = (RsText*)calloc(n + 1u, sizeof(RsText));
  directory->escaped =
    (RsEscaped*)calloc(addresses->n_words, sizeof(RsEscaped));
  if (!directory->texts || !directory->escaped ||
      !rs_map_init(&directory->symbols, n)) {
    return false;
  }

  for (uint32_t i = 0u; i < n; ++i) {
    const char* const symbol = directory->parameters[i].symbol;
    directory->texts[i]      = (RsText){symbol, (uint32_t)strlen(symbol)};
    if (!is_fixed(addresses, symbol)) {
      rs_map_put(&directory->symbols, symbol, directory->texts[i].length, i);
    }
  }

  for (uint32_t i = 0u; i < n; ++i) {
    const char* const symbol = directory->parameters[i].symbol;
    if (is_fixed(addresses, symbol) &&
        directory->n_escaped < addresses->n_words) {
      RsEscaped* const escaped = &directory->escaped[directory->n_escaped++];
      char* const      text    = escaped->text;
      escaped->parameter       = i;
      snprintf(text, sizeof(escaped->text), "%s_", symbol);
      while (rs_directory_find(directory, text, (uint32_t)strlen(text)) !=
               SLOT_EMPTY &&
             strlen(text) + 2u < sizeof(escaped->text)) {
        const size_t length = strlen(text);
        memcpy(text + length, "_", 2u);
      }
      directory->texts[i] = (RsText){text, (uint32_t)strlen(text)};
      rs_map_put(&directory->symbols, text, directory->texts[i].length, i);
    }
  }

  return true;
}

RsDirectory*
rs_addresses_add(RsAddresses* const       addresses,
                 void* const              owner,
                 const char* const        name,
                 const RsParameter* const parameters,
                 const uint32_t           n_parameters)
{
  const uint32_t      n = addresses->n_directories;
  RsDirectory** const directories =
    (RsDirectory**)realloc(addresses->directories, (n + 1u) * sizeof(void*));
  if (!directories) {
    return NULL;
  }
  addresses->directories = directories;

  RsDirectory* const directory = (RsDirectory*)calloc(1u, sizeof(RsDirectory));
  if (!directory) {
    return NULL;
  }

  directory->owner        = owner;
  directory->parameters   = parameters;
  directory->n_parameters = n_parameters;
  set_name(directory, name);
  if (!index_symbols(addresses, directory) ||
      !rs_map_init(&addresses->names, n + 1u)) {
    free_directory(directory);
    return NULL;
  }

  directories[n]           = directory;
  addresses->n_directories = n + 1u;
  index_names(addresses);
  return directory;
}

void
rs_addresses_rename(RsAddresses* const addresses,
                    RsDirectory* const directory,
                    const char* const  name)
{
  set_name(directory, name);
  index_names(addresses);
}

void
rs_addresses_remove(RsAddresses* const addresses, RsDirectory* const directory)
{
  uint32_t i = 0u;
  while (addresses->directories[i] != directory) {
    ++i;
  }

  --addresses->n_directories;
  memmove(&addresses->directories[i],
          &addresses->directories[i + 1u],
          (addresses->n_directories - i) * sizeof(void*));
  free_directory(directory);
  index_names(addresses);
}
