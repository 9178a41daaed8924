// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What generated Faust code needs around it, and how we see it from outside.

   Each unit (a process of strip.dsp) is compiled from faust_unit.c.in into one
   object that exports one RsFaustUnit.
*/

#ifndef RINGSIDE_PLUGIN_FAUST_H
#define RINGSIDE_PLUGIN_FAUST_H

#include <stddef.h>

#ifndef FAUSTFLOAT
#  define FAUSTFLOAT float
#endif

/// The host's side of buildUserInterface(): members are named by Faust
typedef struct {
  void* uiInterface;
  void (*openTabBox)(void* ui, const char* label);
  void (*openHorizontalBox)(void* ui, const char* label);
  void (*openVerticalBox)(void* ui, const char* label);
  void (*closeBox)(void* ui);
  void (*addButton)(void* ui, const char* label, float* zone);
  void (*addCheckButton)(void* ui, const char* label, float* zone);
  void (*addVerticalSlider)(void*       ui,
                            const char* label,
                            float*      zone,
                            float       init,
                            float       min,
                            float       max,
                            float       step);
  void (*addHorizontalSlider)(void*       ui,
                              const char* label,
                              float*      zone,
                              float       init,
                              float       min,
                              float       max,
                              float       step);
  void (*addNumEntry)(void*       ui,
                      const char* label,
                      float*      zone,
                      float       init,
                      float       min,
                      float       max,
                      float       step);
  void (*addHorizontalBargraph)(void*       ui,
                                const char* label,
                                float*      zone,
                                float       min,
                                float       max);
  void (*addVerticalBargraph)(void*       ui,
                              const char* label,
                              float*      zone,
                              float       min,
                              float       max);
  void (*declare)(void* ui, float* zone, const char* key, const char* value);
} UIGlue;

/// For metadata(), which nobody calls
typedef struct {
  void* metaInterface;
  void (*declare)(void* ui, const char* key, const char* value);
} MetaGlue;

/// One compiled process; `dsp` is `size` bytes of zeroed memory
typedef struct {
  size_t size;
  int (*n_in)(void);
  int (*n_out)(void);
  void (*init)(void* dsp, int rate_hz);
  void (*clear)(void* dsp); ///< Forget all sound, keep parameters
  void (*bind)(void* dsp, UIGlue* ui);
  void (*compute)(void* dsp, int frames, float** in, float** out);
} RsFaustUnit;

#endif // RINGSIDE_PLUGIN_FAUST_H
