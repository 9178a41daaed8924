// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The seam to the sound: what a sound processor is.

   The engine (control.h) drives one; it knows parameters by index only.  The
   strip is the first processor; a wrapped plugin is a later one.
*/

#ifndef RINGSIDE_PLUGIN_PROCESSOR_H
#define RINGSIDE_PLUGIN_PROCESSOR_H

#include "shm/status.h"

#include <stdint.h>

/// All functions are called by run() only, or before it is first called
typedef struct {
  void* self;

  /**
     A parameter has this value from the next frame that is run.

     @param value legal for the parameter (rs_parameter_legal())
  */
  RS_REALTIME void (*set)(void* self, uint32_t parameter, float value);

  /// Forget all sound, and be settled: the next frame starts without a fade
  RS_REALTIME void (*reset)(void* self);

  /**
     Make `frames` frames, 1 or more.  In and out may be the same buffers.
     Floating-point mode is the caller's; flush-to-zero is set around run().
  */
  RS_REALTIME void (*run)(void*               self,
                          const float* const* in,
                          float* const*       out,
                          uint32_t            frames);

  /// The value of an output parameter, after run()
  RS_REALTIME float (*output)(void* self, uint32_t parameter);
} RsProcessor;

#endif // RINGSIDE_PLUGIN_PROCESSOR_H
