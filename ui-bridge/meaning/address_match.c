// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Patterns over addresses.  Addresses are a tree, so the pattern goes down it
   part by part, and leaves what cannot match any more.
*/

#include "ui-bridge/meaning/address_internal.h"
#include "ui-bridge/meaning/pattern.h"

#include <string.h>

/// What one visit costs, in steps of the matcher: about 0.2 us
#define VISIT_STEPS 30

/// And one look-up by name
#define LOOK_UP_STEPS 5

/// One search
typedef struct {
  const RsAddresses* addresses;
  RsPattern          pattern;
  const char*        tail; ///< The last part of the pattern
  uint32_t           tail_length;
  RsTargetVisit      visit;
  void*              context;
  int64_t*           budget;
  bool               is_ended;
} Search;

/// Go on over a slash or a part of an address
static bool
enter(Search* const               search,
      const RsPatternState* const from,
      const char* const           text,
      const uint32_t              length,
      RsPatternState* const       to)
{
  search->is_ended = search->is_ended || *search->budget < 0;
  return !search->is_ended &&
         rs_pattern_advance(
           &search->pattern, from, text, length, to, search->budget);
}

static void
visit(Search* const search, const RsTarget* const target)
{
  *search->budget -= VISIT_STEPS;
  if (*search->budget < 0 || !search->visit(search->context, target)) {
    search->is_ended = true;
  }
}

/// True if the last part of the word does not stand in the pattern itself
static bool
is_wild(const Search* const search, const RsText text)
{
  const char* const last = strrchr(text.text, '/');
  const char* const tail = last ? last + 1u : text.text;
  return strlen(tail) != search->tail_length ||
         memcmp(tail, search->tail, search->tail_length) != 0;
}

/// Visit all words of one kind that match below `state`, behind its slash
static void
search_words(Search* const               search,
             const RsPatternState* const slash,
             const RsPlace               place,
             const RsTarget              below)
{
  const RsAddresses* const addresses = search->addresses;
  for (uint32_t i = 0u; i < addresses->n_words; ++i) {
    const RsText   text = addresses->word_texts[i];
    RsPatternState word;
    if (addresses->words[i].place == place && text.length &&
        enter(search, slash, text.text, text.length, &word) && word.is_match) {
      RsTarget target = below;
      target.word     = i;
      target.is_wild  = is_wild(search, text);
      visit(search, &target);
    }
  }
}

/// Visit one parameter and what is below it, if it matches behind the slash
static void
search_parameter(Search* const               search,
                 const RsPatternState* const slash,
                 RsTarget                    target,
                 const uint32_t              parameter)
{
  const RsText   text = target.directory->texts[parameter];
  RsPatternState symbol;
  RsPatternState below;
  if (!enter(search, slash, text.text, text.length, &symbol)) {
    return;
  }

  target.parameter = parameter;
  if (symbol.is_match) {
    visit(search, &target);
  }
  if (enter(search, &symbol, "/", 1u, &below)) {
    search_words(search, &below, RS_PLACE_PARAMETER, target);
  }
}

static void
search_directory(Search* const               search,
                 const RsPatternState* const start,
                 RsDirectory* const          directory)
{
  RsPatternState name;
  RsPatternState slash;
  if (!enter(search, start, directory->name, directory->name_length, &name) ||
      !enter(search, &name, "/", 1u, &slash)) {
    return;
  }

  const RsTarget target = {
    directory, directory->owner, 0u, search->addresses->value_word, false};
  char           text[64];
  const uint32_t length =
    rs_pattern_literal(&search->pattern, &slash, text, sizeof(text));
  if (length) {
    // Only one can match, so the others need not be tried
    const uint32_t i = rs_directory_find(directory, text, length);
    *search->budget -= LOOK_UP_STEPS;
    if (i < directory->n_parameters) {
      search_parameter(search, &slash, target, i);
    }
  } else {
    for (uint32_t i = 0u; i < directory->n_parameters && !search->is_ended;
         ++i) {
      search_parameter(search, &slash, target, i);
    }
  }

  search_words(search, &slash, RS_PLACE_INSTANCE, target);
}

RsStatus
rs_addresses_match(const RsAddresses* const addresses,
                   const char* const        pattern,
                   const uint32_t           length,
                   const RsTargetVisit      visitor,
                   void* const              context,
                   int64_t* const           budget)
{
  Search search = {.addresses = addresses,
                   .visit     = visitor,
                   .context   = context,
                   .budget    = budget};

  const RsStatus status = rs_pattern_compile(&search.pattern, pattern, length);
  if (status) {
    return status;
  }

  const char* const slash = strrchr(pattern, '/');
  search.tail             = slash ? slash + 1u : pattern;
  search.tail_length      = (uint32_t)(pattern + length - search.tail);

  RsPatternState before;
  RsPatternState start;
  rs_pattern_start(&search.pattern, &before);
  if (!enter(&search, &before, "/", 1u, &start)) {
    return *budget < 0 ? RS_TOO_LARGE : RS_SUCCESS;
  }
  for (uint32_t i = 0u; i < addresses->n_directories && !search.is_ended; ++i) {
    search_directory(&search, &start, addresses->directories[i]);
    search.is_ended = search.is_ended || *budget < 0;
  }
  return *budget < 0 ? RS_TOO_LARGE : RS_SUCCESS;
}
