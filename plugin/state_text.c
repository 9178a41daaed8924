// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The text of a saved state

#include "plugin/state.h"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX 160u // Longer than any line that is right

static const char* const owner_names[] = {
  [RS_OWNER_HOST] = "host",
  [RS_OWNER_OSC]  = "osc",
};

/// Numbers have a point and not a comma, whatever the host's locale
typedef struct {
  locale_t c;
  locale_t before;
} Locale;

static bool
enter_locale(Locale* const locale)
{
  locale->c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (!locale->c) {
    return false;
  }

  locale->before = uselocale(locale->c);
  return true;
}

static void
leave_locale(const Locale* const locale)
{
  uselocale(locale->before);
  freelocale(locale->c);
}

char*
rs_state_write(const RsParameter* const parameters,
               const uint32_t           n_parameters,
               const RsSaved* const     saved)
{
  Locale       locale;
  const size_t room = (n_parameters + 1u) * (size_t)LINE_MAX;
  char* const  text = (char*)malloc(room);
  if (!text || !enter_locale(&locale)) {
    free(text);
    return NULL;
  }

  // Nine digits bring back every float exactly
  size_t length =
    (size_t)snprintf(text, room, "ringside %d\n", RS_STATE_VERSION);
  for (uint32_t i = 0; i < n_parameters; ++i) {
    if (saved[i].known) {
      length += (size_t)snprintf(text + length,
                                 room - length,
                                 "%.63s %.9g %.9g %s\n",
                                 parameters[i].symbol,
                                 (double)saved[i].value,
                                 (double)saved[i].port,
                                 owner_names[saved[i].owner != 0u]);
    }
  }

  leave_locale(&locale);
  return text;
}

/// Cut off the next word of a line.  @return NULL if there is none
static char*
next_word(char** const rest)
{
  char* const word = *rest;
  if (!word || !word[0]) {
    return NULL;
  }

  char* const end = strchr(word, ' ');
  *rest           = end ? end + 1 : NULL;
  if (end) {
    *end = '\0';
  }

  return word[0] ? word : NULL;
}

static bool
read_number(const char* const word, float* const value)
{
  char* end = NULL;
  *value    = word ? strtof(word, &end) : 0.0f;

  // Also refuses what strtof() takes besides: spaces, "nan", "0x1p3"
  return word && end != word && !end[0] && isfinite(*value) &&
         strspn(word, "+-.0123456789e") == strlen(word);
}

static uint32_t
find_parameter(const RsParameter* const parameters,
               const uint32_t           n_parameters,
               const char* const        symbol)
{
  for (uint32_t i = 0; i < n_parameters; ++i) {
    if (!(parameters[i].flags & RS_PARAMETER_OUTPUT) &&
        !strcmp(parameters[i].symbol, symbol)) {
      return i;
    }
  }

  return n_parameters;
}

/// One line without its end.  @return false if it is not as it should be
static bool
read_line(char* const               line,
          const RsParameter* const  parameters,
          const uint32_t            n_parameters,
          const RsScalePoint* const points,
          RsSaved* const            saved,
          uint32_t* const           n_unknown)
{
  char*             rest   = line;
  const char* const symbol = next_word(&rest);
  RsSaved           entry  = {.known = 1u};
  if (!symbol || !read_number(next_word(&rest), &entry.value) ||
      !read_number(next_word(&rest), &entry.port)) {
    return false;
  }

  const char* const owner = next_word(&rest);
  if (!owner || rest) {
    return false;
  }

  if (!strcmp(owner, owner_names[RS_OWNER_OSC])) {
    entry.owner = RS_OWNER_OSC;
  } else if (strcmp(owner, owner_names[RS_OWNER_HOST]) != 0) {
    return false;
  }

  const uint32_t i = find_parameter(parameters, n_parameters, symbol);
  if (i == n_parameters) {
    ++*n_unknown;
    return true;
  }

  entry.value = rs_parameter_legal(&parameters[i], points, (double)entry.value);
  saved[i]    = entry;
  return true;
}

/// The first line.  @return where the second begins, or 0
static size_t
read_head(const char* const  text,
          const size_t       length,
          RsStatus* const    status,
          const char** const problem)
{
  static const char head[] = "ringside ";
  const size_t      start  = sizeof(head) - 1u;

  const char* const end = (const char*)memchr(text, '\n', length);
  if (!end || length < start || memcmp(text, head, start) != 0) {
    *status  = RS_CORRUPT;
    *problem = "it is not a state of Ringside";
    return 0u;
  }

  const size_t size = (size_t)(end - text);
  if (size != start + 1u || text[start] != '0' + RS_STATE_VERSION) {
    *status  = RS_VERSION;
    *problem = "it comes from another version, which writes a state of its own";
    return 0u;
  }

  return size + 1u;
}

static RsStatus
read_lines(const char* const         text,
           const size_t              length,
           const RsParameter* const  parameters,
           const uint32_t            n_parameters,
           const RsScalePoint* const points,
           RsSaved* const            saved,
           uint32_t* const           n_unknown,
           const char** const        problem)
{
  RsStatus status = RS_SUCCESS;
  size_t   at     = read_head(text, length, &status, problem);

  while (!status && at < length) {
    const char* const end  = (const char*)memchr(text + at, '\n', length - at);
    const size_t      size = end ? (size_t)(end - text) - at : LINE_MAX;

    char line[LINE_MAX];
    if (size >= sizeof(line)) {
      *problem = end ? "a line is too long" : "its last line has no end";
      return RS_CORRUPT;
    }

    memcpy(line, text + at, size);
    line[size] = '\0';
    if (!read_line(line, parameters, n_parameters, points, saved, n_unknown)) {
      *problem = "a line is not of the form SYMBOL VALUE PORT host|osc";
      return RS_CORRUPT;
    }

    at += size + 1u;
  }

  return status;
}

RsStatus
rs_state_read(const char* const         text,
              const size_t              size,
              const RsParameter* const  parameters,
              const uint32_t            n_parameters,
              const RsScalePoint* const points,
              RsSaved* const            saved,
              uint32_t* const           n_unknown,
              const char** const        problem)
{
  *n_unknown = 0;
  if (size > RS_STATE_TEXT_MAX) {
    *problem = "it is over 1 MiB";
    return RS_TOO_LARGE;
  }

  const size_t length = strnlen(text, size);
  if (length == size) {
    *problem = "its text has no end";
    return RS_CORRUPT;
  }

  Locale         locale;
  RsSaved* const found = (RsSaved*)calloc(n_parameters + 1u, sizeof(RsSaved));
  if (!found || !enter_locale(&locale)) {
    free(found);
    *problem = "there is no memory left";
    return RS_SYSTEM;
  }

  const RsStatus status = read_lines(
    text, length, parameters, n_parameters, points, found, n_unknown, problem);
  if (!status) {
    memcpy(saved, found, n_parameters * sizeof(RsSaved));
  }

  leave_locale(&locale);
  free(found);
  return status;
}
