// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What a benchmark found, for `scripts/bench`: one JSON object a line,
   appended to the file that RINGSIDE_BENCH_JSON names.  Without it nothing is
   written, so a benchmark runs by itself as well; text for people goes to
   stdout.  Python has the same in figures_lib.py.

   A figure is known as "BENCH/WHAT", and so is its limit in limits.json.
*/

#ifndef RINGSIDE_TESTS_BENCH_FIGURE_H
#define RINGSIDE_TESTS_BENCH_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A number, such as ("wakeup", "ratio p50", 1.12, "")
void
rs_figure(const char* bench, const char* what, double value, const char* unit);

/// Something to be known about the run, such as ("wakeup", "priority", "47")
void
rs_figure_text(const char* bench, const char* what, const char* text);

/**
   Say what a plot shows, before or after its points.

   @param options of gnuplot's `set`, one a line, such as "logscale x", or ""
*/
void
rs_figure_plot(const char* bench,
               const char* plot,
               const char* x_label,
               const char* y_label,
               const char* options);

/// A point of a series in a plot; series and points keep their order
void
rs_figure_point(const char* bench,
                const char* plot,
                const char* series,
                double      x,
                double      y);

/// Short of time: `--quick` and `--check` set RINGSIDE_BENCH_QUICK
bool
rs_figure_is_quick(void);

/// Sort ascending
void
rs_figure_sort(int64_t* values, size_t n);

/// The value that `percent` of a hundred do not exceed.  @param values sorted
int64_t
rs_figure_percentile(const int64_t* values, size_t n, double percent);

#ifdef __cplusplus
}
#endif

#endif // RINGSIDE_TESTS_BENCH_FIGURE_H
