// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Settings that change while the bridge runs, and its priority

#include "ui-bridge/settings.h"

#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/log.h"
#include "ui-bridge/opener.h"
#include "ui-bridge/transport/network.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

/// CPU time in one go before we are no longer trusted with a priority
#define RT_SOFT_US 500000u
#define RT_HARD_US 2000000u

#define FOLDERS 16u

/// Until a file is asked for again that could not be had
#define ASK_AGAIN_NS 1000000000

static void
load(RsBridge* const bridge, const RsConfigFile* const file)
{
  RsConfig* const config = &bridge->config;

  rs_config_load(config, &bridge->options.flags, file);
  rs_log_set_level(config->log_level);
  bridge->instances.is_steady = config->is_steady;

  for (uint32_t i = 0u; i < config->n_errors && i < RS_CONFIG_ERRORS; ++i) {
    rs_log(RS_LOG_ERROR, "%s; this is left out", config->errors[i]);
  }
  if (config->n_errors > RS_CONFIG_ERRORS) {
    rs_log(RS_LOG_ERROR,
           "%s: %u more lines are left out",
           config->file,
           config->n_errors - RS_CONFIG_ERRORS);
  }
}

void
rs_settings_load(RsBridge* const bridge)
{
  RsConfigFile file;
  rs_config_find(&file, bridge->options.flags.file);
  load(bridge, &file);
}

/// Watch the folder, or cut its name down to the nearest above that is there,
/// and watch that.  @return the length of the name, or 0 if none can be watched
static size_t
add_nearest(const int notify, char* const folder)
{
  static const uint32_t in_it =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR;
  static const uint32_t above = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR;

  for (uint32_t events = in_it; inotify_add_watch(notify, folder, events) < 0;
       events          = above) {
    const bool is_missing =
      errno == ENOENT || errno == ENOTDIR || errno == EACCES;
    char* const end = strrchr(folder, '/');
    if (!is_missing || !end || !folder[1]) {
      // As when the user has no watches left (fs.inotify.max_user_watches)
      rs_log(RS_LOG_WARNING,
             "cannot watch %s: %s: changes of the configuration are not seen",
             folder,
             strerror(errno));
      return 0u;
    }

    end[end == folder] = '\0';
  }

  return strlen(folder);
}

/// A folder that is made before the one above it is watched makes no event:
/// look again until nothing deeper has come
static void
add_folder(const int notify, const char* const folder)
{
  char   nearest[512];
  size_t before = 0u;
  size_t length = 0u;

  do {
    before = length;
    (void)snprintf(nearest, sizeof(nearest), "%.511s", folder);
    length = add_nearest(notify, nearest);
  } while (length && length != before && length < strlen(folder));
}

static void
add_folders(RsBridge* const bridge)
{
  const char* const file = bridge->options.flags.file;
  char              folders[FOLDERS][512];
  uint32_t          n = 1u;

  if (file) {
    const char* const slash  = strrchr(file, '/');
    const int         length = slash ? (int)(slash - file) : 1;
    snprintf(folders[0],
             sizeof(folders[0]),
             "%.*s",
             length ? length : 1,
             slash ? file : ".");
  } else {
    n = rs_config_folders(folders, FOLDERS);
  }

  for (uint32_t i = 0u; i < n; ++i) {
    add_folder(bridge->notify, folders[i]);
  }
}

static void
reload(RsBridge* const bridge, const RsConfigFile* const file)
{
  const RsConfig before = bridge->config;
  load(bridge, file);
  rs_log(RS_LOG_INFO, "configuration read again");

  if (bridge->config.port != before.port ||
      bridge->config.listen.s_addr != before.listen.s_addr) {
    rs_network_move(bridge);
  }
  if (strcmp(bridge->config.passphrase, before.passphrase) != 0) {
    rs_gate_forget(&bridge->gate);
  }
  if (bridge->config.priority != before.priority) {
    rs_settings_take_priority(bridge);
  }
}

/// What happened: to the file itself, or to a folder on the way to it
typedef struct {
  bool is_file;
  bool is_folder;
} Change;

static Change
read_changes(const int notify, const char* const name)
{
  Change  change = {false, false};
  ssize_t n      = 0;

  union {
    struct inotify_event align;
    char                 bytes[4096];
  } buffer;

  while ((n = read(notify, &buffer, sizeof(buffer))) > 0) {
    for (ssize_t at = 0; at < n;) {
      struct inotify_event event;
      memcpy(&event, buffer.bytes + at, sizeof(event));
      const char* const whose = buffer.bytes + at + sizeof(event);

      change.is_file |=
        (event.mask & IN_Q_OVERFLOW) || (event.len && !strcmp(whose, name));
      change.is_folder |= (event.mask & IN_ISDIR) != 0u;
      at += (ssize_t)(sizeof(event) + event.len);
    }
  }

  return change;
}

static void
on_change(void* const context, const uint32_t events)
{
  (void)events;
  RsBridge* const   bridge = (RsBridge*)context;
  const char* const file   = bridge->options.flags.file;
  const char* const slash  = file ? strrchr(file, '/') : NULL;
  const char* const name   = slash ? slash + 1 : file ? file : "bridge.conf";

  const Change change = read_changes(bridge->notify, name);
  if (change.is_file || change.is_folder) {
    add_folders(bridge);
  }

  // A folder that was made matters if the file is in it already, which is seen
  // when the opener has answered
  if (change.is_file || change.is_folder) {
    bridge->config_changed |= change.is_file;
    rs_opener_ask(bridge->opener);
  }
}

/// The opener has found the file, or that there is none
static void
on_opened(void* const context, const uint32_t events)
{
  RsBridge* const bridge = (RsBridge*)context;
  RsConfigFile    file;
  if (rs_opener_take(bridge->opener, &file)) {
    if (file.fd < 0 && rs_shortage_is(file.error)) {
      // What was read before holds meanwhile
      rs_shortage_say(bridge, file.error, "the configuration");
      bridge->ask_again_ns = bridge->now_ns + ASK_AGAIN_NS;
    } else if (bridge->config_changed ||
               strcmp(file.path, bridge->config.file) != 0) {
      bridge->config_changed = false;
      reload(bridge, &file);
    } else if (file.fd >= 0) {
      close(file.fd);
    }
  } else if (events & (EPOLLHUP | EPOLLERR)) {
    rs_log(RS_LOG_ERROR,
           "the opener has ended: the configuration is not read again");
    rs_settings_unwatch(bridge);
  }
}

void
rs_settings_watch(RsBridge* const bridge)
{
  bridge->notify       = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  bridge->notify_watch = (RsWatch){on_change, bridge};
  bridge->opener_watch = (RsWatch){on_opened, bridge};
  if (bridge->notify < 0 || bridge->opener < 0 ||
      !rs_loop_watch(
        &bridge->loop, bridge->opener, EPOLLIN, &bridge->opener_watch) ||
      !rs_loop_watch(
        &bridge->loop, bridge->notify, EPOLLIN, &bridge->notify_watch)) {
    rs_log(RS_LOG_WARNING,
           "changes of the configuration are not seen: %s",
           strerror(errno));
    return;
  }

  add_folders(bridge);
}

int64_t
rs_settings_tick(RsBridge* const bridge)
{
  if (!bridge->ask_again_ns || bridge->opener < 0) {
    return INT64_MAX;
  }

  if (bridge->ask_again_ns > bridge->now_ns) {
    return bridge->ask_again_ns;
  }

  bridge->ask_again_ns = 0;
  rs_opener_ask(bridge->opener);
  return INT64_MAX;
}

void
rs_settings_unwatch(RsBridge* const bridge)
{
  if (bridge->notify >= 0) {
    rs_loop_unwatch(&bridge->loop, bridge->notify, &bridge->notify_watch);
    close(bridge->notify);
    bridge->notify = -1;
  }

  if (bridge->opener >= 0) {
    rs_loop_unwatch(&bridge->loop, bridge->opener, &bridge->opener_watch);
    close(bridge->opener);
    bridge->opener = -1;
  }
}

/// The kernel says that we have run too long without a pause
static void
on_too_long(const int signal_number)
{
  (void)signal_number;
  const struct sched_param normal = {.sched_priority = 0};
  (void)sched_setscheduler(0, SCHED_OTHER, &normal);
}

void
rs_settings_take_priority(RsBridge* const bridge)
{
  const int                priority = bridge->config.priority;
  const struct sched_param param    = {.sched_priority = priority};

  bridge->has_priority = false;
  if (!priority) {
    (void)sched_setscheduler(0, SCHED_OTHER, &param);
    return;
  }

  const struct rlimit limit = {RT_SOFT_US, RT_HARD_US};
  struct sigaction action = {.sa_handler = on_too_long, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGXCPU, &action, NULL) || setrlimit(RLIMIT_RTTIME, &limit) ||
      sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param)) {
    rs_log(RS_LOG_DEBUG, "no real-time priority: %s", strerror(errno));
    return;
  }

  bridge->has_priority = true;
}
