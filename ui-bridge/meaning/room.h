// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the files behind commands.h share: the room, a seat for each instance,
   and the request that is being looked at.

       packet ─▶ bundle.c ─▶ commands.c ─▶ commands_*.c ─▶ bundle.c ─▶ instance
                 elements,   the table     one function    batches
                 times                     a row
                                  └──────▶ answers.c ─▶ replies, when due
*/

#ifndef RINGSIDE_BRIDGE_ROOM_H
#define RINGSIDE_BRIDGE_ROOM_H

#include "ui-bridge/bridge.h"
#include "ui-bridge/meaning/address.h"
#include "ui-bridge/meaning/osc.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct RsSeatImpl      RsSeat;
typedef struct RsOwedImpl      RsOwed;
typedef struct RsHeldImpl      RsHeld;
typedef struct RsSyncImpl      RsSync;
typedef struct RsJobImpl       RsJob;
typedef struct RsOverruledImpl RsOverruled;

/// So many at once, then one each `interval_ns`; all zeros is full
typedef struct {
  int64_t empty_until_ns;
} RsRate;

/// A recall that is asked for
typedef struct {
  enum { RS_LOAD_TEXT, RS_LOAD_NUMBER, RS_LOAD_NEXT, RS_LOAD_PREVIOUS } how;
  char     text[512]; ///< Label or URI
  double   number;    ///< From 1
  double   seconds;   ///< 0: at once
  RsSource from;
  char     address[RS_ADDRESS_MAX]; ///< For reports
  uint64_t change;      ///< Job of a save or delete that comes before it, or 0
  int64_t  deadline_ns; ///< No longer wait for that
} RsLoad;

/// Something that the presets' room does for somebody
struct RsJobImpl {
  RsJob*         next;
  RsCommandRoom* room;
  uint64_t       number;
  uint32_t       id;        ///< Of the instance
  bool           is_change; ///< A save or delete
  bool           is_save;   ///< Values must stand still until it has them
  RsSource       from;
  char           address[RS_ADDRESS_MAX];
  char           label[RS_LABEL_MAX + 4u];
};

/// Senders of sets that are remembered, to be told what the host keeps
#define RS_SENDERS_MAX 64u

typedef struct {
  RsSource source;
  uint32_t number; ///< Never used twice, 0: unused
  int64_t  at_ns;  ///< Of its last set
} RsSender;

/// One instance as this room sees it
struct RsSeatImpl {
  RsInstance*  instance;
  RsDirectory* directory;

  // The batch that is being gathered, see bundle.c

  RsCommand* batch;
  uint32_t   n_batch;
  uint32_t   batch_capacity;
  bool       is_touched;
  bool       is_refused; ///< The batch grew too large: nothing of it is sent
  RsSeat*    next_touched;

  // Batches behind presets that are being read, see held.c

  RsHeld*  first_held;
  RsHeld*  last_held;
  uint32_t n_held;     ///< Commands in them
  bool     is_waiting; ///< For the presets
  bool     is_still;   ///< Until saves have seen the values
  uint64_t held;       ///< Batches ever held
  uint64_t released;   ///< Of these
  RsLoad*  loads;      ///< Recalls among them
  uint32_t n_loads;
  uint64_t change;             ///< Job that must end first, 0: none
  int64_t  change_deadline_ns; ///< Or this time come
  int      load_code; ///< Why the presets could not be read, 0: they could
  char     load_sentence[128];

  // Queries without an answer, in order, see answers.c

  RsOwed*  first_owed;
  RsOwed*  last_owed;
  uint32_t n_saves; ///< Among them

  // What the host keeps, see overruled.c

  RsOverruled* overruled;      ///< One for each parameter
  int64_t      watch_until_ns; ///< 0: nothing was set of late

  RsRate renames;
};

struct RsCommandsImpl {
  RsBridge*    bridge;
  RsAddresses* addresses;
  RsSeat*      seats[RS_INSTANCES_MAX]; ///< In order of appearance
  uint32_t     n_seats;
  RsSeat*      touched;
  RsSeat*      last_touched; ///< Of these, if there are any

  // What one packet may cost, and one turn of the loop, see commands.c

  int64_t  steps;      ///< Left for this packet, some 6 ns each
  int32_t  answers;    ///< Left to be given at once, or in this turn
  int32_t  asked_most; ///< Answers that this packet may still ask for
  int32_t  refusals;   ///< That are still told, the others are only counted
  uint32_t next_seat;  ///< Whose turn it is to be answered

  RsTarget last_target; ///< Of the last message, to be foreseen

  uint32_t n_behind_changes; ///< Seats that wait for saves and deletes
  RsJob*   jobs;
  uint64_t last_job;

  RsOwed*  free_owed;
  uint32_t n_owed_made;
  uint32_t n_owed;
  RsSync*  first_sync;
  RsSync*  last_sync;
  uint32_t n_syncs;
  uint32_t n_open_syncs; ///< Not stamped yet

  RsSender  senders[RS_SENDERS_MAX];
  RsSender* last_sender; ///< Among these, or NULL
  uint32_t  n_senders;   ///< Ever
  uint32_t  n_watched;   ///< Seats where something was set of late
  int64_t   look_ns;     ///< When to look there
  int64_t   looked_ns;   ///< When that was done last, or the watching began
  int64_t   look_soon_until_ns;
  RsRate    overrulings; ///< All of them together

  RsRate saves;
  RsRate complaints; ///< All malformed packets together
  struct {
    RsSource from;
    int64_t  next_ns;
  } complained[32]; ///< Malformed packets by source, see commands.c
};

/// A message on its way to its meaning; a plain value on the stack
typedef struct {
  RsCommandRoom*      room;
  const RsSource*     from;
  const RsOscMessage* message;
  RsSeat*             seat;      ///< NULL in /ringside
  uint32_t            parameter; ///< Only of rows of parameters
  RsTarget            target;
  int64_t             time_ns;    ///< As in RsCommand
  int64_t             arrival_ns; ///< CLOCK_MONOTONIC
  bool                is_batch;   ///< Gather, to be sent by rs_batch_flush()
  bool                is_pattern; ///< What does not fit is skipped silently
  bool                did_fit;    ///< Out: not skipped
} RsRequest;

// commands.c

/// What is asked for, of whom, and where to send the answer
typedef struct {
  RsCommandRoom*  room;
  const RsSource* from;
  RsSeat*         seat;
  uint32_t        parameter;
  const char*     address; ///< Concrete
  RsJob*          job;     ///< What was begun with the question, or NULL
  uint32_t        begin;   ///< First line to be said now, of lists and labels
  uint32_t        stop;    ///< And the one behind the last
} RsAnswer;

typedef void (*RsAnswerFunction)(const RsAnswer*);

/// What one fixed word means
typedef struct {
  RsWord word;
  enum {
    RS_TAKES_ARGUMENTS, ///< Without any it is a query, if there is an answer
    RS_TAKES_NONE,      ///< A single 0 or F is a button's release
  } takes;
  bool is_named;   ///< No wildcard stands for it, but to ask: asking everything
                   ///< resets nothing, and no label becomes a name
  bool is_setting; ///< 503 while the host exports
  void (*command)(RsRequest*); ///< NULL: query only
  RsAnswerFunction answer;     ///< NULL: cannot be asked
  const char*      said; ///< Types of its answer where that could be taken for
                         ///< a question, or NULL
} RsRow;

extern const RsRow    rs_rows[];
extern const uint32_t rs_n_rows;

/// Look up one message and do what it says
void
rs_commands_message(RsRequest* request);

/// @return NULL if it has gone
RsSeat*
rs_seat_by_id(RsCommandRoom* room, uint32_t id);

// refusals.c

/// Count and report; silent if the request comes from a pattern
void
rs_refuse(RsRequest* request, int code, const char* format, ...)
  __attribute__((format(printf, 3, 4)));

/// The same without a message to blame
void
rs_refuse_address(RsCommandRoom*  room,
                  const RsSource* from,
                  const char*     address,
                  int             code,
                  const char*     format,
                  ...) __attribute__((format(printf, 5, 6)));

/// False if nobody will read the sentence of a refusal: so much was refused in
/// this packet that it is only counted, or one of many matches does not fit.
/// Then it is not worth the time to say what would have been right
bool
rs_refusal_is_told(const RsRequest* request, int code);

/// Let a message cost so many steps more.  @return false if it is too much:
/// then nothing is set by its packet (what a bundle in it set before, stays)
bool
rs_steps_take(RsRequest* request, int64_t steps);

/// Take one of a rate.  @return false if it is used up
bool
rs_rate_take(RsRate* rate, int64_t now_ns, int64_t interval_ns, int64_t burst);

/// Count a packet that is refused whole, and say so if not just said
void
rs_complain(RsCommandRoom* room, const RsSource* from, RsStatus status);

// bundle.c

/// Do what a bundle says that was checked, and those within it
void
rs_bundle_run(RsRequest* request, const void* packet, uint32_t size);

/// After a packet: send what a message outside of bundles gathered
void
rs_packet_end(RsRequest* request);

/// Send a command, or add it to the batch of its instance
void
rs_emit(RsRequest* request, RsCommand* command);

/// Make sure that rs_owed_stamp() is called when the batch is sent
void
rs_batch_touch(RsCommandRoom* room, RsSeat* seat);

/// Send commands that have their times, and report if that fails
void
rs_batch_send(RsCommandRoom*  room,
              const RsSource* from,
              const char*     address,
              RsSeat*         seat,
              RsCommand*      commands,
              uint32_t        count);

/// The instance goes
void
rs_batch_drop(RsCommandRoom* room, RsSeat* seat);

/// CLOCK_MONOTONIC of an NTP time tag that is not immediate, at least 1
int64_t
rs_time_from_tag(uint64_t tag, int64_t now_ns, int64_t realtime_offset_ns);

// answers.c

/// Owe an answer of so many lines, in order; the job (or NULL) belongs to it
void
rs_owe(RsRequest*       request,
       RsAnswerFunction function,
       uint32_t         n_lines,
       RsJob*           job);

/// The batch of this instance was sent: what was asked in it may be answered
void
rs_owed_stamp(RsCommandRoom* room, RsSeat* seat);

/// Answer what is due for one instance
void
rs_owed_serve(RsCommandRoom* room, RsSeat* seat, int64_t now_ns);

/// The instance goes: answer all with 503
void
rs_owed_drop(RsCommandRoom* room, RsSeat* seat);

/// Let a question to the bridge itself be answered, which it is at once.
/// @return false if this packet has asked too much
bool
rs_answers_take(RsRequest* request);

/// How many messages answer a question in one of the rows
uint32_t
rs_answer_lines(const RsRequest* request, RsAnswerFunction function);

/// `/ringside/sync`
void
rs_sync_begin(RsRequest* request, int32_t number);

/// A packet has ended: note where each instance stands
void
rs_syncs_stamp(RsCommandRoom* room);

/// All answers and syncs that are due.  @return true if some are still owed
bool
rs_answers_serve(RsCommandRoom* room, int64_t now_ns);

void
rs_answers_free(RsCommandRoom* room);

// overruled.c

/// An instance appears.  @return false without memory
bool
rs_overruled_add(RsSeat* seat);

/// The instance goes
void
rs_overruled_drop(RsCommandRoom* room, RsSeat* seat);

/// Something is about to be sent: what was refused until now is not its doing
void
rs_overruled_watch(RsSeat* seat);

/// These were sent: see whether the host lets them.  After rs_overruled_watch()
void
rs_overruled_note(RsCommandRoom*   room,
                  RsSeat*          seat,
                  const RsSource*  from,
                  const RsCommand* commands,
                  uint32_t         count);

/// Note what rs_overruled_note() touches
void
rs_overruled_foresee(const RsSeat* seat, uint32_t parameter, RsWarm* warm);

/// Look, if it is time.  @return when it is next, or INT64_MAX
int64_t
rs_overruled_serve(RsCommandRoom* room, int64_t now_ns);

// held.c

/// True if what is sent to this instance must wait behind presets
bool
rs_held_is_open(const RsSeat* seat);

/// Put a copy of a batch behind those that wait
void
rs_held_add(RsCommandRoom*   room,
            const RsSource*  from,
            const char*      address,
            RsSeat*          seat,
            const RsCommand* commands,
            uint32_t         count);

/// Let all that comes for this instance wait until its presets are read
void
rs_held_begin(RsRequest* request);

/// The same until saves and deletes that were asked for before have been done,
/// if there are any; notes in the recall which
void
rs_held_begin_behind_changes(RsRequest* request, RsLoad* load);

/// Release what waited for those.  @return true while some still wait
bool
rs_held_serve(RsCommandRoom* room, int64_t now_ns);

/// Send what waits, if there is nothing more to wait for
void
rs_held_release(RsCommandRoom* room, RsSeat* seat);

/// A command that stands for a recall.  @return false if too many wait
bool
rs_held_placeholder(RsSeat* seat, const RsLoad* load, RsCommand* command);

/// @return NULL without memory
RsJob*
rs_job_begin(RsRequest* request, const char* label);

void
rs_job_end(RsJob* job);

/// True if all jobs up to this number have ended
bool
rs_jobs_are_done(const RsCommandRoom* room, uint64_t number);

/// The instance goes
void
rs_held_drop(RsCommandRoom* room, RsSeat* seat);

// commands_recall.c

/**
   Turn a recall into commands, without their times.

   @param commands room for RS_PARAMETERS_MAX + 1
   @return how many; 0 if it was refused, which was reported
*/
uint32_t
rs_load_expand(RsCommandRoom* room,
               RsSeat*        seat,
               const RsLoad*  load,
               RsCommand*     commands);

// The rows' functions

// clang-format off
void rs_set_value(RsRequest* request);
void rs_set_normalized(RsRequest* request);
void rs_ramp(RsRequest* request);
void rs_add(RsRequest* request);
void rs_toggle(RsRequest* request);
void rs_reset(RsRequest* request);
void rs_answer_value(const RsAnswer* answer);
void rs_answer_normalized(const RsAnswer* answer);
void rs_answer_range(const RsAnswer* answer);
void rs_answer_labels(const RsAnswer* answer);

void rs_set_name(RsRequest* request);
void rs_set_timing(RsRequest* request);
void rs_cancel(RsRequest* request);
void rs_answer_list(const RsAnswer* answer);
void rs_answer_name(const RsAnswer* answer);
void rs_answer_timing(const RsAnswer* answer);

void rs_preset_list(RsRequest* request);
void rs_preset_load(RsRequest* request);
void rs_preset_save(RsRequest* request);
void rs_preset_delete(RsRequest* request);
void rs_preset_next(RsRequest* request);
void rs_preset_previous(RsRequest* request);
void rs_answer_preset(const RsAnswer* answer);

void rs_ringside_instances(RsRequest* request);
void rs_ringside_version(RsRequest* request);
void rs_ringside_ping(RsRequest* request);
void rs_ringside_status(RsRequest* request);
void rs_ringside_sync(RsRequest* request);
void rs_ringside_reply_port(RsRequest* request);
void rs_ringside_hello(RsRequest* request);
void rs_ringside_nothing(RsRequest* request);
// clang-format on

#endif // RINGSIDE_BRIDGE_ROOM_H
