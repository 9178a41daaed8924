// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A block in pieces: which frames of which channels the processor gets

#include "plugin/stage.h"

#include "plugin/description.h"
#include "shm/parameter.h"
#include "tests/unit/check.h"

#include <string.h>

#define FRAMES 64u
#define MANY (RS_AUDIO_MAX + 1u)

typedef struct {
  uint32_t     n_runs;
  uint32_t     n_sets;
  uint32_t     frames[4];
  const float* in[4][RS_AUDIO_MAX];
  float*       out[4][RS_AUDIO_MAX];
} Log;

static void
note_run(void* const         self,
         const float* const* in,
         float* const*       out,
         const uint32_t      frames)
{
  Log* const log = (Log*)self;
  assert_true(log->n_runs < 4u);
  memcpy(log->in[log->n_runs], in, sizeof(log->in[0]));
  memcpy(log->out[log->n_runs], out, sizeof(log->out[0]));
  log->frames[log->n_runs++] = frames;
}

static void
note_set(void* const self, const uint32_t parameter, const float value)
{
  (void)parameter;
  (void)value;
  ++((Log*)self)->n_sets;
}

/// More channels than there may be, of which some are not connected
static void
test_pieces(void** state)
{
  (void)state;
  static float samples[FRAMES];
  const float* in[MANY];
  float*       out[MANY];
  for (uint32_t i = 0; i < MANY; ++i) {
    in[i]  = i % 2u ? NULL : samples;
    out[i] = i % 3u ? NULL : samples;
  }

  Log               log       = {0};
  const RsProcessor processor = {
    .self = &log, .run = note_run, .set = note_set};
  const RsCycle cycle = {
    .in = in, .out = out, .n_in = MANY, .n_out = MANY, .frames = FRAMES};
  _Atomic(uint32_t) values[1] = {0};
  RsStage           stage     = {
                  .processor = &processor, .cycle = &cycle, .values = values, .first = 1000};

  rs_stage_set(&stage, 999, 0u, 1.0f); // Before the block: from its first frame
  assert_int_equal(log.n_runs, 0);
  rs_stage_set(&stage, 1010, 0u, 2.0f);
  rs_stage_set(&stage, 1010, 0u, 3.0f);
  rs_stage_set(&stage, 1000 + FRAMES + 7, 0u, 4.0f); // Beyond it: at its end
  rs_stage_render(&stage, FRAMES);
  assert_int_equal(log.n_sets, 4);
  assert_true(rs_float_from_bits(values[0]) == 4.0f);

  assert_int_equal(log.n_runs, 2);
  assert_int_equal(log.frames[0], 10);
  assert_int_equal(log.frames[1], FRAMES - 10u);
  for (uint32_t i = 0; i < RS_AUDIO_MAX; ++i) {
    assert_ptr_equal(log.in[0][i], in[i]);
    assert_ptr_equal(log.out[0][i], out[i]);
    assert_ptr_equal(log.in[1][i], in[i] ? in[i] + 10 : NULL);
    assert_ptr_equal(log.out[1][i], out[i] ? out[i] + 10 : NULL);
  }
}

/// Those that are not there are none
static void
test_few_channels(void** state)
{
  (void)state;
  static float       samples[FRAMES];
  const float* const in[]  = {samples};
  float* const       out[] = {samples, samples};

  Log               log       = {0};
  const RsProcessor processor = {
    .self = &log, .run = note_run, .set = note_set};
  const RsCycle cycle = {
    .in = in, .out = out, .n_in = 1, .n_out = 2, .frames = FRAMES};
  RsStage stage = {.processor = &processor, .cycle = &cycle, .done = 1};
  rs_stage_render(&stage, 1u); // Done already
  assert_int_equal(log.n_runs, 0);
  rs_stage_render(&stage, FRAMES);
  assert_int_equal(log.n_runs, 1);
  assert_ptr_equal(log.in[0][0], samples + 1);
  assert_null(log.in[0][1]);
  assert_ptr_equal(log.out[0][1], samples + 1);
  assert_null(log.out[0][2]);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_pieces),
    cmocka_unit_test(test_few_channels),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
