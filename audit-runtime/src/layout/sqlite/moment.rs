//! SQL encoders of dates and times, which SQLite stores as text.

use super::text::about;

pub(super) fn is_date(value: &str) -> String {
    about(IS_DATE, value)
}

pub(super) fn is_time(value: &str) -> String {
    about(IS_TIME, value)
}

pub(super) fn is_date_time(value: &str) -> String {
    about(IS_DATE_TIME, value)
}

pub(super) fn time(value: &str) -> String {
    about(TIME, value)
}

pub(super) fn date_time(value: &str) -> String {
    about(DATE_TIME, value)
}

pub(super) fn instant(value: &str) -> String {
    about(INSTANT, value)
}

/// Years without four digits are signed. With four digits, the day must exist.
const IS_DATE: &str = "typeof({v}) = 'text' AND (strftime('%Y-%m-%d', {v}) = {v}
    OR {v} GLOB '[+-][0-9][0-9][0-9][0-9]*-[0-9][0-9]-[0-9][0-9]' AND {v} NOT GLOB '*[^-+0-9]*')";

macro_rules! is_fraction {
    ($fraction:literal) => {
        concat!(
            "(",
            $fraction,
            " = '' OR ",
            $fraction,
            " GLOB '.[0-9]*' AND substr(",
            $fraction,
            ", 2) NOT GLOB '*[^0-9]*' AND length(",
            $fraction,
            ") <= 10)"
        )
    };
}

/// Six digits, or nine.
macro_rules! fraction {
    ($fraction:literal) => {
        concat!(
            "'.' || substr(substr(",
            $fraction,
            ", 2) || '000000000', 1, CASE WHEN substr(substr(",
            $fraction,
            ", 2) || '000000000', 7, 3) = '000' THEN 6 ELSE 9 END)"
        )
    };
}

const IS_TIME: &str = concat!(
    "typeof({v}) = 'text' AND strftime('%H:%M:%S', substr({v}, 1, 8)) = substr({v}, 1, 8) AND ",
    is_fraction!("substr({v}, 9)")
);

const TIME: &str = concat!("(substr({v}, 1, 8) || ", fraction!("substr({v}, 9)"), ")");

/// The zone at the end of a date and time.
macro_rules! zone {
    () => {
        "CASE WHEN substr({v}, -1) = 'Z' THEN 'Z' WHEN length({v}) >= 25 AND substr({v}, -6) GLOB '[+-][0-9][0-9]:[0-9][0-9]' THEN substr({v}, -6) ELSE '' END"
    };
}

/// The whole second in UTC. `strftime` itself accepts zones only up to 14 hours.
macro_rules! utc {
    () => {
        "strftime('%Y-%m-%dT%H:%M:%S', substr({v}, 1, 19), sign || CASE WHEN length(zone) = 6 THEN substr(zone, 2, 2) ELSE '0' END || ' hours',
            sign || CASE WHEN length(zone) = 6 THEN substr(zone, 5, 2) ELSE '0' END || ' minutes')"
    };
}

macro_rules! zoned {
    () => {
        concat!(
            "(SELECT zone, CASE substr(zone, 1, 1) WHEN '+' THEN '-' ELSE '+' END AS sign FROM (SELECT ",
            zone!(),
            " AS zone))"
        )
    };
}

const IS_DATE_TIME: &str = concat!(
    "typeof({v}) = 'text' AND (SELECT strftime('%Y-%m-%d' || CASE WHEN substr({v}, 11, 1) = 'T' THEN 'T' ELSE ' ' END || '%H:%M:%S', substr({v}, 1, 19)) = substr({v}, 1, 19) AND ",
    utc!(),
    " GLOB '[0-9]*' AND ",
    is_fraction!("substr({v}, 20, length({v}) - 19 - length(zone))"),
    " FROM ",
    zoned!(),
    ")"
);

const DATE_TIME: &str = concat!(
    "(SELECT substr({v}, 1, 10) || 'T' || substr({v}, 12, 8) || ",
    fraction!("substr({v}, 20, length({v}) - 19 - length(zone))"),
    " FROM (SELECT ",
    zone!(),
    " AS zone))"
);

const INSTANT: &str = concat!(
    "(SELECT ",
    utc!(),
    " || ",
    fraction!("substr({v}, 20, length({v}) - 19 - length(zone))"),
    " || 'Z' FROM ",
    zoned!(),
    ")"
);
