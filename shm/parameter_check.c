// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Checking a parameter table that another process made

#include "shm/parameter.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/// Terminated within its array, and without control characters
static bool
is_text(const char* const text, const size_t size)
{
  const size_t length = strnlen(text, size);
  if (length == size) {
    return false;
  }

  for (size_t i = 0; i < length; ++i) {
    if ((unsigned char)text[i] < 0x20u || text[i] == 0x7f) {
      return false;
    }
  }

  return true;
}

/// A legal LV2 symbol: a C identifier
static bool
is_symbol(const char* const text, const size_t size)
{
  if (!is_text(text, size) || !text[0] || (text[0] >= '0' && text[0] <= '9')) {
    return false;
  }

  for (const char* c = text; *c; ++c) {
    if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
          (*c >= '0' && *c <= '9') || *c == '_')) {
      return false;
    }
  }

  return true;
}

static bool
is_range(const RsParameter* const p)
{
  return isfinite(p->minimum) && isfinite(p->maximum) && isfinite(p->initial) &&
         p->minimum <= p->maximum &&
         ((p->flags & RS_PARAMETER_OUTPUT) ||
          (p->minimum <= p->initial && p->initial <= p->maximum));
}

static bool
is_scale(const RsParameter* const p)
{
  switch (p->scale) {
    case RS_SCALE_LINEAR:
      return true;
    case RS_SCALE_LOG:
      return p->minimum > 0.0f;
    case RS_SCALE_TOGGLE:
      return p->minimum == 0.0f && p->maximum == 1.0f;
    case RS_SCALE_INTEGER:
      return ceilf(p->minimum) <= floorf(p->maximum);
    case RS_SCALE_ENUM:
      return p->n_points > 0u;
    default:
      return false;
  }
}

/// Scale points lie inside the array, within the range, and rise
static bool
are_points(const RsParameter* const  p,
           const RsScalePoint* const points,
           const uint32_t            n_points)
{
  if (p->first_point > n_points || p->n_points > n_points - p->first_point) {
    return false;
  }

  for (uint32_t i = 0; i < p->n_points; ++i) {
    const RsScalePoint* const point = &points[p->first_point + i];
    if (!is_text(point->label, sizeof(point->label)) ||
        !isfinite(point->value) || point->value < p->minimum ||
        point->value > p->maximum ||
        (i && point->value <= points[p->first_point + i - 1u].value)) {
      return false;
    }
  }

  return true;
}

static int
compare_symbols(const void* const a, const void* const b)
{
  return strcmp(*(const char* const*)a, *(const char* const*)b);
}

static RsStatus
check_unique(const RsParameter* const parameters, const uint32_t n_parameters)
{
  const char** const symbols =
    (const char**)malloc((n_parameters + 1u) * sizeof(*symbols));
  if (!symbols) {
    return RS_SYSTEM;
  }

  for (uint32_t i = 0; i < n_parameters; ++i) {
    symbols[i] = parameters[i].symbol;
  }

  qsort(symbols, n_parameters, sizeof(*symbols), compare_symbols);

  RsStatus st = RS_SUCCESS;
  for (uint32_t i = 1; i < n_parameters; ++i) {
    if (!strcmp(symbols[i - 1u], symbols[i])) {
      st = RS_CORRUPT;
    }
  }

  free(symbols);
  return st;
}

RsStatus
rs_parameters_check(const RsParameter* const  parameters,
                    const uint32_t            n_parameters,
                    const RsScalePoint* const points,
                    const uint32_t            n_points)
{
  if (n_parameters > RS_PARAMETERS_MAX || n_points > RS_SCALE_POINTS_MAX) {
    return RS_TOO_LARGE;
  }

  for (uint32_t i = 0; i < n_parameters; ++i) {
    const RsParameter* const p = &parameters[i];
    if (!is_symbol(p->symbol, sizeof(p->symbol)) ||
        !is_text(p->name, sizeof(p->name)) ||
        !is_text(p->unit, sizeof(p->unit)) ||
        !is_text(p->group, sizeof(p->group)) || !is_range(p) || !is_scale(p) ||
        !are_points(p, points, n_points)) {
      return RS_CORRUPT;
    }
  }

  return check_unique(parameters, n_parameters);
}
