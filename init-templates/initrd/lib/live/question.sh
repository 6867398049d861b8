# Questions to whoever sits at the machine: every console shows them, any of them can answer.
# shellcheck shell=sh

# The kernel's consoles, by their names in /dev. tty0 stands for the terminal that is on the screen.
consoles() {
	active=
	read -r active </sys/class/tty/console/active
	for console in ${active:-console}; do
		[ "$console" != tty0 ] || read -r console </sys/class/tty/tty0/active
		echo "$console"
	done
} 2>/dev/null

# From now on what is typed at any console comes out of next_answer.
listen() {
	rm -f /run/live/answers
	mknod /run/live/answers p
	# Open in both directions, so that neither side waits for the other.
	exec 4<>/run/live/answers
	LISTENERS=
	for console in $(consoles); do
		listen_at "$console" &
		LISTENERS="$LISTENERS $!"
	done
}

listen_at() {
	while read -r line; do
		echo "$1 $line" >&4
	done <"/dev/$1"
} 2>/dev/null

# next_answer SECONDS: sets ANSWER and CONSOLE, where it was typed, or fails when nobody does.
next_answer() {
	# shellcheck disable=SC3045 # ash has it
	read -r -t "$1" CONSOLE ANSWER <&4
}

stop_listening() {
	# shellcheck disable=SC2086 # numbers
	kill $LISTENERS 2>/dev/null
	# shellcheck disable=SC2086 # numbers
	wait $LISTENERS 2>/dev/null
	exec 4>&-
	rm /run/live/answers
}

# A shell with job control on that console: a terminal that a session's first process opens becomes
# the session's own.
shell_at() {
	# shellcheck disable=SC2016 # for the other shell
	setsid sh -c 'echo $$ >>/run/live/shells; exec sh -i <"/dev/$0" >"/dev/$0" 2>&1' "$1"
}

# A shell on every console, since nobody knows where people sit. Who leaves one leaves all.
shells_until_one_ends() {
	rm -f /run/live/shells /run/live/left
	for console in $(consoles); do
		{
			# One that cannot be opened is nobody's.
			true <"/dev/$console" || exit
			shell_at "$console"
			: >/run/live/left
		} 2>/dev/null &
	done
	until [ -e /run/live/left ]; do sleep 0.2; done
	while read -r shell; do
		# An interactive shell passes over SIGTERM.
		kill -HUP "$shell"
	done </run/live/shells 2>/dev/null
}
