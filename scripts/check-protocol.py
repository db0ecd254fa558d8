#!/usr/bin/env python3
"""Checks docs/vectors/atoll-v1.json with code written from docs/protocol.md alone.

A second reading of the page: signatures, seals, the manifest, the join proof and the chain, by another language and another crypto library.
Needs the package `cryptography`. Prints one line; exits 1 at the first thing that does not verify.
"""
import base64
import hashlib
import json
import pathlib
import re
import struct
import sys

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError:
    print("check-protocol: skipped, python3-cryptography is not installed")
    sys.exit(0)

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "docs" / "vectors"
checks = 0


def b64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def b64u_encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def listed(*fields):
    """A list to be signed: each field is its length as 4 bytes, big-endian, then its bytes; numbers are 8 bytes."""
    out = b""
    for field in fields:
        if isinstance(field, int):
            field = struct.pack(">q", field)
        elif isinstance(field, str):
            field = field.encode()
        out += struct.pack(">I", len(field)) + field
    return out


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        print(f"check-protocol: {what}")
        sys.exit(1)


def verify(key, signature, message, what):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        good = True
    except InvalidSignature:
        good = False
    check(good, what)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message + b"x")
        check(False, f"{what}: verifies another message too")
    except InvalidSignature:
        pass


def thumbprint(key):
    jwk = '{"crv":"Ed25519","kty":"OKP","x":"%s"}' % b64u_encode(key)
    return b64u_encode(hashlib.sha256(jwk.encode()).digest())


def base(headers, value):
    """The signature base of RFC 9421 for label sync, and the parameters."""
    inner = headers["signature-input"].removeprefix("sync=")
    components = re.match(r"\(([^)]*)\)", inner).group(1).split(" ")
    return "\n".join([f"{c}: {value(c)}" for c in components] + [f'"@signature-params": {inner}'])


def signature(headers):
    return base64.b64decode(re.fullmatch(r"sync=:([A-Za-z0-9+/=]+):", headers["signature"]).group(1))


def check_digest(message):
    digest = base64.b64encode(hashlib.sha256(message["body"].encode()).digest()).decode()
    check(message["headers"]["content-digest"] == f"sha-256=:{digest}:", "content-digest")


def check_comparison(comparison):
    """The digests of section 11."""
    subject = comparison["subject"]
    head = (b64u(subject["salt"]), subject["stream"], subject["audience"], subject["kind"])

    def value(text):
        return b"\x00" if text is None else b"\x01" + text.encode()

    digests = []
    for row in comparison["rows"]:
        fields = [field for column in subject["columns"] for field in (column, value(row[column]))]
        digest = hashlib.sha256(listed("atoll-row-v1", *head, row["key"], *fields)).digest()
        check(digest.hex() == row["digest"], "digest of a row")
        for column, short in zip(subject["columns"], row["columns"], strict=True):
            full = hashlib.sha256(listed("atoll-column-v1", *head, row["key"], column, value(row[column]))).digest()
            check(full[:16] == b64u(short), "digest of a column")
        digests.append(digest)
    whole = listed("atoll-digest-v1", *head, len(digests), b"".join(sorted(digests)))
    check(hashlib.sha256(whole).hexdigest() == comparison["digest"], "digest of a range")


def main():
    v = json.loads((VECTORS / "atoll-v1.json").read_text())
    keys = {}
    for name, key in v["keys"].items():
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key["seed_hex"]))
        public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        check(b64u(key["public_key"]) == public, f"public key of {name}")
        check(key["keyid"] == thumbprint(public), f"thumbprint of {name}")
        check(key["fingerprint"] == "sha256:" + hashlib.sha256(public).hexdigest(), f"fingerprint of {name}")
        keys[key["keyid"]] = (public, key["purpose"])

    chain = bytes(32)
    for entry in v["chain"]:
        kind, key = entry["kind"].encode(), entry["key"].encode()
        chain = hashlib.sha256(
            chain + struct.pack(">qQ", int(entry["position"]), int(entry["transaction"]))
            + bytes([len(kind)]) + kind + bytes([len(key)]) + key).digest()
        check(entry["chain"] == chain.hex(), "chain")

    check_comparison(v["comparison"])

    signatures, content = v["manifest"]["bytes"].split("\n", 1)
    manifest = json.loads(content)
    roots = {thumbprint(b64u(k)): b64u(k) for k in manifest["roots"].values()}
    for one in json.loads(signatures)["signatures"]:
        root = roots[one["keyid"]]
        check("sha256:" + hashlib.sha256(root).hexdigest() == v["manifest"]["pin"], "pin")
        verify(root, b64u(one["signature"]), listed("atoll-manifest-v1", content), "manifest")
    trusted = {thumbprint(b64u(k["public_key"])): k for k in manifest["keys"]}

    request = v["request"]
    check_digest(request)
    headers = request["headers"]
    derived = {'"@method"': "POST", '"@path"': request["path"], '"@query"': "?"}
    join = json.loads(request["body"])
    verify(b64u(join["agent_key"]), signature(headers),
           base(headers, lambda c: derived.get(c) or headers[c.strip('"')]).encode(), "request")
    check(f'keyid="{thumbprint(b64u(join["agent_key"]))}"' in headers["signature-input"], "keyid of the request")
    verify(b64u(join["stream_key"]), b64u(join["stream_proof"]),
           listed("atoll-join-v1", join["token"], b64u(join["agent_key"]), b64u(join["stream_key"])), "join proof")

    response = v["response"]
    check_digest(response)
    of_request = {f"{k};req": w for k, w in derived.items()}
    of_request['"signature";req;key="sync"'] = headers["signature"].removeprefix("sync=")

    def value(component):
        if component == '"@status"':
            return str(response["status"])
        if component.endswith(";req"):
            return of_request.get(component) or headers[component[:-4].strip('"')]
        return of_request.get(component) or response["headers"][component.strip('"')]

    keyid = re.search(r'keyid="([^"]+)"', response["headers"]["signature-input"]).group(1)
    check(trusted[keyid]["purpose"] == "control", "purpose of the answer's key")
    verify(b64u(trusted[keyid]["public_key"]), signature(response["headers"]),
           base(response["headers"], value).encode(), "response")

    document, content = response["body"].split("\n", 1)
    e = json.loads(document)["answer"]["batch"]
    sealed = listed(
        "atoll-batch-v1", e["stream"], e["audience"], e["lane"], e["epoch"]["ordinal"], e["epoch"]["id"], int(e["from"]),
        int(e["to"]), bytes.fromhex(e["chain_before"]), bytes.fromhex(e["chain_after"]), bytes.fromhex(e["digest"]))
    check(sealed.hex() == v["sealed_bytes_hex"], "sealed bytes")
    check(trusted[e["keyid"]]["purpose"] == "stream", "purpose of the seal's key")
    verify(b64u(trusted[e["keyid"]]["public_key"]), b64u(e["seal"]), sealed, "seal")
    check(hashlib.sha256(content.encode()).hexdigest() == e["digest"], "digest of the content")
    rows = [(g["kind"], r[0]) for g in json.loads(content)["groups"] for r in g.get("rows", g.get("removes"))]
    check(rows == sorted(rows, key=lambda r: (r[0].encode(), r[1].encode())) and len(set(rows)) == len(rows), "order of rows")

    tampered = json.loads((VECTORS / "sync-v1.json").read_text())
    for case in tampered["accepted"]:
        m = case["message"]
        key = next(k for k in tampered["keys"].values() if k["keyid"] in m["headers"]["signature-input"])
        check_digest(m)
        verify(b64u(key["public_b64u"]), signature(m["headers"]), m["signature_base"].encode(), f"vector {case['name']}")
    print(f"check-protocol: {checks} checks passed")


main()
