// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A small LV2 host to be embedded: in tests, benchmarks and the demo.

   Loads a plugin by lilv, makes any number of instances of it, all fed with
   the same input, and calls them in one audio thread at the pace of time or as
   fast as it goes, or in the caller's thread.  Instances are numbered from 1.

   Functions may be called from one thread beside the audio thread, which waits
   for them between two blocks; none is for real-time use.
*/

#ifndef RINGSIDE_TESTS_HOST_EMBEDDED_H
#define RINGSIDE_TESTS_HOST_EMBEDDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RS_HOST_CHANNELS 2u

/// A host at the pace of time that is so late does not make up for it
#define RS_HOST_GIVE_UP_NS 200000000

typedef struct RsHostImpl RsHost;

/// Fill `frames` frames of both channels, the first of them number `position`
typedef void (*RsHostInput)(void*        context,
                            uint64_t     position,
                            float* const channels[RS_HOST_CHANNELS],
                            uint32_t     frames);

typedef void (*RsHostLog)(void* context, const char* line);

/// How plugins can tell the host what to set their ports to
typedef enum {
  RS_HOST_TOLD_NOTHING,
  RS_HOST_TOLD_BY_REQUEST, ///< kx control-input-port-change-request, as Carla
  RS_HOST_TOLD_BY_ATOMS    ///< Automation messages, as Ardour
} RsHostTold;

typedef struct {
  const char* plugin_uri;
  double      rate_hz;
  uint32_t    block;    ///< Frames of a cycle
  bool        is_paced; ///< At the pace of time; else as fast as it goes
  RsHostInput input;    ///< NULL: silence
  void*       input_context;
  RsHostLog   log; ///< Lines that plugins log; NULL: standard error
  void*       log_context;
  RsHostTold  told;
} RsHostOptions;

/// @return NULL if there is no such plugin, or without memory
RsHost*
rs_host_new(const RsHostOptions* options);

/// Stops, removes all instances, frees; NULL is fine
void
rs_host_free(RsHost* host);

// Instances

/// @return its number, or 0 if it could not be made
uint32_t
rs_host_add(RsHost* host);

/// @return false if there is none of that number
bool
rs_host_remove(RsHost* host, uint32_t instance);

/// Whether activate() was called; true at first
bool
rs_host_set_active(RsHost* host, uint32_t instance, bool is_active);

// Running

/// Start to call run() in the audio thread.  @return false without threads
bool
rs_host_start(RsHost* host);

/// No run() is under way, or comes, after this
void
rs_host_stop(RsHost* host);

/// Call run() for so many frames in this thread, at no pace; only while stopped
void
rs_host_run(RsHost* host, uint64_t frames);

/// Frames since rs_host_new()
uint64_t
rs_host_position(const RsHost* host);

/// Go on from there; only while stopped.  Plugins do not learn of it
void
rs_host_locate(RsHost* host, uint64_t position);

/// Stop by itself once this position is reached; 0: never
void
rs_host_end_at(RsHost* host, uint64_t position);

/// What the port designated lv2:freeWheeling holds
void
rs_host_set_freewheel(RsHost* host, bool is_freewheeling);

// Ports

/// Before the next block.  @return false if there is no such control input
bool
rs_host_set_port(RsHost*     host,
                 uint32_t    instance,
                 const char* symbol,
                 float       value);

/// At exactly this frame: the block is split there
bool
rs_host_set_port_at(RsHost*     host,
                    uint64_t    position,
                    uint32_t    instance,
                    const char* symbol,
                    float       value);

/// Control input or output.  @return false if there is no such port
bool
rs_host_get_port(RsHost*     host,
                 uint32_t    instance,
                 const char* symbol,
                 float*      value);

// Being told

/**
   What becomes of what plugins ask for: `at-once` (as at first), `late=MS`,
   `refuse`, `deaf`, `clamp=MOST`, `round=STEP`, `twice` (and 100 ms later
   again), or several of them with commas.

   @return false if there is no such word
*/
bool
rs_host_answer(RsHost* host, const char* text);

/// A lane that stands at a value and wins; NAN: no more
bool
rs_host_set_lane(RsHost*     host,
                 uint32_t    instance,
                 const char* symbol,
                 float       value);

/// Whether the transport rolls, as plugins see it; false at first
void
rs_host_set_rolling(RsHost* host, bool is_rolling);

/**
   Write all that plugins told as lines POSITION NANOSECONDS INSTANCE WHAT
   SYMBOL VALUE, where WHAT is `request`, or `start`, `value`, `end`, or
   `changed`.  The time is that of the call of run(), by CLOCK_MONOTONIC.

   @return false if it was not written, or there was more than is kept
*/
bool
rs_host_write_told(RsHost* host, const char* path);

// State

/// Save as a Turtle file, ports and what the plugin says of itself
bool
rs_host_save(RsHost* host, uint32_t instance, const char* path);

/// @param is_live do it while run() runs, as Ardour does
bool
rs_host_load(RsHost* host, uint32_t instance, const char* path, bool is_live);

/// Load a preset that the world knows
bool
rs_host_preset(RsHost* host, uint32_t instance, const char* uri);

// Recording

/// Keep what this instance gives from now on; 0: keep nothing more
void
rs_host_record(RsHost* host, uint32_t instance);

/// What was kept, interleaved; valid until it is recorded on
const float*
rs_host_recording(const RsHost* host, size_t* frames);

/// Write it as WAV (32-bit float), or as bare floats if the name ends in .f32
bool
rs_host_write(const RsHost* host, const char* path);

#endif // RINGSIDE_TESTS_HOST_EMBEDDED_H
