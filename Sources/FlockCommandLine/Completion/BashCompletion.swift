/// Completion for bash, from 3.2 on, without the bash-completion package.
struct BashCompletion {
  let tool: CommandLineTool
  private var function: String { "_" + tool.shellIdentifier }

  var script: String {
    let nodes = tool.completionNodes
    return """
      # Completion of \(tool.name) for bash, made by '\(tool.name) completions bash'.

      # What may follow at the place $1.
      \(function)_table() {
        commands=() options=() valued=' ' repeated=-1
        case $1 in
      \(nodes.map(tableCase).joined(separator: "\n"))
        esac
      }

      # What may stand for a value: $1 is a place, a blank, and an option or the index of an argument.
      \(function)_values() {
        case $1 in
      \(nodes.flatMap(valueCases).joined(separator: "\n"))
        esac
      }

      \(helpers)
      \(walker)
      complete -F \(function) \(tool.name)

      """
  }

  private func tableCase(_ node: CompletionNode) -> String {
    let commands = node.subcommands.map { ShellText.quoted($0.name) }.joined(separator: " ")
    let options = node.allSpellings.map(ShellText.quoted).joined(separator: " ")
    let valued = node.valuedSpellings.map { $0 + " " }.joined()
    return """
          \(ShellText.quoted(node.place)))
            commands=(\(commands))
            options=(\(options))
            valued=' \(valued)' repeated=\(node.repeatedIndex ?? -1) ;;
      """
  }

  private func valueCases(_ node: CompletionNode) -> [String] {
    let options = node.options.map { ($0.spellings, $0.kind) }
    let arguments = node.command.arguments.enumerated().map { (["\($0.offset)"], $0.element.kind) }
    return (options + arguments).compactMap { subjects, kind in
      guard let action = action(kind) else { return nil }
      let patterns = subjects.map { ShellText.quoted("\(node.place) \($0)") }.joined(separator: " | ")
      return "    \(patterns)) \(action) ;;"
    }
  }

  private func action(_ kind: ValueKind) -> String? {
    switch kind {
    case .path(.file): "\(function)_paths -f"
    case .path(.directory): "\(function)_paths -d"
    case .enumeration(let words): "\(function)_words \(words.map(ShellText.quoted).joined(separator: " "))"
    case .string, .integer, .duration: nil
    }
  }

  /// They use the caller's `value`, what is typed so far of the value, and `start`, what stands before it in the word.
  private var helpers: String {
    """
    \(function)_words() {
      local word quoted
      for word in "$@"; do
        if [[ $word == "$value"* ]]; then
          printf -v quoted %q "$word"
          COMPREPLY+=("$start$quoted")
        fi
      done
    }

    \(function)_paths() {
      local name
      compopt -o filenames 2>/dev/null
      while IFS= read -r name; do
        COMPREPLY+=("$start$name")
      done < <(compgen "$1" -- "$value")
    }

    """
  }

  /// bash cuts words at the characters of `COMP_WORDBREAKS`, among them `=` and `:`; the walker joins what has no blank
  /// between, and takes the joined part off the answers again.
  private var walker: String {
    """
    \(function)() {
      local -a words commands options
      local valued repeated rest=$COMP_LINE trimmed word count=0 i
      COMPREPLY=()
      for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        trimmed=${rest#"${rest%%[![:space:]]*}"}
        if ((count > 0)) && [[ $trimmed == "$rest" && -n $word ]]; then
          words[count - 1]+=$word
        else
          words[count++]=$word
        fi
        rest=${trimmed#"$word"}
      done

      local place=/ index=0 expecting= plain= asking= letters
      \(function)_table "$place"
      for ((i = 1; i < count - 1; i++)); do
        word=${words[i]}
        if [[ -n $expecting ]]; then
          expecting=
          continue
        fi
        if [[ -z $plain && $word == -?* ]]; then
          case $word in
            --) plain=1 ;;
            --*=*) ;;
            --*) [[ $valued == *" $word "* ]] && expecting=$word ;;
            *)
              letters=${word#-}
              while [[ -n $letters ]]; do
                if [[ $valued == *" -${letters:0:1} "* ]]; then
                  [[ ${#letters} -eq 1 ]] && expecting=-$letters
                  break
                fi
                letters=${letters#?}
              done ;;
          esac
        elif ((${#commands[@]} > 0)); then
          [[ " ${commands[*]} " == *" $word "* ]] || return 0
          if [[ $place$word == \(helpPlace) && -z $asking ]]; then
            asking=1
          else
            place=$place$word/
            \(function)_table "$place"
          fi
        else
          ((index += 1))
        fi
      done

      local typed=${words[count - 1]} value start= head= cut
      value=$typed
      if ((repeated >= 0 && index > repeated)); then index=$repeated; fi
      if [[ -n $expecting ]]; then
        \(function)_values "$place $expecting"
      elif [[ -z $plain && $typed == --*=* ]]; then
        start=${typed%%=*}= value=${typed#*=}
        \(function)_values "$place ${typed%%=*}"
      elif [[ -z $plain && $typed == -* ]]; then
        [[ -n $asking ]] && return 0
        \(function)_words "${options[@]}"
      elif ((${#commands[@]} > 0)); then
        \(function)_words "${commands[@]}"
      elif [[ -z $asking ]]; then
        \(function)_values "$place $index"
      fi

      for cut in = :; do
        if [[ $COMP_WORDBREAKS == *"$cut"* && $typed == *"$cut"* ]]; then
          start=${typed%"${typed##*"$cut"}"}
          if ((${#start} > ${#head})); then head=$start; fi
        fi
      done
      if [[ -n $head ]] && ((${#COMPREPLY[@]} > 0)); then COMPREPLY=("${COMPREPLY[@]#"$head"}"); fi
    }
    """
  }

  /// The words after the tool's own `help` name commands; a table's own `help` is a command like others.
  private var helpPlace: String { tool.hasStandardHelp ? "/help" : "''" }
}
