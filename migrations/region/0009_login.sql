-- What people changed in this region, and who logged in and out here. Appended in the transaction of the deed; nobody but the owner changes or deletes it.

CREATE TABLE region.audit (
  -- Time-ordered.
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- NULL: of a person alone, a login. No foreign key: the trail outlives the organization.
  organization_id uuid,
  user_id uuid NOT NULL,
  -- How the person was known.
  credential text NOT NULL CHECK (credential IN ('session', 'api_token', 'access_token', 'login')),
  action text NOT NULL CHECK (action ~ '^[a-z][a-z_.]{0,62}$'),
  -- Method and path of the request, or an id; never a secret.
  subject text NOT NULL CHECK (octet_length(subject) <= 200)
);
-- Serves: an organization's trail, the newest first.
CREATE INDEX audit_organization ON region.audit (organization_id, id);

GRANT SELECT, INSERT ON region.audit TO atoll_region_service;
