# The origin's dm table, for the init and for what moves the image to memory later.
# shellcheck shell=sh

# origin_table IMAGE START TEMPLATES [RAM MOVED]: turns lines START COUNT KIND AT (docs/boot.md) on
# standard input into a dm table. The image begins at sector START of the device IMAGE; its first
# MOVED sectors are taken from the device RAM instead. All in 512-byte sectors.
origin_table() {
	in_ram=${5:-0}
	while read -r first count kind at; do
		case $kind in
		stored)
			near=$((in_ram - at))
			[ "$near" -gt 0 ] || near=0
			[ "$near" -le "$count" ] || near=$count
			[ "$near" -eq 0 ] || echo "$first $near linear $4 $at"
			[ "$near" -eq "$count" ] ||
				echo "$((first + near)) $((count - near)) linear $1 $(($2 + at + near))"
			;;
		template) echo "$first $count linear $3 $at" ;;
		zero) echo "$first $count zero" ;;
		esac
	done
}
