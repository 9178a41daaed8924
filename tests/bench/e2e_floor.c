// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The least that a JACK client can be whose sound is set over UDP: a thread
   that receives, and two channels that hold what it received last.

       bench_e2e_floor recv|liblo PRIORITY

   `recv`: a bare recv(), and four bytes of the packet.  `liblo`: a server
   thread of liblo with a handler for each of the two addresses.  Both take
   `/a ,f` and `/b ,f`.  Prints its port, and ends with its standard input.
*/

#include <jack/jack.h>
#include <lo/lo.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static jack_client_t*    client;
static jack_port_t*      ports[2];
static _Atomic(uint32_t) values[2]; ///< Float bits
static int               udp;

static int
process(const jack_nframes_t frames, void* const data)
{
  (void)data;
  for (int c = 0; c < 2; ++c) {
    float* const   out = (float*)jack_port_get_buffer(ports[c], frames);
    const uint32_t bits =
      atomic_load_explicit(&values[c], memory_order_acquire);
    float value = 0.0f;
    memcpy(&value, &bits, sizeof(value));
    for (jack_nframes_t i = 0; i < frames; ++i) {
      out[i] = value;
    }
  }
  return 0;
}

static void
take_priority(const int priority)
{
  const struct sched_param param = {.sched_priority = priority};
  if (priority) {
    (void)sched_setscheduler(0, SCHED_FIFO, &param);
  }
}

static void*
receive(void* const data)
{
  take_priority(*(const int*)data);
  for (;;) {
    unsigned char packet[256];
    uint32_t      bits = 0u;
    if (recv(udp, packet, sizeof(packet), 0) < 12) {
      return NULL;
    }
    memcpy(&bits, packet + 8, sizeof(bits));
    atomic_store_explicit(
      &values[packet[1] == 'b'], ntohl(bits), memory_order_release);
  }
}

static int
handle(const char* const path,
       const char* const types,
       lo_arg** const    argv,
       const int         argc,
       lo_message        message,
       void* const       data)
{
  (void)types;
  (void)argc;
  (void)message;
  (void)data;
  uint32_t bits = 0u;
  memcpy(&bits, &argv[0]->f, sizeof(bits));
  atomic_store_explicit(&values[path[1] == 'b'], bits, memory_order_release);
  return 0;
}

static int
begin(void* const data)
{
  (void)data;
  return 0;
}

static int
listen_bare(int* const priority)
{
  struct sockaddr_in at     = {.sin_family = AF_INET,
                               .sin_addr   = {htonl(INADDR_LOOPBACK)}};
  socklen_t          length = sizeof(at);
  pthread_t          thread;

  udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (udp < 0 || bind(udp, (struct sockaddr*)&at, sizeof(at)) ||
      getsockname(udp, (struct sockaddr*)&at, &length) ||
      pthread_create(&thread, NULL, receive, priority)) {
    return 0;
  }
  return ntohs(at.sin_port);
}

static int
begin_with_priority(lo_server_thread thread, void* const data)
{
  (void)thread;
  take_priority(*(const int*)data);
  return begin(NULL);
}

static int
listen_liblo(int* const priority)
{
  const lo_server_thread thread = lo_server_thread_new(NULL, NULL);
  if (!thread) {
    return 0;
  }
  lo_server_thread_add_method(thread, "/a", "f", handle, NULL);
  lo_server_thread_add_method(thread, "/b", "f", handle, NULL);
  lo_server_thread_set_callbacks(thread, begin_with_priority, NULL, priority);
  lo_server_thread_start(thread);
  return lo_server_thread_get_port(thread);
}

int
main(const int argc, char** const argv)
{
  static int priority;

  if (argc != 3) {
    (void)fprintf(stderr, "usage: bench_e2e_floor recv|liblo PRIORITY\n");
    return 2;
  }

  priority = atoi(argv[2]);
  client   = jack_client_open("floor", JackNoStartServer, NULL);
  if (!client) {
    (void)fprintf(stderr, "bench_e2e_floor: no JACK server\n");
    return 1;
  }

  ports[0] = jack_port_register(
    client, "out_a", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
  ports[1] = jack_port_register(
    client, "out_b", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
  jack_set_process_callback(client, process, NULL);

  const int port =
    strcmp(argv[1], "liblo") ? listen_bare(&priority) : listen_liblo(&priority);
  if (!port || jack_activate(client)) {
    (void)fprintf(stderr, "bench_e2e_floor: cannot listen\n");
    return 1;
  }

  printf("port %d\n", port);
  (void)fflush(stdout);
  while (getchar() != EOF) {
  }
  jack_client_close(client);
  return 0;
}
