//! Entries by the hundred thousand, made by the database itself.
//!
//! A few are rare in one way each, at every 5000th place and nowhere else; the rest is as crowded as can be:
//! one row has six tenths of the entries, one actor seven.

/// The row that most entries are of.
pub const HOT_ID: &str = "1";
/// A row with an entry in every 5000.
pub const RARE_ID: &str = "2";
/// A type with an entry in every 5000.
pub const RARE_TYPE: &str = "Rare";
/// The actor of most entries, an Admin.
pub const HOT_ACTOR: &str = "7";
/// An Admin with an entry in every 5000.
pub const RARE_ACTOR: &str = "8";
/// An event in every 5000.
pub const RARE_ACTION: &str = "ROLE_GRANTED";
/// An event that happened twenty times at the very beginning.
pub const OLD_ACTION: &str = "IMPORTED";
/// A changeset of a thousand entries; all others have one.
pub const BIG_CHANGESET: [u8; 16] = *b"0000000000000001";

/// The database's own way with strings, numbers and times.
#[derive(Clone, Copy, Debug)]
pub enum Sql {
    Postgres,
    MySql,
    Sqlite,
}

/// A statement that inserts `count` entries, a power of ten, `first` being the number of the first.
pub fn insert(sql: Sql, first: u64, count: u64) -> String {
    let text = |expr: &str| match sql {
        Sql::MySql => format!("CAST({expr} AS char)"),
        _ => format!("CAST({expr} AS varchar)"),
    };
    let padded = |expr: &str| match sql {
        Sql::Postgres => format!("encode(lpad(({expr})::text, 16, '0')::bytea, 'hex')::uuid"),
        Sql::MySql => format!("CAST(LPAD({expr}, 16, '0') AS binary)"),
        Sql::Sqlite => format!("CAST(printf('%016d', {expr}) AS blob)"),
    };
    // Ten entries of one instant each.
    let time = match sql {
        Sql::Postgres => "timestamptz '2026-01-01 00:00:00+00' + (i / 10) * interval '1 second'",
        Sql::MySql => "TIMESTAMPADD(SECOND, i DIV 10, '2026-01-01')",
        Sql::Sqlite => {
            "strftime('%Y-%m-%dT%H:%M:%S', '2026-01-01', (i / 10) || ' seconds') || '.000000+00:00'"
        }
    };
    let changes = |after: &str| {
        let json = format!("'{{\"role\":{{\"before\":\"user\",\"after\":\"{after}\"}}}}'");
        match sql {
            Sql::Postgres => format!("CAST({json} AS jsonb)"),
            _ => json,
        }
    };
    let numbers = numbers(first, count);
    let (own_id, own_actor, request) = (text("i"), text("i % 1000"), text("i"));
    let (one, many) = (padded("i + 10"), padded("1"));
    let (user, admin) = (changes("guest"), changes("admin"));
    format!(
        "INSERT INTO audit_log (kind, format, changeset_id, entity_type, entity_id, action, outcome, actor_kind, actor_id,
            timestamp, ip, session_id, request_id, changes)
        SELECT 1, 1,
            CASE WHEN i BETWEEN 3000 AND 3999 THEN {many} ELSE {one} END,
            CASE WHEN i % 5000 = 9 THEN '{RARE_TYPE}' ELSE 'User' END,
            CASE WHEN i % 5000 = 7 THEN '{RARE_ID}' WHEN i % 10 < 6 THEN '{HOT_ID}' ELSE {own_id} END,
            CASE WHEN i % 5000 = 13 THEN '{RARE_ACTION}' WHEN i < 20 THEN '{OLD_ACTION}' ELSE 'UPDATE' END,
            'SUCCESS', 'Admin',
            CASE WHEN i % 5000 = 11 THEN '{RARE_ACTOR}' WHEN i % 10 < 7 THEN '{HOT_ACTOR}' ELSE {own_actor} END,
            {time}, '203.0.113.9', 'session', {request},
            CASE WHEN i % 5000 = 17 THEN {admin} ELSE {user} END
        FROM ({numbers}) AS numbers ORDER BY numbers.i"
    )
}

/// `first`, `first + 1` and so on: the product of as many digits as it takes.
fn numbers(first: u64, count: u64) -> String {
    let digits = (0..10)
        .map(|digit| format!("SELECT {digit} AS d"))
        .collect::<Vec<_>>()
        .join(" UNION ALL ");
    let places: Vec<_> = (0..count.ilog10()).collect();
    let sum: String = places
        .iter()
        .map(|place| format!(" + {} * p{place}.d", 10_u64.pow(*place)))
        .collect();
    let tables: Vec<_> = places
        .iter()
        .map(|place| format!("({digits}) AS p{place}"))
        .collect();
    format!(
        "SELECT {first}{sum} AS i FROM {}",
        tables.join(" CROSS JOIN ")
    )
}
