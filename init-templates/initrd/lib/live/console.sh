# What the user sees, and the shell at the end of every road. # shellcheck shell=sh

# shellcheck source=lib/live/system/messages.sh
. /lib/live/system/messages.sh

# One line to the console; the kernel's log gets it at its lowest level, so that it is not shown twice.
say() {
	note "$*"
	echo "live: $*"
}

# Never a dead end: tells what failed and what was seen, then a shell on every console.
give_up() {
	warn "$*"
	to_consoles '%s\n' 'What the machine has:' "$(list_devices)" \
		"This is a shell; 'dmesg' has the kernel's words. Leave it with 'exit' to restart the machine."
	shells_until_one_ends
	reboot -f
}

# live.debug=STAGE: a shell before that stage; live.debug alone: before switching root.
debug_stop() {
	[ "$DEBUG" = "$1" ] || return 0
	to_consoles "live.debug: before '%s'. Leave this shell with 'exit' to go on.\n" "$1"
	shells_until_one_ends
}
