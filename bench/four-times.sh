#!/bin/sh
# Makes an archive with the same root filesystem four times, in bytes and in files: as it is, and
# below /srv/copy1 to /srv/copy3.
# usage: four-times.sh ROOTFS.tar FOLDER OUTPUT.tar
# FOLDER must not exist; it is removed.
set -eu

main() {
  rootfs=$1
  folder=$2
  output=$3
  mkdir -p "$folder"
  # Who is not root cannot make device nodes; one of each is enough.
  tar --extract --file "$rootfs" --directory "$folder" --exclude='./dev/*'
  cp "$rootfs" "$output"
  for copy in 1 2 3; do
    # S: what a symlink points to stays as it is. Hard links must lead into the same copy.
    tar --append --file "$output" --directory "$folder" --numeric-owner \
      --transform "s,^\.,./srv/copy$copy,rhS" .
  done
  rm -rf "$folder"
}

main "$@"
