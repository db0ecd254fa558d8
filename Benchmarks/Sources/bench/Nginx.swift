import Foundation

/// nginx as an upstream that answers a small document, and as a proxy before it: what a gateway is measured against.
final class Nginx {
  /// The port that answers, and the one that passes on.
  let upstream: Int
  let proxy: Int
  private let process: Process

  init(directory: String, port: Int) throws {
    guard let program = Self.program else { throw BenchError("nginx is missing: run scripts/proxies.sh or install it") }
    upstream = port
    proxy = port + 1
    try FileManager.default.createDirectory(atPath: directory + "/logs", withIntermediateDirectories: true)
    let file = directory + "/nginx.conf"
    try Self.configuration(directory, upstream, proxy).write(toFile: file, atomically: true, encoding: .utf8)
    process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["-p", directory, "-c", file, "-g", "daemon off;"]
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
  }

  private static var program: String? {
    ["../.build/tools/nginx", "/usr/sbin/nginx", "/usr/bin/nginx"]
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// An upload is read whole before it is answered: the answer must not overtake it.
  private static func configuration(_ directory: String, _ upstream: Int, _ proxy: Int) -> String {
    let user = getuid() == 0 ? "user root;" : ""
    return """
      \(user)
      worker_processes 2;
      pid \(directory)/nginx.pid;
      error_log stderr crit;
      events { worker_connections 1024; }
      http {
        access_log off;
        keepalive_requests 100000000;
        client_body_temp_path \(directory)/body;
        proxy_temp_path \(directory)/proxy;
        fastcgi_temp_path \(directory)/fastcgi;
        uwsgi_temp_path \(directory)/uwsgi;
        scgi_temp_path \(directory)/scgi;
        client_max_body_size 0;
        default_type application/json;
        upstream application { server 127.0.0.1:\(upstream); keepalive 64; }
        server {
          listen 127.0.0.1:\(upstream) backlog=1024;
          location /ok { return 200 '{"ok":true}'; }
          location ~ /upload/$ {
            client_body_buffer_size 11m;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            rewrite ^ /ok break;
            proxy_pass http://application;
          }
          location / { return 200 '{"issues":[{"id":"1","title":"an answer of a usual length for a list"}]}'; }
        }
        server {
          listen 127.0.0.1:\(proxy) backlog=1024;
          location / {
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_request_buffering off;
          }
        }
      }
      """
  }
}
