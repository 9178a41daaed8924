// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A made-up host around the rig of the engine

#include "tests/unit/told_host.h"

#include <math.h>
#include <stdlib.h>

static void
note(Host* const host, const What what, const uint32_t port, const float value)
{
  assert_true(host->n_told < LOG_MAX);
  host->told[host->n_told++] =
    (Told){what, port, value, host->rig->now_ns, host->cycle};
}

static RsTold
tell_value(void* const    self,
           const uint32_t port,
           const float    value,
           const bool     begins)
{
  Host* const    host = (Host*)self;
  const uint32_t need = begins ? 2u : 1u;
  if (host->says_no) {
    return RS_TOLD_REFUSED;
  }
  if (host->left < need) {
    return RS_TOLD_LATER;
  }

  host->left -= need;
  if (begins) {
    note(host, START, port, 0.0f);
  }
  note(host, VALUE, port, value);
  return RS_TOLD;
}

static RsTold
tell_end(void* const self, const uint32_t port)
{
  Host* const host = (Host*)self;
  if (!host->left) {
    return RS_TOLD_LATER;
  }

  --host->left;
  note(host, END, port, 0.0f);
  return RS_TOLD;
}

void
host_run_frames(Host* const host, const uint32_t frames)
{
  Rig* const rig = host->rig;

  host->left = host->room;
  ++host->cycle;
  rig_run(rig, frames);
  while (host->n_answered < host->n_told) {
    const Told* const told = &host->told[host->n_answered];
    if (told->now_ns + host->delay_ns >= rig->now_ns) {
      break;
    }
    ++host->n_answered;
    if (told->what == VALUE && !host->is_deaf) {
      rig->ports[told->port] =
        host->rounds_to > 0.0f
          ? roundf(told->value / host->rounds_to) * host->rounds_to
          : told->value;
    }
  }
  if (host->plays) {
    rig->ports[RIG_GAIN] = host->lane;
  }
}

void
host_run(Host* const host)
{
  host_run_frames(host, CYCLE);
}

void
host_run_ms(Host* const host, const uint32_t ms)
{
  for (uint32_t i = 0; i < ms / 10u; ++i) {
    host_run(host);
  }
}

void
host_run_and_expect(Host* const host, const float gain)
{
  host_run(host);
  for (uint32_t i = 0; i < CYCLE; ++i) {
    assert_true(host->rig->out[RIG_GAIN][i] == gain);
  }
  assert_true(rig_value(host->rig, RIG_GAIN) == gain);
}

void
osc_sets(Host* const host, const float gain)
{
  rig_send(
    host->rig,
    (RsCommand){.kind = RS_COMMAND_SET, .parameter = RIG_GAIN, .value = gain});
}

void
osc_ramps(Host* const host, const float gain, const double seconds)
{
  rig_send(host->rig,
           (RsCommand){.kind      = RS_COMMAND_RAMP,
                       .parameter = RIG_GAIN,
                       .value     = gain,
                       .seconds   = seconds});
}

uint32_t
host_count(const Host* const host, const What what)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < host->n_told; ++i) {
    n += host->told[i].what == what;
  }
  return n;
}

float
host_last_value(const Host* const host)
{
  for (uint32_t i = host->n_told; i-- > 0;) {
    if (host->told[i].what == VALUE) {
      return host->told[i].value;
    }
  }
  return NAN;
}

uint32_t
host_refusals(const Host* const host)
{
  return rs_control_current(host->rig->control)
    ->segments.telemetry.refusals[RIG_GAIN];
}

int
host_set_up(void** state)
{
  Host* const host = (Host*)calloc(1, sizeof(Host));
  assert_non_null(host);
  host->rig         = rig_new();
  host->room        = 1000;
  host->teller      = (RsTeller){host, true, true, true, tell_value, tell_end};
  host->rig->teller = &host->teller;
  host_run(host);
  *state = host;
  return 0;
}

int
host_tear_down(void** state)
{
  Host* const host = (Host*)*state;
  rig_free(host->rig);
  free(host);
  return 0;
}

void
host_answer_after(Host* const host, const int64_t ms)
{
  host->teller.answers_at_once = false;
  host->teller.is_rolling      = false;
  host->delay_ns               = ms * 1000000;
}
