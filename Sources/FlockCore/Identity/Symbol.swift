import Synchronization

/// An interned name: comparing two costs one machine word.
///
/// The number is of this process only. It is never stored and nothing is ordered by it.
public struct Symbol: Hashable, Sendable, CustomStringConvertible {
  public let index: UInt32

  /// Interns `name`. The table never shrinks, so names that come from outside must be checked against what is
  /// registered (``existing(_:)``) before they get here.
  public init(_ name: String) {
    self = SymbolTable.shared.intern(name)
  }

  /// The symbol of a name that was interned before, or `nil`.
  public static func existing(_ name: String) -> Symbol? { SymbolTable.shared.find(name) }

  init(index: UInt32) { self.index = index }

  public var name: String { SymbolTable.shared.name(of: self) }

  public var description: String { name }

  /// The producer of artifacts that no agent made.
  public static let external = Symbol("external")
}

private final class SymbolTable: Sendable {
  static let shared = SymbolTable()

  private struct Contents {
    var indices: [String: UInt32] = [:]
    var names: [String] = []
  }

  private let contents = Mutex(Contents())

  func intern(_ name: String) -> Symbol {
    contents.withLock { table in
      if let index = table.indices[name] { return Symbol(index: index) }
      let index = UInt32(table.names.count)
      table.names.append(name)
      table.indices[name] = index
      return Symbol(index: index)
    }
  }

  func find(_ name: String) -> Symbol? {
    contents.withLock { table in table.indices[name].map(Symbol.init(index:)) }
  }

  func name(of symbol: Symbol) -> String {
    contents.withLock { $0.names[Int(symbol.index)] }
  }
}
