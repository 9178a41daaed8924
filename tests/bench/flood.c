// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Sends sets as fast as told, for throughput.py.

       flood TARGET KIND RATE AMOUNT INSTANCES SYMBOLS

   TARGET: udp:PORT, gso:PORT, tcp:PORT or unix:PATH.  With gso, datagrams of
   one size that follow each other are given to the kernel as one, which sends
   each as it would otherwise; packets are sorted by size for it.  The receiver
   sees the same, and the sender needs less.  KIND: single, or bundle of 32.
   RATE in messages a second, 0: flat out.  AMOUNT: so many seconds, or packets
   with a `p` behind (flat out only).  Messages go round the instances
   strip, strip-2, ... and so many symbols (1 to 4), and each changes the value.

   Writes `sent MESSAGES PACKETS SECONDS`, the time from the first packet until
   the last was given to the kernel.
*/

#include <arpa/inet.h>
#include <errno.h>
#include <lo/lo.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BUNDLE 32u
#define SYMBOLS 4u

/// Different values of each address
#define VALUES 8u

#define INSTANCES_MAX 256u
#define PACKETS_MAX (INSTANCES_MAX * SYMBOLS * VALUES)

/// Datagrams given to the kernel at once; when paced, some each millisecond
#define BATCH 64u

/// Less than any datagram may have
#define SEGMENTS_BYTES 60000u

#define PACE_NS 1000000

typedef struct {
  uint8_t* bytes; ///< Behind 4 bytes for the length, of streams
  size_t   size;
} Packet;

typedef enum { DATAGRAMS, SEGMENTS, STREAM } Way;

static Packet   packets[PACKETS_MAX];
static uint32_t n_packets;
static uint32_t n_symbols;

static int64_t
now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static lo_message
message_at(const uint32_t i, const uint32_t n_instances, char address[64])
{
  static const char* const symbols[SYMBOLS] = {
    "input_gain", "pan", "width", "output_gain"};

  const uint32_t instance = i % n_instances;
  const uint32_t round    = i / n_instances;
  if (instance) {
    snprintf(
      address, 64u, "/strip-%u/%s", instance + 1u, symbols[round % n_symbols]);
  } else {
    snprintf(address, 64u, "/strip/%s", symbols[round % n_symbols]);
  }

  const lo_message message = lo_message_new();
  lo_message_add_float(message,
                       (float)(1u + round / n_symbols % VALUES) / VALUES);
  return message;
}

static uint8_t*
with_length(const size_t size)
{
  const uint32_t length = htonl((uint32_t)size);
  uint8_t* const bytes  = (uint8_t*)malloc(size + sizeof(length));
  if (!bytes) {
    abort();
  }
  memcpy(bytes, &length, sizeof(length));
  return bytes;
}

static void
make_packets(const uint32_t n_instances, const bool is_bundle)
{
  const uint32_t n_messages = n_instances * n_symbols * VALUES;

  // Enough bundles that each message is in one
  n_packets = n_messages;
  for (uint32_t i = 0u, at = 0u; i < n_packets; ++i) {
    Packet* const packet = &packets[i];
    char          addresses[BUNDLE][64];
    if (is_bundle) {
      const lo_bundle bundle = lo_bundle_new(LO_TT_IMMEDIATE);
      for (uint32_t m = 0u; m < BUNDLE; ++m, ++at) {
        lo_bundle_add_message(
          bundle,
          addresses[m],
          message_at(at % n_messages, n_instances, addresses[m]));
      }
      packet->size  = lo_bundle_length(bundle);
      packet->bytes = with_length(packet->size);
      lo_bundle_serialise(bundle, packet->bytes + 4u, &packet->size);
      lo_bundle_free_recursive(bundle);
    } else {
      const lo_message message = message_at(at++, n_instances, addresses[0]);
      packet->size             = lo_message_length(message, addresses[0]);
      packet->bytes            = with_length(packet->size);
      lo_message_serialise(
        message, addresses[0], packet->bytes + 4u, &packet->size);
      lo_message_free(message);
    }
  }
}

/// Those of one size together, otherwise as they were
static void
sort_by_size(void)
{
  static Packet sorted[PACKETS_MAX];
  size_t        size = 0u;
  for (uint32_t n = 0u; n < n_packets;) {
    size_t next = SIZE_MAX;
    for (uint32_t i = 0u; i < n_packets; ++i) {
      if (packets[i].size > size && packets[i].size < next) {
        next = packets[i].size;
      }
    }
    for (uint32_t i = 0u; i < n_packets; ++i) {
      if (packets[i].size == next) {
        sorted[n++] = packets[i];
      }
    }
    size = next;
  }
  memcpy(packets, sorted, n_packets * sizeof(*packets));
}

/// A connected socket; what the peer answers is left unread
static int
open_target(const char* const target, Way* const way)
{
  const char* const rest = strchr(target, ':');
  if (!rest) {
    return -1;
  }

  if (!strncmp(target, "unix:", 5u)) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", rest + 1);
    const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    return connect(fd, (const struct sockaddr*)&address, sizeof(address)) ? -1
                                                                          : fd;
  }

  const struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_addr   = {htonl(INADDR_LOOPBACK)},
    .sin_port   = htons((uint16_t)strtol(rest + 1, NULL, 10))};
  *way         = !strncmp(target, "tcp:", 4u)   ? STREAM
                 : !strncmp(target, "gso:", 4u) ? SEGMENTS
                                                : DATAGRAMS;
  const int fd = socket(AF_INET, *way == STREAM ? SOCK_STREAM : SOCK_DGRAM, 0);
  return connect(fd, (const struct sockaddr*)&address, sizeof(address)) ? -1
                                                                        : fd;
}

static bool
send_stream(const int fd, struct iovec* const vectors, const uint32_t n)
{
  for (uint32_t i = 0u; i < n;) {
    const struct msghdr header = {.msg_iov = vectors + i, .msg_iovlen = n - i};
    const ssize_t       sent   = sendmsg(fd, &header, MSG_NOSIGNAL);
    if (sent < 0) {
      return false;
    }
    size_t left = (size_t)sent;
    while (i < n && left >= vectors[i].iov_len) {
      left -= vectors[i++].iov_len;
    }
    if (i < n) {
      vectors[i].iov_base = (uint8_t*)vectors[i].iov_base + left;
      vectors[i].iov_len -= left;
    }
  }
  return true;
}

/// One datagram each, or for each run of one size, which the kernel cuts
static uint32_t
make_headers(struct mmsghdr* const messages,
             struct iovec* const   vectors,
             const uint32_t        n,
             const bool            is_cut)
{
  static _Alignas(
    struct cmsghdr) char controls[BATCH][CMSG_SPACE(sizeof(uint16_t))];

  uint32_t n_messages = 0u;
  for (uint32_t i = 0u, end = 0u; i < n; i = end, ++n_messages) {
    const size_t size  = vectors[i].iov_len;
    size_t       total = 0u;
    for (end = i; end < n && vectors[end].iov_len == size &&
                  (end == i || (is_cut && total + size <= SEGMENTS_BYTES));
         ++end) {
      total += size;
    }
    messages[n_messages] = (struct mmsghdr){
      .msg_hdr = {.msg_iov = vectors + i, .msg_iovlen = end - i}};
    if (end - i > 1u) {
      struct msghdr* const header   = &messages[n_messages].msg_hdr;
      const uint16_t       segment  = (uint16_t)size;
      header->msg_control           = controls[n_messages];
      header->msg_controllen        = sizeof(controls[n_messages]);
      struct cmsghdr* const control = CMSG_FIRSTHDR(header);
      control->cmsg_level           = IPPROTO_UDP;
      control->cmsg_type            = UDP_SEGMENT;
      control->cmsg_len             = CMSG_LEN(sizeof(segment));
      memcpy(CMSG_DATA(control), &segment, sizeof(segment));
    }
  }
  return n_messages;
}

/// Give some packets to the kernel, which may make us wait
static bool
send_some(const int fd, const Way way, const uint32_t first, const uint32_t n)
{
  struct iovec   vectors[BATCH];
  struct mmsghdr messages[BATCH];
  for (uint32_t i = 0u; i < n; ++i) {
    const Packet* const packet = &packets[(first + i) % n_packets];
    const size_t        head   = way == STREAM ? 0u : 4u;
    vectors[i] = (struct iovec){packet->bytes + head, packet->size + 4u - head};
  }
  if (way == STREAM) {
    return send_stream(fd, vectors, n);
  }

  const uint32_t n_messages =
    make_headers(messages, vectors, n, way == SEGMENTS);
  for (uint32_t done = 0u; done < n_messages;) {
    const int sent =
      sendmmsg(fd, messages + done, n_messages - done, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != ENOBUFS) {
      return false;
    }
    done += sent > 0 ? (uint32_t)sent : 0u;
  }
  return true;
}

int
main(const int argc, char** const argv)
{
  if (argc != 7) {
    fprintf(stderr, "usage: flood TARGET KIND RATE AMOUNT INSTANCES SYMBOLS\n");
    return 2;
  }

  const bool     is_bundle = !strcmp(argv[2], "bundle");
  const double   rate      = strtod(argv[3], NULL);
  char*          unit      = NULL;
  const double   amount    = strtod(argv[4], &unit);
  const bool     is_time   = *unit != 'p';
  const uint32_t instances = (uint32_t)strtoul(argv[5], NULL, 10);
  const uint32_t each      = is_bundle ? BUNDLE : 1u;
  Way            way       = DATAGRAMS;
  const int      fd        = open_target(argv[1], &way);
  n_symbols                = (uint32_t)strtoul(argv[6], NULL, 10);
  if (fd < 0 || !instances || instances > INSTANCES_MAX || !n_symbols ||
      n_symbols > SYMBOLS) {
    fprintf(stderr, "flood: cannot reach %s\n", argv[1]);
    return 2;
  }

  make_packets(instances, is_bundle);
  if (way == SEGMENTS) {
    sort_by_size();
  }

  const int64_t  start = now_ns();
  const int64_t  end   = start + (int64_t)((is_time ? amount : 60.0) * 1e9);
  const uint64_t limit = is_time ? UINT64_MAX : (uint64_t)amount;
  uint64_t       sent  = 0u;
  int64_t        now   = start;
  int64_t        next  = start;
  for (; now < end && sent < limit; now = now_ns()) {
    uint64_t due = sent + BATCH;
    if (rate > 0.0) {
      // What should be out by now, at most, in even portions
      due = (uint64_t)(rate / each * (double)(now - start) * 1e-9) + 1u;
    }
    due = due < limit ? due : limit;
    while (sent < due) {
      const uint64_t left = due - sent;
      const uint32_t n    = left < BATCH ? (uint32_t)left : BATCH;
      if (!send_some(fd, way, (uint32_t)(sent % n_packets), n)) {
        perror("flood");
        return 1;
      }
      sent += n;
    }
    if (rate > 0.0) {
      next += PACE_NS;
      const struct timespec t = {next / 1000000000, next % 1000000000};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    }
  }

  printf("sent %llu %llu %.6f\n",
         (unsigned long long)sent * each,
         (unsigned long long)sent,
         (double)(now - start) * 1e-9);
  close(fd);
  return 0;
}
