# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC
# shellcheck shell=bash

# bash completion for ringside: instances, symbols and presets are asked of the
# bridge, which answers at once or not at all

# Offer the lines of standard input that begin with the word being typed
_ringside_offer()
{
  local line word=$1
  word=${word#[\"\']}
  word=${word//\\/}
  while IFS= read -r line; do
    if [[ $line == "$word"* ]]; then
      COMPREPLY+=("$(printf '%q' "$line")")
    fi
  done
}

_ringside()
{
  local commands='list get set ramp add toggle reset range labels preset rename
    timing cancel status sync version send'
  local options='--json --normalized --at --no-wait --confirm --timeout --port --help
    --version'
  local actions='list load save delete next previous current'
  local current=${COMP_WORDS[COMP_CWORD]}
  local -a words=()
  local i

  COMPREPLY=()

  # What is not an option, nor the value of one
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      --at | --confirm | --timeout | --port) ((++i)) ;;
      --*) ;;
      *) words+=("${COMP_WORDS[i]}") ;;
    esac
  done

  if [[ $current == --* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    return
  fi

  local n=${#words[@]}
  case $n:${words[0]:-}:${words[1]:-} in
    0:*)
      mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
      ;;
    1:preset:*)
      mapfile -t COMPREPLY < <(compgen -W "$actions" -- "$current")
      ;;
    1:status:* | 1:sync:* | 1:version:* | 1:send:*) ;;
    1:* | 2:preset:*)
      _ringside_offer "$current" < <(ringside complete instances 2> /dev/null)
      ;;
    2:timing:*)
      mapfile -t COMPREPLY < <(compgen -W 'asap steady' -- "$current")
      ;;
    2:get:* | 2:set:* | 2:ramp:* | 2:add:* | 2:toggle:* | 2:reset:* | \
      2:range:* | 2:labels:*)
      _ringside_offer "$current" < <(
        ringside complete symbols "${words[1]}" 2> /dev/null
      )
      ;;
    3:set:*)
      _ringside_offer "$current" < <(
        ringside complete labels "${words[1]}" "${words[2]}" 2> /dev/null
      )
      ;;
    3:preset:load | 3:preset:delete | 3:preset:save)
      _ringside_offer "$current" < <(
        ringside complete presets "${words[2]}" 2> /dev/null
      )
      ;;
    5:ramp:*)
      mapfile -t COMPREPLY < <(compgen -W 'linear exp sine' -- "$current")
      ;;
  esac
}

complete -F _ringside ringside
