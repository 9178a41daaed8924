// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Layout of the telemetry segment, and its distribution of times

#include "shm/telemetry.h"

#include <string.h>

static_assert(sizeof(RsTelemetry) % 64u == 0u, "arrays behind it are aligned");
static_assert(sizeof(float) == sizeof(uint32_t), "floats travel as words");

/// Round up to a cache line
static size_t
lines(const size_t size)
{
  return (size + 63u) & ~(size_t)63u;
}

size_t
rs_telemetry_size(const uint32_t n_parameters, const uint32_t n_points)
{
  return sizeof(RsTelemetry) + (n_parameters * sizeof(RsParameter)) +
         (n_points * sizeof(RsScalePoint)) +
         (3u * lines(n_parameters * sizeof(uint32_t)));
}

void
rs_telemetry_map(void* const           base,
                 const uint32_t        n_parameters,
                 const uint32_t        n_points,
                 RsTelemetryMap* const map)
{
  char* at = (char*)base;

  map->n_parameters = n_parameters;
  map->n_points     = n_points;

  map->fixed = (RsTelemetry*)(void*)at;
  at += sizeof(RsTelemetry);

  map->parameters = (RsParameter*)(void*)at;
  at += n_parameters * sizeof(RsParameter);

  map->points = (RsScalePoint*)(void*)at;
  at += n_points * sizeof(RsScalePoint);

  map->values = (_Atomic(uint32_t)*)(void*)at;
  at += lines(n_parameters * sizeof(uint32_t));

  map->ahead_values = (_Atomic(uint32_t)*)(void*)at;
  at += lines(n_parameters * sizeof(uint32_t));

  map->refusals = (_Atomic(uint32_t)*)(void*)at;
}

RS_REALTIME uint32_t
rs_histogram_bucket(const int64_t nanoseconds)
{
  if (nanoseconds < 256) {
    return 0u;
  }

  // 2 bits below the highest one choose among 4 buckets of a power of two
  const uint64_t ns     = (uint64_t)nanoseconds;
  const uint32_t power  = 63u - (uint32_t)__builtin_clzll(ns);
  const uint32_t part   = (uint32_t)(ns >> (power - 2u)) & 3u;
  const uint32_t bucket = 1u + ((power - 8u) * 4u) + part;

  return bucket < RS_HISTOGRAM_BUCKETS ? bucket : RS_HISTOGRAM_BUCKETS - 1u;
}

int64_t
rs_histogram_limit(const uint32_t bucket)
{
  if (!bucket) {
    return 256;
  }

  const uint32_t power = 8u + ((bucket - 1u) / 4u);
  const uint64_t part  = (bucket - 1u) % 4u;

  return (int64_t)((5u + part) << (power - 2u));
}

RS_REALTIME uint32_t
rs_bits_from_float(const float value)
{
  uint32_t bits = 0u;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

RS_REALTIME float
rs_float_from_bits(const uint32_t bits)
{
  float value = 0.0f;
  memcpy(&value, &bits, sizeof(value));
  return value;
}
