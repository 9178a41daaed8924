// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

// What the strip costs: alone, with 30 parameters that change at one frame of
// each block, and at 30 frames.  Medians, measured side by side.

#include "plugin/description.h"
#include "plugin/processor.h"
#include "tests/bench/figure.h"
#include "tests/unit/strip_rig.h"

#include "strip_table.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RATE_HZ 48000.0
#define BLOCKS 6000u
#define CHANGES 30u

static int64_t
now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int
compare(const void* const a, const void* const b)
{
  const int64_t x = *(const int64_t*)a;
  const int64_t y = *(const int64_t*)b;
  return (x > y) - (x < y);
}

static double
median(int64_t* const values, const uint32_t n)
{
  qsort(values, n, sizeof(*values), compare);
  return (double)values[n / 2u];
}

/// A parameter's value in one block: back and forth around its usual one
static float
moved(const uint32_t parameter, const uint32_t block)
{
  const RsParameter* const p = &rs_strip_parameters[parameter];
  const double             here =
    rs_parameter_normalized(p, (double)rig_everything_on(parameter));
  if (p->scale == RS_SCALE_TOGGLE) {
    return (float)(block & 1u);
  }
  const double there = here < 0.5 ? here + 0.02 : here - 0.02;
  return rig_at(parameter, (block & 1u) ? there : here);
}

int
main(void)
{
  static int64_t ns[3][BLOCKS];

  // The first 30 that can move, without the switch that leaves only dry sound
  uint32_t changes[CHANGES];
  uint32_t n_changes = 0u;
  for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS && n_changes < CHANGES; ++i) {
    if (rig_is_input(i) && i != RS_STRIP_ENABLED && i != RS_STRIP_MUTE) {
      changes[n_changes++] = i;
    }
  }

  float values[2][CHANGES];
  for (uint32_t i = 0u; i < CHANGES; ++i) {
    values[0][i] = moved(changes[i], 0u);
    values[1][i] = moved(changes[i], 1u);
  }

  Sound in  = sound_new(RIG_BLOCK * 16u);
  Sound out = sound_new(RIG_BLOCK * 16u);
  sound_noise(&in, 0.3f, 1u);

  // One instance each, so that none inherits another's glides
  RsProcessor p[3];
  for (unsigned kind = 0u; kind < 3u; ++kind) {
    p[kind] = rig_open(RATE_HZ);
    rig_set_everything_on(&p[kind]);
    p[kind].reset(p[kind].self);
  }

  for (uint32_t block = 0u; block < BLOCKS; ++block) {
    const uint32_t at = (block % 16u) * RIG_BLOCK;
    for (unsigned kind = 0u; kind < 3u; ++kind) {
      RsProcessor* const s     = &p[kind];
      const int64_t      start = now_ns();
      uint32_t           from  = at;
      for (uint32_t i = 0u; kind && i < CHANGES; ++i) {
        if (kind == 2u) {
          const uint32_t to = at + (i * RIG_BLOCK) / CHANGES;
          rig_run(s, &in, &out, from, to);
          from = to;
        }
        s->set(s->self, changes[i], values[block & 1u][i]);
      }
      rig_run(s, &in, &out, from, at + RIG_BLOCK);
      ns[kind][block] = now_ns() - start;
    }
  }

  const double alone    = median(ns[0], BLOCKS);
  const double one      = median(ns[1], BLOCKS);
  const double many     = median(ns[2], BLOCKS);
  const double block_ns = 1e9 * RIG_BLOCK / RATE_HZ;
  printf("everything on:                %6.0f ns a block, %.2f %% (<= 0.8)\n",
         alone,
         100.0 * alone / block_ns);
  printf("30 changes at one frame:      %6.0f ns, %.2f times (<= 1.2)\n",
         one,
         one / alone);
  printf("30 changes at 30 frames:      %6.0f ns, %.2f times (<= 1.7)\n",
         many,
         many / alone);

  rs_figure("strip", "share of a core", 100.0 * alone / block_ns, "%");
  rs_figure("strip", "changes at one frame", one / alone, "times");
  rs_figure("strip", "changes at 30 frames", many / alone, "times");

  for (unsigned kind = 0u; kind < 3u; ++kind) {
    rig_close(&p[kind]);
  }
  sound_free(&in);
  sound_free(&out);
  return 0;
}
