// swift-tools-version: 6.2
import PackageDescription

/// Flags every target of this package is compiled with. They are stable on purpose: changing one rebuilds everything.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .treatAllWarnings(as: .error),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
/// RSA, which only ID tokens need.
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdHTTP2 = Target.Dependency.product(name: "HummingbirdHTTP2", package: "hummingbird")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")

let package = Package(
  name: "atoll",
  products: [
    .executable(name: "atoll", targets: ["atoll"]),
    .executable(name: "soak", targets: ["soak"]),
    .library(name: "Postgres", targets: ["Postgres"]),
    .library(name: "SyncProtocol", targets: ["SyncProtocol"]),
    .library(name: "Outbox", targets: ["Outbox"]),
    .library(name: "Silo", targets: ["Silo"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(
      url: "https://github.com/apple/swift-configuration", from: "1.4.0",
      traits: [.defaults, "CommandLineArguments"]),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
    .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "Postgres", dependencies: ["CLibPQ", crypto, logging, lifecycle],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(name: "SyncProtocol", dependencies: ["CZlib", crypto], swiftSettings: strict),
    .target(name: "Silo", dependencies: ["SyncProtocol", crypto, cryptoExtras], swiftSettings: strict),
    .target(
      name: "Outbox",
      dependencies: ["Postgres", "SyncProtocol", crypto, logging, lifecycle, httpClient, nioCore, nioHTTP1],
      swiftSettings: strict),
    .target(
      name: "Web",
      dependencies: [
        "SyncProtocol", "Observability", logging, hummingbird, hummingbirdCore, hummingbirdHTTP2, httpTypes, httpClient,
        nioCore, nioHTTP1, nioHTTP2, nioHPACK, nioPosix, nioSSL,
      ], swiftSettings: strict),
    .target(name: "Observability", dependencies: [logging], swiftSettings: strict),
    .target(
      name: "ControlPlane",
      dependencies: [
        "Outbox", "Postgres", "SyncProtocol", "Silo", "Web", "Observability", "CArgon2", "CCrypt", crypto, cryptoExtras,
        logging,
        lifecycle, hummingbird, httpTypes, httpClient, mustache, nioCore, nioPosix, nioSSL,
      ], swiftSettings: strict),
    .target(
      name: "RegionAgent",
      dependencies: [
        "Outbox", "Postgres", "SyncProtocol", "Silo", "Web", "Observability", crypto, logging, lifecycle,
        hummingbird, httpTypes, httpClient, nioCore,
      ], swiftSettings: strict),
    .executableTarget(
      name: "atoll",
      dependencies: [
        "ControlPlane", "RegionAgent", "Outbox", "Postgres", "SyncProtocol", "Silo", "Web", "Observability", "CArgon2",
        crypto, logging, lifecycle, configuration, httpClient, nioCore,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),
    .target(
      name: "Scale",
      dependencies: [
        "Postgres", "SyncProtocol", "Web", "Outbox", "RegionAgent", "Silo", logging, httpClient, nioCore, nioHTTP1,
        .product(name: "NIOPosix", package: "swift-nio"),
      ], path: "Tests/Scale", swiftSettings: strict),
    .executableTarget(
      name: "soak",
      dependencies: ["Scale", "SyncProtocol", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Tests/Soak", swiftSettings: strict),
    .target(
      name: "TestSupport",
      dependencies: ["Postgres", "Outbox", logging, nioCore, nioPosix, nioSSL, nioHPACK], path: "Tests/TestSupport",
      swiftSettings: strict),
  ]
)

/// Test targets by name and what they use besides `TestSupport`.
let tests: [(name: String, dependencies: [Target.Dependency])] = [
  ("PostgresTests", ["Postgres", logging, nioCore]),
  ("SyncProtocolTests", ["SyncProtocol", crypto]),
  (
    "WebTests",
    [
      "Web", "SyncProtocol", logging, hummingbird, httpTypes, httpClient, nioCore, nioPosix, nioSSL,
      .product(name: "HummingbirdTesting", package: "hummingbird"),
    ]
  ),
  ("SiloTests", ["Silo", "SyncProtocol", "Postgres", crypto]),
  ("OutboxTests", ["Outbox", "Postgres", "SyncProtocol", crypto, logging, httpClient, hummingbird, lifecycle]),
  (
    "ControlPlaneTests",
    [
      "ControlPlane", "Outbox", "Postgres", "SyncProtocol", "Silo", "Web", crypto, logging, hummingbird, httpTypes,
      nioCore, nioPosix, nioSSL,
      .product(name: "HummingbirdTesting", package: "hummingbird"),
    ]
  ),
  (
    "RegionAgentTests",
    [
      "RegionAgent", "Outbox", "Postgres", "SyncProtocol", "Silo", "Web", crypto, logging, hummingbird, httpTypes,
      httpClient, nioCore,
      .product(name: "HummingbirdTesting", package: "hummingbird"),
    ]
  ),
  (
    "atollTests",
    [
      "atoll", "Observability", "ControlPlane", "RegionAgent", "Outbox", "Silo", "SyncProtocol", "Postgres", "Web",
      crypto,
      logging, httpClient, nioCore, nioHTTP1,
    ]
  ),
  ("Simulation", ["SyncProtocol", "Silo", "Outbox", "Postgres", crypto, logging]),
  (
    "EndToEnd",
    [
      "atoll", "Scale", "SyncProtocol", "Postgres", "Outbox", "Silo", "Web", crypto, logging, httpClient, nioCore,
      nioHTTP1,
      nioPosix, nioSSL,
    ]
  ),
]
/// `ATOLL_TEST_TARGETS=PostgresTests,SiloTests` leaves the other test targets out, so that one module is tested without building all.
let chosen = Context.environment["ATOLL_TEST_TARGETS"].map { $0.split(separator: ",").map(String.init) }
for test in tests where chosen.map({ $0.contains(test.name) }) ?? true {
  package.targets.append(
    .testTarget(
      name: test.name, dependencies: test.dependencies + ["TestSupport"], path: "Tests/\(test.name)",
      swiftSettings: strict))
}
