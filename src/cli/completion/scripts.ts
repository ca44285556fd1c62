export const shells = ["bash", "zsh", "fish"] as const;
type Shell = (typeof shells)[number];

/**
 * Each script calls `holdfast __complete WORD...` with the last argument as the one to complete, and
 * gets one candidate a line with a description after a tab. `:file`, `:folder` or `:command` stands
 * for the shell's own completion.
 */
export function scriptFor(shell: Shell): string {
  return { bash, zsh, fish }[shell];
}

const bash = String.raw`# bash completion for holdfast
_holdfast() {
  local current=$2 line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :file) compopt -o filenames 2>/dev/null; mapfile -t -O "${"$"}{#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current") ;;
      :folder) compopt -o filenames 2>/dev/null; mapfile -t -O "${"$"}{#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$current") ;;
      :command) mapfile -t -O "${"$"}{#COMPREPLY[@]}" COMPREPLY < <(compgen -c -- "$current") ;;
      *) printf -v line %q "${"$"}{line%%$'\t'*}"; COMPREPLY+=("$line") ;;
    esac
  done < <(holdfast __complete "${"$"}{COMP_WORDS[@]:1:COMP_CWORD-1}" "$current" 2>/dev/null)
}
complete -F _holdfast holdfast
`;

const zsh = String.raw`#compdef holdfast
_holdfast() {
  local -a candidates
  local line
  while IFS= read -r line; do
    case $line in
      :file) _files ;;
      :folder) _files -/ ;;
      :command) _command_names -e ;;
      *) candidates+=("${"$"}{${"$"}{line//:/\\:}/$'\t'/:}") ;;
    esac
  done < <(holdfast __complete "${"$"}{(@)words[2,CURRENT]}" 2>/dev/null)
  (( ${"$"}{#candidates} )) && _describe holdfast candidates
}
if [ "${"$"}{funcstack[1]}" = _holdfast ]; then _holdfast "$@"; else compdef _holdfast holdfast; fi
`;

const fish = String.raw`# fish completion for holdfast
function __holdfast_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in (holdfast __complete $words[2..-1] 2>/dev/null)
    switch $line
      case :file
        __fish_complete_path (commandline -ct)
      case :folder
        __fish_complete_directories (commandline -ct)
      case :command
        __fish_complete_command
      case '*'
        echo $line
    end
  end
end
complete -c holdfast -f -a '(__holdfast_complete)'
`;
