CREATE TABLE IF NOT EXISTS main.audit_guard_mark (
    n integer PRIMARY KEY,
    changeset_id blob NOT NULL DEFAULT (randomblob(16)),
    tenant text,
    service text,
    actor_kind text NOT NULL CHECK (trim(actor_kind) <> ''),
    actor_id text NOT NULL CHECK (trim(actor_id) <> ''),
    actor_name text,
    on_behalf_of text,
    ip text,
    user_agent text,
    session_id text,
    request_id text,
    trace_id text,
    reason text,
    metadata text,
    -- It goes before its transaction commits.
    never integer NOT NULL DEFAULT 1 REFERENCES audit_guard_never (id) DEFERRABLE INITIALLY DEFERRED
)
