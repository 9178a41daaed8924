// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the explorer explores: set-up functions, see the files of the same name

#ifndef RINGSIDE_TESTS_MODEL_SCENARIOS_H
#define RINGSIDE_TESTS_MODEL_SCENARIOS_H

#include "tests/model/explorer.h"

// ring.c

void
scenario_ring(void);
void
scenario_bell(void);
void
scenario_bells(void);
void
scenario_overflow(void);

// engine.c

void
scenario_ahead(void);
void
scenario_told(void);
void
scenario_asked(void);
void
scenario_synced(void);
void
scenario_steady(void);
void
scenario_paced(void);
void
scenario_restored(void);
void
scenario_bundles(void);

// renewal.c

void
scenario_renewal(void);
void
scenario_replaced(void);
void
scenario_offered(void);
void
scenario_saved(void);
void
scenario_paced_anew(void);

#endif // RINGSIDE_TESTS_MODEL_SCENARIOS_H
