# Sourced with $root set. Tells whether build/ is up to date without starting a process. The client
# (native/client/build.c) makes the same check before each command.

# What is checked out, from git's own files. A second opinion beside the file times: it notices a
# pull even where the clock was set back in between.
read_head() {
  head=none
  [ -f "$root/.git/HEAD" ] || return 0
  read -r head <"$root/.git/HEAD"
  case $head in
    'ref: '*) [ ! -f "$root/.git/${head#ref: }" ] || read -r head <"$root/.git/${head#ref: }" ;;
  esac
}

# build/stamp is written last by scripts/set-up.ts. It sets built_head, inputs and what only the client
# needs (built_id, hosted), and carries the time at which the build began to read: an input that is not
# older was changed during or after it.
build_is_fresh() {
  stamp=$root/build/stamp
  [ -f "$stamp" ] && [ -f "$root/build/cli.cjs" ] || return 1
  [ -x "$root/.toolchain/bin/node" ] && [ "$stamp" -nt "$root/.toolchain/bin/node" ] || return 1
  [ -x "$root/build/keeper/holdfast-keeper" ] && [ -x "$root/build/client/holdfast-client" ] || return 1
  . "$stamp"
  read_head
  [ "$head" = "$built_head" ] || return 1
  for input in $inputs; do
    [ -e "$root/$input" ] && [ "$stamp" -nt "$root/$input" ] || return 1
  done
}
