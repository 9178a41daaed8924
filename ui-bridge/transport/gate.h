// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Who may talk to the bridge over the network (spec section 6).

   This machine always may; others if the configuration allows their address,
   or once they have said `/ringside/hello` with the passphrase, from which on
   their address is a guest's until the bridge ends.  Whoever else sends
   anything gets no answer at all, not even a refusal, so that nobody can tell
   that a bridge is here, nor use it to send packets to a third.

   One thread, that of the loop.
*/

#ifndef RINGSIDE_BRIDGE_GATE_H
#define RINGSIDE_BRIDGE_GATE_H

#include "ui-bridge/config.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Most guests; the one who was first goes when another comes
#define RS_GATE_GUESTS 64u

/// Who guesses wrong is not heard for so long, in nanoseconds
#define RS_GATE_WRONG_NS 1000000000

/// Most wrong guesses a second, of all strangers together
#define RS_GATE_WRONG_RATE 100

/// All zeros: nobody has come yet
typedef struct {
  in_addr_t guests[RS_GATE_GUESTS];
  uint32_t  n_guests; ///< Ever
  struct {
    in_addr_t ip;
    int64_t   until_ns;
  } wrong[RS_GATE_GUESTS]; ///< Who guessed wrong of late
  uint32_t n_wrong;        ///< Ever
  int64_t  full_until_ns;  ///< Of the rate of wrong guesses
} RsGate;

/// True if an address may talk to us
bool
rs_gate_knows(const RsGate*   gate,
              const RsConfig* config,
              struct in_addr  address);

/**
   Look at a packet of a stranger.

   @return true if it is the right greeting, which makes its sender a guest
*/
bool
rs_gate_greet(RsGate*         gate,
              const RsConfig* config,
              struct in_addr  address,
              const void*     packet,
              size_t          size,
              int64_t         now_ns);

/// The passphrase is another: guests have to greet again
void
rs_gate_forget(RsGate* gate);

/// How many guests there are
uint32_t
rs_gate_guests(const RsGate* gate);

#endif // RINGSIDE_BRIDGE_GATE_H
