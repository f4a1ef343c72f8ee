// swift-tools-version: 6.2
import PackageDescription

// One settings array for every target. FlockCoreTests asserts each feature with `#if hasFeature(...)`,
// because a misspelt name is ignored without a word.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
  .target(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
  .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

let sqlite: TargetDependencyCondition? = .when(traits: ["SQLite"])
let http: TargetDependencyCondition? = .when(traits: ["HTTP"])

let package = Package(
  name: "flock",
  products: [
    .library(name: "Flock", targets: ["Flock"]),
    .library(name: "FlockSQLite", targets: ["FlockSQLite"]),
    .library(name: "FlockEngines", targets: ["FlockEngines"]),
    .library(name: "FlockTestKit", targets: ["FlockTestKit"]),
    .executable(name: "flockctl", targets: ["flockctl"]),
  ],
  traits: [
    .trait(name: "SQLite", description: "The SQLite store; needs libsqlite3-dev."),
    .trait(name: "HTTP", description: "The HTTP engine and client; needs libcurl4-openssl-dev."),
    .default(enabledTraits: ["SQLite", "HTTP"]),
  ],
  targets: [
    // Values and decisions: no I/O, no clock, no C library.
    library("FlockJSON"),
    library("FlockCore", ["FlockJSON"]),
    library("FlockKernel", ["FlockCore"]),

    // The shell and its stores.
    library("Flock", ["FlockCore", "FlockKernel", "FlockJSON"]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    library("FlockSQLite", ["Flock", "FlockCore", "FlockKernel", .target(name: "CSQLite", condition: sqlite)]),

    // Engines and what they stand on.
    .target(name: "CFlockProcess"),
    library("FlockProcess", ["CFlockProcess"]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    library("FlockHTTP", [.target(name: "CCurl", condition: http)]),
    library("FlockEngines", ["Flock", "FlockCore", "FlockJSON", "FlockProcess", "FlockHTTP"]),
    library("FlockTestKit", ["Flock", "FlockCore", "FlockKernel"]),

    // The command line and the example that it runs.
    library("FlockCommandLine"),
    library("CodeReview", ["Flock", "FlockCore", "FlockKernel", "FlockProcess"], path: "Examples/code-review/Sources"),
    .executableTarget(
      name: "flockctl",
      dependencies: ["Flock", "FlockCore", "FlockKernel", "FlockJSON", "FlockSQLite", "FlockCommandLine", "CodeReview"],
      swiftSettings: settings),

    .executableTarget(
      name: "first-program", dependencies: ["Flock", "FlockCore", "FlockKernel"], path: "Examples/first-program/Sources",
      swiftSettings: settings),

    // Whole-process benchmarks and the programs that acceptance kills, see Benchmarks/README.md.
    .executableTarget(
      name: "flock-bench",
      dependencies: ["Flock", "FlockCore", "FlockKernel", "FlockSQLite"],
      path: "Benchmarks/FlockBench",
      swiftSettings: settings),
    .executableTarget(
      name: "flock-crashbox",
      dependencies: ["Flock", "FlockCore", "FlockKernel", "FlockSQLite", "FlockEngines", "CPowerCut"],
      path: "Benchmarks/Crashbox",
      swiftSettings: settings),
    .target(
      name: "CPowerCut", dependencies: [.target(name: "CSQLite", condition: sqlite)], path: "Benchmarks/CPowerCut",
      cSettings: [.define("SQLite", .when(traits: ["SQLite"]))]),

    tests("FlockJSONTests", ["FlockJSON"]),
    tests("FlockCoreTests", ["FlockCore", "FlockJSON"]),
    tests("FlockKernelTests", ["FlockKernel", "FlockCore", "FlockTestKit"]),
    tests("FlockTests", ["Flock", "FlockCore", "FlockKernel", "FlockTestKit"]),
    tests("FlockSQLiteTests", ["FlockSQLite", "Flock", "FlockCore", "FlockKernel", "FlockTestKit", "CPowerCut"]),
    tests("FlockProcessTests", ["FlockProcess"]),
    tests("FlockHTTPTests", ["FlockHTTP"]),
    tests("FlockEnginesTests", ["FlockEngines", "Flock", "FlockCore", "FlockTestKit"]),
    tests("FlockCommandLineTests", ["FlockCommandLine"]),
    tests("CodeReviewTests", ["CodeReview", "Flock", "FlockCore"]),
    tests("FlockScenarioTests", ["Flock", "FlockCore", "FlockKernel", "FlockSQLite", "FlockTestKit"]),
  ],
  swiftLanguageModes: [.v6]
)
