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
#include "tests/host/session.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

  static Session session;
  RsHostOptions  how       = {.plugin_uri = "urn:ringside:strip",
                              .rate_hz    = 48000.0,
                              .block      = 256u,
                              .is_paced   = true,
                              .input      = rs_input_fill,
                              .log        = session_log};
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
        if (!session_talk_on(optarg)) {
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

  bool is_good = session_add(&session, instances);
  for (uint32_t i = 1; is_good && load && i <= session.last; ++i) {
    is_good = rs_host_load(session.host, i, load, false);
  }

  if (is_good) {
    session.ends_at = (uint64_t)(seconds * how.rate_hz);
    rs_host_end_at(session.host, session.ends_at);
    rs_host_record(session.host, record ? 1u : 0u);
    is_good = stopped || rs_host_start(session.host);
    session_say("ready %" PRIu32, session.last);
  }

  if (is_good) {
    session_take_commands(&session, until_eof || session.ends_at == 0u);
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
