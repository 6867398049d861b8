# The packages that security updates have replaced since the release. A hook of mmdebstrap: $1 is the system's folder.
# shellcheck shell=sh
set -e
echo 'deb http://deb.debian.org/debian-security bookworm-security main' >"$1/etc/apt/sources.list.d/security.list"
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get update
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get --yes dist-upgrade
# The old kernel goes with its modules.
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get --yes autoremove --purge
