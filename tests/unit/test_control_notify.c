// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Telling the host, its echoes and refusals: the rows of docs/who-wins.md

#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CYCLE 480u // 10 ms
#define LOG_MAX 4096u

typedef enum { START, VALUE, END } What;

typedef struct {
  What     what;
  uint32_t port;
  float    value;
  int64_t  now_ns;
  uint32_t cycle;
} Told;

/// A made-up host around the rig
typedef struct {
  Rig*     rig;
  RsTeller teller;
  int64_t  delay_ns;  ///< From request to answer; 0: in the next cycle
  bool     is_deaf;   ///< Does not answer
  bool     plays;     ///< Sets the port to `lane` itself in each cycle
  bool     says_no;   ///< By the function's result
  float    lane;      ///< Of RIG_GAIN
  float    rounds_to; ///< 0: answers exactly
  uint32_t room;      ///< Messages a cycle
  uint32_t left;
  uint32_t cycle;
  uint32_t n_told;
  Told     told[LOG_MAX];
  uint32_t n_answered; ///< Of `told`
} Host;

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

/// One cycle, and then what the host does about what it was told
static void
run_frames(Host* const host, const uint32_t frames)
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

static void
run(Host* const host)
{
  run_frames(host, CYCLE);
}

static void
run_ms(Host* const host, const uint32_t ms)
{
  for (uint32_t i = 0; i < ms / 10u; ++i) {
    run(host);
  }
}

static void
run_and_expect(Host* const host, const float gain)
{
  run(host);
  for (uint32_t i = 0; i < CYCLE; ++i) {
    assert_true(host->rig->out[RIG_GAIN][i] == gain);
  }
  assert_true(rig_value(host->rig, RIG_GAIN) == gain);
}

static void
osc_sets(Host* const host, const float gain)
{
  rig_send(
    host->rig,
    (RsCommand){.kind = RS_COMMAND_SET, .parameter = RIG_GAIN, .value = gain});
}

static void
osc_ramps(Host* const host, const float gain, const double seconds)
{
  rig_send(host->rig,
           (RsCommand){.kind      = RS_COMMAND_RAMP,
                       .parameter = RIG_GAIN,
                       .value     = gain,
                       .seconds   = seconds});
}

static uint32_t
count(const Host* const host, const What what)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < host->n_told; ++i) {
    n += host->told[i].what == what;
  }
  return n;
}

static float
last_value(const Host* const host)
{
  for (uint32_t i = host->n_told; i-- > 0;) {
    if (host->told[i].what == VALUE) {
      return host->told[i].value;
    }
  }
  return NAN;
}

static uint32_t
refusals(const Host* const host)
{
  return rs_control_current(host->rig->control)
    ->segments.telemetry.refusals[RIG_GAIN];
}

/// A host like Ardour that rolls, until told otherwise
static int
set_up(void** state)
{
  Host* const host = (Host*)calloc(1, sizeof(Host));
  assert_non_null(host);
  host->rig         = rig_new();
  host->room        = 1000;
  host->teller      = (RsTeller){host, true, true, true, tell_value, tell_end};
  host->rig->teller = &host->teller;
  run(host);
  *state = host;
  return 0;
}

static int
tear_down(void** state)
{
  Host* const host = (Host*)*state;
  rig_free(host->rig);
  free(host);
  return 0;
}

/// Make it one like Carla or mod-host, that may take its time
static void
answer_after(Host* const host, const int64_t ms)
{
  host->teller.answers_at_once = false;
  host->teller.is_rolling      = false;
  host->delay_ns               = ms * 1000000;
}

static void
test_echo_in_the_next_cycle(void** state)
{
  Host* const host = (Host*)*state;
  osc_sets(host, 3.0f);
  run_and_expect(host, 3.0f);
  assert_int_equal(count(host, VALUE), 1);
  assert_true(last_value(host) == 3.0f);
  assert_true(host->rig->ports[RIG_GAIN] == 3.0f);
  run_and_expect(host, 3.0f);
  assert_int_equal(refusals(host), 0);

  RsSaved saved[RIG_N];
  rs_control_save(host->rig->control, host->rig->now_ns, saved);
  assert_int_equal(saved[RIG_GAIN].owner, RS_OWNER_OSC);
  assert_true(saved[RIG_GAIN].port == 3.0f);

  // The user's hand is no echo, even back to where it was
  host->rig->ports[RIG_GAIN] = 0.0f;
  run_and_expect(host, 0.0f);
  host->rig->ports[RIG_GAIN] = 3.0f;
  run_and_expect(host, 3.0f);
  rs_control_save(host->rig->control, host->rig->now_ns, saved);
  assert_int_equal(saved[RIG_GAIN].owner, RS_OWNER_HOST);
}

/// OSC goes on in the cycle in which the echo comes: the echo is not a move
static void
test_echo_does_not_pull_back(void** state)
{
  Host* const host = (Host*)*state;
  osc_sets(host, 3.0f);
  run_and_expect(host, 3.0f);
  osc_sets(host, 4.0f);
  run_and_expect(host, 4.0f);
  run_and_expect(host, 4.0f);
  run_ms(host, 100);
  assert_true(host->rig->ports[RIG_GAIN] == 4.0f);
  run_and_expect(host, 4.0f);
}

static void
test_echo_after_100_ms(void** state)
{
  Host* const host = (Host*)*state;
  answer_after(host, 100);
  osc_ramps(host, 24.0f, 1.0);

  float before = -1.0f;
  for (uint32_t i = 0; i < 150; ++i) {
    run(host);
    const float* const out = host->rig->out[RIG_GAIN];
    for (uint32_t k = 0; k < CYCLE; ++k) {
      assert_true(out[k] >= before);
      before = out[k];
    }
  }
  assert_true(before == 24.0f);
  assert_true(last_value(host) == 24.0f);
  assert_true(host->rig->ports[RIG_GAIN] == 24.0f);
  assert_int_equal(refusals(host), 0);
}

/// 1 to 2 to 1: the port is at 1 when 1 is asked for again
static void
test_echoes_are_matched_in_order(void** state)
{
  Host* const host = (Host*)*state;
  answer_after(host, 100);
  osc_sets(host, 1.0f);
  run_ms(host, 500);
  osc_sets(host, 2.0f);
  run_ms(host, 50);
  osc_sets(host, 1.0f);
  for (uint32_t i = 0; i < 50; ++i) {
    run_and_expect(host, 1.0f);
  }
  assert_true(host->rig->ports[RIG_GAIN] == 1.0f);
}

static void
test_each_request_is_matched_once(void** state)
{
  Host* const host = (Host*)*state;
  answer_after(host, 0);
  osc_sets(host, 1.0f);
  run_ms(host, 50);
  host->is_deaf = true;
  osc_sets(host, 2.0f);
  run_ms(host, 50);

  // It goes away and comes back within 300 ms: those are moves
  host->rig->ports[RIG_GAIN] = -5.0f;
  run_and_expect(host, -5.0f);
  host->rig->ports[RIG_GAIN] = 2.0f;
  run_and_expect(host, 2.0f);
  osc_sets(host, 7.0f);
  run_and_expect(host, 7.0f);
  host->rig->ports[RIG_GAIN] = 1.0f;
  run_and_expect(host, 1.0f);
}

static void
test_an_answer_drops_older_requests(void** state)
{
  Host* const host = (Host*)*state;
  answer_after(host, 0);
  host->is_deaf = true;
  osc_sets(host, 1.0f);
  run_ms(host, 50);
  osc_sets(host, 2.0f);
  run_ms(host, 50);
  osc_sets(host, 3.0f);
  run_ms(host, 50);
  assert_int_equal(count(host, VALUE), 3);

  host->rig->ports[RIG_GAIN] = 2.0f; // Answers the second, not the first
  run_and_expect(host, 3.0f);
  host->rig->ports[RIG_GAIN] = 1.0f; // So this is a move
  run_and_expect(host, 1.0f);
}

static void
test_too_late_is_a_move(void** state)
{
  Host* const host = (Host*)*state;
  answer_after(host, 290);
  osc_sets(host, 1.0f);
  run_ms(host, 400);
  run_and_expect(host, 1.0f);

  host->is_deaf = true;
  answer_after(host, 0);
  osc_sets(host, 2.0f);
  run_ms(host, 290);
  run_and_expect(host, 2.0f);
  host->rig->now_ns += 20000000;
  host->rig->ports[RIG_GAIN] = 2.0f;
  run_and_expect(host, 2.0f);

  // It was a move: it is the host's
  RsSaved saved[RIG_N];
  rs_control_save(host->rig->control, host->rig->now_ns, saved);
  assert_int_equal(saved[RIG_GAIN].owner, RS_OWNER_HOST);
}

static void
test_echo_may_be_rounded_a_little(void** state)
{
  Host* const host = (Host*)*state;
  host->rounds_to  = 0.0001f; // The range is 48
  osc_sets(host, 1.234567f);
  run_and_expect(host, 1.234567f);
  assert_true(host->rig->ports[RIG_GAIN] != 1.234567f);
  run_and_expect(host, 1.234567f);
  run_ms(host, 500);
  run_and_expect(host, 1.234567f);
  assert_int_equal(refusals(host), 0);

  // Rounded more, it is another value, and the host's word
  host->rounds_to = 1.0f;
  osc_sets(host, 7.3f);
  run(host);
  run_and_expect(host, 7.0f);
}

static void
test_host_edge_beats_a_ramp(void** state)
{
  Host* const host = (Host*)*state;
  osc_ramps(host, 24.0f, 1.0);
  run_ms(host, 300);
  assert_int_equal(count(host, START), 1);
  host->is_deaf              = true;
  host->rig->ports[RIG_GAIN] = -8.0f;
  run_and_expect(host, -8.0f);
  assert_int_equal(count(host, END), 1); // Or it hid the move from its lane
  run_ms(host, 500);
  run_and_expect(host, -8.0f);
  assert_int_equal(count(host, END), 1);
  assert_int_equal(host->told[host->n_told - 1].what, END);
}

/// The user's hand in the very cycle in which the host was asked
static void
test_a_hand_is_no_refusal(void** state)
{
  Host* const host = (Host*)*state;
  run_ms(host, 1000);
  osc_sets(host, 3.0f);
  run_and_expect(host, 3.0f);
  host->rig->ports[RIG_GAIN] = -6.0f;
  run_and_expect(host, -6.0f);
  assert_int_equal(refusals(host), 0);
  osc_sets(host, 4.0f);
  run_and_expect(host, 4.0f);
}

/// Ardour that plays a lane
static void
test_refused(void** state)
{
  Host* const host = (Host*)*state;
  host->plays      = true;
  host->lane       = -6.0f;
  run(host);
  run_and_expect(host, -6.0f);

  osc_sets(host, 3.0f);
  run(host); // It is not known yet
  run_and_expect(host, -6.0f);
  assert_int_equal(refusals(host), 1);

  // From now on, there is not one sample of what is refused
  for (uint32_t i = 0; i < 300; ++i) {
    osc_sets(host, (float)(i % 10u));
    host->lane = -6.0f - 0.01f * (float)i;
    run_frames(host, 64u + i);
    for (uint32_t k = 0; k < 64u + i; ++k) {
      assert_true(host->rig->out[RIG_GAIN][k] <= -6.0f);
    }
  }
  assert_true(refusals(host) > 30);

  // The lane ends; within the second, the host is asked first
  host->plays = false;
  run_ms(host, 100);
  osc_sets(host, 5.0f);
  run(host);
  assert_true(rig_value(host->rig, RIG_GAIN) < -6.0f);
  run_and_expect(host, 5.0f);
  run_ms(host, 1000);
  osc_sets(host, 6.0f);
  run_and_expect(host, 6.0f);
  run_and_expect(host, 6.0f);
}

static void
test_held_ramps_follow_the_port(void** state)
{
  Host* const host = (Host*)*state;
  host->is_deaf    = true;
  osc_sets(host, 3.0f);
  run(host);
  run_and_expect(host, 0.0f);
  host->is_deaf = false;
  osc_ramps(host, 10.0f, 0.5);
  for (uint32_t i = 0; i < 60; ++i) {
    run(host);
    assert_true(rig_value(host->rig, RIG_GAIN) <= host->rig->ports[RIG_GAIN]);
  }
  run_and_expect(host, 10.0f);
  run_ms(host, 1000);
  run_and_expect(host, 10.0f);
  assert_int_equal(refusals(host), 1);

  // And relative moves start from where OSC is
  rig_send(
    host->rig,
    (RsCommand){.kind = RS_COMMAND_ADD, .parameter = RIG_GAIN, .value = 1.0f});
  run_and_expect(host, 11.0f);
}

/// Only the next cycle counts in a host like Ardour
static void
test_the_next_cycle_decides(void** state)
{
  Host* const host = (Host*)*state;
  host->is_deaf    = true;
  osc_sets(host, 3.0f);
  run_and_expect(host, 3.0f);
  run_frames(host, 0); // Is none
  assert_true(rig_value(host->rig, RIG_GAIN) == 3.0f);
  run_and_expect(host, 0.0f);
  assert_int_equal(refusals(host), 1);
}

static void
test_deaf_host_keeps_osc(void** state)
{
  Host* const host = (Host*)*state;
  answer_after(host, 0);
  host->is_deaf = true;
  osc_sets(host, 3.0f);
  run_and_expect(host, 3.0f);
  run_ms(host, 1000);
  run_and_expect(host, 3.0f);
  assert_int_equal(refusals(host), 0);
  host->says_no = true;
  osc_sets(host, 4.0f);
  run_and_expect(host, 4.0f);
  run_and_expect(host, 4.0f);
}

/// There and back within 300 ms ends where the port is: no sign of an answer
static void
test_where_the_port_is_says_nothing(void** state)
{
  Host* const host = (Host*)*state;
  answer_after(host, 0);
  host->is_deaf = true;
  for (int can_answer = 1; can_answer >= 0; --can_answer) {
    host->teller.can_answer = can_answer;
    osc_sets(host, 3.0f);
    run_ms(host, 60);
    osc_sets(host, 0.0f);
    run_ms(host, 1000);
    osc_sets(host, 4.0f);
    run_ms(host, 1000);
    run_and_expect(host, 4.0f);
  }
  assert_int_equal(refusals(host), 0);
}

static void
test_host_that_has_answered_may_refuse(void** state)
{
  Host* const host = (Host*)*state;
  answer_after(host, 50);
  osc_sets(host, 3.0f);
  run_ms(host, 100);
  host->is_deaf = true;
  osc_sets(host, 4.0f);
  run_and_expect(host, 4.0f);
  run_ms(host, 400);
  run_and_expect(host, 3.0f);
  assert_int_equal(refusals(host), 1);

  run_ms(host, 1000);
  host->says_no = true;
  osc_sets(host, 5.0f);
  run(host);
  run_and_expect(host, 3.0f);
  assert_int_equal(refusals(host), 2);
}

static void
test_no_more_than_30_a_second_and_the_last(void** state)
{
  Host* const host = (Host*)*state;
  float       gain = 0.0f;
  for (uint32_t i = 0; i < 2000; ++i) {
    gain = (float)(i % 97u) / 7.0f;
    osc_sets(host, gain);
    rig_send(host->rig,
             (RsCommand){.kind      = RS_COMMAND_SET,
                         .parameter = RIG_TONE,
                         .value     = (float)(i % 13u) / 13.0f});
    run_frames(host, 64u + i % 512u);
  }
  run_ms(host, 1000);
  assert_true(host->rig->ports[RIG_GAIN] == gain);
  assert_int_equal(host->told[host->n_told - 1].what, END);

  for (uint32_t i = 0; i < host->n_told; ++i) {
    uint32_t in_a_second = 1;
    for (uint32_t k = i + 1u; k < host->n_told; ++k) {
      if (host->told[k].port == host->told[i].port) {
        in_a_second += host->told[k].now_ns < host->told[i].now_ns + 1000000000;
        assert_false(host->told[k].what == VALUE &&
                     host->told[i].what == VALUE &&
                     host->told[k].cycle == host->told[i].cycle);
      }
    }
    assert_true(in_a_second <= 30);
  }
  assert_true(count(host, VALUE) > 200);
}

static void
test_gesture(void** state)
{
  Host* const host = (Host*)*state;
  osc_ramps(host, 24.0f, 1.0);
  run_ms(host, 1000);
  const int64_t moved_ns = host->rig->now_ns;

  // No bridge is there any more: nothing comes from it
  run_ms(host, 1000);
  assert_int_equal(host->told[0].what, START);
  assert_int_equal(host->told[1].what, VALUE);
  assert_int_equal(host->told[0].cycle, host->told[1].cycle);
  assert_int_equal(count(host, START), 1);
  assert_int_equal(count(host, END), 1);

  const Told* const end = &host->told[host->n_told - 1u];
  assert_int_equal(end->what, END);
  assert_true(llabs(end->now_ns - moved_ns - 250000000) <= 20000000);
  assert_true(last_value(host) == 24.0f);

  osc_sets(host, 1.0f);
  run_ms(host, 500);
  assert_int_equal(count(host, START), 2);
  assert_int_equal(count(host, END), 2);
}

static void
test_no_gesture_while_the_transport_stands(void** state)
{
  Host* const host        = (Host*)*state;
  host->teller.is_rolling = false;
  osc_ramps(host, 24.0f, 1.0);
  run_ms(host, 500);
  assert_int_equal(count(host, START), 0);
  assert_true(count(host, VALUE) > 10);

  // It starts while OSC moves on
  host->teller.is_rolling = true;
  run_ms(host, 100);
  assert_int_equal(count(host, START), 1);
  host->teller.is_rolling = false;
  run_ms(host, 1000);
  assert_int_equal(count(host, START), 1);
  assert_int_equal(count(host, END), 1);
}

static void
test_freewheel_says_and_changes_nothing(void** state)
{
  Host* const host = (Host*)*state;
  osc_ramps(host, 24.0f, 1.0);
  run_ms(host, 300);
  host->rig->freewheel = true;
  run(host);
  const uint32_t told = host->n_told;
  const float    gain = rig_value(host->rig, RIG_GAIN);
  for (uint32_t i = 0; i < 200; ++i) {
    run_and_expect(host, gain);
  }
  assert_int_equal(host->n_told, told);
  assert_int_equal(refusals(host), 0);

  // Afterwards the host learns where it stopped, and that it did
  host->rig->freewheel = false;
  run_ms(host, 500);
  assert_true(host->rig->ports[RIG_GAIN] == gain);
  assert_int_equal(host->told[host->n_told - 1].what, END);
}

/// What passes by the clock does not pass during an export
static void
test_freewheel_does_not_release(void** state)
{
  Host* const host = (Host*)*state;
  host->is_deaf    = true;
  osc_sets(host, 3.0f);
  run(host);
  run_and_expect(host, 0.0f);
  osc_sets(host, 4.0f);
  host->room = 0;
  run_and_expect(host, 0.0f);
  host->rig->freewheel = true;
  for (uint32_t i = 0; i < 200; ++i) {
    run_and_expect(host, 0.0f);
  }
}

static void
test_what_does_not_fit_comes_later(void** state)
{
  Host* const host = (Host*)*state;
  host->room       = 2;
  for (uint32_t i = 0; i < RIG_PEAK; ++i) {
    rig_send(
      host->rig,
      (RsCommand){.kind      = RS_COMMAND_SET,
                  .parameter = i,
                  .value = i == RIG_MIX ? 0.0f : rig_parameters[i].maximum});
  }
  run_ms(host, 200);
  for (uint32_t i = 0; i < RIG_PEAK; ++i) {
    assert_true(host->rig->ports[i] == rig_value(host->rig, i));
  }
  assert_int_equal(count(host, VALUE), RIG_PEAK);
  run_ms(host, 500);
  assert_int_equal(count(host, START), RIG_PEAK);
  assert_int_equal(count(host, END), RIG_PEAK);
}

/// A preset by OSC: the host is told of all its parameters in one cycle
static void
test_preset_by_osc_is_told_together(void** state)
{
  Host* const host = (Host*)*state;
  osc_sets(host, 3.0f);
  rig_send(
    host->rig,
    (RsCommand){.kind = RS_COMMAND_SET, .parameter = RIG_TONE, .value = 0.5f});
  rig_send(
    host->rig,
    (RsCommand){.kind = RS_COMMAND_SET, .parameter = RIG_MODE, .value = 5.0f});
  rig_send(host->rig, (RsCommand){.kind = RS_COMMAND_PRESET, .serial = 7});
  run(host);
  assert_int_equal(count(host, VALUE), 3);
  assert_int_equal(host->told[host->n_told - 1u].cycle, host->told[0].cycle);
  run_ms(host, 500);
  assert_int_equal(rig_telemetry(host->rig)->live.preset_serial, 7);
}

/// A preset from the host's menu sets everything, whatever is under way
static void
test_preset_of_the_host(void** state)
{
  RsSaved saved[RIG_N];
  for (uint32_t i = 0; i < RIG_N; ++i) {
    const float initial = rig_parameters[i].initial;
    saved[i] = (RsSaved){initial, initial, RS_OWNER_HOST, i != RIG_PEAK};
  }
  saved[RIG_GAIN].value = saved[RIG_GAIN].port = -12.0f;

  Host* const host = (Host*)*state;
  osc_ramps(host, 24.0f, 1.0);
  run_ms(host, 300);
  rs_control_restore(host->rig->control, saved);
  run_and_expect(host, -12.0f);
  host->rig->ports[RIG_GAIN] = -12.0f;
  const uint32_t told        = count(host, VALUE);
  for (uint32_t i = 0; i < 100; ++i) {
    run_and_expect(host, -12.0f);
  }
  assert_int_equal(count(host, VALUE), told);
  assert_int_equal(count(host, END), 1);

  // The same with nothing in it for the plugin: it follows its ports
  for (uint32_t i = 0; i < RIG_N; ++i) {
    saved[i].known = 0;
  }
  osc_sets(host, 3.0f);
  run_and_expect(host, 3.0f);
  rs_control_restore(host->rig->control, saved);
  run(host);
  host->rig->ports[RIG_GAIN] = 6.0f;
  run_and_expect(host, 6.0f);
}

/// A host that plays a lane over a preset: the lane wins
static void
test_preset_while_the_host_plays(void** state)
{
  RsSaved saved[RIG_N];
  memset(saved, 0, sizeof(saved));
  saved[RIG_GAIN] = (RsSaved){-12.0f, -12.0f, RS_OWNER_HOST, 1};

  Host* const host = (Host*)*state;
  host->plays      = true;
  host->lane       = 2.0f;
  run(host);
  run_and_expect(host, 2.0f);
  rs_control_restore(host->rig->control, saved);
  run_ms(host, 700);
  run_and_expect(host, 2.0f);
  assert_int_equal(refusals(host), 1);
}

static void
test_a_port_that_is_not_connected_is_not_told(void** state)
{
  Host* const host = (Host*)*state;
  Rig* const  rig  = rig_new();
  rig_free(host->rig);
  host->rig                    = rig;
  rig->teller                  = &host->teller;
  rig->port_pointers[RIG_GAIN] = NULL;
  osc_sets(host, 3.0f);
  run_and_expect(host, 3.0f);
  run_and_expect(host, 3.0f);
  assert_int_equal(host->n_told, 0);
}

int
main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
    ROW(test_echo_in_the_next_cycle),
    ROW(test_echo_does_not_pull_back),
    ROW(test_echo_after_100_ms),
    ROW(test_echoes_are_matched_in_order),
    ROW(test_each_request_is_matched_once),
    ROW(test_an_answer_drops_older_requests),
    ROW(test_too_late_is_a_move),
    ROW(test_echo_may_be_rounded_a_little),
    ROW(test_host_edge_beats_a_ramp),
    ROW(test_a_hand_is_no_refusal),
    ROW(test_refused),
    ROW(test_held_ramps_follow_the_port),
    ROW(test_the_next_cycle_decides),
    ROW(test_deaf_host_keeps_osc),
    ROW(test_where_the_port_is_says_nothing),
    ROW(test_host_that_has_answered_may_refuse),
    ROW(test_no_more_than_30_a_second_and_the_last),
    ROW(test_gesture),
    ROW(test_no_gesture_while_the_transport_stands),
    ROW(test_freewheel_says_and_changes_nothing),
    ROW(test_freewheel_does_not_release),
    ROW(test_what_does_not_fit_comes_later),
    ROW(test_preset_by_osc_is_told_together),
    ROW(test_preset_of_the_host),
    ROW(test_preset_while_the_host_plays),
    ROW(test_a_port_that_is_not_connected_is_not_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
