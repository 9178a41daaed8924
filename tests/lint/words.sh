#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

# Nothing of one machine, person or network in committed files, and no
# misspelt words

. "$(dirname "$0")/lib.sh"

# absent NAME REGEX: no committed file but this one has a match
absent()
{
  local found
  found=$(our_files '*' | grep -vE '^tests/(lint/words\.sh$|fuzz/corpus/)' | tr '\n' '\0' |
    xargs -0 grep -nIE -- "$2" /dev/null)
  [ -z "$found" ]
  result $? "$1"
  [ -z "$found" ] || printf '%s\n' "$found" >&2
}

absent "no paths of one machine" \
  '(^|[^A-Za-z0-9_.$}*])/(work|farm|root|home/[a-z]+|tmp/b-)/'
absent "no mail addresses" \
  '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.(com|org|net|de|io|dev)\b'
absent "no hosts of package registries" \
  '(registry\.|pypi|npmjs|crates\.io|proxy\.golang|deb\.debian\.org)'
absent "nothing left to do in the code" \
  '\b(TO''DO|FIX''ME|XX''X)\b|not implemented'
absent "no spaces at the end of lines" '[ 	]+$'

if command -v codespell >/dev/null; then
  mapfile -t files < <(our_files '*.c' '*.h' '*.md' '*.py' '*.sh' '*.in' '*.ttl')
  expect "spelling" codespell --ignore-words-list \
    "ans,automatation,fro,ihs,mapp,nam,timming,fo,ist,ned,nd,parm,te,wit,sord" "${files[@]}"
fi
finish
