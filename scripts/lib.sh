# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

# What scripts/test, scripts/demo and tests share: saying things, packages, and
# standing back.
# To be sourced from the root of the source tree.

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

die()
{
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Packages of the given groups in scripts/packages.txt that are not there
missing_packages()
{
  local package command
  awk -v groups=" $* " '
    /^\[/ { gsub(/[][]/, ""); wanted = index(groups, " " $0 " "); next }
    wanted && NF && !/^#/ { print $1, $2 }
  ' scripts/packages.txt | sort -u | while read -r package command; do
    if [ -n "$command" ] && command -v "$command" >/dev/null; then
      continue
    fi
    case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) in
      *' installed') ;;
      *) printf '%s\n' "$package" ;;
    esac
  done
}

# Install what is missing from the given groups, or say what to do
need_packages()
{
  local missing sudo=
  command -v dpkg-query >/dev/null || {
    echo "This is not Debian: the packages in scripts/packages.txt are" \
         "expected to be there under their own names."
    return 0
  }
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "$missing" ] || return 0

  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
      die "Debian packages are missing, and installing them needs root." \
          "Please run:  apt-get install --no-install-recommends $missing"
    fi
    sudo=sudo
  fi
  say "Installing $missing"
  # Word splitting wanted: a list of packages.  jackd2 would ask a question.
  # shellcheck disable=SC2086
  $sudo env DEBIAN_FRONTEND=noninteractive sh -c '
    apt-get update -qq || true
    apt-get install -y -qq --no-install-recommends "$@"' sh $missing \
    </dev/null >/dev/null ||
    die "apt-get could not install: $missing"
}

# From here on, take only what others leave of the processors.  Linux divides
# them between sessions before it looks at niceness, where it has autogroups: so
# if this process leads a session, all of the session stands back
stand_back()
{
  local leader
  renice -n 19 -p $$ >/dev/null
  read -r _ _ _ _ _ leader _ </proc/$$/stat
  [ "$leader" != $$ ] || echo 19 2>/dev/null >/proc/$$/autogroup || :
}

# Debian's own, whatever else is on PATH: it is the one that has the packages
python=/usr/bin/python3
[ -x $python ] || python=python3
export PYTHONDONTWRITEBYTECODE=1
