-- What an application in any language joins against. Plain views that hide versions, digests and bookkeeping; their columns are a
-- contract: they gain columns at the end and lose none.
CREATE SCHEMA atoll;

CREATE VIEW atoll."user" AS
  SELECT u.id, u.name, u.email, s.status
  FROM replica."user" AS u
  LEFT JOIN replica.user_status AS s ON s.id = u.id;

CREATE VIEW atoll.organization AS
  SELECT o.id, h.slug, o.name, o.status, o.generation, o.created_at
  FROM region.organization AS o
  JOIN replica.organization_home AS h ON h.id = o.id;

CREATE VIEW atoll.member AS
  SELECT m.id, m.organization_id, m.user_id, m.role, m.created_at
  FROM region.member AS m;

CREATE VIEW atoll.invitation AS
  SELECT i.id, i.organization_id, i.email, i.role, i.state, i.expires_at, i.created_at
  FROM region.invitation AS i;

CREATE VIEW atoll.team AS
  SELECT t.id, t.organization_id, t.slug, t.name, t.created_at
  FROM region.team AS t;

CREATE VIEW atoll.project AS
  SELECT p.id, p.organization_id, p.slug, p.name, p.created_at
  FROM region.project AS p;

CREATE VIEW atoll.project_key AS
  SELECT k.id, k.organization_id, k.project_id, k.public_key, k.status, k.created_at
  FROM region.project_key AS k;

CREATE VIEW atoll.region AS
  SELECT r.id, r.name, r.url, r.category, r.locality
  FROM replica.region AS r;

-- Least privilege. The application reads views and nothing below them; the service changes rows and no structure.
REVOKE ALL ON SCHEMA replica, region, atoll FROM PUBLIC;
GRANT USAGE ON SCHEMA replica, region, atoll TO atoll_region_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA replica, region TO atoll_region_service;
GRANT SELECT ON ALL TABLES IN SCHEMA atoll TO atoll_region_service;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA region FROM PUBLIC;

GRANT USAGE ON SCHEMA atoll TO atoll_region_application;
GRANT SELECT ON ALL TABLES IN SCHEMA atoll TO atoll_region_application;

SELECT outbox.grant_roles('atoll_region_service', 'atoll_region_application');
