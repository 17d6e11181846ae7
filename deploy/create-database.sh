#!/bin/sh
# Runs once, in the new database server: the role fac (no superuser) and the database it owns.
set -eu
psql --no-psqlrc --quiet --username "${POSTGRES_USER:-postgres}" --dbname postgres \
  --set ON_ERROR_STOP=1 --set password="$(cat /run/secrets/database_password)" <<'SQL'
CREATE ROLE fac LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE fac OWNER fac TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
REVOKE ALL ON DATABASE fac FROM PUBLIC;
ALTER ROLE fac SET statement_timeout = '10s';
ALTER ROLE fac SET idle_in_transaction_session_timeout = '30s';
SQL
