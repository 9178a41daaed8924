// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The strip's memory: making, binding and freeing it, off the audio thread

#include "plugin/description.h"
#include "plugin/faust.h"
#include "plugin/processor.h"
#include "plugin/strip.h"

#include "strip_table.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Time constants of a glide.  Together they start with no speed and go 99.9 %
// of the way in 18 ms: filters that close far need more than 99 % of their
// terms to be 99 % there
#define SLOW_S 0.0024
#define FAST_S 0.0008

extern const RsFaustUnit rs_unit_core_48;
extern const RsFaustUnit rs_unit_core_96;
extern const RsFaustUnit rs_unit_core_192;

extern const RsFaustUnit rs_unit_controls_enabled;
extern const RsFaustUnit rs_unit_controls_output;
extern const RsFaustUnit rs_unit_controls_reverb_decay;
extern const RsFaustUnit rs_unit_controls_reverb;
extern const RsFaustUnit rs_unit_controls_delay_time;
extern const RsFaustUnit rs_unit_controls_delay;
extern const RsFaustUnit rs_unit_controls_comp_curve;
extern const RsFaustUnit rs_unit_controls_comp_times;
extern const RsFaustUnit rs_unit_controls_comp_levels;
extern const RsFaustUnit rs_unit_controls_high;
extern const RsFaustUnit rs_unit_controls_high_mid;
extern const RsFaustUnit rs_unit_controls_low_mid;
extern const RsFaustUnit rs_unit_controls_low;
extern const RsFaustUnit rs_unit_controls_lpf;
extern const RsFaustUnit rs_unit_controls_hpf;
extern const RsFaustUnit rs_unit_controls_input;

// clang-format off
const RsStripUnit rs_strip_units[RS_STRIP_UNITS] = {
  {&rs_unit_controls_enabled,      false},
  {&rs_unit_controls_output,       false},
  {&rs_unit_controls_reverb_decay, false},
  {&rs_unit_controls_reverb,       false},
  {&rs_unit_controls_delay_time,   true},
  {&rs_unit_controls_delay,        false},
  {&rs_unit_controls_comp_curve,   false},
  {&rs_unit_controls_comp_times,   false},
  {&rs_unit_controls_comp_levels,  false},
  {&rs_unit_controls_high,         false},
  {&rs_unit_controls_high_mid,     false},
  {&rs_unit_controls_low_mid,      false},
  {&rs_unit_controls_low,          false},
  {&rs_unit_controls_lpf,          false},
  {&rs_unit_controls_hpf,          false},
  {&rs_unit_controls_input,        false},
};
// clang-format on

/// Binds the zones of one unit to the parameters that they name
typedef struct {
  RsStrip* strip;
  uint32_t unit;
} Binder;

static void
bind_zone(void* const       handle,
          float* const      zone,
          const char* const key,
          const char* const value)
{
  const Binder* const binder = (const Binder*)handle;
  if (strcmp(key, "symbol") != 0) {
    return;
  }

  for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
    if (!strcmp(rs_strip_parameters[i].symbol, value)) {
      assert(!binder->strip->zones[i]); // Each belongs to one unit
      binder->strip->zones[i]   = zone;
      binder->strip->unit_of[i] = binder->unit;
      return;
    }
  }

  assert(false && "The table and the units come from the same file");
}

static void
ignore_open(void* const handle, const char* const label)
{
  (void)handle;
  (void)label;
}

static void
ignore_close(void* const handle)
{
  (void)handle;
}

static void
ignore_button(void* const handle, const char* const label, float* const zone)
{
  (void)handle;
  (void)label;
  (void)zone;
}

static void
ignore_slider(void* const       handle,
              const char* const label,
              float* const      zone,
              const float       initial,
              const float       minimum,
              const float       maximum,
              const float       step)
{
  (void)handle;
  (void)label;
  (void)zone;
  (void)initial;
  (void)minimum;
  (void)maximum;
  (void)step;
}

static void
ignore_bargraph(void* const       handle,
                const char* const label,
                float* const      zone,
                const float       minimum,
                const float       maximum)
{
  (void)handle;
  (void)label;
  (void)zone;
  (void)minimum;
  (void)maximum;
}

static void
bind_unit(RsStrip* const           strip,
          const RsFaustUnit* const unit,
          void* const              dsp,
          const uint32_t           index)
{
  Binder binder = {strip, index};
  UIGlue ui     = {
        &binder,
        ignore_open,
        ignore_open,
        ignore_open,
        ignore_close,
        ignore_button,
        ignore_button,
        ignore_slider,
        ignore_slider,
        ignore_slider,
        ignore_bargraph,
        ignore_bargraph,
        bind_zone,
  };

  unit->bind(dsp, &ui);
}

/// The core with the shortest delay lines that are long enough
static const RsFaustUnit*
choose_core(const double rate_hz)
{
  return rate_hz <= 48000.0   ? &rs_unit_core_48
         : rate_hz <= 96000.0 ? &rs_unit_core_96
                              : &rs_unit_core_192;
}

static void
strip_close(RsProcessor* const processor)
{
  RsStrip* const strip = (RsStrip*)processor->self;
  if (strip) {
    for (uint32_t u = 0u; u < RS_STRIP_UNITS; ++u) {
      free(strip->units[u]);
    }
    free(strip->core);
    free(strip);
  }

  processor->self = NULL;
}

static void
set_speed(RsStrip* const strip, const double rate_hz)
{
  for (uint32_t i = 0u; i <= RS_STRIP_CHUNK; ++i) {
    strip->slow[i] = (float)exp(-(double)i / (SLOW_S * rate_hz));
    strip->fast[i] = (float)exp(-(double)i / (FAST_S * rate_hz));
  }

  strip->slow_share = (float)(SLOW_S / (SLOW_S - FAST_S));
  strip->fast_share = (float)(-FAST_S / (SLOW_S - FAST_S));
}

static int
strip_open(RsProcessor* const processor, const double rate_hz)
{
  const int rate = (int)(rate_hz + 0.5);

  memset(processor, 0, sizeof(*processor));
  RsStrip* const strip = (RsStrip*)calloc(1, sizeof(RsStrip));
  if (!strip) {
    return -1;
  }

  processor->self   = strip;
  processor->set    = rs_strip_set;
  processor->reset  = rs_strip_reset;
  processor->run    = rs_strip_run;
  processor->output = rs_strip_output;

  for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
    strip->unit_of[i] = RS_STRIP_NO_UNIT;
  }

  uint32_t n_coefficients = 0u;
  for (uint32_t u = 0u; u < RS_STRIP_UNITS; ++u) {
    const RsFaustUnit* const unit = rs_strip_units[u].faust;
    if (!(strip->units[u] = calloc(1, unit->size))) {
      strip_close(processor);
      return -1;
    }

    unit->init(strip->units[u], rate);
    bind_unit(strip, unit, strip->units[u], u);
    strip->first[u] = n_coefficients;
    n_coefficients += (uint32_t)unit->n_out();
    assert(n_coefficients <= RS_STRIP_COEFFICIENTS_MAX);
    for (uint32_t i = strip->first[u]; i < n_coefficients; ++i) {
      strip->glides[i].jumps = rs_strip_units[u].jumps;
    }
  }

  strip->first[RS_STRIP_UNITS] = n_coefficients;
  strip->n_coefficients        = n_coefficients;
  strip->core_unit             = choose_core(rate_hz);
  if (!(strip->core = calloc(1, strip->core_unit->size))) {
    strip_close(processor);
    return -1;
  }

  assert((uint32_t)strip->core_unit->n_in() == n_coefficients + 2u);
  strip->core_unit->init(strip->core, rate);
  bind_unit(strip, strip->core_unit, strip->core, RS_STRIP_NO_UNIT);

  set_speed(strip, rate_hz);
  strip->clean = true;
  strip->dirty = (1u << RS_STRIP_UNITS) - 1u;
  rs_strip_reset(strip);
  return 0;
}

const RsDescription rs_strip_description = {
  .uri                = RS_STRIP_URI,
  .base_name          = "strip",
  .parameters         = rs_strip_parameters,
  .points             = rs_strip_points,
  .n_parameters       = RS_STRIP_N_PARAMETERS,
  .n_points           = RS_STRIP_N_POINTS,
  .n_ports            = RS_STRIP_N_PORTS,
  .n_in               = 2u,
  .n_out              = 2u,
  .audio_in           = {0u, 1u},
  .audio_out          = {2u, 3u},
  .control_port       = 4u,
  .notify_port        = 5u,
  .freewheel_port     = 6u,
  .osc_port_parameter = RS_STRIP_OSC_PORT,
  .osc_late_parameter = RS_STRIP_OSC_LATE,
  .open               = strip_open,
  .close              = strip_close,
};
