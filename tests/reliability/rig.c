// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A private place for one test

#include "tests/reliability/rig.h"

#include "shm/attach.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int64_t
now_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return ((int64_t)now.tv_sec * 1000) + (now.tv_nsec / 1000000);
}

bool
rig_open(Rig* const rig)
{
  memset(rig, 0, sizeof(*rig));
  strcpy(rig->folder, "/tmp/rs-rig-XXXXXX");
  if (!mkdtemp(rig->folder)) {
    return false;
  }

  snprintf(rig->runtime, sizeof(rig->runtime), "%s/run", rig->folder);
  setenv("RINGSIDE_RUNTIME_DIR", rig->runtime, 1);
  setenv("RINGSIDE_PORT", "0", 1);
  setenv("HOME", rig->folder, 1);

  // In the build folder beside it is much that is no bundle
  char path[96];
  snprintf(path, sizeof(path), "%s/ringside.lv2", rig->folder);
  if (symlink(BUNDLE_FOLDER, path)) {
    return false;
  }

  setenv("LV2_PATH", rig->folder, 1);
  unsetenv("XDG_CONFIG_HOME");
  unsetenv("XDG_DATA_HOME");

  struct sockaddr_in any = {.sin_family      = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

  rig->bridge = any;
  rig->udp    = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return rig->udp >= 0 &&
         !bind(rig->udp, (const struct sockaddr*)&any, sizeof(any));
}

static int
remove_entry(const char* const        path,
             const struct stat* const st,
             const int                kind,
             struct FTW* const        walk)
{
  (void)st;
  (void)kind;
  (void)walk;
  return remove(path);
}

bool
rig_close(Rig* const rig)
{
  bool       is_clean = true;
  DIR* const dir      = opendir(rig->runtime);
  for (const struct dirent* e = NULL; dir && (e = readdir(dir));) {
    if (e->d_name[0] != '.' && strcmp(e->d_name, RS_START_LOCK) != 0 &&
        strcmp(e->d_name, RS_BRIDGE_LOCK) != 0) {
      fprintf(stderr, "# %s was left in the runtime folder\n", e->d_name);
      is_clean = false;
    }
  }

  if (dir) {
    closedir(dir);
  }

  close(rig->udp);
  nftw(rig->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  return is_clean;
}

/// A number in a file of the runtime folder, 0 if there is none
static long
read_number(const Rig* const rig, const char* const name)
{
  char path[128];
  char text[32] = "";
  snprintf(path, sizeof(path), "%s/%s", rig->runtime, name);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return 0;
  }

  const ssize_t n = read(fd, text, sizeof(text) - 1u);
  close(fd);
  return n > 0 ? strtol(text, NULL, 10) : 0;
}

pid_t
rig_bridge(const Rig* const rig)
{
  return (pid_t)read_number(rig, RS_BRIDGE_LOCK);
}

bool
rig_find_port(Rig* const rig)
{
  const long port      = read_number(rig, RS_PORT_FILE);
  rig->bridge.sin_port = htons((uint16_t)port);
  return port > 0;
}

static size_t
put_text(char* const to, const char* const text)
{
  const size_t size = (strlen(text) + 4u) & ~(size_t)3u;
  memset(to, 0, size);
  memcpy(to, text, strlen(text));
  return size;
}

static size_t
put_word(char* const to, const uint32_t word)
{
  const uint32_t swapped = htonl(word);
  memcpy(to, &swapped, sizeof(swapped));
  return sizeof(swapped);
}

size_t
rig_message(char* const       to,
            const char* const address,
            const char* const tags,
            ...)
{
  char with_comma[32];
  snprintf(with_comma, sizeof(with_comma), ",%s", tags);

  size_t  size = put_text(to, address);
  va_list args;
  size += put_text(to + size, with_comma);
  va_start(args, tags);
  for (const char* tag = tags; *tag; ++tag) {
    if (*tag == 's') {
      size += put_text(to + size, va_arg(args, const char*));
    } else if (*tag == 'i') {
      size += put_word(to + size, (uint32_t)va_arg(args, int));
    } else {
      const float value = (float)va_arg(args, double);
      uint32_t    word  = 0;
      memcpy(&word, &value, sizeof(word));
      size += put_word(to + size, word);
    }
  }
  va_end(args);
  return size;
}

void
rig_send(const Rig* const rig, const void* const packet, const size_t size)
{
  // What is lost here was never acknowledged
  (void)!sendto(rig->udp,
                packet,
                size,
                MSG_DONTWAIT,
                (const struct sockaddr*)&rig->bridge,
                sizeof(rig->bridge));
}

size_t
rig_receive(const Rig* const rig,
            void* const      packet,
            const size_t     size,
            const int        timeout_ms)
{
  struct pollfd answer = {.fd = rig->udp, .events = POLLIN};
  if (poll(&answer, 1u, timeout_ms) != 1) {
    return 0;
  }

  memset(packet, 0, size);
  const ssize_t n = recv(rig->udp, packet, size - 1u, MSG_DONTWAIT);
  return n > 0 ? (size_t)n : 0u;
}

const char*
rig_arguments(const char* const packet,
              const char* const address,
              const char* const tags)
{
  if (strcmp(packet, address) != 0) {
    return NULL;
  }

  const char* const types = packet + ((strlen(address) + 4u) & ~(size_t)3u);
  return types[0] == ',' && !strcmp(types + 1, tags)
           ? types + ((strlen(tags) + 5u) & ~(size_t)3u)
           : NULL;
}

int32_t
rig_int_at(const char* const arguments)
{
  uint32_t word = 0;
  memcpy(&word, arguments, sizeof(word));
  return (int32_t)ntohl(word);
}

float
rig_float_at(const char* const arguments)
{
  const uint32_t word  = (uint32_t)rig_int_at(arguments);
  float          value = 0.0f;
  memcpy(&value, &word, sizeof(value));
  return value;
}

bool
rig_meet(Rig* const rig, const int timeout_ms)
{
  const int64_t end_ms = now_ms() + timeout_ms;
  while (now_ms() < end_ms) {
    char packet[256];
    if (!rig_find_port(rig)) {
      usleep(500);
      continue;
    }

    rig_send(
      rig, packet, rig_message(packet, "/ringside/ping", "i", ++rig->serial));

    // A bridge that is just starting never saw it
    const int64_t again_ms = now_ms() + 5;
    while (now_ms() < again_ms) {
      if (rig_receive(rig, packet, sizeof(packet), 1)) {
        const char* const pong = rig_arguments(packet, "/ringside/pong", "i");
        if (pong && rig_int_at(pong) == rig->serial) {
          return true;
        }
      }
    }
  }

  return false;
}

bool
rig_value(const Rig* const  rig,
          const char* const address,
          float* const      value,
          const int         timeout_ms)
{
  char packet[512];
  rig_send(rig, packet, rig_message(packet, address, ""));

  const int64_t end_ms = now_ms() + timeout_ms;
  for (int64_t left = timeout_ms; left >= 0; left = end_ms - now_ms()) {
    if (rig_receive(rig, packet, sizeof(packet), (int)left)) {
      const char* const answer = rig_arguments(packet, address, "f");
      if (answer) {
        *value = rig_float_at(answer);
        return true;
      }

      if (!strcmp(packet, "/error")) {
        return false;
      }
    }
  }

  return false;
}

bool
rig_sync(const Rig* const rig, const int32_t number, const int timeout_ms)
{
  char packet[512];
  rig_send(rig, packet, rig_message(packet, "/ringside/sync", "i", number));

  const int64_t end_ms = now_ms() + timeout_ms;
  for (int64_t left = timeout_ms; left >= 0; left = end_ms - now_ms()) {
    if (rig_receive(rig, packet, sizeof(packet), (int)left)) {
      const char* const synced = rig_arguments(packet, "/ringside/synced", "i");
      if (synced && rig_int_at(synced) == number) {
        return true;
      }

      const char* const refused = rig_arguments(packet, "/error", "sis");
      if (refused && !strcmp(refused, "/ringside/sync")) {
        // Not yet, it says
        rig_send(
          rig, packet, rig_message(packet, "/ringside/sync", "i", number));
      }
    }
  }

  return false;
}

int
rig_descriptors(const pid_t pid)
{
  char path[64];
  snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
  DIR* const dir = opendir(path);
  if (!dir) {
    return -1;
  }

  int n = 0;
  for (const struct dirent* e = NULL; (e = readdir(dir));) {
    n += e->d_name[0] != '.';
  }

  closedir(dir);
  return n;
}

long
rig_memory_kib(const pid_t pid)
{
  char path[64];
  char line[256];
  long kib = -1;
  snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
  FILE* const file = fopen(path, "r");
  while (file && fgets(line, sizeof(line), file)) {
    if (!strncmp(line, "VmRSS:", 6u)) {
      kib = strtol(line + 6, NULL, 10);
    }
  }

  if (file) {
    fclose(file);
  }

  return kib;
}

/// State and parent of a process.  @return false if it is gone
static bool
read_stat(const char* const pid, char* const state, int* const parent)
{
  char path[64];
  char text[512] = "";
  snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return false;
  }

  const ssize_t n = read(fd, text, sizeof(text) - 1u);
  close(fd);

  // Its name is in brackets, and may have any in it
  const char* const end = n > 0 ? strrchr(text, ')') : NULL;
  return end && sscanf(end + 1, " %c %d", state, parent) == 2;
}

int
rig_zombies(const pid_t pid)
{
  int        n   = 0;
  DIR* const dir = opendir("/proc");
  for (const struct dirent* e = NULL; dir && (e = readdir(dir));) {
    char state  = '\0';
    int  parent = 0;
    if (e->d_name[0] >= '0' && e->d_name[0] <= '9' &&
        read_stat(e->d_name, &state, &parent)) {
      n += parent == (int)pid && state == 'Z';
    }
  }

  if (dir) {
    closedir(dir);
  }

  return n;
}
