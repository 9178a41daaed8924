// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A server of liblo that does what the bridge does for a set, and less: it
   looks the address up and stores the value.  For throughput.py.

       liblo_set INSTANCES SYMBOLS BUFFER [PRIORITY]

   INSTANCES, SYMBOLS: of which it knows the addresses that flood.c sends to,
   each one a method; 0 instances: one method takes all, without looking at the
   address, which is the quickest that liblo can be.  BUFFER: bytes asked for
   its socket. PRIORITY: of SCHED_FIFO, 0 for none.

   Writes `port N BUFFER`, then for each line on standard input
   `count MESSAGES`; ends with the input.
*/

#include <lo/lo.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SYMBOLS 4u

static _Atomic(uint64_t) n_messages;
static float             values[256u * SYMBOLS];

static int
set(const char* const path,
    const char* const types,
    lo_arg** const    arguments,
    const int         n,
    const lo_message  message,
    void* const       value)
{
  (void)path;
  (void)types;
  (void)n;
  (void)message;
  *(float*)value = arguments[0]->f;

  // One thread counts, another looks
  atomic_store_explicit(
    &n_messages,
    atomic_load_explicit(&n_messages, memory_order_relaxed) + 1u,
    memory_order_relaxed);
  return 0;
}

static void*
serve(void* const server)
{
  for (;;) {
    lo_server_recv((lo_server)server);
  }
  return NULL;
}

int
main(const int argc, char** const argv)
{
  static const char* const symbols[SYMBOLS] = {
    "input_gain", "pan", "width", "output_gain"};

  if (argc < 4) {
    fprintf(stderr, "usage: liblo_set INSTANCES SYMBOLS BUFFER [PRIORITY]\n");
    return 2;
  }

  const uint32_t  instances = (uint32_t)strtoul(argv[1], NULL, 10);
  const uint32_t  n_symbols = (uint32_t)strtoul(argv[2], NULL, 10);
  int             buffer    = (int)strtol(argv[3], NULL, 10);
  const int       priority  = argc > 4 ? (int)strtol(argv[4], NULL, 10) : 0;
  const lo_server server    = lo_server_new_with_proto(NULL, LO_UDP, NULL);
  if (!server || instances > 256u || !n_symbols || n_symbols > SYMBOLS) {
    return 2;
  }

  if (!instances) {
    lo_server_add_method(server, NULL, "f", set, values);
  }
  for (uint32_t i = 0u; i < instances * n_symbols; ++i) {
    char           address[64];
    const uint32_t instance = i / n_symbols;
    if (instance) {
      snprintf(address,
               sizeof(address),
               "/strip-%u/%s",
               instance + 1u,
               symbols[i % n_symbols]);
    } else {
      snprintf(address, sizeof(address), "/strip/%s", symbols[i % n_symbols]);
    }
    lo_server_add_method(server, address, "f", set, &values[i]);
  }

  const int fd   = lo_server_get_socket_fd(server);
  socklen_t size = sizeof(buffer);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer))) {
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
  }
  (void)getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, &size);

  pthread_t                thread;
  const struct sched_param param = {.sched_priority = priority};
  if (pthread_create(&thread, NULL, serve, server)) {
    return 2;
  }
  if (priority) {
    (void)pthread_setschedparam(thread, SCHED_FIFO, &param);
  }

  printf("port %d %d\n", lo_server_get_port(server), buffer);
  fflush(stdout);
  while (getchar() != EOF) {
    printf("count %llu\n",
           (unsigned long long)atomic_load_explicit(&n_messages,
                                                    memory_order_relaxed));
    fflush(stdout);
  }
  _exit(0);
}
