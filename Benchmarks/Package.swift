// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "atoll-benchmarks",
  dependencies: [
    .package(name: "atoll", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    .executableTarget(
      name: "bench",
      dependencies: [
        .product(name: "Postgres", package: "atoll"),
        .product(name: "Outbox", package: "atoll"),
        .product(name: "SyncProtocol", package: "atoll"),
        .product(name: "Silo", package: "atoll"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
      ])
  ]
)
