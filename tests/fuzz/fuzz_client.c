// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Command lines of `ringside`, and a bridge that answers anything.  The client
   is the real one but for its clock and its socket: time passes when it waits.

   Input: arguments with zeros in between, a newline, then answers, each after
   its length in one byte.
*/

#include "tests/fuzz/fuzz.h"
#include "ui-bridge/client/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS_MAX 32
#define ANSWERS_MAX 64u

int
ringside_main(int argc, char** argv);

int
ringside_poll(struct pollfd* fds, nfds_t count, int timeout_ms);

int
ringside_clock(clockid_t id, struct timespec* now);

static Input   answers;
static int     bridge_end;
static int64_t now_ns;

/// In place of rs_client_connect()
RsClientExit
rs_client_connect(RsClient* const client, const int port)
{
  int ends[2];
  require(port >= 0 && port <= 65535);
  require(
    !socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
  client->socket = ends[0];
  bridge_end     = ends[1];
  for (uint32_t i = 0u; i < ANSWERS_MAX && answers.left; ++i) {
    uint8_t      answer[1024];
    const size_t size = 4u * input_u8(&answers);
    input_copy(&answers, answer, size);
    (void)!send(bridge_end, answer, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  return RS_CLIENT_DONE;
}

int
ringside_poll(struct pollfd* const fds,
              const nfds_t         count,
              const int            timeout_ms)
{
  char sent[64];
  while (recv(bridge_end, sent, sizeof(sent), MSG_DONTWAIT) > 0) {
  }

  const int ready = poll(fds, count, 0);
  now_ns += ready > 0 ? 1000 : (int64_t)timeout_ms * 1000000;
  return ready;
}

int
ringside_clock(const clockid_t id, struct timespec* const now)
{
  (void)id;
  now->tv_sec  = now_ns / 1000000000;
  now->tv_nsec = now_ns % 1000000000;
  return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  Input input                   = {data, size};
  Input line                    = input_until(&input, '\n');
  int   argc                    = 1;
  char  name[]                  = "ringside";
  char* argv[ARGUMENTS_MAX + 2] = {name};
  while (line.left && argc <= ARGUMENTS_MAX) {
    argv[argc++] = exact_text(input_until(&line, '\0'));
  }
  argv[argc] = NULL;

  answers        = input;
  bridge_end     = -1;
  now_ns         = 1000000000000;
  const int code = ringside_main(argc, argv);
  require(code >= RS_CLIENT_DONE && code <= RS_CLIENT_TIMEOUT);

  if (bridge_end >= 0) {
    close(bridge_end);
  }
  for (int i = 1; i < argc; ++i) {
    free(argv[i]);
  }
  return 0;
}
