#!/bin/sh
# Installs what the demo or the tests need: Debian packages and the npm packages of package-lock.json.
# usage: setup.sh demo|test|bench
set -eu

readonly NODE_MINIMUM=20.19

# uidmap: for mmdebstrap without root.
readonly DEMO_PACKAGES='arch-test isolinux mmdebstrap qemu-system-x86 syslinux-common uidmap xz-utils zstd'
readonly TEST_PACKAGES="$DEMO_PACKAGES acl attr binutils busybox-static cdrskin cpio dmsetup dosfstools e2fsprogs \
erofs-utils fdisk file fish genisoimage groff-base grub-common grub-pc-bin libcap2-bin libnbd-bin mtools nbdkit openssl \
python3-jsonschema shellcheck squashfs-tools time tmux xorriso zsh"
readonly BENCH_PACKAGES="$TEST_PACKAGES"

main() {
  cd "$(dirname "$0")/.."
  case ${1-} in
    demo) packages=$DEMO_PACKAGES ;;
    test) packages=$TEST_PACKAGES ;;
    bench) packages=$BENCH_PACKAGES ;;
    *) die 'usage: setup.sh demo|test|bench' ;;
  esac
  check_node
  install_debian_packages "$packages"
  install_npm_packages
}

check_node() {
  hint="Debian 13 has it: apt install nodejs npm. Elsewhere: https://nodejs.org/en/download"
  command -v node >/dev/null || die "Node.js is not installed; $NODE_MINIMUM or newer is needed. $hint"
  command -v npm >/dev/null || die "npm is not installed; it comes with Node.js. $hint"
  version=$(node --version)
  version=${version#v}
  oldest=$(printf '%s\n' "$NODE_MINIMUM" "$version" | sort -V | head -n 1)
  [ "$oldest" = "$NODE_MINIMUM" ] ||
    die "Node.js $version is too old; $NODE_MINIMUM or newer is needed. $hint"
}

# One line of names that are not installed, or nothing.
missing_of() {
  for package in $1; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
    [ "$state" = installed ] || printf ' %s' "$package"
  done
}

install_debian_packages() {
  command -v dpkg-query >/dev/null ||
    die "This is not a Debian system. Install what these Debian packages have: $1"
  missing=$(missing_of "$1")
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    die "Debian packages are missing. Install them, then run this again:
  sudo apt install$missing"
  fi
  echo "Installing Debian packages:$missing" >&2
  # A package list that is missing or out of date shows as a failure; then it is fetched anew.
  apt_install "$missing" || { apt-get -q update >&2 && apt_install "$missing"; } ||
    die "apt-get could not install:$missing"
}

apt_install() {
  # The names are one word each: splitting them is wanted.
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $1 >&2
}

# npm leaves this file when an installation is complete.
install_npm_packages() {
  stamp=node_modules/.package-lock.json
  [ -e "$stamp" ] && [ -z "$(find package-lock.json -newer "$stamp")" ] && return 0
  echo 'Installing npm packages' >&2
  npm ci --no-audit --no-fund >&2
}

die() {
  printf '%s\n' "$1" >&2
  exit 1
}

main "$@"
