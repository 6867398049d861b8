#!/bin/sh
# Bootstraps a small, real Debian 12 system that boots to a login, as a tar archive, and prints the
# archive's path. It is made once and kept in the user's cache. Needs no root.
# usage: debian-rootfs.sh i386|amd64 [--init PACKAGE] [--with 'PACKAGE...'] [--hook COMMAND] [COPY]
# The package of the init is systemd-sysv without --init. COMMAND, for sh, has the folder of the new
# system as $1.
# -f: the patterns below are for dpkg.
set -euf

readonly SUITE=bookworm
# Beyond what a boot needs: procps to look at memory, ping for a file with a capability, cryptsetup
# for stores that are encrypted.
readonly COMMON_PACKAGES='busybox cryptsetup-bin dmsetup iputils-ping kmod libcap2-bin login passwd procps
INIT udev util-linux'
readonly EXCLUDED='/usr/share/doc/* /usr/share/info/* /usr/share/locale/* /usr/share/man/*'
# mmdebstrap copies these from the machine it runs on.
# shellcheck disable=SC2016 # $1 belongs to the hook
readonly HOOK='echo debian >"$1/etc/hostname"; : >"$1/etc/resolv.conf"'
# Nothing in the archive is newer: 2025-01-01.
readonly EPOCH=1735689600

main() {
  arch=${1-}
  case $arch in
    i386) kernel=linux-image-686 ;;
    amd64) kernel=linux-image-amd64 ;;
    *) die "usage: debian-rootfs.sh i386|amd64 [--init PACKAGE] [--with 'PACKAGE...'] [--hook COMMAND] [COPY]" ;;
  esac
  shift
  init=systemd-sysv
  if [ "${1-}" = --init ]; then
    init=${2:?--init takes the name of a package}
    shift 2
  fi
  more=
  if [ "${1-}" = --with ]; then
    more=,${2:?--with takes the names of packages}
    shift 2
  fi
  hook=$HOOK
  if [ "${1-}" = --hook ]; then
    hook="$HOOK; ${2:?--hook takes a command}"
    shift 2
  fi
  packages=$(printf '%s,' "$kernel" "$COMMON_PACKAGES$more" | tr -s ' \n' , | sed "s/,INIT,/,$init,/")
  cache=${SNAPDISC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/snapdisc}
  key=$(printf '%s ' "$SUITE" "$packages" "$EXCLUDED" "$hook" "$EPOCH" | sha256sum | cut -c 1-12)
  archive=$cache/debian-$arch-$key.tar
  mkdir -p "$cache"
  # Whoever comes second waits here and then finds the archive.
  exec 9>"$archive.lock"
  flock 9
  [ -e "$archive" ] || bootstrap
  if [ $# -gt 0 ]; then
    cp --reflink=auto "$archive" "$1"
    archive=$1
  fi
  printf '%s\n' "$archive"
}

bootstrap() {
  command -v mmdebstrap >/dev/null || die 'mmdebstrap is not installed. apt install mmdebstrap'
  echo "Bootstrapping Debian 12 for $arch; this takes a few minutes, once" >&2
  partial=$cache/debian-$arch-$key.partial.tar
  trap 'rm -f "$partial"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  set -- --verbose --variant=minbase --architectures="$arch" --include="$packages"
  for pattern in $EXCLUDED; do
    set -- "$@" --dpkgopt="path-exclude=$pattern"
  done
  set -- "$@" --dpkgopt='path-include=/usr/share/doc/*/copyright'
  # How this machine reaches its mirror; not part of the system that is made.
  for option in Acquire::http::Proxy Acquire::Check-Valid-Until Acquire::Check-Date; do
    value=$(apt-config dump --format '%v' "$option")
    [ -z "$value" ] || set -- "$@" --aptopt="$option \"$value\""
  done
  # shellcheck disable=SC2016 # $1 belongs to the hook
  set -- "$@" --customize-hook="$hook" --customize-hook='rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"'
  sources=$(mirrors)
  # No lines of sources: the mirror that mmdebstrap knows.
  set -- "$@" "$SUITE" "$partial" ${sources:+-}
  log=$archive.log
  printf '%s\n' "$sources" | SOURCE_DATE_EPOCH=$EPOCH mmdebstrap "$@" >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    die "mmdebstrap could not bootstrap Debian 12 for $arch; all it said is in $log"
  }
  rm "$log"
  mv "$partial" "$archive"
}

# The machine's own Debian mirrors, as lines of a sources.list; nothing where it has none.
mirrors() {
  # shellcheck disable=SC2016 # apt-get expands these
  found=$(apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)' \
    'Created-By: Packages' 2>/dev/null) || return 0
  archive_of "$SUITE"
  # Mirrors of the security archive may lag behind for i386, where packages of both must match.
  [ "$arch" = i386 ] || archive_of "$SUITE-security"
}

archive_of() {
  uri=$(printf '%s\n' "$found" | awk -v suite="$1" \
    '$1 == "Debian" && $2 == suite && $3 == "main" { print $4; exit }')
  [ -z "$uri" ] || printf 'deb %s %s main\n' "$uri" "$1"
}

die() {
  printf '%s\n' "$1" >&2
  exit 1
}

main "$@"
