// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The explorer's program.

     explore                            all scenarios: states, or the failure
     explore NAME [KILLS]               one of them, with the way to a failure
     explore NAME KILLS OFFSET ORDER    with one operation weakened
     explore --mutants                  each operation weakened, one by one

   Exits with 1 after a failure; of mutants, if one was not found.
*/

#include "tests/model/scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STATES 50000000u

// clang-format off
static const ModelScenario scenarios[] = {
  {"ring",     scenario_ring,     NULL, 3},
  {"bell",     scenario_bell,     NULL, 1},
  {"overflow", scenario_overflow, NULL, 1},
  {"ahead",    scenario_ahead,    NULL, 0},
  {"told",     scenario_told,     NULL, 0},
  {"renewal",  scenario_renewal,  NULL, 1},
};
// clang-format on

#define N_SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

static const char* const orders[] =
  {"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};

/// Weaker orders to be tried, as numbers of the compiler; ends with -1
static const int*
weaker(const int order)
{
  static const int none[]    = {-1};
  static const int one[]     = {0, -1};
  static const int acq_rel[] = {2, 3, -1};
  return order == 0 ? none : order < 4 ? one : acq_rel;
}

static bool
run(const ModelScenario* const scenario, const bool trace)
{
  const ModelResult result = model_explore(scenario, MAX_STATES, trace);
  printf("%-10s %9llu states, %llu ends, %u kills: %s\n",
         scenario->name,
         (unsigned long long)result.n_states,
         (unsigned long long)result.n_ends,
         scenario->kills,
         result.failure ? result.failure : "right");
  (void)fflush(stdout);
  return !result.failure;
}

static bool
run_all(void)
{
  bool is_right = true;
  for (size_t i = 0; i < N_SCENARIOS; ++i) {
    is_right = run(&scenarios[i], true) && is_right;
  }
  return is_right;
}

/// @return the scenario that found it, or NULL
static const char*
find_mutant(const ModelSite* const site, const int order)
{
  model_weaken(site->offset, order);
  for (size_t i = 0; i < N_SCENARIOS; ++i) {
    if (model_explore(&scenarios[i], MAX_STATES, false).failure) {
      return scenarios[i].name;
    }
  }
  return NULL;
}

static bool
run_mutants(void)
{
  bool is_right = run_all();

  size_t           n     = 0;
  const ModelSite* sites = model_sites(&n);
  for (size_t i = 0; i < n && is_right; ++i) {
    const int* to = weaker(sites[i].order);
    if (*to < 0) {
      printf("site %#zx %s relaxed\n", (size_t)sites[i].offset, sites[i].kind);
    }
    for (; *to >= 0; ++to) {
      const char* const found = find_mutant(&sites[i], *to);
      printf("mutant %#zx %s %s %s %s\n",
             (size_t)sites[i].offset,
             sites[i].kind,
             orders[sites[i].order],
             orders[*to],
             found ? found : "-");
      (void)fflush(stdout);
    }
  }
  return is_right;
}

int
main(const int argc, char** const argv)
{
  if (argc < 2) {
    return !run_all();
  }
  if (!strcmp(argv[1], "--mutants")) {
    return !run_mutants();
  }

  for (size_t i = 0; i < N_SCENARIOS; ++i) {
    ModelScenario scenario = scenarios[i];
    if (!strcmp(argv[1], scenario.name)) {
      if (argc > 2) {
        scenario.kills = (unsigned)strtoul(argv[2], NULL, 10);
      }
      if (argc > 4) {
        model_weaken(strtoul(argv[3], NULL, 16), atoi(argv[4]));
      }
      return !run(&scenario, true);
    }
  }

  (void)fprintf(stderr, "there is no scenario '%s'\n", argv[1]);
  return 2;
}
