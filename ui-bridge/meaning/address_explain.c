// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Sentences for addresses that there are not, with what was perhaps meant

#include "ui-bridge/meaning/address_internal.h"

#include <stdio.h>
#include <string.h>

/// Names that are compared at most, and their length
#define CANDIDATES_MAX 128u
#define LENGTH_MAX 40u

/// Farthest that a suggestion may be
#define DISTANCE_MAX 2u

/// Insertions, deletions and replacements from a to b, or more than allowed
static uint32_t
distance(const RsText a, const RsText b)
{
  const uint32_t difference =
    a.length > b.length ? a.length - b.length : b.length - a.length;
  if (difference > DISTANCE_MAX || a.length > LENGTH_MAX ||
      b.length > LENGTH_MAX) {
    return DISTANCE_MAX + 1u;
  }

  uint8_t row[LENGTH_MAX + 1u];
  for (uint32_t j = 0u; j <= b.length; ++j) {
    row[j] = (uint8_t)j;
  }

  for (uint32_t i = 1u; i <= a.length; ++i) {
    uint8_t diagonal = row[0];
    row[0]           = (uint8_t)i;
    for (uint32_t j = 1u; j <= b.length; ++j) {
      const uint8_t above = row[j];
      uint8_t       best =
        (uint8_t)(diagonal + (a.text[i - 1u] != b.text[j - 1u] ? 1u : 0u));
      best     = above + 1u < best ? (uint8_t)(above + 1u) : best;
      best     = row[j - 1u] + 1u < best ? (uint8_t)(row[j - 1u] + 1u) : best;
      row[j]   = best;
      diagonal = above;
    }
  }
  return row[b.length];
}

/// The best of many
typedef struct {
  RsText   wanted;
  RsText   best;
  uint32_t distance;
} Nearest;

static void
consider(Nearest* const nearest, const RsText candidate)
{
  const uint32_t d = distance(nearest->wanted, candidate);
  if (d < nearest->distance) {
    nearest->distance = d;
    nearest->best     = candidate;
  }
}

/// Say what was perhaps meant, or else `hint`, where to look
static void
finish(const Nearest* const nearest,
       const char* const    hint,
       char* const          sentence,
       const uint32_t       size)
{
  const size_t used = strlen(sentence);
  if (nearest->best.text) {
    snprintf(sentence + used,
             size - used,
             "; did you mean %.*s?",
             (int)nearest->best.length,
             nearest->best.text);
  } else {
    snprintf(sentence + used, size - used, "; %s", hint);
  }
}

static void
consider_words(const RsAddresses* const addresses,
               const RsPlace            place,
               Nearest* const           nearest)
{
  for (uint32_t i = 0u; i < addresses->n_words; ++i) {
    if (addresses->words[i].place == place && addresses->word_texts[i].length) {
      consider(nearest, addresses->word_texts[i]);
    }
  }
}

/// True for "name_": what a parameter is called whose symbol is a fixed word
static bool
is_escaped_word(const RsAddresses* const addresses,
                const char* const        text,
                const uint32_t           length)
{
  for (uint32_t i = 0u; i < addresses->n_words; ++i) {
    const RsText word = addresses->word_texts[i];
    if (addresses->words[i].place == RS_PLACE_INSTANCE &&
        word.length + 1u == length && text[length - 1u] == '_' &&
        !memcmp(word.text, text, word.length)) {
      return true;
    }
  }
  return false;
}

static uint32_t
shown(const uint32_t length)
{
  return length < LENGTH_MAX ? length : LENGTH_MAX;
}

void
rs_addresses_explain(const RsAddresses* const addresses,
                     const char* const        address,
                     const uint32_t           length,
                     char* const              sentence,
                     const uint32_t           size)
{
  const char* const end   = address + length;
  const char* const name  = address + 1u;
  const char*       slash = (const char*)memchr(name, '/', length - 1u);
  if (!slash) {
    slash = end;
  }

  // How far is it known?
  Nearest nearest = {{name, (uint32_t)(slash - name)}, {0}, DISTANCE_MAX + 1u};
  const RsDirectory* directory = NULL;
  for (uint32_t i = 0u; i < addresses->n_directories; ++i) {
    const RsDirectory* const d = addresses->directories[i];
    const RsText             t = {d->name, d->name_length};
    if (t.length == nearest.wanted.length && !memcmp(t.text, name, t.length)) {
      directory = d;
      break;
    }
    if (i < CANDIDATES_MAX) {
      consider(&nearest, t);
    }
  }

  const bool is_bridge =
    nearest.wanted.length == 8u && !memcmp(name, "ringside", 8u);
  if (!directory && !is_bridge) {
    snprintf(sentence,
             size,
             "there is no instance called \"%.*s\"",
             (int)shown(nearest.wanted.length),
             name);
    finish(&nearest, "/ringside/instances names all", sentence, size);
    return;
  }

  const char* const rest = slash < end ? slash + 1u : end;
  if (rest == end) {
    snprintf(sentence,
             size,
             is_bridge ? "an address here goes on, for example with /version"
                       : "an address here goes on with a symbol, or with "
                         "/list, which answers with all of them");
    return;
  }

  const char* const second =
    (const char*)memchr(rest, '/', (size_t)(end - rest));
  const uint32_t part_length = (uint32_t)((second ? second : end) - rest);

  nearest = (Nearest){{rest, (uint32_t)(end - rest)}, {0}, DISTANCE_MAX + 1u};
  if (is_bridge) {
    consider_words(addresses, RS_PLACE_BRIDGE, &nearest);
    snprintf(sentence,
             size,
             "/ringside has no word \"%.*s\"",
             (int)shown(nearest.wanted.length),
             rest);
    finish(&nearest,
           "it has instances, version, ping, status, sync, reply_port and "
           "hello",
           sentence,
           size);
    return;
  }

  for (uint32_t i = 0u; second && i < directory->n_parameters; ++i) {
    const RsText t = directory->texts[i];
    if (t.length == part_length && !memcmp(t.text, rest, part_length)) {
      nearest = (Nearest){
        {second + 1u, (uint32_t)(end - second - 1)}, {0}, DISTANCE_MAX + 1u};
      consider_words(addresses, RS_PLACE_PARAMETER, &nearest);
      snprintf(sentence,
               size,
               "a parameter has no word \"%.*s\"",
               (int)shown(nearest.wanted.length),
               nearest.wanted.text);
      finish(&nearest,
             "it has normalized, ramp, add, toggle, reset, range and labels",
             sentence,
             size);
      return;
    }
  }

  if (is_escaped_word(addresses, rest, part_length)) {
    // As the client asks for a parameter of that symbol
    const int bare = (int)part_length - 1;
    snprintf(sentence,
             size,
             "%s has no parameter \"%.*s\", but an address /%s/%.*s that is "
             "no parameter; /%s/list names all that are",
             directory->name,
             bare,
             rest,
             directory->name,
             bare,
             rest,
             directory->name);
    return;
  }

  consider_words(addresses, RS_PLACE_INSTANCE, &nearest);
  nearest.wanted.length = part_length;
  for (uint32_t i = 0u; i < directory->n_parameters && i < CANDIDATES_MAX;
       ++i) {
    consider(&nearest, directory->texts[i]);
  }
  const bool is_preset = part_length == 6u && !memcmp(rest, "preset", 6u);
  char       hint[64];
  snprintf(hint, sizeof(hint), "/%s/list names all", directory->name);
  snprintf(sentence,
           size,
           "%s has no parameter \"%.*s\"",
           directory->name,
           (int)shown((uint32_t)(end - rest)),
           rest);
  finish(&nearest,
         is_preset ? "preset goes on with list, load, save, delete, next or "
                     "previous"
                   : hint,
         sentence,
         size);
}
