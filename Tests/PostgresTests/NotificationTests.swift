import Postgres
import TestSupport
import Testing

@Suite struct NotificationTests {
  @Test("a notification arrives after the commit that sent it, and none is nil after the limit")
  func arrives() async throws {
    try await withTestDatabase { client in
      try await client.withConnection { listener in
        try await listener.listen("doorbell \"odd\"")
        let none = try await listener.nextNotification(within: .milliseconds(10))
        #expect(none == nil)
        let sender = try await client.withTransaction { connection in
          try await connection.query("SELECT pg_notify(\("doorbell \"odd\""), \("7"))")
          return connection.serverProcessID
        }
        let notification = try await listener.nextNotification(within: .seconds(30))
        #expect(notification?.channel == "doorbell \"odd\"" && notification?.payload == "7")
        #expect(notification?.serverProcessID == sender)
      }
    }
  }

  @Test("a listener whose backend dies gets an error, a cancelled one stops waiting")
  func ends() async throws {
    try await withTestDatabase { client in
      let administrator = try await PostgresTestServer.shared.administrator()
      try await client.withConnection { listener in
        try await listener.listen("doorbell")
        try await administrator.execute("SELECT pg_terminate_backend(\(listener.serverProcessID), 10000)")
        let error = await #expect(throws: PostgresError.self) {
          try await listener.nextNotification(within: .seconds(30))
        }
        #expect(error?.code == .connection)
      }
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let _: PostgresNotification? = try await client.withConnection { listener in
            try await listener.listen("doorbell")
            return try await listener.nextNotification(within: .seconds(60))
          }
        }
        group.cancelAll()
        await #expect(throws: CancellationError.self) { try await group.waitForAll() }
      }
    }
  }
}
