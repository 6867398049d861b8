# A question that can be answered on every console, and answers itself. # shellcheck shell=sh

# choose SECONDS LETTER...: waits for one of the letters and Enter on any console. Sets CHOICE, to the
# first letter when nobody answers in time, and CHOICE_CONSOLE, where it was made (none: by nobody).
choose() {
	deadline=$(($(uptime_seconds) + $1))
	shift
	rm -f /run/live/choice
	readers=
	read -r consoles </sys/class/tty/console/active
	for console in $consoles; do
		read_choice "$console" "$*" <"/dev/$console" 2>/dev/null &
		readers="$readers $!"
	done
	until [ -s /run/live/choice ] || [ "$(uptime_seconds)" -ge "$deadline" ]; do
		sleep 0.3
	done
	# shellcheck disable=SC2086 # process ids
	kill $readers 2>/dev/null
	CHOICE=$1
	CHOICE_CONSOLE=
	[ ! -s /run/live/choice ] || read -r CHOICE CHOICE_CONSOLE </run/live/choice
}

# read_choice CONSOLE LETTERS: what is typed there, until it is one of the letters.
read_choice() {
	while read -r typed; do
		for letter in $2; do
			[ "$typed" != "$letter" ] || {
				echo "$letter $1" >/run/live/choice
				return
			}
		done
		to_consoles 'live: type one of: %s\n' "$2"
	done
}
