// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Reading the list of cues

#include "tests/demo/cues.h"

#include "tests/demo/piece.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Cut the next word, or "several words", from a line.  @return NULL at its end
static char*
next_word(char** const at, int* const is_quoted)
{
  char* word = *at + strspn(*at, " \t\r\n");
  if (!*word) {
    return NULL;
  }

  *is_quoted = *word == '"';
  word += *is_quoted;

  const size_t length = strcspn(word, *is_quoted ? "\"" : " \t\r\n");
  *at                 = word + length + (word[length] ? 1 : 0);
  word[length]        = '\0';
  return word;
}

static int
add_argument(lo_message message, const char* const word, const int is_quoted)
{
  char*        end   = NULL;
  const double value = strtod(word, &end);

  if (is_quoted || end == word) {
    return !is_quoted && !strcmp(word, "T") ? lo_message_add_true(message)
           : !is_quoted && !strcmp(word, "F")
             ? lo_message_add_false(message)
             : lo_message_add_string(message, word);
  }

  if (!strcmp(end, "b")) {
    return lo_message_add_float(message, (float)rs_piece_seconds(value));
  }

  if (*end) {
    return lo_message_add_string(message, word);
  }

  return strchr(word, '.') ? lo_message_add_float(message, (float)value)
                           : lo_message_add_int32(message, (int32_t)value);
}

static int
read_message(RsCue* const cue, char* const line)
{
  if (cue->n_messages == RS_CUE_MESSAGES_MAX) {
    return -1;
  }

  char* const text = cue->texts[cue->n_messages];
  (void)snprintf(text, sizeof(cue->texts[0]), "%s", line + strspn(line, " \t"));
  text[strcspn(text, "\r\n")] = '\0';

  char*       at        = line;
  int         is_quoted = 0;
  const char* word      = next_word(&at, &is_quoted);
  lo_message  message   = lo_message_new();
  if (!word || word[0] != '/' || !message) {
    lo_message_free(message);
    return -1;
  }

  (void)snprintf(
    cue->addresses[cue->n_messages], sizeof(cue->addresses[0]), "%s", word);

  while ((word = next_word(&at, &is_quoted))) {
    if (add_argument(message, word, is_quoted) < 0) {
      lo_message_free(message);
      return -1;
    }
  }

  cue->messages[cue->n_messages++] = message;
  return 0;
}

static int
read_title(RsCues* const cues, char* const line)
{
  char*        end  = NULL;
  const double beat = strtod(line + 1, &end);
  if (end == line + 1 || cues->count == RS_CUES_MAX ||
      (cues->count && beat < cues->cues[cues->count - 1u].beat)) {
    return -1;
  }

  RsCue* const cue = &cues->cues[cues->count++];
  cue->beat        = beat;
  (void)snprintf(
    cue->title, sizeof(cue->title), "%s", end + strspn(end, " \t"));
  cue->title[strcspn(cue->title, "\r\n")] = '\0';
  return 0;
}

int
rs_cues_read(RsCues* const cues, const char* const path)
{
  FILE* const file = fopen(path, "re");
  if (!file) {
    perror(path);
    return -1;
  }

  memset(cues, 0, sizeof(*cues));

  char line[256];
  int  status = 0;
  for (unsigned number = 1; !status && fgets(line, sizeof(line), file);
       ++number) {
    const char first = line[strspn(line, " \t\r\n")];
    if (!first || first == '#') {
      continue;
    }

    status = line[0] == '@' ? read_title(cues, line)
             : cues->count && isspace((unsigned char)line[0])
               ? read_message(&cues->cues[cues->count - 1u], line)
               : -1;
    if (status) {
      (void)fprintf(stderr,
                    "%s:%u: expected '@BEAT TITLE', not before the cue above, "
                    "or below one, indented, '/ADDRESS ARGUMENT ...'\n",
                    path,
                    number);
    }
  }

  (void)fclose(file);
  if (status) {
    rs_cues_free(cues);
  }

  return status;
}

void
rs_cues_free(RsCues* const cues)
{
  for (uint32_t c = 0; c < cues->count; ++c) {
    for (uint32_t m = 0; m < cues->cues[c].n_messages; ++m) {
      lo_message_free(cues->cues[c].messages[m]);
    }
  }

  cues->count = 0;
}
