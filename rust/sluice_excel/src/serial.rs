//! Excel's serial days, and ISO 8601 texts of other formats, as microseconds.
//!
//! A serial is days since an epoch: 1 is 1900-01-01 (and 60 is 1900-02-29, a day that never was, kept from Lotus
//! 1-2-3), or with the 1904 epoch 0 is 1904-01-01. Excel keeps milliseconds; a double near today has a noise of half a
//! microsecond, so a serial is rounded to the millisecond.

const DAY_MS: i64 = 86_400_000;
/// 10000-01-01, the first day that Excel has not.
const DAYS_END_1900: f64 = 2_958_466.0;
const DAYS_END_1904: f64 = 2_957_004.0;
const FEBRUARY_29: i64 = 60;
/// 1899-12-31, and 1904-01-01, in days since 1970-01-01.
const EPOCH_1900: i64 = -25_568;
const EPOCH_1904: i64 = -24_107;
/// What a column of 64 bits of microseconds can hold, far beyond Excel's.
const DURATION_DAYS_MAX: f64 = 1e8;

/// What a number format shows of a serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    Date,
    Time,
    DateTime,
    /// Only that it is one of the three is known (.xlsb): the value decides.
    Any,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// Microseconds since 1970-01-01T00:00:00, at midnight.
    Date(i64),
    DateTime(i64),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds.
    Duration(i64),
    /// Excel shows a day that no calendar has.
    Text(String),
    /// Excel shows `####`: outside the calendar.
    Number(f64),
}

/// What a number format's code shows: of letters outside quotes, brackets and escapes. `m` alone is a month.
pub fn shows(code: &str) -> Shows {
    let (mut date, mut time) = (false, false);
    let mut letters = code.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => while letters.next().is_some_and(|c| c != '"') {},
            '[' => while letters.next().is_some_and(|c| c != ']') {},
            '\\' | '_' | '*' => drop(letters.next()),
            ';' => break,
            'y' | 'Y' | 'd' | 'D' => date = true,
            'h' | 'H' | 's' | 'S' => time = true,
            _ => (),
        }
    }
    let month = code.contains(['m', 'M']) && !time;
    match (date || month, time) {
        (true, true) => Shows::DateTime,
        (true, false) => Shows::Date,
        (false, true) => Shows::Time,
        (false, false) => Shows::Any,
    }
}

pub fn duration(days: f64) -> Moment {
    if !(-DURATION_DAYS_MAX..=DURATION_DAYS_MAX).contains(&days) {
        return Moment::Number(days);
    }
    Moment::Duration((days * DAY_MS as f64).round() as i64 * 1000)
}

pub fn moment(serial: f64, shows: Shows, is_1904: bool) -> Moment {
    let end = if is_1904 { DAYS_END_1904 } else { DAYS_END_1900 };
    if !(0.0..end).contains(&serial) {
        return Moment::Number(serial);
    }
    let ms = (serial * DAY_MS as f64).round() as i64;
    let (day, in_day) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    let is_time = match shows {
        Shows::Time | Shows::Any => day == 0,
        Shows::Date | Shows::DateTime => false,
    };
    if is_time {
        return Moment::Time(in_day * 1000);
    }
    if !is_1904 && (day == 0 || day == FEBRUARY_29) {
        // A duration typed into a column of dates and times is such a value below one.
        if day == 0 && in_day > 0 {
            return Moment::Time(in_day * 1000);
        }
        let shown = if day == 0 { "1900-01-00" } else { "1900-02-29" };
        let with_time = in_day > 0 || shows == Shows::DateTime;
        return Moment::Text(if with_time { format!("{shown} {}", clock(in_day)) } else { shown.to_string() });
    }
    let since_1970 = match (is_1904, day < FEBRUARY_29) {
        (true, _) => EPOCH_1904 + day,
        (false, true) => EPOCH_1900 + day,
        (false, false) => EPOCH_1900 + day - 1,
    };
    let micros = (since_1970 * DAY_MS + in_day) * 1000;
    match shows {
        Shows::Date | Shows::Any if in_day == 0 => Moment::Date(micros),
        _ => Moment::DateTime(micros),
    }
}

fn clock(ms: i64) -> String {
    let (s, ms) = (ms / 1000, ms % 1000);
    let fraction = if ms > 0 { format!(".{ms:03}") } else { String::new() };
    format!("{:02}:{:02}:{:02}{fraction}", s / 3600, s / 60 % 60, s % 60)
}

/// Days since 1970-01-01 in the Gregorian calendar; the algorithm is Howard Hinnant's days_from_civil.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn digits(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `2024-01-31` as days since 1970-01-01, of years 1 to 9999.
fn iso_day(text: &str) -> Option<i64> {
    let mut fields = text.split('-');
    let (year, month, day) = (fields.next()?, fields.next()?, fields.next()?);
    if fields.next().is_some() || year.len() != 4 || month.len() != 2 || day.len() != 2 {
        return None;
    }
    let (year, month, day) = (digits(year)?, digits(month)?, digits(day)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (year >= 1 && (1..=last).contains(&day)).then(|| days_from_civil(year, month, day))
}

/// `.5` or nothing, as microseconds; finer than that is not read.
fn fraction(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let text = text.strip_prefix('.').or_else(|| text.strip_prefix(','))?;
    let kept = text.trim_end_matches('0');
    if text.is_empty() || kept.len() > 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(kept.bytes().fold(0, |all, b| all * 10 + i64::from(b - b'0')) * 10i64.pow(6 - kept.len() as u32))
}

/// `23:59[:59[.5]]` as microseconds.
fn iso_clock(text: &str) -> Option<i64> {
    let pair = |from: usize, max: i64| digits(text.get(from..from + 2)?).filter(|value| *value <= max);
    if text.as_bytes().get(2) != Some(&b':') {
        return None;
    }
    let minutes = pair(0, 23)? * 60 + pair(3, 59)?;
    if text.len() == 5 {
        return Some(minutes * 60_000_000);
    }
    if text.as_bytes().get(5) != Some(&b':') {
        return None;
    }
    Some((minutes * 60 + pair(6, 59)?) * 1_000_000 + fraction(&text[8..])?)
}

/// `2024-01-31`, `2024-01-31T23:59:59.5` or `23:59:59`; None where it is anything else, a zone included.
pub fn iso_moment(text: &str) -> Option<Moment> {
    const DAY_US: i64 = DAY_MS * 1000;
    if let Some((day, time)) = text.split_once(['T', ' ']) {
        return Some(Moment::DateTime(iso_day(day)? * DAY_US + iso_clock(time)?));
    }
    iso_day(text).map(|day| Moment::Date(day * DAY_US)).or_else(|| iso_clock(text).map(Moment::Time))
}

/// `PT36H15M00.5S`, of OpenDocument: a time of day below 24 h, since the file tells no difference, else a duration.
pub fn iso_duration(text: &str) -> Option<Moment> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let mut rest = text.strip_prefix("PT")?;
    let mut micros = 0i64;
    for (unit, seconds) in [('H', 3600), ('M', 60)] {
        if let Some((value, after)) = rest.split_once(unit) {
            micros = micros.checked_add(digits(value)?.checked_mul(seconds * 1_000_000)?)?;
            rest = after;
        }
    }
    if let Some(seconds) = rest.strip_suffix('S') {
        let point = seconds.find(['.', ',']).unwrap_or(seconds.len());
        // LibreOffice writes nine digits, of which the last are noise.
        let kept = &seconds[point..seconds.len().min(point + 7)];
        micros = micros.checked_add(digits(&seconds[..point])? * 1_000_000 + fraction(kept)?)?;
        rest = "";
    }
    match (rest.is_empty(), negative) {
        (false, _) => None,
        (true, true) => Some(Moment::Duration(-micros)),
        (true, false) if micros < DAY_MS * 1000 => Some(Moment::Time(micros)),
        (true, false) => Some(Moment::Duration(micros)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = DAY_MS * 1000;
    const HOUR: i64 = DAY / 24;

    #[test]
    fn both_epochs() {
        let date = |serial, is_1904| moment(serial, Shows::Date, is_1904);
        for (serial, is_1904, year, month, day) in [
            (1.0, false, 1900, 1, 1),
            (59.0, false, 1900, 2, 28),
            (61.0, false, 1900, 3, 1),
            (45_292.0, false, 2024, 1, 1),
            (2_958_465.0, false, 9999, 12, 31),
            (0.0, true, 1904, 1, 1),
            (60.0, true, 1904, 3, 1),
            (43_830.0, true, 2024, 1, 1),
            (2_957_003.0, true, 9999, 12, 31),
        ] {
            assert_eq!(date(serial, is_1904), Moment::Date(days_from_civil(year, month, day) * DAY), "{serial}");
        }
        assert_eq!(date(60.0, false), Moment::Text("1900-02-29".into()));
        assert_eq!(date(0.0, false), Moment::Text("1900-01-00".into()));
        assert_eq!(moment(60.5, Shows::Any, false), Moment::Text("1900-02-29 12:00:00".into()));
    }

    #[test]
    fn outside_the_calendar_the_number_stays() {
        for serial in [1.2e19, -1.0, 2_958_466.0, f64::INFINITY] {
            assert_eq!(moment(serial, Shows::DateTime, false), Moment::Number(serial));
        }
        assert!(matches!(moment(f64::NAN, Shows::Any, true), Moment::Number(_)));
        assert_eq!(duration(1.2e19), Moment::Number(1.2e19));
    }

    #[test]
    fn the_format_decides_between_date_and_time() {
        assert_eq!(moment(0.5, Shows::Time, false), Moment::Time(12 * HOUR));
        assert_eq!(moment(0.5, Shows::Any, true), Moment::Time(12 * HOUR));
        assert_eq!(moment(0.5, Shows::DateTime, true), Moment::DateTime(EPOCH_1904 * DAY + 12 * HOUR));
        assert_eq!(moment(25_569.0, Shows::DateTime, false), Moment::DateTime(0));
        assert_eq!(moment(25_569.0, Shows::Any, false), Moment::Date(0));
        assert_eq!(moment(25_569.25, Shows::Date, false), Moment::DateTime(6 * HOUR));
        assert_eq!(duration(1.5), Moment::Duration(36 * HOUR));
        // 10:20:30 of some day, with the noise of a double.
        assert_eq!(moment(25_569.0 + 37_230.0 / 86_400.0, Shows::Any, false), Moment::DateTime(37_230_000_000));
    }

    #[test]
    fn formats() {
        for (code, expected) in [
            ("yyyy\\-mm\\-dd", Shows::Date),
            ("mmm", Shows::Date),
            ("h:mm AM/PM", Shows::Time),
            ("mm:ss.0", Shows::Time),
            ("dd/mm/yyyy hh:mm", Shows::DateTime),
            ("[$-407]d. mmmm yyyy;@", Shows::Date),
            ("yyyy\"hours\"", Shows::Date),
            ("General", Shows::Any),
        ] {
            assert_eq!(shows(code), expected, "{code}");
        }
    }

    #[test]
    fn iso() {
        assert_eq!(iso_moment("1970-01-02"), Some(Moment::Date(DAY)));
        assert_eq!(iso_moment("1970-01-01T10:00:00.5"), Some(Moment::DateTime(10 * HOUR + 500_000)));
        assert_eq!(iso_moment("10:30"), Some(Moment::Time(10 * HOUR + HOUR / 2)));
        for text in ["", "1970-02-30", "1970-01-01T10:00:00Z", "70-1-1", "é0:00", "10:0é", "24:00"] {
            assert_eq!(iso_moment(text), None, "{text}");
        }
        assert_eq!(iso_duration("PT36H15M00S"), Some(Moment::Duration(36 * HOUR + HOUR / 4)));
        assert_eq!(iso_duration("PT01H00M00.500000000S"), Some(Moment::Time(HOUR + 500_000)));
        assert_eq!(iso_duration("-PT1H"), Some(Moment::Duration(-HOUR)));
        assert_eq!(iso_duration("P1D"), None);
        assert_eq!(iso_duration("PT1é"), None);
    }
}
