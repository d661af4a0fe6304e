SELECT value FROM (
    SELECT 1 AS part, m.name AS name, c.cid AS position, concat_ws(' ',
        m.name, c.name, c.type,
        iif(c."notnull", 'NOT NULL', NULL),
        iif(c.pk, 'PRIMARY KEY', NULL),
        'DEFAULT ' || c.dflt_value
    ) AS value
    FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.name LIKE 'audit%' AND m.type IN ('table', 'view')
    UNION ALL
    SELECT 2, m.name, x.seqno, concat_ws(' ', m.tbl_name, m.name, x.name, iif(x.desc, 'DESC', NULL), 'COLLATE', x.coll)
    FROM sqlite_master AS m, pragma_index_xinfo(m.name) AS x WHERE m.type = 'index' AND m.name LIKE 'audit%' AND x.key
    UNION ALL
    SELECT 2, name, 9, concat_ws(' ', tbl_name, name, substr(sql, instr(sql, 'WHERE')))
    FROM sqlite_master WHERE type = 'index' AND name LIKE 'audit%' AND sql LIKE '% WHERE %'
    UNION ALL
    SELECT 3, name, 0, substr(sql, 1, instr(sql, ' BEGIN') + instr(sql, char(10)) - 1)
    FROM sqlite_master WHERE type = 'trigger'
) ORDER BY part, name, position
