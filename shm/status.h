// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What a function of the shared rooms says when it returns

#ifndef RINGSIDE_SHM_STATUS_H
#define RINGSIDE_SHM_STATUS_H

/// May be called by run(): no system call, lock, allocation or wait
#define RS_REALTIME

/// The result must be looked at
#define RS_NODISCARD __attribute__((warn_unused_result))

typedef enum {
  RS_SUCCESS,
  RS_FULL,      ///< No room; nothing was written
  RS_CORRUPT,   ///< The peer broke an invariant; stop using what is shared
  RS_AGAIN,     ///< Not now: the other side is in the middle of something
  RS_BAD_ARG,   ///< The caller asked for something that cannot be
  RS_NOT_FOUND, ///< There is no such thing
  RS_TOO_LARGE, ///< Over a limit of spec section 7
  RS_VERSION,   ///< The peer speaks no protocol that we speak
  RS_GONE,      ///< The peer has left
  RS_SYSTEM,    ///< A system call failed; errno says how
} RsStatus;

/// A sentence without a full stop, never NULL
const char*
rs_strerror(RsStatus status);

#endif // RINGSIDE_SHM_STATUS_H
