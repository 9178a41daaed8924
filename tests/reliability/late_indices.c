// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The plugin's module with all that counts modulo 2^32 just before its wrap:
   the linker puts these in the way of what makes segments and the engine.
*/

#include "tests/reliability/late_indices.h"
#include "plugin/control_impl.h"
#include "shm/segment.h"

RsStatus
__real_rs_segments_create(RsSegments* segments, const RsSegmentsPlan* plan);
RsStatus
__wrap_rs_segments_create(RsSegments* segments, const RsSegmentsPlan* plan);

RsControl*
__real_rs_control_new(const RsParameter*  parameters,
                      uint32_t            n_parameters,
                      const RsScalePoint* points,
                      uint32_t            n_points,
                      const RsProcessor*  processor,
                      double              rate_hz,
                      RsIntake*           intake);
RsControl*
__wrap_rs_control_new(const RsParameter*  parameters,
                      uint32_t            n_parameters,
                      const RsScalePoint* points,
                      uint32_t            n_points,
                      const RsProcessor*  processor,
                      double              rate_hz,
                      RsIntake*           intake);

RsStatus
__wrap_rs_segments_create(RsSegments* const           segments,
                          const RsSegmentsPlan* const plan)
{
  const RsStatus st = __real_rs_segments_create(segments, plan);
  if (!st) {
    RsTelemetry* const t = segments->telemetry.fixed;
    atomic_store(&segments->commands->ring.tail, LATE_INDEX);
    atomic_store(&t->read.head, LATE_INDEX);
    atomic_store(&segments->overflow->lock, LATE_LOCK);
    atomic_store(&t->overflow_seen, LATE_LOCK);
    atomic_store(&t->ahead_lock, LATE_LOCK);
  }
  return st;
}

RsControl*
__wrap_rs_control_new(const RsParameter* const  parameters,
                      const uint32_t            n_parameters,
                      const RsScalePoint* const points,
                      const uint32_t            n_points,
                      const RsProcessor* const  processor,
                      const double              rate_hz,
                      RsIntake* const           intake)
{
  RsControl* const control = __real_rs_control_new(
    parameters, n_parameters, points, n_points, processor, rate_hz, intake);
  if (control) {
    atomic_store(&control->cycle, LATE_CYCLE);
  }
  return control;
}
