// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "atoll-benchmarks",
  dependencies: [.package(name: "atoll", path: "..")],
  targets: [
    .executableTarget(
      name: "bench",
      dependencies: [
        .product(name: "Postgres", package: "atoll"),
        .product(name: "Outbox", package: "atoll"),
        .product(name: "SyncProtocol", package: "atoll"),
      ], swiftSettings: [.swiftLanguageMode(.v6)])
  ]
)
