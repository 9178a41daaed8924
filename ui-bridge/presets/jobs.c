// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The jobs that run lilv

#include "ui-bridge/presets/jobs.h"

const RsKeeperJobs rs_keeper_jobs = {
  .list    = rs_job_list,
  .save    = rs_job_save,
  .remove  = rs_job_remove,
  .time_ns = RS_JOB_TIME_NS,
};
