# Builds where something has changed, and starts Node with the command's arguments. Sourced by the
# launcher with $root set, or run by the client (native/client).
set -u

case $0 in
  */scripts/start.sh) root=${0%/scripts/start.sh} ;;
esac

. "$root/scripts/fresh.sh"
build_is_fresh || "$root/scripts/set-up" run "${1-}" || exit $?

# What a job is to inherit is asked for before Node starts, which changes signals and the limit of open
# files.
case " $* " in
  *' run '* | *' submit '*)
    HOLDFAST_SUBMITTER=$("$root/build/keeper/holdfast-keeper" submitter $$ 2>/dev/null)
    export HOLDFAST_SUBMITTER
    ;;
  *) unset HOLDFAST_SUBMITTER ;;
esac

# `--`: Node would take options such as --env-file for itself, even after the script.
exec "$root/.toolchain/bin/node" -- "$root/build/cli.cjs" "$@"
