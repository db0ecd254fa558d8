// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "carry-table",
  dependencies: [
    .package(name: "atoll", path: "../.."),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    .executableTarget(
      name: "CarryTable",
      dependencies: [
        .product(name: "Outbox", package: "atoll"), .product(name: "Postgres", package: "atoll"),
        .product(name: "SyncProtocol", package: "atoll"), .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("NonisolatedNonsendingByDefault")])
  ]
)
