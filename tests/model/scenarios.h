// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the explorer explores: set-up functions, see the files of the same name

#ifndef RINGSIDE_TESTS_MODEL_SCENARIOS_H
#define RINGSIDE_TESTS_MODEL_SCENARIOS_H

#include "shm/segment.h"
#include "tests/model/explorer.h"

#include <stdatomic.h>
#include <sys/types.h>

// ring.c

void
scenario_ring(void);

void
scenario_bell(void);

void
scenario_overflow(void);

// engine.c

void
scenario_ahead(void);

void
scenario_told(void);

void
scenario_renewal(void);

/// Value of a parameter after so many commands
float
value_after(uint32_t parameter, uint32_t count);

// bridge.c

/// A bridge's instance of these segments
void*
model_bridge(const RsSegments* segments, RsParameter* parameters);

/// A thread: what telemetry says must belong together
void
read_telemetry(void* instance);

// What these are in the sources

/// What send() is in the sources
ssize_t
model_send(int socket, const void* data, size_t size, int flags);

#endif // RINGSIDE_TESTS_MODEL_SCENARIOS_H
