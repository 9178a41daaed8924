// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Making, sealing, checking and mapping the segments

#include "shm/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#  define MFD_NOEXEC_SEAL 0x0008U // Linux 6.3
#endif

static_assert(sizeof(RsCommands) % 64u == 0u, "the table behind is aligned");

#define SEALS_BOTH (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static size_t
commands_size(const uint32_t n_parameters)
{
  return sizeof(RsCommands) + rs_overflow_size(n_parameters);
}

static RsOverflow*
overflow_of(RsCommands* const commands)
{
  return (RsOverflow*)(void*)((char*)commands + sizeof(RsCommands));
}

/// A memory file of this size, mapped writable, every page present
static void*
make_file(const char* const name, const size_t size, int* const fd)
{
  // Kernels before 6.3 refuse the flag that they do not know
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;

  *fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);
  if (*fd < 0 && errno == EINVAL) {
    *fd = memfd_create(name, flags);
  }

  if (*fd < 0 || ftruncate(*fd, (off_t)size)) {
    return NULL;
  }

  void* const base =
    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, *fd, 0);

  return base == MAP_FAILED ? NULL : base;
}

static void
copy_text(char* const to, const size_t size, const char* const from)
{
  const size_t length = from ? strnlen(from, size - 1u) : 0u;
  if (length) {
    memcpy(to, from, length);
  }

  memset(to + length, 0, size - length);
}

static void
fill_identity(RsIdentity* const identity, const RsSegmentsPlan* const plan)
{
  identity->magic            = RS_TELEMETRY_MAGIC;
  identity->layout           = RS_LAYOUT_VERSION;
  identity->n_parameters     = plan->n_parameters;
  identity->n_points         = plan->n_points;
  identity->rate_hz          = plan->rate_hz;
  identity->clock_is_syscall = plan->clock_is_syscall;
  identity->pid              = (uint32_t)getpid();

  copy_text(
    identity->plugin_uri, sizeof(identity->plugin_uri), plan->plugin_uri);
  copy_text(identity->base_name, sizeof(identity->base_name), plan->base_name);
  copy_text(identity->process, sizeof(identity->process), plan->process);
}

RsStatus
rs_segments_create(RsSegments* const segments, const RsSegmentsPlan* const plan)
{
  RsSegments made = {.commands_fd = -1, .telemetry_fd = -1};

  made.commands_size = commands_size(plan->n_parameters);
  made.commands      = (RsCommands*)make_file(
    "ringside-commands", made.commands_size, &made.commands_fd);
  if (!made.commands) {
    goto fail;
  }

  made.overflow               = overflow_of(made.commands);
  made.commands->magic        = RS_COMMANDS_MAGIC;
  made.commands->layout       = RS_LAYOUT_VERSION;
  made.commands->n_parameters = plan->n_parameters;

  made.telemetry_size = rs_telemetry_size(plan->n_parameters, plan->n_points);
  void* const telemetry =
    make_file("ringside-telemetry", made.telemetry_size, &made.telemetry_fd);
  if (!telemetry) {
    goto fail;
  }

  rs_telemetry_map(
    telemetry, plan->n_parameters, plan->n_points, &made.telemetry);

  fill_identity(&made.telemetry.fixed->identity, plan);
  memcpy(made.telemetry.parameters,
         plan->parameters,
         plan->n_parameters * sizeof(RsParameter));
  if (plan->n_points) {
    memcpy(made.telemetry.points,
           plan->points,
           plan->n_points * sizeof(RsScalePoint));
  }

  for (uint32_t i = 0; i < plan->n_parameters; ++i) {
    const uint32_t bits = rs_bits_from_float(plan->parameters[i].initial);
    atomic_init(&made.telemetry.values[i], bits);
    atomic_init(&made.telemetry.ahead_values[i], bits);
  }

  // Our own writable mapping exists already, and stays writable
  if (fcntl(made.commands_fd, F_ADD_SEALS, SEALS_BOTH) ||
      fcntl(made.telemetry_fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | SEALS_BOTH)) {
    goto fail;
  }

  *segments = made;
  return RS_SUCCESS;

fail:;
  const int error = errno;
  rs_segments_close(&made);
  errno = error;
  return RS_SYSTEM;
}

/// The file has exactly these seals at least, and its size does not change
static RsStatus
check_file(const int fd, const int seals, size_t* const size)
{
  struct stat st;
  const int   has = fcntl(fd, F_GET_SEALS);
  if (has < 0 || fstat(fd, &st)) {
    return RS_SYSTEM;
  }

  if ((has & seals) != seals || st.st_size < 0) {
    return RS_CORRUPT;
  }

  *size = (size_t)st.st_size;
  return RS_SUCCESS;
}

/// Private copy of an array out of shared memory
static void*
copy_array(const void* const from, const size_t count, const size_t size)
{
  void* const to = calloc(count + 1u, size);
  if (to && count) {
    memcpy(to, from, count * size);
  }

  return to;
}

static bool
is_terminated(const char* const text, const size_t size)
{
  return strnlen(text, size) < size;
}

static RsStatus
check_identity(const RsIdentity* const identity, const size_t size)
{
  if (identity->magic != RS_TELEMETRY_MAGIC) {
    return RS_CORRUPT;
  }

  if (identity->layout != RS_LAYOUT_VERSION) {
    return RS_VERSION;
  }

  if (identity->n_parameters > RS_PARAMETERS_MAX ||
      identity->n_points > RS_SCALE_POINTS_MAX ||
      size != rs_telemetry_size(identity->n_parameters, identity->n_points) ||
      !is_terminated(identity->plugin_uri, sizeof(identity->plugin_uri)) ||
      !is_terminated(identity->base_name, sizeof(identity->base_name)) ||
      !is_terminated(identity->process, sizeof(identity->process)) ||
      !(identity->rate_hz >= 1.0 && identity->rate_hz <= 1.0e7)) {
    return RS_CORRUPT;
  }

  return RS_SUCCESS;
}

/// Map and check the telemetry segment; the table is checked on the copies
static RsStatus
accept_telemetry(RsSegments* const    made,
                 const int            fd,
                 RsIdentity* const    identity,
                 RsParameter** const  parameters,
                 RsScalePoint** const points)
{
  RsStatus st =
    check_file(fd, SEALS_BOTH | F_SEAL_FUTURE_WRITE, &made->telemetry_size);
  if (st) {
    return st;
  }

  if (made->telemetry_size < sizeof(RsTelemetry)) {
    return RS_CORRUPT;
  }

  void* const base =
    mmap(NULL, made->telemetry_size, PROT_READ, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) {
    return RS_SYSTEM;
  }

  made->telemetry.fixed = (RsTelemetry*)base;
  memcpy(identity, &made->telemetry.fixed->identity, sizeof(*identity));
  if ((st = check_identity(identity, made->telemetry_size))) {
    return st;
  }

  rs_telemetry_map(
    base, identity->n_parameters, identity->n_points, &made->telemetry);

  *parameters = (RsParameter*)copy_array(
    made->telemetry.parameters, identity->n_parameters, sizeof(RsParameter));
  *points = (RsScalePoint*)copy_array(
    made->telemetry.points, identity->n_points, sizeof(RsScalePoint));
  if (!*parameters || !*points) {
    return RS_SYSTEM;
  }

  return rs_parameters_check(
    *parameters, identity->n_parameters, *points, identity->n_points);
}

static RsStatus
accept_commands(RsSegments* const made, const int fd, const uint32_t n)
{
  const RsStatus st = check_file(fd, SEALS_BOTH, &made->commands_size);
  if (st) {
    return st;
  }

  if (made->commands_size != commands_size(n)) {
    return RS_CORRUPT;
  }

  void* const base =
    mmap(NULL, made->commands_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) {
    return RS_SYSTEM;
  }

  made->commands = (RsCommands*)base;
  made->overflow = overflow_of(made->commands);

  if (made->commands->magic != RS_COMMANDS_MAGIC ||
      made->commands->n_parameters != n) {
    return RS_CORRUPT;
  }

  return made->commands->layout == RS_LAYOUT_VERSION ? RS_SUCCESS : RS_VERSION;
}

RsStatus
rs_segments_accept(RsSegments* const    segments,
                   const int            commands_fd,
                   const int            telemetry_fd,
                   RsIdentity* const    identity,
                   RsParameter** const  parameters,
                   RsScalePoint** const points)
{
  // Descriptors stay with the caller until all is well
  RsSegments    made           = {.commands_fd = -1, .telemetry_fd = -1};
  RsIdentity    who            = {0};
  RsParameter*  its_parameters = NULL;
  RsScalePoint* its_points     = NULL;

  RsStatus st =
    accept_telemetry(&made, telemetry_fd, &who, &its_parameters, &its_points);
  if (!st) {
    st = accept_commands(&made, commands_fd, who.n_parameters);
  }

  if (st) {
    const int error = errno;
    free(its_parameters);
    free(its_points);
    rs_segments_close(&made);
    errno = error;
    return st;
  }

  close(commands_fd);
  close(telemetry_fd);

  *segments   = made;
  *identity   = who;
  *parameters = its_parameters;
  *points     = its_points;
  return RS_SUCCESS;
}

void
rs_segments_close(RsSegments* const segments)
{
  if (segments->commands) {
    munmap(segments->commands, segments->commands_size);
  }

  if (segments->telemetry.fixed) {
    munmap(segments->telemetry.fixed, segments->telemetry_size);
  }

  // All zeros is none: two descriptors are never both standard input
  if (segments->commands_fd || segments->telemetry_fd) {
    if (segments->commands_fd >= 0) {
      close(segments->commands_fd);
    }

    if (segments->telemetry_fd >= 0) {
      close(segments->telemetry_fd);
    }
  }

  *segments = (RsSegments){.commands_fd = -1, .telemetry_fd = -1};
}
