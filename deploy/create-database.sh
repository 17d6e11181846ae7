#!/bin/sh
# Runs once, in the new database server: the login roles, none of which can pass by row-level security, and the database
# that fac_owner owns and migrates. Each password is a file of its role's name in /run/secrets.
set -eu
for role in fac_owner fac_staff fac_partner fac_portal fac_report fac_worker fac_keeper fac_backup; do
  psql --no-psqlrc --quiet --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set ON_ERROR_STOP=1 --set role="$role" --set password="$(cat "/run/secrets/$role")" <<'SQL'
CREATE ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS PASSWORD :'password';
-- fac.db.engine says why; pgbouncer.ini lets none of it pass
ALTER ROLE :"role" SET jit = 'off';
ALTER ROLE :"role" SET random_page_cost = '1.1';
ALTER ROLE :"role" SET plan_cache_mode = 'force_generic_plan';
ALTER ROLE :"role" SET statement_timeout = '10s';
ALTER ROLE :"role" SET idle_in_transaction_session_timeout = '30s';
SQL
done
psql --no-psqlrc --quiet --username "${POSTGRES_USER:-postgres}" --dbname postgres --set ON_ERROR_STOP=1 <<'SQL'
CREATE DATABASE fac OWNER fac_owner TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
REVOKE ALL ON DATABASE fac FROM PUBLIC;
GRANT CONNECT ON DATABASE fac TO fac_staff, fac_partner, fac_portal, fac_report, fac_worker, fac_keeper, fac_backup;
\connect fac
GRANT CREATE ON SCHEMA public TO fac_owner; -- which inherits nothing, also not from PostgreSQL 15's pg_database_owner
SQL
