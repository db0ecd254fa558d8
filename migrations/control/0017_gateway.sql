-- The gateway signs the routing of requests with a key of its own (DESIGN §4): announced, rotated and revoked by manifests as the others are.
ALTER TABLE control.signing_key DROP CONSTRAINT signing_key_purpose_check;
ALTER TABLE control.signing_key ADD CONSTRAINT signing_key_purpose_check
  CHECK (purpose IN ('control', 'stream', 'forward'));
