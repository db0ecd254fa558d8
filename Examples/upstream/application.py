import http.server, json, sys, jwt  # python3 application.py PORT http://127.0.0.1:8402/auth/keys eu
PORT, KEYS, REGION = int(sys.argv[1]), jwt.PyJWKClient(sys.argv[2]), sys.argv[3]
class Application(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        token = self.headers.get("Atoll-Identity", "")
        who = jwt.decode(token, KEYS.get_signing_key_from_jwt(token).key, ["ES256"], audience=f"atoll:application:{REGION}")
        self.send_response(200 if (who["htm"], who["htu"]) == (self.command, self.path.split("?")[0]) else 403)
        self.end_headers()
        self.wfile.write(json.dumps({"path": self.path} | {key: who.get(key) for key in ("org_slug", "sub", "role", "project_number")}).encode())
http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Application).serve_forever()
