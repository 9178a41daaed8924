// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A plugin side that says anything at all, with any descriptors

#include "tests/reliability/host_scribbler.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/// A memory file that is not what it seems
static int
make_file(Random* const random, const size_t size)
{
  static const int seals[] = {0,
                              F_SEAL_SHRINK,
                              F_SEAL_SHRINK | F_SEAL_GROW,
                              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
                              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL |
                                F_SEAL_FUTURE_WRITE};

  char      bytes[64];
  const int fd = memfd_create("evil", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  for (size_t i = 0u; i < sizeof(bytes); ++i) {
    bytes[i] = (char)random_next(random);
  }

  (void)!ftruncate(fd, (off_t)size);
  (void)!write(fd, bytes, random_below(random, sizeof(bytes)));
  (void)fcntl(fd, F_ADD_SEALS, seals[random_below(random, 5u)]);
  return fd;
}

/// Anything at all, or nothing; sometimes a kind that there is
static void
say_anything(const int host, Random* const random, const int* const fds)
{
  uint32_t words[256];
  for (uint32_t i = 0u; i < 256u; ++i) {
    words[i] = (uint32_t)random_next(random);
  }
  if (random_below(random, 4u)) {
    words[0] = RS_ATTACH_MAGIC;
    words[1] = random_below(random, 12u);
  }
  const size_t size =
    random_below(random, 4u) ? random_below(random, sizeof(words)) : 0u;
  (void)peer_send(host, words, size, fds, random_below(random, 7u));
}

/// The same where clients talk: nothing that comes with a packet may stay
static void
say_to_all(const char* const runtime,
           Random* const     random,
           const int* const  fds)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path,
           sizeof(address.sun_path),
           "%.80s/" RS_OSC_SOCKET,
           runtime);
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (!connect(fd, (const struct sockaddr*)&address, sizeof(address))) {
    say_anything(fd, random, fds);
  }
  close(fd);
}

_Noreturn void
evil_talk(const char* const runtime)
{
  Random random = {22u};
  for (;;) {
    PeerInstance peer;
    int          pipes[2];
    int          streams[2];
    const int    host = peer_hello("talker");
    const int    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (host < 0 || !peer_make(&peer) || pipe(pipes) ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, streams)) {
      _exit(1);
    }

    const int others[] = {
      null,
      pipes[0],
      streams[0],
      host,
      peer.socket,
      peer.bridge_socket,
      peer.segments.commands_fd,
      peer.segments.telemetry_fd,
      make_file(&random, peer.segments.commands_size),
      make_file(&random, peer.segments.telemetry_size),
      make_file(&random, random_below(&random, 1u << 20u)),
    };

    // Right ones, those that were sent before, and any
    bool is_open = true;
    for (uint32_t i = 0u; i < 32u && is_open; ++i) {
      int fds[6];
      for (uint32_t k = 0u; k < 6u; ++k) {
        fds[k] = others[random_below(&random, 11u)];
      }
      if (!random_below(&random, 3u)) {
        memcpy(fds, &others[5], 3u * sizeof(int));
      }

      if (random_below(&random, 8u)) {
        is_open = evil_attach(host,
                              random_below(&random, 3u),
                              random_below(&random, 2u) ? "evil" : "good",
                              0u,
                              fds);
      } else {
        say_anything(host, &random, fds);
        say_to_all(runtime, &random, fds);
      }
      atomic_fetch_add(&evil_deeds->n_said, 1u);
    }

    close(host);
    peer_close(&peer);
    close(null);
    for (uint32_t i = 0u; i < 2u; ++i) {
      close(pipes[i]);
      close(streams[i]);
    }
    for (uint32_t i = 8u; i < 11u; ++i) {
      close(others[i]);
    }
  }
}
