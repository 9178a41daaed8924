// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the LV2 glue needs to know of a plugin: its ports, table and processor

#ifndef RINGSIDE_PLUGIN_DESCRIPTION_H
#define RINGSIDE_PLUGIN_DESCRIPTION_H

#include "plugin/processor.h"
#include "shm/parameter.h"

#include <stdint.h>

#define RS_NO_PORT UINT32_MAX
#define RS_AUDIO_MAX 8u

typedef struct {
  const char*         uri;
  const char*         base_name; ///< "strip": what instance names begin with
  const RsParameter*  parameters;
  const RsScalePoint* points;
  uint32_t            n_parameters;
  uint32_t            n_points;
  uint32_t            n_ports;
  uint32_t            n_in;
  uint32_t            n_out;
  uint32_t            audio_in[RS_AUDIO_MAX];  ///< Port indices
  uint32_t            audio_out[RS_AUDIO_MAX]; ///< Port indices
  uint32_t            control_port;            ///< Atom in, or RS_NO_PORT
  uint32_t            notify_port;             ///< Atom out, or RS_NO_PORT
  uint32_t            freewheel_port;          ///< Or RS_NO_PORT
  uint32_t            osc_port_parameter; ///< Output parameter, or RS_NO_PORT
  uint32_t            osc_late_parameter; ///< Output parameter, or RS_NO_PORT

  /// Not for the audio thread.  @return 0, or -1 without memory
  int (*open)(RsProcessor* processor, double rate_hz);
  void (*close)(RsProcessor* processor);
} RsDescription;

/// Ringside Strip, `urn:ringside:strip`
extern const RsDescription rs_strip_description;

#endif // RINGSIDE_PLUGIN_DESCRIPTION_H
