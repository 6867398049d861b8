# A progress bar, on every console: what takes minutes must show that it goes on. # shellcheck shell=sh

# progress_begin WHAT TOTAL: what is done, for people, and how much of it there is in a unit of your
# own.
progress_begin() {
	PROGRESS_WHAT=$1
	PROGRESS_TOTAL=$2
	PROGRESS_BEGAN=$(uptime_seconds)
	PROGRESS_DRAWN=
}

# progress DONE: draws the bar at most once a second. Starts no process.
progress() {
	read -r uptime _ </proc/uptime
	now=${uptime%.*}
	[ "$now" != "$PROGRESS_DRAWN" ] || return 0
	PROGRESS_DRAWN=$now
	show_progress "$1"
}

# progress_end DONE: the last drawing, and on to the next line.
progress_end() {
	show_progress "$1"
	to_consoles '\n'
}

show_progress() {
	percent=$((100 * $1 / PROGRESS_TOTAL))
	bar=
	while [ ${#bar} -lt 25 ]; do
		if [ ${#bar} -lt $((percent / 4)) ]; then bar=$bar#; else bar=$bar.; fi
	done
	left=
	elapsed=$(($(uptime_seconds) - PROGRESS_BEGAN))
	# The first second tells nothing about the others.
	if [ "$1" -gt 0 ] && [ "$elapsed" -gt 0 ]; then
		seconds=$((elapsed * (PROGRESS_TOTAL - $1) / $1))
		left=$(printf '%d:%02d left' $((seconds / 60)) $((seconds % 60)))
	fi
	# Spaces over what is left of a longer line.
	to_consoles '\rlive: %s [%s] %3d %%  %-14s' "$PROGRESS_WHAT" "$bar" "$percent" "$left"
}
