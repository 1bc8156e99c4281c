#!/bin/sh
# Runs once, when the database is made: a plain role for web and worker. It may read and write rows, and nothing else:
# no table of its own, no way around row-level security.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$BREAKFIX_APP_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
CREATE ROLE breakfix_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
GRANT USAGE ON SCHEMA public TO breakfix_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO breakfix_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO breakfix_app;
SQL
