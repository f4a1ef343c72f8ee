/// The shells that completion scripts are written for.
public enum Shell: String, Sendable, CaseIterable {
  case bash
  case zsh
  case fish
}
