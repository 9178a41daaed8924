// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   How a process of ours gives up what it does not need: files (Landlock) and
   system calls (seccomp).  What it keeps stands where it is used: the bridge in
   sandbox.c, opener in opener.c, keeper and its children in presets/.

   There is no way back, children inherit it, and what is given up twice is
   given up: each further step can only take away.
*/

#ifndef RINGSIDE_BRIDGE_CONFINE_H
#define RINGSIDE_BRIDGE_CONFINE_H

#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Of kernels after the headers of Debian 12
#ifndef LANDLOCK_ACCESS_FS_REFER
#  define LANDLOCK_ACCESS_FS_REFER (1ULL << 13) // ABI 2
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#  define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) // ABI 3
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#  define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15) // ABI 5
#endif

/// To read, and to list folders
#define RS_FILES_READ \
  (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/// To make, change, rename and remove plain files and folders
#define RS_FILES_WRITE                                             \
  (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
   LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |  \
   LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER |        \
   LANDLOCK_ACCESS_FS_TRUNCATE)

/// What none of us ever does
#define RS_FILES_NEVER                                           \
  (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |   \
   LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
   LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM | \
   LANDLOCK_ACCESS_FS_IOCTL_DEV)

/// What a process may do with files; made, filled, then put in force
typedef struct {
  int      fd;      ///< -1: none
  int      abi;     ///< That the kernel knows, 0: none
  uint64_t handled; ///< What is forbidden wherever it is not allowed
} RsFileRules;

/// @param handled is forbidden from then on, but where rs_files_allow() lets it
/// @param may_signal others than our own children, and connect to abstract
/// sockets: forbidden otherwise, as TCP connections are in any case
void
rs_files_begin(RsFileRules* rules, uint64_t handled, bool may_signal);

/// Allow it for a file, or a folder and all in it
void
rs_files_allow(RsFileRules* rules, int fd, uint64_t access);

/// The same for a path; what is not there stays forbidden
void
rs_files_allow_path(RsFileRules* rules, const char* path, uint64_t access);

/// @return the kernel's ABI, 0: nothing is in force
int
rs_files_enforce(RsFileRules* rules);

/// A filter that lets nothing through but what all of us need: memory that is
/// not executable, time, ourselves.  Anything else fails with EPERM, which code
/// that we do not know of bears better than being killed.
/// @return NULL without memory
scmp_filter_ctx
rs_calls_begin(void);

/// @return false without memory
bool
rs_calls_allow(scmp_filter_ctx filter, const int* calls, size_t n);

/// To open files, but neither to write nor to make them
bool
rs_calls_allow_reading(scmp_filter_ctx filter);

/// Put it in force, and free it.  @return false where the kernel has no filters
bool
rs_calls_enforce(scmp_filter_ctx filter, bool is_whole);

#endif // RINGSIDE_BRIDGE_CONFINE_H
