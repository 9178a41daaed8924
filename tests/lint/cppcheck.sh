#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

# cppcheck has nothing to say
#
# Suppressed, and why:
#   missingInclude*      system headers are not given to it, on purpose
#   unusedFunction       it does not see function tables and other programs
#   checkersReport, unmatchedSuppression  notes about itself
#   constParameterCallback  callbacks have the types that they have
#   unusedStructMember   layouts of shared memory have reserved words
#   AssignmentAddressToInteger  takes _Atomic(uint32_t)* for an integer; the
#                        compilers warn about the real thing
#   autoVariables, legacyUninitvar  a request borrows its message, and poll()
#                        fills its array: the compilers and clang-tidy look too
#   nullPointer, returnDanglingLifetime, arrayIndexOutOfBoundsCond  in one file
#                        each: mistaken
#   unknownMacro         alignas() of stdalign.h, which it is not given

. "$(dirname "$0")/lib.sh"
need cppcheck
for folder in shm plugin ui-bridge tests; do
  mapfile -t files < <(our_files "$folder/*.c")
  [ "${#files[@]}" -gt 0 ] || continue
  expect "$folder" cppcheck --quiet --error-exitcode=1 --std=c11 \
    --enable=warning,performance,portability --inline-suppr -j "$(nproc)" \
    -D_GNU_SOURCE -D__linux__ -I . \
    --suppress=missingInclude --suppress=missingIncludeSystem \
    --suppress=unusedFunction --suppress=unmatchedSuppression \
    --suppress=constParameterCallback --suppress=unusedStructMember \
    --suppress=AssignmentAddressToInteger --suppress=unknownMacro \
    --suppress=autoVariables --suppress=legacyUninitvar \
    --suppress=arrayIndexOutOfBoundsCond:tests/process/bare_host.c \
    --suppress=nullPointer:ui-bridge/presets/presets_talk.c \
    --suppress=returnDanglingLifetime:tests/unit/preset_room.c "${files[@]}"
done
finish
