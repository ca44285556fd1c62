# Sourced by scripts/set-up. One set-up at a time per checkout; the others wait.
# With flock(1) the lock ends with the last process that holds descriptor 9, however it ends. The
# steps inherit it, so that an npm that outlives a killed set-up is still waited for.

take_lock() {
  if command -v flock >/dev/null 2>&1; then
    exec 9>>.toolchain/lock
    flock -n 9 && return
    echo 'holdfast: another set-up is running here, waiting for it' >&2
    flock 9
  else
    take_folder_lock
  fi
}

# Without flock(1), as on macOS: a folder, since mkdir is atomic, with its owner's identity inside.
take_folder_lock() {
  lock=.toolchain/lock.d
  said=
  until mkdir "$lock" 2>/dev/null; do
    break_stale_lock && continue
    [ -n "$said" ] || echo 'holdfast: another set-up is running here, waiting for it' >&2
    said=yes
    sleep 0.2
  done
  identity_of $$ >"$lock/owner"
  trap 'rm -rf "$lock"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

# A pid alone may have been given to another process since.
identity_of() {
  echo "$1 $(ps -o lstart= -p "$1" 2>/dev/null)"
}

# The rename lets only one of several waiters take the dead owner's lock away. A lock without an
# owner is being taken at this moment, or its taker was killed in between: it counts as stale once
# it is a minute old.
break_stale_lock() {
  if owner=$(cat "$lock/owner" 2>/dev/null) && [ -n "$owner" ]; then
    [ "$owner" != "$(identity_of "${owner%% *}")" ] || return 1
  else
    [ -n "$(find "$lock" -prune -mmin +1 2>/dev/null)" ] || return 1
  fi
  mv "$lock" "$lock.stale.$$" 2>/dev/null || return 1
  if [ -n "$owner" ] && [ "$owner" != "$(cat "$lock.stale.$$/owner" 2>/dev/null)" ]; then
    # Another waiter had broken it already and this is the new owner's lock: give it back.
    mv "$lock.stale.$$" "$lock"
    return 1
  fi
  rm -rf "$lock.stale.$$"
}
