// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   How a host process and the bridge talk, apart from shared memory.

   `attach.sock` in the runtime folder is a SOCK_SEQPACKET Unix socket.  Each
   host process (its link thread) keeps one connection to it: the host
   connection.  One message is one packet, a struct of this file.

       host                             bridge
        │ HELLO versions, process name    │   uid checked both ways
        │────────────────────────────────▶│
        │                        WELCOME  │   or REFUSED: then both close
        │◀────────────────────────────────│
        │ ATTACH instance + 3 descriptors │   once for each instance
        │────────────────────────────────▶│
        │              ATTACHED name      │   or REFUSED instance, reason
        │◀────────────────────────────────│
        │ PING once a second              │
        │────────────────────────────────▶│
        │                  PONG osc_port  │
        │◀────────────────────────────────│

   The descriptors of ATTACH are, in this order: one end of the instance's
   socketpair (SOCK_SEQPACKET), its command segment, its telemetry segment.
   Over the socketpair go, from the bridge, bells (a packet of a single byte),
   NAME and PRESET; and its closing by either side ends the attachment.

   Numbers are those of the machine; both ends are on it.  Append-only: a
   later version adds kinds, and fields at the end.  A receiver takes a longer
   packet than it knows, and refuses a shorter one.
*/

#ifndef RINGSIDE_SHM_ATTACH_H
#define RINGSIDE_SHM_ATTACH_H

#include <assert.h>
#include <stdint.h>

#define RS_PROTOCOL_MIN 1u
#define RS_PROTOCOL_MAX 1u

#define RS_ATTACH_MAGIC 0x52494e47u ///< "RING"

/// Longest instance name, without its end (spec section 3)
#define RS_NAME_MAX 32u

/// Longest preset label in bytes, without its end
#define RS_LABEL_MAX 64u

/// File names in the runtime folder
#define RS_ATTACH_SOCKET "attach.sock" ///< SEQPACKET, for hosts
#define RS_OSC_SOCKET "osc.sock"       ///< Datagrams, OSC for this user
#define RS_PORT_FILE "port"            ///< The OSC port in decimal, newline
#define RS_START_LOCK "start.lock"     ///< flock: who starts or ends a bridge
#define RS_BRIDGE_LOCK "bridge.lock"   ///< flock: held by the bridge for life

/// How the process of a bridge ends; append-only
typedef enum {
  RS_EXIT_OK        = 0, ///< Ended by a signal, or nobody needs it any more
  RS_EXIT_FAILURE   = 1, ///< Something that it cannot do without failed
  RS_EXIT_USAGE     = 2, ///< Wrong arguments
  RS_EXIT_RUNNING   = 3, ///< Another bridge serves this runtime folder
  RS_EXIT_STEP_DOWN = 4, ///< A newer plugin wants a newer bridge
  RS_EXIT_LOST      = 5, ///< The runtime folder was taken away
} RsExit;

/// Kinds of messages
typedef enum {
  RS_ATTACH_HELLO    = 1,
  RS_ATTACH_WELCOME  = 2,
  RS_ATTACH_REFUSED  = 3,
  RS_ATTACH_ATTACH   = 4,
  RS_ATTACH_ATTACHED = 5,
  RS_ATTACH_PING     = 6,
  RS_ATTACH_PONG     = 7,
  RS_ATTACH_NAME     = 8, ///< On the socketpair: this is your name now
  RS_ATTACH_PRESET   = 9, ///< On the socketpair: label of a preset serial
} RsAttachKind;

/// Why something was refused
typedef enum {
  RS_REFUSED_VERSION     = 1, ///< No common protocol version
  RS_REFUSED_STEP_DOWN   = 2, ///< You are newer: I leave, start your own
  RS_REFUSED_FULL        = 3, ///< As many hosts or instances as there can be
  RS_REFUSED_BAD_SEGMENT = 4, ///< The segments do not hold what they should
  RS_REFUSED_BAD_MESSAGE = 5,
  RS_REFUSED_SHORT       = 6, ///< No memory or descriptors for one more, now
} RsRefusal;

/// Head of every message
typedef struct {
  uint32_t magic; ///< RS_ATTACH_MAGIC
  uint32_t kind;  ///< RsAttachKind
} RsAttachHead;

typedef struct {
  RsAttachHead head;
  uint32_t     version_min;
  uint32_t     version_max;
  char         process[64];
} RsHello;

typedef struct {
  RsAttachHead head;
  uint32_t     version;  ///< To be spoken from now on
  uint32_t     osc_port; ///< 0: none
  char         release[32];
} RsWelcome;

typedef struct {
  RsAttachHead head;
  uint32_t     reason;   ///< RsRefusal
  uint32_t     instance; ///< Of the ATTACH; 0: the whole connection
} RsRefused;

/// Flags of RsAttach
enum {
  RS_ATTACH_RENEWED = 1u << 0u, ///< It has appeared before, under this name
};

typedef struct {
  RsAttachHead head;
  uint32_t     instance; ///< Number within this host, from 1
  uint32_t     flags;
  uint64_t     order;                    ///< When it was made (ns), for names
  uint32_t     preset_serial;            ///< 0: none
  char         name[RS_NAME_MAX + 8u];   ///< Wanted, or ""
  char         label[RS_LABEL_MAX + 4u]; ///< Of that preset serial, or ""
} RsAttach;

typedef struct {
  RsAttachHead head;
  uint32_t     instance;
  char         name[RS_NAME_MAX + 8u];
} RsAttached;

typedef struct {
  RsAttachHead head;
  uint32_t     number;   ///< Of the PING, comes back in the PONG
  uint32_t     osc_port; ///< In the PONG
} RsPing;

typedef struct {
  RsAttachHead head;
  char         name[RS_NAME_MAX + 8u];
} RsNameMessage;

typedef struct {
  RsAttachHead head;
  uint32_t     serial;
  char         label[RS_LABEL_MAX + 4u];
} RsPresetMessage;

#endif // RINGSIDE_SHM_ATTACH_H
