// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Run a program as on a kernel that knows less: a filter answers for what is
   missing.

   usage: old-kernel WITHOUT[,WITHOUT...] PROGRAM [ARGUMENT...]

   WITHOUT is one of
     landlock   ENOSYS, as before 5.13
     pidfd      ENOSYS, as before 5.3
     noexec     memfd_create() with MFD_NOEXEC_SEAL: EINVAL, as before 6.3
     seccomp    no filters: EINVAL, as where they are not built in
     inotify    EMFILE, as for a user who has used up those that there may be
*/

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NOEXEC_SEAL 0x0008U

static int
leave_out(const scmp_filter_ctx filter, const char* const what)
{
  const uint32_t unknown = SCMP_ACT_ERRNO(ENOSYS);
  const uint32_t invalid = SCMP_ACT_ERRNO(EINVAL);

  if (!strcmp(what, "landlock")) {
    return seccomp_rule_add(
             filter, unknown, SCMP_SYS(landlock_create_ruleset), 0) |
           seccomp_rule_add(filter, unknown, SCMP_SYS(landlock_add_rule), 0) |
           seccomp_rule_add(
             filter, unknown, SCMP_SYS(landlock_restrict_self), 0);
  }
  if (!strcmp(what, "pidfd")) {
    return seccomp_rule_add(filter, unknown, SCMP_SYS(pidfd_open), 0) |
           seccomp_rule_add(filter, unknown, SCMP_SYS(pidfd_send_signal), 0);
  }
  if (!strcmp(what, "noexec")) {
    return seccomp_rule_add(
      filter,
      invalid,
      SCMP_SYS(memfd_create),
      1,
      SCMP_A1(SCMP_CMP_MASKED_EQ, NOEXEC_SEAL, NOEXEC_SEAL));
  }
  if (!strcmp(what, "seccomp")) {
    return seccomp_rule_add(filter, invalid, SCMP_SYS(seccomp), 0) |
           seccomp_rule_add(filter,
                            invalid,
                            SCMP_SYS(prctl),
                            1,
                            SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0));
  }
  if (!strcmp(what, "inotify")) {
    return seccomp_rule_add(
      filter, SCMP_ACT_ERRNO(EMFILE), SCMP_SYS(inotify_init1), 0);
  }

  fprintf(stderr, "old-kernel: no '%s' to leave out\n", what);
  return -1;
}

int
main(const int argc, char** const argv)
{
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (argc < 3 || !filter) {
    return 2;
  }

  for (char* what = strtok(argv[1], ","); what; what = strtok(NULL, ",")) {
    if (leave_out(filter, what)) {
      return 2;
    }
  }

  if (seccomp_load(filter)) {
    perror("old-kernel: seccomp");
    return 2;
  }
  execv(argv[2], argv + 2);
  perror(argv[2]);
  return 2;
}
