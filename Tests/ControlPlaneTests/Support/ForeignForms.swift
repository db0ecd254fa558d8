/// Passwords hashed by other programs (Python's hashlib and libcrypt), in the forms that systems store.
enum ForeignForms {
  static let all: [(password: String, hash: String)] = [
    ("correct-horse-x", "pbkdf2_sha1$1000$saltysalt$nwLw8derwoP33TjJQFmO3/mh+xk="),
    ("correct-horse-x", "$pbkdf2-sha256$29000$yMnKy8zNzs/Q0dLT1NXW1w$YJ.UhlZPbHVHY/EEQ5egKiaUhGay/drp0DQSMXxwTH4"),
    ("correct-horse-x", "$pbkdf2$1000$yMnKy8zNzs/Q0dLT1NXW1w$8JLcNJQrk2DdO1sySoipzSzhuak"),
    (
      "correct-horse-x",
      "scrypt$16384$saltysalt$8$1$gcaMDDV4YsOyiOjJcNyLUR17bvzhFiHwkcnl8emVHk4S0e6sa3NEyasMfKo6wqSHBsPqdz7cNf5IfcYBTPTMcQ=="
    ),
    ("correct-horse-x", "$scrypt$ln=14,r=8,p=1$yMnKy8zNzs/Q0dLT1NXW1w$OathHjLpC/ZWXgKpw8h5IDluoSPgHucIRGaj1NQWJvU"),
    ("correct-horse-x", "$2b$05$abcdefghijklmnopqrstuuJqQ9wgWcCQOv7b9Pm/1JPSqEYl77GCu"),
    ("correct-horse-x", "$2a$05$abcdefghijklmnopqrstuuJqQ9wgWcCQOv7b9Pm/1JPSqEYl77GCu"),
    ("correct-horse-x", "$2y$05$abcdefghijklmnopqrstuuJqQ9wgWcCQOv7b9Pm/1JPSqEYl77GCu"),
    ("correct-horse-x", "bcrypt$$2b$05$abcdefghijklmnopqrstuuJqQ9wgWcCQOv7b9Pm/1JPSqEYl77GCu"),
  ]
}
