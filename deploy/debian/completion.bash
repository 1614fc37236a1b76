# bash completion for sideline
_sideline() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} path= word words i
    case $previous in
    @TAKE_FILE@) compopt -o default; COMPREPLY=(); return ;;
    @TAKE_OTHER@) COMPREPLY=(); return ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case "$path $word" in
        @PATHS@) path="$path $word" ;;
        esac
    done
    case $path in
    @WORDS@
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _sideline sideline
