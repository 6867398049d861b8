# Messages, of the init and of the tools of the live system. # shellcheck shell=sh

# A line that nobody may miss: on every console there is.
warn() {
	note "$*"
	to_consoles 'live: %s\n' "$*"
}

# printf, on every console.
to_consoles() {
	read -r consoles </sys/class/tty/console/active
	for console in $consoles; do
		# shellcheck disable=SC2059 # the caller's format
		printf "$@" >>"/dev/$console"
	done
}

# For the log only: the kernel's and /run/live/log, which stays when the kernel's is full.
note() {
	echo "<7>live: $*" >/dev/kmsg
	read -r uptime _ </proc/uptime
	echo "[$uptime] $*" >>/run/live/log
} 2>/dev/null
