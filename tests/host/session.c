// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What rs-host is told, a line a command, and what it answers

#include "tests/host/session.h"

#include "tests/host/embedded.h"

#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 6
#define LINE_SIZE 4096u
#define LOOK_MS 5

static int   input_fd = STDIN_FILENO;
static FILE* output; ///< NULL: standard output

void
session_say(const char* const format, ...)
{
  // Lines of the log come from other threads
  FILE* const to = output ? output : stdout;
  va_list     args;
  va_start(args, format);
  flockfile(to);
  vfprintf(to, format, args);
  putc('\n', to);
  fflush(to);
  funlockfile(to);
  va_end(args);
}

void
session_log(void* const context, const char* const line)
{
  (void)context;
  session_say("log %s", line);
}

/// Numbers [first, last] of "*", of a number, or of nothing: 1
static void
find_range(const char* const    word,
           const Session* const session,
           uint32_t* const      first,
           uint32_t* const      last)
{
  const bool is_all = word && !strcmp(word, "*");

  *first = word && !is_all ? (uint32_t)strtoul(word, NULL, 10) : 1u;
  *last  = is_all ? session->last : *first;
}

bool
session_add(Session* const session, const uint32_t count)
{
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t number = rs_host_add(session->host);
    if (!number || number > INSTANCES_MAX) {
      return false;
    }

    session->last = number;
  }

  return true;
}

/// Do something to one instance, or to all.  @return true if it was done once
static bool
do_each(Session* const session, char** const words, const int n)
{
  // What comes first is the command, the instance is the last word
  const bool        is_port = !strcmp(words[0], "port");
  const char* const who =
    is_port ? (n > 3 ? words[3] : NULL) : (n > 1 ? words[1] : NULL);
  uint32_t first   = 0;
  uint32_t last    = 0;
  bool     is_done = false;

  find_range(who, session, &first, &last);
  for (uint32_t i = first; i <= last; ++i) {
    if (is_port) {
      is_done |= n > 2 && rs_host_set_port(
                            session->host, i, words[1], strtof(words[2], NULL));
    } else if (!strcmp(words[0], "remove")) {
      is_done |= rs_host_remove(session->host, i);
    } else {
      is_done |=
        rs_host_set_active(session->host, i, !strcmp(words[0], "activate"));
    }
  }

  return is_done;
}

static uint32_t
number_at(char** const words, const int n, const int i)
{
  return i < n ? (uint32_t)strtoul(words[i], NULL, 10) : 1u;
}

/// Commands about what plugins tell.  @return -1 if it is none of them
static int
do_told(Session* const session, char** const w, const int n)
{
  RsHost* const     host = session->host;
  const char* const c    = w[0];

  if (!strcmp(c, "answers")) {
    return rs_host_answer(host, w[1]);
  }

  if (!strcmp(c, "lane")) {
    return n > 2 &&
           rs_host_set_lane(host,
                            number_at(w, n, 3),
                            w[1],
                            strcmp(w[2], "off") ? strtof(w[2], NULL) : NAN);
  }

  if (!strcmp(c, "roll")) {
    rs_host_set_rolling(host, w[1][0] == '1');
    return 1;
  }

  return strcmp(c, "told") != 0 ? -1 : rs_host_write_told(host, w[1]);
}

/// Commands whose answer is plain.  @return -1 if it is none of them
static int
do_plain(Session* const session, char** const w, const int n)
{
  RsHost* const     host = session->host;
  const char* const c    = w[0];

  if (!strcmp(c, "port") || !strcmp(c, "remove") || !strcmp(c, "activate") ||
      !strcmp(c, "deactivate")) {
    return do_each(session, w, n);
  }

  if (!strcmp(c, "start")) {
    return rs_host_start(host);
  }

  if (!strcmp(c, "stop")) {
    rs_host_stop(host);
    return 1;
  }

  if (n < 2) {
    return -1;
  }

  if (!strcmp(c, "at")) {
    return n > 3 && rs_host_set_port_at(host,
                                        strtoull(w[1], NULL, 10),
                                        number_at(w, n, 4),
                                        w[2],
                                        strtof(w[3], NULL));
  }

  if (!strcmp(c, "save")) {
    return rs_host_save(host, number_at(w, n, 2), w[1]);
  }

  if (!strcmp(c, "load")) {
    const bool is_live = n > 3 && !strcmp(w[3], "live");
    return rs_host_load(host, number_at(w, n, 2), w[1], is_live);
  }

  if (!strcmp(c, "preset")) {
    return rs_host_preset(host, number_at(w, n, 2), w[1]);
  }

  if (!strcmp(c, "run")) {
    rs_host_run(host, strtoull(w[1], NULL, 10));
    return 1;
  }

  if (!strcmp(c, "freewheel")) {
    rs_host_set_freewheel(host, w[1][0] == '1');
    return 1;
  }

  if (!strcmp(c, "locate")) {
    rs_host_locate(host, strtoull(w[1], NULL, 10));
    return 1;
  }

  if (!strcmp(c, "record")) {
    rs_host_record(host, number_at(w, n, 1));
    return 1;
  }

  if (!strcmp(c, "write")) {
    return rs_host_write(host, w[1]);
  }

  return do_told(session, w, n);
}

static void
do_line(Session* const session, char* const line)
{
  char* words[WORDS_MAX] = {NULL};
  int   n                = 0;
  char* rest             = NULL;
  for (char* w = strtok_r(line, " \t\r\n", &rest); w && n < WORDS_MAX;
       w       = strtok_r(NULL, " \t\r\n", &rest)) {
    words[n++] = w;
  }

  if (!n) {
    return;
  }

  const int plain = do_plain(session, words, n);
  if (plain >= 0) {
    session_say("%s %s", plain ? "ok" : "error", words[0]);
  } else if (!strcmp(words[0], "quit")) {
    session->is_quitting = true;
  } else if (!strcmp(words[0], "add")) {
    const bool is_added = session_add(session, number_at(words, n, 1));
    session_say("%s add %" PRIu32, is_added ? "ok" : "error", session->last);
  } else if (!strcmp(words[0], "position")) {
    session_say("ok position %" PRIu64, rs_host_position(session->host));
  } else if (!strcmp(words[0], "wait") && n > 1) {
    session->waits_for  = strtoull(words[1], NULL, 10);
    session->is_waiting = true;
  } else if (!strcmp(words[0], "get") && n > 1) {
    float value = 0.0f;
    if (rs_host_get_port(
          session->host, number_at(words, n, 2), words[1], &value)) {
      session_say("ok get %.9g", (double)value);
    } else {
      session_say("error get %s", words[1]);
    }
  } else {
    session_say("error %s is no command, or lacks arguments", words[0]);
  }
}

/// Tell what happened by itself
static void
look(Session* const session)
{
  const uint64_t position = rs_host_position(session->host);

  for (uint32_t i = 1; i <= session->last; ++i) {
    float port = 0.0f;
    if (rs_host_get_port(session->host, i, "osc_port", &port) &&
        (port < session->osc_ports[i] || port > session->osc_ports[i])) {
      session->osc_ports[i] = port;
      session_say("osc_port %" PRIu32 " %d", i, (int)port);
    }
  }

  if (session->is_waiting && position >= session->waits_for) {
    session->is_waiting = false;
    session_say("ok wait %" PRIu64, position);
  }

  if (session->ends_at && !session->has_ended && position >= session->ends_at) {
    session->has_ended = true;
    session_say("done %" PRIu64, position);
  }
}

void
session_take_commands(Session* const session, const bool until_eof)
{
  char   text[LINE_SIZE];
  size_t length = 0;

  while (!session->is_quitting && (until_eof || !session->has_ended)) {
    struct pollfd input = {.fd = input_fd, .events = POLLIN};
    if (poll(&input, 1u, LOOK_MS) > 0) {
      const ssize_t n =
        read(input_fd, text + length, sizeof(text) - 1u - length);
      if (n <= 0 && until_eof) {
        return;
      }

      length += n > 0 ? (size_t)n : 0u;
      text[length] = '\0';
      for (char* end = NULL; (end = strchr(text, '\n'));) {
        *end = '\0';
        do_line(session, text);
        length -= (size_t)(end + 1 - text);
        memmove(text, end + 1, length + 1u);
      }

      length = length == sizeof(text) - 1u ? 0u : length;
    }

    look(session);
  }
}

bool
session_talk_on(const char* const text)
{
  int in  = -1;
  int out = -1;
  if (sscanf(text, "%d,%d", &in, &out) != 2) {
    return false;
  }

  FILE* const file = fdopen(out, "w");
  input_fd         = in;
  output           = file ? file : output;
  return file;
}
