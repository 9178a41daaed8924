// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The client as its files see each other: one socket to the bridge, one
   request after the other, answers until the last of them.
*/

#ifndef RINGSIDE_BRIDGE_CLIENT_H
#define RINGSIDE_BRIDGE_CLIENT_H

#include <lo/lo.h>

#include <stdbool.h>
#include <stdint.h>

/// Longest address that is sent
#define RS_ADDRESS_MAX 512u

/// Exit statuses; documented in ringside(1), so for ever
typedef enum {
  RS_CLIENT_DONE      = 0,
  RS_CLIENT_REFUSED   = 1, ///< The bridge answered with /error
  RS_CLIENT_USAGE     = 2,
  RS_CLIENT_NO_BRIDGE = 3,
  RS_CLIENT_TIMEOUT   = 4,
} RsClientExit;

typedef struct {
  int         socket;
  double      timeout_s;     ///< For the whole answer; 0: as the command says
  bool        is_json;       ///< Print JSON
  bool        is_normalized; ///< Values are 0..1
  bool        is_impatient;  ///< Do not wait for commands to be applied
  double      confirm_s;     ///< Wait so long for the host to refuse it; 0: not
  const char* at;            ///< Time of a command, or NULL
  int32_t     sync;          ///< Number of the last sync
  bool        is_quiet;      ///< Errors are not printed
  bool        has_error;     ///< An /error came
} RsClient;

// client_link.c: to the bridge and back

/**
   Find the bridge: the Unix socket in the runtime folder, or the port on
   loopback if it is not 0.  Prints why not.

   @return #RS_CLIENT_DONE or #RS_CLIENT_NO_BRIDGE
*/
RsClientExit
rs_client_connect(RsClient* client, int port);

/// Whether there may be answers from several addresses
bool
rs_client_is_pattern(const char* address);

void
rs_client_close(RsClient* client);

/// When a request is answered
typedef enum {
  RS_UNTIL_FIRST, ///< One answer on the same address; several for a pattern
  RS_UNTIL_END,   ///< An answer on ADDRESS/end
  RS_UNTIL_SYNC,  ///< A sync that was sent after it comes back
  RS_UNTIL_QUIET, ///< The same, and nothing came for a while
} RsUntil;

/// Takes an answer; errors, syncs and ends do not get here
typedef void (*RsAnswer)(void* context, const char* address, lo_message answer);

/**
   Send a request and take its answers.  Errors are printed as they come.

   @param message is freed
   @param default_s how long to wait if the user did not say
*/
RsClientExit
rs_client_ask(RsClient*   client,
              const char* address,
              lo_message  message,
              RsUntil     until,
              double      default_s,
              RsAnswer    answer,
              void*       context);

// client_table.c: what is printed

/// Answers as lines; the columns are the arguments of each
typedef struct {
  const char* const* heads;       ///< NULL at the end
  bool               has_address; ///< Their first argument: what answered
  uint32_t           count;
  lo_message*        rows;
} RsTable;

/// An #RsAnswer that keeps what comes
void
rs_table_take(void* table, const char* address, lo_message answer);

/// Print as columns, or as a JSON array of objects
void
rs_table_print(const RsTable* table, bool is_json);

/// Only one column, one a line (for completion)
void
rs_table_print_column(const RsTable* table, uint32_t column);

void
rs_table_clear(RsTable* table);

/// The value as text: the shortest that is the same number, strings harmless
/// to a terminal.  `text` has room for 512 bytes
void
rs_print_argument(char text[512], char type, const lo_arg* argument);

/// An argument of type `i`
int32_t
rs_print_int_of(const lo_arg* argument);

/// An #RsAnswer for any message: address and arguments, JSON if `*context`
void
rs_print_message(void* is_json, const char* address, lo_message answer);

// client_commands.c, client_presets.c, client_send.c: what can be asked

/// @param args `n` of them, as many as the table allows
typedef RsClientExit (*RsClientFunction)(RsClient*          client,
                                         int                n,
                                         const char* const* args);

typedef struct {
  const char*      name;
  const char*      usage;
  int              min;
  int              max;
  RsClientFunction run;
  const char*      help; ///< NULL: not listed
} RsClientCommand;

/// A NULL name ends it
extern const RsClientCommand rs_client_commands[];

RsClientExit
rs_client_send(RsClient* client, int n, const char* const* args);

RsClientExit
rs_client_preset(RsClient* client, int n, const char* const* args);

RsClientExit
rs_client_complete(RsClient* client, int n, const char* const* args);

/// Print how it would be right.  @return #RS_CLIENT_USAGE
RsClientExit
rs_client_usage(const char* format, ...) __attribute__((format(printf, 1, 2)));

/// A number, all of it.  @return false if it is not one
bool
rs_client_number(const char* text, double* number);

#endif // RINGSIDE_BRIDGE_CLIENT_H
