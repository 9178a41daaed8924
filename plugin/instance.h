// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   One plugin instance as the host holds it: what instantiate() makes and run()
   uses.

   `plugin.c` has the host's instantiation functions, `run.c` what the audio
   thread may call.  Neither calls into the other.
*/

#ifndef RINGSIDE_PLUGIN_INSTANCE_H
#define RINGSIDE_PLUGIN_INSTANCE_H

#include "plugin/appear.h"
#include "plugin/control.h"
#include "plugin/description.h"
#include "plugin/link.h"
#include "plugin/log.h"
#include "plugin/notify.h"
#include "plugin/presence.h"
#include "plugin/state.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/urid/urid.h>

#include <stdbool.h>
#include <stdint.h>

/// What a port is to us
typedef enum {
  RS_PORT_NONE,
  RS_PORT_AUDIO_IN,
  RS_PORT_AUDIO_OUT,
  RS_PORT_PARAMETER,
  RS_PORT_OUTPUT,
  RS_PORT_CONTROL,
  RS_PORT_NOTIFY,
  RS_PORT_FREEWHEEL,
} RsPortKind;

typedef struct {
  RsPortKind kind;
  uint32_t   index; ///< Of the audio port, or of the parameter
} RsPort;

typedef struct {
  const RsDescription* description;
  double               rate_hz;
  uintptr_t            maker; ///< Thread pointer of instantiate()
  RsPort*              ports; ///< One for each port of the plugin
  RsStateUrids         state;
  RsLog                log;

  RsProcessor processor; ///< The sound
  RsProcessor outside;   ///< The same as the engine sees it, see run.c
  RsControl*  control;
  RsIntake*   first;  ///< Ours only if it is not linked
  RsLinked*   linked; ///< NULL: it works alone
  RsPresence  presence;

  // Audio thread
  RsAppear      appear;
  const float*  in[RS_AUDIO_MAX];
  float*        out[RS_AUDIO_MAX];
  const float** inputs;  ///< One for each parameter, NULL: not connected
  float**       outputs; ///< One for each parameter, NULL: no output
  const float*  freewheel;
  const LV2_Atom_Sequence* control_port;
  LV2_Atom_Sequence*       notify_port;
  RsNotify                 notify;
} RsPlugin;

/// Names the calling thread, without a system call: its thread pointer
static inline uintptr_t
rs_thread(void)
{
  uintptr_t thread = 0;
#if defined(__x86_64__)
  __asm__("movq %%fs:0, %0" : "=r"(thread));
#elif defined(__i386__)
  __asm__("movl %%gs:0, %0" : "=r"(thread));
#elif defined(__aarch64__)
  __asm__("mrs %0, tpidr_el0" : "=r"(thread));
#else
  thread = (uintptr_t)__builtin_thread_pointer();
#endif
  return thread;
}

// run.c: called by the host's audio thread

RS_REALTIME void
rs_run_connect_port(LV2_Handle handle, uint32_t port, void* data);

RS_REALTIME void
rs_run_activate(LV2_Handle handle);

RS_REALTIME void
rs_run_run(LV2_Handle handle, uint32_t n_frames);

RS_REALTIME void
rs_run_deactivate(LV2_Handle handle);

/// Let the engine see the processor with the outputs that are the link's
void
rs_run_wrap(RsPlugin* plugin);

#endif // RINGSIDE_PLUGIN_INSTANCE_H
