"""An application behind a region. It believes the header Atoll-Identity, and only after it has verified it.

    python3 Examples/identity/application.py PORT http://127.0.0.1:8401/auth/keys eu
"""
import http.server
import json
import sys

import jwt

KEYS, REGION = jwt.PyJWKClient(sys.argv[2]), sys.argv[3]


def who_asks(request):
    token = request.headers.get("Atoll-Identity", "")
    claims = jwt.decode(
        token, KEYS.get_signing_key_from_jwt(token).key, algorithms=["ES256"],
        issuer=f"atoll:region:{REGION}", audience=f"atoll:application:{REGION}",
        options={"require": ["exp", "iat", "sub", "org", "role", "htm", "htu"]})
    if (claims["htm"], claims["htu"]) != (request.command, request.path.split("?")[0]):
        raise jwt.InvalidTokenError("this identity is for another request")
    return claims


class Application(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status, answer = 200, who_asks(self)
        except jwt.PyJWTError as error:
            status, answer = 401, {"error": str(error)}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Application).serve_forever()
