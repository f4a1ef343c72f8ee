import Testing

/// The manifest enables these by name, and a misspelt name is ignored without a word.
@Suite struct LanguageFeatureTests {
  @Test func `the manifest enables every upcoming feature of its settings`() {
    var missing: [String] = []
    #if !hasFeature(ExistentialAny)
    missing.append("ExistentialAny")
    #endif
    #if !hasFeature(InternalImportsByDefault)
    missing.append("InternalImportsByDefault")
    #endif
    #if !hasFeature(MemberImportVisibility)
    missing.append("MemberImportVisibility")
    #endif
    #if !hasFeature(NonisolatedNonsendingByDefault)
    missing.append("NonisolatedNonsendingByDefault")
    #endif
    #if !hasFeature(InferIsolatedConformances)
    missing.append("InferIsolatedConformances")
    #endif
    #expect(missing == [])
  }

  @Test func `the sources are compiled in language mode 6`() {
    #if swift(>=6)
    let isModeSix = true
    #else
    let isModeSix = false
    #endif
    #expect(isModeSix)
  }
}
