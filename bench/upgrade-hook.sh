# Upgrades the root filesystem $1 to the packages of bookworm-backports: another systemd, among others.
# A text for debian-rootfs.sh --hook, which runs it with sh.
# shellcheck shell=sh

set -e
echo 'deb http://deb.debian.org/debian bookworm-backports main' >"$1/etc/apt/sources.list.d/backports.list"
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
apt-get update
apt-get --yes --target-release=bookworm-backports --option=DPkg::Chroot-Directory="$1" dist-upgrade
# As on a system that was started since: else systemd brings /etc and /var up to date with /usr at each start.
for folder in etc var; do
  printf 'TIMESTAMP_NSEC=%s000000000\n' "$SOURCE_DATE_EPOCH" >"$1/$folder/.updated"
done
