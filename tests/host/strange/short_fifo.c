// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A host that instantiates in a real-time thread which exits right away

#include <lilv/lilv.h>

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

typedef LilvInstance* (*Instantiate)(const LilvPlugin*         plugin,
                                     double                    rate_hz,
                                     const LV2_Feature* const* features);

typedef struct {
  const LilvPlugin*         plugin;
  double                    rate_hz;
  const LV2_Feature* const* features;
  LilvInstance*             instance;
} Call;

static void*
call(void* const context)
{
  Call* const it   = (Call*)context;
  Instantiate real = NULL;

  *(void**)&real = dlsym(RTLD_NEXT, "lilv_plugin_instantiate");
  it->instance   = real(it->plugin, it->rate_hz, it->features);
  return NULL;
}

// Found before lilv's own
LilvInstance*
lilv_plugin_instantiate(const LilvPlugin* const         plugin,
                        const double                    rate_hz,
                        const LV2_Feature* const* const features)
{
  const struct sched_param param = {.sched_priority = 10};
  Call                     it    = {plugin, rate_hz, features, NULL};
  pthread_t                thread;
  pthread_attr_t           attributes;

  pthread_attr_init(&attributes);
  pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
  pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
  pthread_attr_setschedparam(&attributes, &param);
  if (pthread_create(&thread, &attributes, call, &it)) {
    fprintf(stderr, "no real-time thread may be started\n");
    exit(77);
  }

  pthread_join(thread, NULL);
  pthread_attr_destroy(&attributes);
  return it.instance;
}
