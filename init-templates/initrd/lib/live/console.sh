# What the user sees, and the shell at the end of every road. # shellcheck shell=sh

# One line to the console; the kernel's log gets it at its lowest level, so that it is not shown twice.
say() {
	note "$*"
	echo "live: $*"
}

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

# Never a dead end: tells what failed and what was seen, then a shell on the console.
give_up() {
	warn "$*"
	echo "What the machine has:"
	list_devices
	echo "This is a shell; 'dmesg' has the kernel's words. Leave it with 'exit' to restart the machine."
	console_shell
	reboot -f
}

# A shell with job control where there is a real console to have it on.
console_shell() {
	setsid cttyhack sh
}

# live.debug=STAGE: a shell before that stage; live.debug alone: before switching root.
debug_stop() {
	[ "$DEBUG" = "$1" ] || return 0
	echo "live.debug: before '$1'. Leave this shell with 'exit' to go on."
	console_shell
}
