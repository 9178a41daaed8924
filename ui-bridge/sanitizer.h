// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Whether this build has sanitizers, which reserve far more memory than any
/// limit that makes sense, and make system calls of their own

#ifndef RINGSIDE_BRIDGE_SANITIZER_H
#define RINGSIDE_BRIDGE_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#  define RS_HAS_SANITIZER 1
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#    define RS_HAS_SANITIZER 1
#  endif
#endif
#ifndef RS_HAS_SANITIZER
#  define RS_HAS_SANITIZER 0
#endif

#endif // RINGSIDE_BRIDGE_SANITIZER_H
