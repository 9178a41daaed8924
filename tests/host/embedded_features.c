// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the embedded host offers to plugins: URIDs, log, options

#include "tests/host/embedded_inside.h"

#include <lv2/buf-size/buf-size.h>
#include <lv2/parameters/parameters.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static LV2_URID
map_uri(LV2_URID_Map_Handle handle, const char* uri)
{
  RsHostFeatures* const features = (RsHostFeatures*)handle;

  pthread_mutex_lock(&features->lock);
  LV2_URID urid = 0;
  for (uint32_t i = 0; i < features->n_uris && !urid; ++i) {
    urid = strcmp(features->uris[i], uri) ? 0u : i + 1u;
  }

  if (!urid && features->n_uris < RS_HOST_URIDS) {
    features->uris[features->n_uris] = strdup(uri);
    urid = features->uris[features->n_uris] ? ++features->n_uris : 0u;
  }
  pthread_mutex_unlock(&features->lock);

  return urid;
}

static const char*
unmap_urid(LV2_URID_Unmap_Handle handle, const LV2_URID urid)
{
  RsHostFeatures* const features = (RsHostFeatures*)handle;

  pthread_mutex_lock(&features->lock);
  const char* const uri =
    urid && urid <= features->n_uris ? features->uris[urid - 1u] : NULL;
  pthread_mutex_unlock(&features->lock);

  return uri;
}

static int
log_va(LV2_Log_Handle handle, LV2_URID type, const char* format, va_list args)
  __attribute__((format(printf, 3, 0)));

static int
log_va(LV2_Log_Handle handle, LV2_URID type, const char* format, va_list args)
{
  const RsHostFeatures* const features = (const RsHostFeatures*)handle;

  char      line[1024];
  const int n = vsnprintf(line, sizeof(line), format, args);
  (void)type;

  line[strcspn(line, "\n")] = '\0';
  if (features->line) {
    features->line(features->line_context, line);
  } else {
    fprintf(stderr, "%s\n", line);
  }

  return n;
}

static int
log_line(LV2_Log_Handle handle, LV2_URID type, const char* format, ...)
  __attribute__((format(printf, 3, 4)));

static int
log_line(LV2_Log_Handle handle, LV2_URID type, const char* format, ...)
{
  va_list args;
  va_start(args, format);
  const int n = log_va(handle, type, format, args);
  va_end(args);
  return n;
}

static LV2_Options_Option
option(RsHostFeatures* const features,
       const char* const     key,
       const char* const     type,
       const void* const     value)
{
  return (LV2_Options_Option){LV2_OPTIONS_INSTANCE,
                              0u,
                              map_uri(features, key),
                              sizeof(int32_t),
                              map_uri(features, type),
                              value};
}

void
rs_host_features_init(RsHostFeatures* const      f,
                      const RsHostOptions* const options)
{
  pthread_mutex_init(&f->lock, NULL);
  f->map           = (LV2_URID_Map){f, map_uri};
  f->unmap         = (LV2_URID_Unmap){f, unmap_urid};
  f->log           = (LV2_Log_Log){f, log_line, log_va};
  f->line          = options->log;
  f->line_context  = options->log_context;
  f->block_min     = 1;
  f->block_max     = (int32_t)options->block;
  f->sequence_size = (int32_t)RS_HOST_ATOM_SIZE;
  f->rate_hz       = (float)options->rate_hz;

  // clang-format off
  f->options[0] = option(f, LV2_BUF_SIZE__minBlockLength, LV2_ATOM__Int, &f->block_min);
  f->options[1] = option(f, LV2_BUF_SIZE__maxBlockLength, LV2_ATOM__Int, &f->block_max);
  f->options[2] = option(f, LV2_BUF_SIZE__nominalBlockLength, LV2_ATOM__Int, &f->block_max);
  f->options[3] = option(f, LV2_BUF_SIZE__sequenceSize, LV2_ATOM__Int, &f->sequence_size);
  f->options[4] = option(f, LV2_PARAMETERS__sampleRate, LV2_ATOM__Float, &f->rate_hz);
  f->options[5] = (LV2_Options_Option){LV2_OPTIONS_INSTANCE, 0, 0, 0, 0, NULL};

  f->features[0] = (LV2_Feature){LV2_URID__map, &f->map};
  f->features[1] = (LV2_Feature){LV2_URID__unmap, &f->unmap};
  f->features[2] = (LV2_Feature){LV2_LOG__log, &f->log};
  f->features[3] = (LV2_Feature){LV2_OPTIONS__options, f->options};
  f->features[4] = (LV2_Feature){LV2_BUF_SIZE__boundedBlockLength, NULL};
  // clang-format on

  for (uint32_t i = 0; i < 5u; ++i) {
    f->list[i] = &f->features[i];
  }

  f->list[5] = NULL;
}

void
rs_host_features_free(RsHostFeatures* const features)
{
  for (uint32_t i = 0; i < features->n_uris; ++i) {
    free(features->uris[i]);
  }

  pthread_mutex_destroy(&features->lock);
}
