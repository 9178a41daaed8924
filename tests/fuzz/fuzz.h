// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What fuzz targets share: the entry point, which libFuzzer or replay.c calls,
   numbers out of its input, and what must hold.

   An input is read as a little program by most targets, so that mutations keep
   most of what it does.  What is read beyond its end is zero.
*/

#ifndef RINGSIDE_TESTS_FUZZ_FUZZ_H
#define RINGSIDE_TESTS_FUZZ_FUZZ_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/// End with a report if something that must hold does not, in all builds
#define require(condition)                                                     \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(                                                                 \
        stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                 \
    }                                                                          \
  } while (0)

/// What is left of an input
typedef struct {
  const uint8_t* at;
  size_t         left;
} Input;

/// Copy so many bytes, zeros where there are no more
static inline void
input_copy(Input* const input, void* const to, const size_t size)
{
  const size_t n = size < input->left ? size : input->left;
  memset(to, 0, size);
  if (n) {
    memcpy(to, input->at, n);
    input->at += n;
    input->left -= n;
  }
}

static inline uint8_t
input_u8(Input* const input)
{
  uint8_t value = 0u;
  input_copy(input, &value, sizeof(value));
  return value;
}

static inline uint16_t
input_u16(Input* const input)
{
  uint16_t value = 0u;
  input_copy(input, &value, sizeof(value));
  return value;
}

static inline uint32_t
input_u32(Input* const input)
{
  uint32_t value = 0u;
  input_copy(input, &value, sizeof(value));
  return value;
}

static inline uint64_t
input_u64(Input* const input)
{
  uint64_t value = 0u;
  input_copy(input, &value, sizeof(value));
  return value;
}

/// The next bytes up to `end` or the end of the input; moves on behind it
static inline Input
input_until(Input* const input, const uint8_t end)
{
  const uint8_t* const found =
    input->left ? (const uint8_t*)memchr(input->at, end, input->left) : NULL;
  const Input part = {input->at,
                      found ? (size_t)(found - input->at) : input->left};

  input->at += part.left + (found != NULL);
  input->left -= part.left + (found != NULL);
  return part;
}

/// A copy whose end is the end of its memory, so that a sanitizer guards it
static inline void*
exact_copy(const void* const from, const size_t size)
{
  void* const to = calloc(size, 1u);
  if (size) {
    memcpy(to, from, size);
  }
  return to;
}

/// The same as a string.  Ends at the first zero, if there is one
static inline char*
exact_text(const Input input)
{
  char* const text = (char*)calloc(input.left + 1u, 1u);
  if (input.left) {
    memcpy(text, input.at, input.left);
  }
  return text;
}

/// How many of the lowest descriptors are open
static inline unsigned
open_descriptors(void)
{
  unsigned count = 0u;
  for (int fd = 0; fd < 128; ++fd) {
    count += fcntl(fd, F_GETFD) >= 0;
  }
  return count;
}

#endif // RINGSIDE_TESTS_FUZZ_FUZZ_H
