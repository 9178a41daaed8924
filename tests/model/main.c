// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The explorer's program.

     explore                              all scenarios, and where they came
     explore NAME [KILLS [ORDER PLACE...]]  one, with the way to its failure
     explore --more N NAME [KILLS]        so much more of what is done in it
     explore --weaken ORDER PLACE...      is it found that these operations
                                          have only this order?

   Places and orders are numbers as `explore` prints them.  Exits with 1 after
   a failure, or if what is too weak was not found.
*/

#include "tests/model/scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STATES 50000000u

// clang-format off
static const ModelScenario scenarios[] = { // Small ones first
  {"steady",     scenario_steady,      NULL, 0},
  {"paced",      scenario_paced,       NULL, 0},
  {"paced_anew", scenario_paced_anew,  NULL, 0},
  {"offered",    scenario_offered,     NULL, 0},
  {"saved",      scenario_saved,       NULL, 0},
  {"replaced",   scenario_replaced,    NULL, 0},
  {"ahead",      scenario_ahead,       NULL, 0},
  {"ring",       scenario_ring,        NULL, 3},
  {"bell",       scenario_bell,        NULL, 1},
  {"bells",       scenario_bells,        NULL, 1},
  {"restored",   scenario_restored,    NULL, 0},
  {"bundles",    scenario_bundles,     NULL, 0},
  {"overflow",   scenario_overflow,    NULL, 1},
  {"renewal",    scenario_renewal,     NULL, 1},
  {"told",       scenario_told,        NULL, 0},
  {"synced",     scenario_synced,      NULL, 0},
  {"asked",      scenario_asked,       NULL, 0},
};
// clang-format on

#define N_SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

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

/// Where atomic operations are, for tests/model/test_model.py
static void
print_sites(void)
{
  size_t           n     = 0;
  const ModelSite* sites = model_sites(&n);
  for (size_t i = 0; i < n; ++i) {
    printf("site %#zx %s %d\n",
           (size_t)sites[i].offset,
           sites[i].kind,
           sites[i].order);
  }
}

/// @return false if no scenario finds that operations are too weak
static bool
find_mutant(void)
{
  for (size_t i = 0; i < N_SCENARIOS; ++i) {
    const ModelResult result = model_explore(&scenarios[i], MAX_STATES, false);
    if (result.failure) {
      printf("found by %s: %s\n", scenarios[i].name, result.failure);
      return true;
    }
  }
  return false;
}

uint32_t model_more;

int
main(int argc, char** argv)
{
  if (argc > 3 && !strcmp(argv[1], "--more")) {
    model_more = (uint32_t)strtoul(argv[2], NULL, 10);
    argc -= 2;
    argv += 2;
  }

  if (argc < 2) {
    const bool is_right = run_all();
    print_sites();
    return !is_right;
  }

  if (!strcmp(argv[1], "--weaken") && argc > 3) {
    for (int i = 3; i < argc; ++i) {
      model_weaken(strtoul(argv[i], NULL, 16), atoi(argv[2]));
    }
    return !find_mutant();
  }

  for (size_t i = 0; i < N_SCENARIOS; ++i) {
    ModelScenario scenario = scenarios[i];
    if (!strcmp(argv[1], scenario.name)) {
      if (argc > 2) {
        scenario.kills = (unsigned)strtoul(argv[2], NULL, 10);
      }
      for (int j = 4; j < argc; ++j) {
        model_weaken(strtoul(argv[j], NULL, 16), atoi(argv[3]));
      }
      return !run(&scenario, true);
    }
  }

  (void)fprintf(stderr, "there is no scenario '%s'\n", argv[1]);
  return 2;
}
