// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the plugin is to remember for the next bridge: the name of its instance
   and the last recall, written to the link thread over the socketpair.

   A host that hangs may leave its socket full.  Then what is newest waits here
   until there is room; older names and recalls are of no use to anybody.
*/

#include "ui-bridge/instances/instance_impl.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/// @return false if there is no room now
static bool
write_letter(const RsInstance* const instance,
             const void* const       letter,
             const size_t            size)
{
  return send(instance->socket, letter, size, MSG_DONTWAIT | MSG_NOSIGNAL) >=
           0 ||
         (errno != EAGAIN && errno != ENOBUFS && errno != EINTR);
}

static bool
write_name(const RsInstance* const instance)
{
  RsNameMessage message = {.head = {RS_ATTACH_MAGIC, RS_ATTACH_NAME}};
  memcpy(message.name, instance->name, strlen(instance->name) + 1u);
  return write_letter(instance, &message, sizeof(message));
}

static bool
write_recall(const RsInstance* const instance)
{
  const RsRecall* const recall =
    &instance->recalls[instance->last_serial % RS_RECALLS];
  RsPresetMessage message = {.head   = {RS_ATTACH_MAGIC, RS_ATTACH_PRESET},
                             .serial = recall->serial};
  memcpy(message.label, recall->label, sizeof(message.label));
  return write_letter(instance, &message, sizeof(message));
}

bool
rs_instance_deliver(RsInstance* const instance)
{
  const uint32_t before = instance->letters;
  if ((instance->letters & RS_LETTER_NAME) && write_name(instance)) {
    instance->letters &= ~(uint32_t)RS_LETTER_NAME;
  }
  if ((instance->letters & RS_LETTER_RECALL) && write_recall(instance)) {
    instance->letters &= ~(uint32_t)RS_LETTER_RECALL;
  }

  if (before && !instance->letters) {
    --instance->list->n_letters;
  }
  return instance->letters;
}

void
rs_instance_write(RsInstance* const instance, const uint32_t letter)
{
  if (!instance->letters) {
    ++instance->list->n_letters;
  }
  instance->letters |= letter;
  (void)rs_instance_deliver(instance);
}
