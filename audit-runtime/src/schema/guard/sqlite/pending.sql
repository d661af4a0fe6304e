CREATE TABLE IF NOT EXISTS main.audit_guard_pending (
    n integer PRIMARY KEY,
    kind integer NOT NULL DEFAULT 1,
    format integer NOT NULL DEFAULT {format},
    changeset_id blob NOT NULL,
    tenant text,
    service text,
    entity_type text NOT NULL,
    entity_id text NOT NULL,
    entity_label text,
    action text NOT NULL,
    outcome text NOT NULL DEFAULT 'SUCCESS',
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_name text,
    on_behalf_of text,
    timestamp text NOT NULL,
    recorded_at text NOT NULL,
    ip text,
    user_agent text,
    session_id text,
    request_id text,
    trace_id text,
    reason text,
    reverts integer,
    changes text,
    metadata text,
    -- All of a key whose text is too long for the log.
    whole_id text,
    -- The mark of the transaction.
    mark integer,
    -- On its way into the log.
    is_moving integer NOT NULL DEFAULT 0,
    -- 1 where the transaction must not commit.
    never integer REFERENCES audit_guard_never (id) DEFERRABLE INITIALLY DEFERRED
)
