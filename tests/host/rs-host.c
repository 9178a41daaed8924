// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   rs-host: the embedded host as a program, for tests to drive.

   Plays as its options say, and takes a command a line on standard input:

       port SYMBOL VALUE [INSTANCE|*]       set a control input
       at FRAME SYMBOL VALUE [INSTANCE]     the same at a frame
       get SYMBOL [INSTANCE]                ok get VALUE
       save FILE [INSTANCE]
       load FILE [INSTANCE] [live]          live: while run() runs
       preset URI [INSTANCE]
       stop | start                         do not call run(), and again
       run FRAMES                           while stopped: at no pace
       deactivate | activate [INSTANCE|*]
       locate FRAME                         while stopped
       answers HOW                          see rs_host_answer()
       lane SYMBOL VALUE|off [INSTANCE]     one that stands there, and wins
       roll 0|1
       told FILE                            write what plugins told
       freewheel 0|1
       add [COUNT]                          ok add LAST
       remove INSTANCE|*
       record INSTANCE                      from now on; 0: no more
       write FILE                           what was recorded
       position                             ok position FRAME
       wait FRAME                           until then: ok wait FRAME
       quit

   Answers are lines, `ok COMMAND ...` or `error COMMAND ...`.  Besides, lines
   `ready INSTANCES`, `osc_port INSTANCE PORT` whenever that port changes,
   `done FRAME` once the --seconds are over, and `log TEXT`.
*/

#include "tests/host/embedded.h"
#include "tests/host/input.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INSTANCES_MAX 4096u
#define WORDS_MAX 6
#define LINE_SIZE 4096u
#define LOOK_MS 5

typedef struct {
  RsHost*  host;
  bool     is_quitting;
  uint32_t last; ///< Number of the instance made last
  uint64_t waits_for;
  bool     is_waiting;
  uint64_t ends_at;
  bool     has_ended;
  float    osc_ports[INSTANCES_MAX + 1u];
} Session;

static int   input_fd = STDIN_FILENO;
static FILE* output; ///< Standard output, or what is in its place

static void
say(const char* format, ...) __attribute__((format(printf, 1, 2)));

static void
say(const char* const format, ...)
{
  // Lines of the log come from other threads
  va_list args;
  va_start(args, format);
  flockfile(output);
  vfprintf(output, format, args);
  putc('\n', output);
  fflush(output);
  funlockfile(output);
  va_end(args);
}

static void
on_log(void* const context, const char* const line)
{
  (void)context;
  say("log %s", line);
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

static bool
add(Session* const session, const uint32_t count)
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
    say("%s %s", plain ? "ok" : "error", words[0]);
  } else if (!strcmp(words[0], "quit")) {
    session->is_quitting = true;
  } else if (!strcmp(words[0], "add")) {
    const bool is_added = add(session, number_at(words, n, 1));
    say("%s add %" PRIu32, is_added ? "ok" : "error", session->last);
  } else if (!strcmp(words[0], "position")) {
    say("ok position %" PRIu64, rs_host_position(session->host));
  } else if (!strcmp(words[0], "wait") && n > 1) {
    session->waits_for  = strtoull(words[1], NULL, 10);
    session->is_waiting = true;
  } else if (!strcmp(words[0], "get") && n > 1) {
    float value = 0.0f;
    if (rs_host_get_port(
          session->host, number_at(words, n, 2), words[1], &value)) {
      say("ok get %.9g", (double)value);
    } else {
      say("error get %s", words[1]);
    }
  } else {
    say("error %s is no command, or lacks arguments", words[0]);
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
      say("osc_port %" PRIu32 " %d", i, (int)port);
    }
  }

  if (session->is_waiting && position >= session->waits_for) {
    session->is_waiting = false;
    say("ok wait %" PRIu64, position);
  }

  if (session->ends_at && !session->has_ended && position >= session->ends_at) {
    session->has_ended = true;
    say("done %" PRIu64, position);
  }
}

/// Read commands until told to quit, or the end of standard input
static void
take_commands(Session* const session, const bool until_eof)
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

/// Leave the standard descriptors, which may be closed or somebody else's
static bool
talk_on(const char* const text)
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

static int
usage(const char* const what)
{
  fprintf(stderr,
          "rs-host: %s\n"
          "usage: rs-host [--plugin URI] [--instances N] [--block FRAMES]\n"
          "  [--rate HZ] [--seconds S] [--pace real|fast] [--stopped]\n"
          "  [--input silence|sine:HZ|noise:SEED|FILE.wav]\n"
          "  [--record FILE.wav|FILE.f32] [--load FILE] [--until-stdin-eof]\n"
          "  [--kx HOW | --ardour]  be told by requests, or as Ardour\n"
          "  [--talk-on FD,FD]  in the place of standard input and output\n",
          what);
  return 2;
}

int
main(int argc, char** argv)
{
  static const struct option options[] = {
    {"plugin", required_argument, NULL, 'p'},
    {"instances", required_argument, NULL, 'n'},
    {"block", required_argument, NULL, 'b'},
    {"rate", required_argument, NULL, 'r'},
    {"seconds", required_argument, NULL, 's'},
    {"pace", required_argument, NULL, 'P'},
    {"input", required_argument, NULL, 'i'},
    {"record", required_argument, NULL, 'R'},
    {"load", required_argument, NULL, 'l'},
    {"stopped", no_argument, NULL, 'S'},
    {"until-stdin-eof", no_argument, NULL, 'u'},
    {"talk-on", required_argument, NULL, 't'},
    {"kx", required_argument, NULL, 'k'},
    {"ardour", no_argument, NULL, 'a'},
    {NULL, 0, NULL, 0},
  };

  output = stdout;

  static Session session;
  RsHostOptions  how       = {.plugin_uri = "urn:ringside:strip",
                              .rate_hz    = 48000.0,
                              .block      = 256u,
                              .is_paced   = true,
                              .input      = rs_input_fill,
                              .log        = on_log};
  uint32_t       instances = 1u;
  double         seconds   = 0.0;
  const char*    source    = "silence";
  const char*    record    = NULL;
  const char*    load      = NULL;
  const char*    answers   = "at-once";
  bool           stopped   = false;
  bool           until_eof = false;

  for (int c = 0; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    switch (c) {
      case 'p':
        how.plugin_uri = optarg;
        break;
      case 'n':
        instances = (uint32_t)strtoul(optarg, NULL, 10);
        break;
      case 'b':
        how.block = (uint32_t)strtoul(optarg, NULL, 10);
        break;
      case 'r':
        how.rate_hz = strtod(optarg, NULL);
        break;
      case 's':
        seconds = strtod(optarg, NULL);
        break;
      case 'P':
        how.is_paced = strcmp(optarg, "fast") != 0;
        break;
      case 'i':
        source = optarg;
        break;
      case 'R':
        record = optarg;
        break;
      case 'l':
        load = optarg;
        break;
      case 'S':
        stopped = true;
        break;
      case 'u':
        until_eof = true;
        break;
      case 't':
        if (!talk_on(optarg)) {
          return usage("no such descriptors");
        }
        break;
      case 'k':
        how.told = RS_HOST_TOLD_BY_REQUEST;
        answers  = optarg;
        break;
      case 'a':
        how.told = RS_HOST_TOLD_BY_ATOMS;
        break;
      default:
        return usage("no such option");
    }
  }

  RsInput input;
  if (!how.block || how.block > 8192u || !(how.rate_hz >= 1000.0)) {
    return usage("blocks have 1 to 8192 frames, at 1000 Hz or more");
  }

  if (!rs_input_open(&input, source, how.rate_hz)) {
    return usage("the input cannot be read");
  }

  how.input_context = &input;
  session.host      = rs_host_new(&how);
  if (!session.host) {
    fprintf(stderr, "rs-host: there is no plugin %s\n", how.plugin_uri);
    return 1;
  }

  if (!rs_host_answer(session.host, answers)) {
    rs_host_free(session.host);
    return usage("no such way to answer");
  }

  bool is_good = add(&session, instances);
  for (uint32_t i = 1; is_good && load && i <= session.last; ++i) {
    is_good = rs_host_load(session.host, i, load, false);
  }

  if (is_good) {
    session.ends_at = (uint64_t)(seconds * how.rate_hz);
    rs_host_end_at(session.host, session.ends_at);
    rs_host_record(session.host, record ? 1u : 0u);
    is_good = stopped || rs_host_start(session.host);
    say("ready %" PRIu32, session.last);
  }

  if (is_good) {
    take_commands(&session, until_eof || session.ends_at == 0u);
    rs_host_stop(session.host);
    is_good = !record || rs_host_write(session.host, record);
  }

  rs_host_free(session.host);
  rs_input_close(&input);
  if (!is_good) {
    fprintf(stderr, "rs-host: something could not be made or written\n");
  }

  return is_good ? 0 : 1;
}
