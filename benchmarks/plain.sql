-- A plain-text copy of the same rows for the peer, which neither seals nor audits, with a role and row-level security.
CREATE SCHEMA plain;
CREATE TABLE plain.organizations AS SELECT id, name FROM organizations;
CREATE TABLE plain.services AS SELECT id, name, category FROM services;
CREATE TABLE plain.referrals AS
  SELECT id, case_id, kind, status, urgency, purpose, created_at, sent_at, due_at, accepted_at, version, service_id, organization_id FROM referrals;
CREATE TABLE plain.persons AS
  SELECT id, case_id, age_band, spoken_language, created_at, NULL::text AS given_name, NULL::text AS family_name, NULL::text AS born_on,
    NULL::text[] AS phones, NULL::text AS address, NULL::text[] AS safe_channels FROM persons;
CREATE TABLE plain.referral_persons AS SELECT referral_id, person_id FROM referral_persons;
CREATE TABLE plain.accounts AS SELECT id, display_name FROM accounts;
CREATE TABLE plain.memberships AS SELECT id, account_id FROM memberships;
CREATE TABLE plain.cases AS SELECT id, case_number, status, opened_at, version, responsible_id, center_id FROM cases;
CREATE TABLE plain.needs AS SELECT id, case_id, code, horizon, status, opened_at, NULL::text AS detail FROM needs;
CREATE TABLE plain.awards AS SELECT id, name FROM awards;
CREATE TABLE plain.assistances AS SELECT id, case_id, line_code, occurrences, delivered_on, recorded_at, award_id FROM assistances;
CREATE TABLE plain.follow_ups AS SELECT id, case_id, reason, status, due_on FROM follow_ups;
ALTER TABLE plain.organizations ADD PRIMARY KEY (id);
ALTER TABLE plain.services ADD PRIMARY KEY (id);
ALTER TABLE plain.accounts ADD PRIMARY KEY (id);
ALTER TABLE plain.memberships ADD PRIMARY KEY (id), ADD FOREIGN KEY (account_id) REFERENCES plain.accounts;
ALTER TABLE plain.cases ADD PRIMARY KEY (id), ADD FOREIGN KEY (responsible_id) REFERENCES plain.memberships;
ALTER TABLE plain.persons ADD PRIMARY KEY (id), ADD FOREIGN KEY (case_id) REFERENCES plain.cases;
ALTER TABLE plain.referrals ADD PRIMARY KEY (id), ADD FOREIGN KEY (case_id) REFERENCES plain.cases,
  ADD FOREIGN KEY (service_id) REFERENCES plain.services, ADD FOREIGN KEY (organization_id) REFERENCES plain.organizations;
ALTER TABLE plain.referral_persons ADD PRIMARY KEY (referral_id, person_id), ADD FOREIGN KEY (referral_id) REFERENCES plain.referrals,
  ADD FOREIGN KEY (person_id) REFERENCES plain.persons;
ALTER TABLE plain.needs ADD PRIMARY KEY (id), ADD FOREIGN KEY (case_id) REFERENCES plain.cases;
ALTER TABLE plain.awards ADD PRIMARY KEY (id);
ALTER TABLE plain.assistances ADD PRIMARY KEY (id), ADD FOREIGN KEY (case_id) REFERENCES plain.cases,
  ADD FOREIGN KEY (award_id) REFERENCES plain.awards;
ALTER TABLE plain.follow_ups ADD PRIMARY KEY (id), ADD FOREIGN KEY (case_id) REFERENCES plain.cases;
CREATE INDEX ON plain.referrals (organization_id, sent_at DESC, id DESC);
CREATE INDEX ON plain.referrals (case_id, created_at DESC, id DESC);
CREATE INDEX ON plain.referral_persons (person_id);
CREATE INDEX ON plain.persons (case_id, created_at, id);
CREATE INDEX ON plain.needs (case_id, opened_at DESC, id DESC);
CREATE INDEX ON plain.assistances (case_id, recorded_at DESC, id DESC);
CREATE INDEX ON plain.follow_ups (case_id, due_on, id);
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'bench_reader') THEN CREATE ROLE bench_reader; END IF;
END $$;
GRANT USAGE ON SCHEMA plain TO bench_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA plain TO bench_reader;
ALTER TABLE plain.referrals ENABLE ROW LEVEL SECURITY;
ALTER TABLE plain.cases ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON plain.referrals USING (
  organization_id = current_setting('bench.organization')::uuid OR current_setting('bench.center') <> ''
);
CREATE POLICY mine ON plain.cases USING (center_id::text = current_setting('bench.center'));
