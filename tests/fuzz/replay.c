// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A main() for fuzz targets in builds without libFuzzer: runs them once on each
   file of each folder that is named, and on the empty input.
*/

#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void
replay(const int folder, const char* const name)
{
  struct stat status;
  const int   fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &status)) {
    fprintf(stderr, "%s cannot be read\n", name);
    exit(1);
  }

  const size_t   size = (size_t)status.st_size;
  uint8_t* const data = (uint8_t*)malloc(size);
  if (read(fd, data, size) != status.st_size) {
    fprintf(stderr, "%s cannot be read\n", name);
    exit(1);
  }

  close(fd);
  fprintf(stderr, "%s\n", name);
  LLVMFuzzerTestOneInput(data, size);
  free(data);
}

static unsigned
replay_folder(const char* const path)
{
  struct dirent** entries = NULL;
  unsigned        done    = 0u;
  const int       folder  = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  const int       count   = scandir(path, &entries, NULL, alphasort);

  for (int i = 0; i < count; ++i) {
    if (entries[i]->d_name[0] != '.') {
      replay(folder, entries[i]->d_name);
      ++done;
    }
    free(entries[i]);
  }

  free(entries);
  close(folder);
  return done;
}

int
main(const int argc, char** const argv)
{
  unsigned done = 0u;

  LLVMFuzzerTestOneInput((const uint8_t*)"", 0u);
  for (int i = 1; i < argc; ++i) {
    done += replay_folder(argv[i]);
  }

  // A corpus that is not found is no success
  fprintf(stderr, "%u inputs\n", done);
  return done ? 0 : 1;
}
