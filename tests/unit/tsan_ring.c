// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Both ends in one process, for ThreadSanitizer, which does not see across
   processes.  x86 forgives most wrong memory orders; it does not.

   First the ring alone, since whatever else synchronises would hide a wrong
   order in it.  Then with overflow table and bell: the reader sleeps whenever
   there is nothing, so a lost wake-up shows as well.
*/

#include "shm/bell.h"
#include "shm/overflow.h"
#include "shm/ring.h"
#include "tests/unit/flow.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_PARAMETERS 8u

static RsRing     ring;
static RsRingHead head;
static RsBell     bell;
static int        sockets[2];
static bool       is_alone; ///< The ring without table and bell
static uint64_t   n_commands = 1000000u;

static char ring_fault[] = "the writer saw a broken ring";

static void*
write_all(void* const data)
{
  RsOverflow* const overflow = (RsOverflow*)data;
  RsRingWriter      writer;
  Flow              flow = {0, 0};
  rs_ring_writer_init(&writer, &ring, &head);

  while (flow.sequence < n_commands) {
    if (!flow_write_batch(&flow, &writer)) {
      return ring_fault;
    }

    if (is_alone) {
      continue;
    }

    rs_overflow_begin(overflow);
    for (uint32_t i = 0; i < N_PARAMETERS; ++i) {
      rs_overflow_put(overflow, i, (float)i, flow.batch);
    }
    rs_overflow_end(overflow);

    rs_bell_ring(&bell, sockets[0]);
  }

  return NULL;
}

/// Sleep until the bell rings.  @return false if it does not for 20 s
static bool
sleep_on_bell(void)
{
  struct pollfd wait = {.fd = sockets[1], .events = POLLIN};
  char          byte[8];
  if (poll(&wait, 1, 60000) != 1) {
    return false;
  }

  return recv(sockets[1], byte, sizeof(byte), 0) == 1;
}

static const char*
read_all(RsOverflow* const overflow)
{
  RsRingReader reader;
  Flow         flow = {0, 0};
  uint32_t     seen = 0;
  rs_ring_reader_init(&reader, &ring, &head);

  while (flow.sequence < n_commands) {
    RsOverflowValue values[N_PARAMETERS];
    if (!is_alone && !rs_overflow_read(overflow, N_PARAMETERS, &seen, values)) {
      for (uint32_t i = 1; i < N_PARAMETERS; ++i) {
        if (values[i].sequence != values[0].sequence) {
          return "the table was half written";
        }
      }
    }

    int32_t count = flow_read(&flow, &reader);
    if (!count && is_alone) {
      sched_yield();
    } else if (!count) {
      // Say that we sleep, look again, and only then sleep
      rs_bell_arm(&bell);
      count = flow_read(&flow, &reader);
      if (!count && !sleep_on_bell()) {
        return "a wake-up was lost";
      }
      rs_bell_disarm(&bell);
    }

    if (count < 0) {
      return "a command was not what it must be";
    }
  }

  return NULL;
}

/// Both threads until all commands went through.  @return what went wrong
static const char*
run(RsOverflow* const overflow)
{
  memset(&ring, 0, sizeof(ring));
  memset(&head, 0, sizeof(head));
  memset(overflow, 0, rs_overflow_size(N_PARAMETERS));

  pthread_t writer;
  if (pthread_create(&writer, NULL, write_all, overflow)) {
    return "no thread";
  }

  const char* const fault = read_all(overflow);
  if (fault) {
    return fault; // the writer may wait for room for ever
  }

  void* writer_fault = NULL;
  pthread_join(writer, &writer_fault);
  return (const char*)writer_fault;
}

/// usage: tsan-ring [COMMANDS], for each of the two
int
main(const int argc, char** const argv)
{
  if (argc > 1) {
    n_commands = strtoull(argv[1], NULL, 10);
  }

  RsOverflow* const overflow =
    (RsOverflow*)aligned_alloc(64, rs_overflow_size(N_PARAMETERS));
  if (!overflow || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets)) {
    return 1;
  }

  for (int i = 0; i < 2; ++i) {
    is_alone                = i == 0;
    const char* const fault = run(overflow);
    if (fault) {
      (void)fprintf(stderr, "%s\n", fault);
      _exit(1);
    }
  }

  free(overflow);
  printf("# %llu commands\n", 2u * (unsigned long long)n_commands);
  return 0;
}
