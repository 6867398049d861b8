# What the user sees, and the shell at the end of every road. # shellcheck shell=sh

# shellcheck source=lib/live/system/messages.sh
. /lib/live/system/messages.sh

# One line to the console; the kernel's log gets it at its lowest level, so that it is not shown twice.
say() {
	note "$*"
	echo "live: $*"
}

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
