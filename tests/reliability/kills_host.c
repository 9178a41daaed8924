// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The host whose bridge is killed, and the same without one

#include "tests/reliability/kills.h"
#include "tests/reliability/mini.h"

#include <string.h>
#include <unistd.h>

#define BLOCK 64u

/// What nobody commands is moved by its host, at frames
static void
move_ports(Mini* const mini, const uint64_t position)
{
  const uint64_t second = position / 48000u;

  *mini_port(mini, "delay_mix")      = 0.3f;
  *mini_port(mini, "reverb_mix")     = 0.2f;
  *mini_port(mini, "comp_threshold") = -30.0f;
  *mini_port(mini, "comp_ratio")     = 4.0f;
  *mini_port(mini, "output_gain")    = -(float)(second % 7u);
  *mini_port(mini, "low_mid_gain")   = (float)(second % 3u);
}

static uint64_t
hash_more(uint64_t hash, const Mini* const mini)
{
  for (uint32_t c = 0; c < 2u; ++c) {
    for (uint32_t i = 0; i < BLOCK; ++i) {
      uint32_t bits = 0;
      memcpy(&bits, &mini->out[c][i], sizeof(bits));
      hash = (hash ^ bits) * UINT64_C(0x100000001b3);
    }
  }

  return hash;
}

/// Play until told to end, or so many hashes.  @return the exit code
int
kills_play(KillsShared* const shared,
           const bool         is_alone,
           const uint32_t     n_hashes)
{
  // One that never has a bridge runs as fast as it goes
  Mini       commanded;
  Mini       other;
  const bool has_both = !is_alone;
  if ((has_both && !mini_open(&commanded)) || !mini_open(&other)) {
    return 1;
  }

  int64_t  start_ns = mini_now_ns();
  uint64_t hash     = 0;
  for (uint64_t position = 0;; position += BLOCK) {
    if (position && !(position % KILLS_HASHED)) {
      const uint32_t n = (uint32_t)(position / KILLS_HASHED);
      if (n <= KILLS_HASHES_MAX) {
        shared->hashes[n - 1u] = hash;
        atomic_store(&shared->n_hashes, n);
      }

      if (is_alone ? n == n_hashes : atomic_load(&shared->is_ending)) {
        break;
      }
    }

    while (has_both && atomic_load(&shared->rests) &&
           !atomic_load(&shared->is_ending)) {
      const int64_t before_ns = mini_now_ns();
      atomic_store(&shared->is_resting, 1u);
      usleep(500);
      start_ns += mini_now_ns() - before_ns;
    }
    atomic_store(&shared->is_resting, 0u);

    mini_fill(&other, position, BLOCK);
    move_ports(&other, position);
    mini_run(&other, BLOCK);
    hash = hash_more(hash, &other);
    if (has_both) {
      mini_fill(&commanded, position, BLOCK);
      mini_run(&commanded, BLOCK);
      if (!mini_is_finite(&commanded, BLOCK)) {
        atomic_store(&shared->has_failed, 1u);
      }

      atomic_fetch_add(&shared->n_cycles, 1u);
      mini_pace(start_ns, position + BLOCK);
    }
  }

  mini_close(&other);
  if (has_both) {
    mini_close(&commanded);
  }

  return 0;
}
