// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Any bytes into checker and decoder, and liblo beside them.

   What the checker lets pass, liblo must take as well, with the same values of
   the same types in the same order, at the same tags; and what liblo makes of a
   message again are the same bytes.  liblo 0.31 reads over the end of what is
   malformed, so it never sees what the checker refused.
*/

#include "tests/fuzz/fuzz.h"
#include "ui-bridge/meaning/osc.h"

#include <lo/lo.h>

#include <endian.h>
#include <unistd.h>

/// One message as either sees it
typedef struct {
  uint64_t tag; ///< Of its bundle; 1: immediately
  char*    address;
  char*    types;
} Seen;

typedef struct {
  uint32_t count;
  Seen     all[RS_OSC_MESSAGES_MAX];
} Log;

static Log ours;
static Log theirs;

static void
clear(Log* const log)
{
  for (uint32_t i = 0u; i < log->count; ++i) {
    free(log->all[i].address);
    free(log->all[i].types);
  }
  log->count = 0u;
}

static void
note(Log* const        log,
     const uint64_t    tag,
     const char* const address,
     const char* const types)
{
  require(log->count < RS_OSC_MESSAGES_MAX);
  log->all[log->count++] = (Seen){tag, strdup(address), strdup(types)};
}

static uint32_t
bits_of(const void* const at)
{
  uint32_t bits = 0u;
  memcpy(&bits, at, sizeof(bits));
  return bits;
}

static uint64_t
long_bits_of(const void* const at)
{
  uint64_t bits = 0u;
  memcpy(&bits, at, sizeof(bits));
  return bits;
}

/// liblo has the value at any alignment, in the order of this machine
static void
compare_argument(const RsOscArgument* const argument, void* const value)
{
  const float  narrow = (float)argument->real;
  const double wide   = argument->real;

  switch (argument->type) {
    case 'i':
    case 'c':
      require((uint32_t)argument->number == bits_of(value));
      require(wide == (double)(int32_t)bits_of(value));
      break;
    case 'h':
      require((uint64_t)argument->number == long_bits_of(value));
      break;
    case 't': // Two words for liblo, the seconds first
      require((uint64_t)argument->number == ((uint64_t)bits_of(value) << 32u |
                                             bits_of((const char*)value + 4)));
      break;
    case 'f':
      require(narrow != narrow || bits_of(&narrow) == bits_of(value));
      break;
    case 'd':
      require(wide != wide || long_bits_of(&wide) == long_bits_of(value));
      break;
    case 's':
    case 'S':
      require(!strcmp(argument->text, (const char*)value));
      require(argument->size == strlen((const char*)value));
      break;
    case 'b':
      require(argument->size == lo_blob_datasize((lo_blob)value));
      require(!memcmp(
        argument->blob, lo_blob_dataptr((lo_blob)value), argument->size));
      break;
    case 'm':
      require((uint32_t)argument->number == be32toh(bits_of(value)));
      break;
    default:
      require(strchr("TFNI", argument->type));
      break;
  }
}

static void
compare_message(const RsOscMessage* const message,
                const uint8_t* const      data,
                const size_t              size)
{
  // It has no words for colours and arrays, and no patience without types
  if (strpbrk(message->types, "r[]") || message->types[0] == '\0') {
    return;
  }

  uint8_t* const   block  = (uint8_t*)exact_copy(data, size);
  int              result = 0;
  const lo_message other  = lo_message_deserialise(block, size, &result);
  require(other && !result);

  RsOscReader    reader;
  RsOscArgument  argument;
  const int      argc = lo_message_get_argc(other);
  lo_arg** const argv = lo_message_get_argv(other);
  require((uint32_t)argc == message->n_types);
  require(!strcmp(lo_message_get_types(other), message->types));
  rs_osc_reader_init(&reader, message);
  for (int i = 0; i < argc; ++i) {
    require(rs_osc_next(&reader, &argument));
    compare_argument(&argument, argv[i]);
  }
  require(!rs_osc_next(&reader, &argument));
  require(reader.data == message->data + message->data_size);

  size_t         again_size = 0u;
  uint8_t* const again =
    (uint8_t*)lo_message_serialise(other, message->address, NULL, &again_size);
  require(again_size == size && !memcmp(again, data, size));
  free(again);

  lo_message_free(other);
  free(block);
}

/// Walk as the bridge does
static void
walk(const uint8_t* const data, const size_t size, const uint64_t tag)
{
  if (rs_osc_is_bundle(data, size)) {
    RsOscBundle bundle;
    const void* element      = NULL;
    uint32_t    element_size = 0u;
    rs_osc_bundle_init(&bundle, data, size);
    while (rs_osc_bundle_next(&bundle, &element, &element_size)) {
      require((const uint8_t*)element + element_size <= data + size);
      walk((const uint8_t*)element, element_size, bundle.tag);
    }
    return;
  }

  RsOscMessage message;
  require(rs_osc_message(data, size, &message) == RS_SUCCESS);
  require(message.address_length == strlen(message.address));
  require(message.n_types == strlen(message.types));
  require(message.data + message.data_size == data + size);
  note(&ours, tag, message.address, message.types);
  compare_message(&message, data, size);
}

static int
on_message(const char* const path,
           const char* const types,
           lo_arg**          argv,
           int               argc,
           lo_message        message,
           void*             context)
{
  (void)argv;
  (void)argc;
  (void)context;
  const lo_timetag tag = lo_message_get_timestamp(message);
  note(&theirs, (uint64_t)tag.sec << 32u | tag.frac, path, types);
  return 0;
}

static void
on_error(const int number, const char* const text, const char* const where)
{
  (void)number;
  (void)text;
  (void)where;
}

/// A server that nobody can reach: its socket's name is gone at once
static lo_server
get_server(void)
{
  static lo_server server;
  if (!server) {
    char path[] = "/tmp/ringside-fuzz-XXXXXX";
    require(mkdtemp(path));
    char name[sizeof(path) + 8u];
    snprintf(name, sizeof(name), "%s/lo", path);
    server = lo_server_new_with_proto(name, LO_UNIX, on_error);
    require(server);
    unlink(name);
    rmdir(path);
    lo_server_add_method(server, NULL, NULL, on_message, NULL);
    lo_server_enable_queue(server, 0, 1);
  }
  return server;
}

/// Messages of a whole packet, their order and tags
static void
compare_packet(const uint8_t* const data, const size_t size)
{
  for (uint32_t i = 0u; i < ours.count; ++i) {
    if (strpbrk(ours.all[i].types, "r[]") || !ours.all[i].types[0]) {
      return;
    }
  }

  uint8_t* const block = (uint8_t*)exact_copy(data, size);
  lo_server_dispatch_data(get_server(), block, size);
  free(block);

  require(ours.count == theirs.count);
  for (uint32_t i = 0u; i < ours.count; ++i) {
    require(ours.all[i].tag == theirs.all[i].tag);
    require(!strcmp(ours.all[i].address, theirs.all[i].address));
    require(!strcmp(ours.all[i].types, theirs.all[i].types));
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  uint8_t* const packet = (uint8_t*)exact_copy(data, size);

  if (rs_osc_check(packet, size) == RS_SUCCESS) {
    require(size && size % 4u == 0u && size <= RS_OSC_PACKET_MAX);
    walk(packet, size, 1u);
    compare_packet(packet, size);
    clear(&ours);
    clear(&theirs);
  }

  // At any alignment the same is said
  uint8_t* const shifted = (uint8_t*)calloc(size + 1u, 1u);
  if (size) {
    memcpy(shifted + 1, data, size);
  }
  require(rs_osc_check(shifted + 1, size) == rs_osc_check(packet, size));

  free(shifted);
  free(packet);
  return 0;
}
