# A question that answers itself when nobody does. # shellcheck shell=sh

# choose SECONDS LETTER...: waits for one of the letters and Enter on any console. Sets CHOICE, to the
# first letter when nobody answers in time, and CHOICE_CONSOLE, where it was made (none: by nobody).
choose() {
	deadline=$(($(uptime_seconds) + $1))
	shift
	CHOICE=$1
	CHOICE_CONSOLE=
	listen
	until [ -n "$CHOICE_CONSOLE" ]; do
		left=$((deadline - $(uptime_seconds)))
		[ "$left" -gt 0 ] || break
		next_answer "$left" || continue
		for letter; do
			[ "$ANSWER" != "$letter" ] || {
				CHOICE=$letter
				CHOICE_CONSOLE=$CONSOLE
			}
		done
		[ -n "$CHOICE_CONSOLE" ] || to_consoles 'live: type one of: %s\n' "$*"
	done
	stop_listening
}
