// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A private place for one test: runtime folder and environment, the bridge
   that lives there, a client of it over UDP, and what a process holds.
*/

#ifndef RINGSIDE_TESTS_RELIABILITY_RIG_H
#define RINGSIDE_TESTS_RELIABILITY_RIG_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// How long anything may take on a busy machine
#define RIG_PATIENCE_MS 60000

typedef struct {
  char               folder[64];  ///< Of this rig; also its HOME
  char               runtime[80]; ///< RINGSIDE_RUNTIME_DIR
  int                udp;
  struct sockaddr_in bridge; ///< Where the bridge listens
  int32_t            serial; ///< Of the last ping
} Rig;

/// Make the folder, set the environment.  @return false with errno
bool
rig_open(Rig* rig);

/// Remove the folder.  @return false if anything but locks was left in it
bool
rig_close(Rig* rig);

/// The process that has the runtime folder now, 0 if none has
pid_t
rig_bridge(const Rig* rig);

/// Learn the port.  @return false if no bridge has written it
bool
rig_find_port(Rig* rig);

// Messages; strings end in zeros up to a multiple of four

/// Put a message together: tags of i f s.  @return its size
size_t
rig_message(char* to, const char* address, const char* tags, ...);

void
rig_send(const Rig* rig, const void* packet, size_t size);

/// The next answer within that time.  @return its size, or 0
size_t
rig_receive(const Rig* rig, void* packet, size_t size, int timeout_ms);

/// The arguments of an answer with that address and tags, or NULL
const char*
rig_arguments(const char* packet, const char* address, const char* tags);

int32_t
rig_int_at(const char* arguments);

float
rig_float_at(const char* arguments);

/// Ping until that is answered, then nothing older is on its way any more.
/// @return false if the bridge does not answer in that time
bool
rig_meet(Rig* rig, int timeout_ms);

/// Query one value.  @return false on /error, or without an answer
bool
rig_value(const Rig* rig, const char* address, float* value, int timeout_ms);

/// Wait until all that was sent took effect
bool
rig_sync(const Rig* rig, int32_t number, int timeout_ms);

// What a process holds

/// Open descriptors, -1 if it is gone
int
rig_descriptors(pid_t pid);

/// Resident memory in KiB
long
rig_memory_kib(pid_t pid);

/// Children that nobody reaped
int
rig_zombies(pid_t pid);

#endif // RINGSIDE_TESTS_RELIABILITY_RIG_H
