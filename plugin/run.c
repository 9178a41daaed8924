// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the audio thread may call.

   No system call, lock, allocation or wait: one clock_gettime() through the
   vDSO is all that leaves this library.  Ardour calls activate() and
   deactivate() from here, too.
*/

#include "plugin/instance.h"

#include <time.h>

RS_REALTIME void
rs_run_connect_port(const LV2_Handle handle,
                    const uint32_t   port,
                    void* const      data)
{
  RsPlugin* const plugin = (RsPlugin*)handle;
  if (port >= plugin->description->n_ports) {
    return;
  }

  const uint32_t i = plugin->ports[port].index;
  switch (plugin->ports[port].kind) {
    case RS_PORT_AUDIO_IN:
      plugin->in[i] = (const float*)data;
      break;
    case RS_PORT_AUDIO_OUT:
      plugin->out[i] = (float*)data;
      break;
    case RS_PORT_PARAMETER:
      plugin->inputs[i] = (const float*)data;
      break;
    case RS_PORT_OUTPUT:
      plugin->outputs[i] = (float*)data;
      break;
    case RS_PORT_NOTIFY:
      plugin->notify_port = (LV2_Atom_Sequence*)data;
      break;
    case RS_PORT_FREEWHEEL:
      plugin->freewheel = (const float*)data;
      break;
    case RS_PORT_CONTROL:
      plugin->control_port = (const LV2_Atom_Sequence*)data;
      break;
    case RS_PORT_NONE:
      break;
  }
}

RS_REALTIME void
rs_run_activate(const LV2_Handle handle)
{
  rs_control_activate(((RsPlugin*)handle)->control);
}

RS_REALTIME void
rs_run_deactivate(const LV2_Handle handle)
{
  rs_control_deactivate(((RsPlugin*)handle)->control);
}

static RS_REALTIME void
appear(RsPlugin* const plugin, const RsCycle* const cycle)
{
  // Both words are read by rs_member_appears(), on which nothing else hangs
  RsPresence* const presence = &plugin->presence;
  if (!atomic_load_explicit(&presence->has_paced, memory_order_relaxed)) {
    atomic_store_explicit(&presence->was_called, 1u, memory_order_relaxed);
    if (rs_appear_cycle(&plugin->appear,
                        plugin->rate_hz,
                        cycle->now_ns,
                        cycle->frames,
                        plugin->maker == rs_thread(),
                        cycle->freewheel)) {
      atomic_store_explicit(&presence->has_paced, 1u, memory_order_relaxed);
    }
  }
}

RS_REALTIME void
rs_run_run(const LV2_Handle handle, const uint32_t n_frames)
{
  RsPlugin* const plugin = (RsPlugin*)handle;

  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);

  const RsCycle cycle = {
    .in        = plugin->in,
    .out       = plugin->out,
    .n_in      = plugin->description->n_in,
    .n_out     = plugin->description->n_out,
    .ports     = plugin->inputs,
    .outputs   = plugin->outputs,
    .frames    = n_frames,
    .now_ns    = ((int64_t)now.tv_sec * 1000000000) + now.tv_nsec,
    .freewheel = plugin->freewheel && *plugin->freewheel > 0.5f,
    .teller    = &plugin->notify.teller,
  };

  rs_notify_begin(&plugin->notify, plugin->notify_port, plugin->control_port);
  appear(plugin, &cycle);

  rs_control_run(plugin->control, &cycle);

  // Only to tell that there is a new name: the name itself is under a lock
  rs_notify_end(
    &plugin->notify,
    cycle.now_ns,
    atomic_load_explicit(&plugin->presence.renamed, memory_order_relaxed),
    cycle.freewheel);
}

// The processor as the engine sees it: its own outputs, and those of the link

static RS_REALTIME void
set_inside(void* const self, const uint32_t parameter, const float value)
{
  const RsProcessor* const inside = &((const RsPlugin*)self)->processor;
  inside->set(inside->self, parameter, value);
}

static RS_REALTIME void
reset_inside(void* const self)
{
  const RsProcessor* const inside = &((const RsPlugin*)self)->processor;
  inside->reset(inside->self);
}

static RS_REALTIME void
run_inside(void* const               self,
           const float* const* const in,
           float* const* const       out,
           const uint32_t            frames)
{
  const RsProcessor* const inside = &((const RsPlugin*)self)->processor;
  inside->run(inside->self, in, out, frames);
}

static RS_REALTIME float
output_inside(void* const self, const uint32_t parameter)
{
  RsPlugin* const            plugin = (RsPlugin*)self;
  const RsDescription* const is     = plugin->description;

  if (parameter == is->osc_port_parameter) {
    return (float)atomic_load_explicit(&plugin->presence.osc_port,
                                       memory_order_relaxed);
  }

  if (parameter == is->osc_late_parameter) {
    const RsIntake* const now = rs_control_current(plugin->control);
    return (float)atomic_load_explicit(
      &now->segments.telemetry.fixed->totals.late, memory_order_relaxed);
  }

  return plugin->processor.output(plugin->processor.self, parameter);
}

void
rs_run_wrap(RsPlugin* const plugin)
{
  plugin->outside =
    (RsProcessor){plugin, set_inside, reset_inside, run_inside, output_inside};
}
