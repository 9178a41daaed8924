// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Figures of a benchmark as lines of JSON

#include "tests/bench/figure.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static cJSON*
begin(const char* const bench)
{
  cJSON* const line = getenv("RINGSIDE_BENCH_JSON") ? cJSON_CreateObject() : 0;
  if (line) {
    (void)cJSON_AddStringToObject(line, "bench", bench);
  }
  return line;
}

/// Append the line in one write, so that processes may share the file
static void
end(cJSON* const line)
{
  const char* const path = getenv("RINGSIDE_BENCH_JSON");
  char* const       text = line && path ? cJSON_PrintUnformatted(line) : NULL;
  if (text) {
    const size_t length = strlen(text);
    const int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

    text[length] = '\n';
    if (fd < 0 || write(fd, text, length + 1u) != (ssize_t)length + 1) {
      perror("RINGSIDE_BENCH_JSON");
    }
    if (fd >= 0) {
      close(fd);
    }
  }
  cJSON_free(text);
  cJSON_Delete(line);
}

void
rs_figure(const char* const bench,
          const char* const what,
          const double      value,
          const char* const unit)
{
  cJSON* const line = begin(bench);
  (void)cJSON_AddStringToObject(line, "what", what);
  (void)cJSON_AddNumberToObject(line, "value", value);
  (void)cJSON_AddStringToObject(line, "unit", unit);
  end(line);
}

void
rs_figure_text(const char* const bench,
               const char* const what,
               const char* const text)
{
  cJSON* const line = begin(bench);
  (void)cJSON_AddStringToObject(line, "what", what);
  (void)cJSON_AddStringToObject(line, "text", text);
  end(line);
}

void
rs_figure_plot(const char* const bench,
               const char* const plot,
               const char* const x_label,
               const char* const y_label,
               const char* const options)
{
  cJSON* const line = begin(bench);
  (void)cJSON_AddStringToObject(line, "plot", plot);
  (void)cJSON_AddStringToObject(line, "x_label", x_label);
  (void)cJSON_AddStringToObject(line, "y_label", y_label);
  (void)cJSON_AddStringToObject(line, "options", options);
  end(line);
}

void
rs_figure_point(const char* const bench,
                const char* const plot,
                const char* const series,
                const double      x,
                const double      y)
{
  cJSON* const line = begin(bench);
  (void)cJSON_AddStringToObject(line, "plot", plot);
  (void)cJSON_AddStringToObject(line, "series", series);
  (void)cJSON_AddNumberToObject(line, "x", x);
  (void)cJSON_AddNumberToObject(line, "y", y);
  end(line);
}

bool
rs_figure_is_quick(void)
{
  return getenv("RINGSIDE_BENCH_QUICK") != NULL;
}

static int
compare(const void* const a, const void* const b)
{
  const int64_t x = *(const int64_t*)a;
  const int64_t y = *(const int64_t*)b;
  return (x > y) - (x < y);
}

void
rs_figure_sort(int64_t* const values, const size_t n)
{
  qsort(values, n, sizeof(*values), compare);
}

int64_t
rs_figure_percentile(const int64_t* const values,
                     const size_t         n,
                     const double         percent)
{
  const size_t at = (size_t)((double)n * percent / 100.0);
  return n ? values[at < n ? at : n - 1u] : 0;
}
