//! Number formats that show something else than their letters say: a word, and sections of which the value chooses one
//! (ECMA-376, 18.8.31).

use crate::serial::{shows, Shows};

/// What a section shows, letters in quotes, brackets and escapes left aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictly {
    Number,
    Duration,
    Moment(Shows),
}

/// How a format shows numbers; calamine goes by the letters of its first section alone.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    AsRead(Shows),
    /// `Standard` has an `s` and a `d`, and shows a number as it is.
    Number,
    /// The value decides which section of the format holds.
    Sections(String),
}

pub fn shown_by(code: &str) -> Shown {
    match () {
        () if is_word(code) => Shown::Number,
        () if has_condition(code) => Shown::Sections(code.to_string()),
        () => Shown::AsRead(shows(code)),
    }
}

/// `General` in another language (`Standard`, `Standaard`, `Allmänt`), as writers put it who took a localised name: one
/// word with a letter that dates have in no language's formats.
pub fn is_word(code: &str) -> bool {
    let word: String = code.chars().take_while(|c| c.is_alphabetic()).collect();
    let rest = &code[word.len()..];
    word.chars().count() >= 5
        && word.chars().any(|c| "lnrkiouwvzLNRKIOUWVZ".contains(c))
        && (rest.is_empty() || rest.starts_with([';', '\\', '_', ' ']))
        && !word.eq_ignore_ascii_case("General")
}

/// The sections of a format, without what is in quotes, brackets or escapes taken for a mark.
fn sections(code: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let mut letters = code.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => while letters.next().is_some_and(|(_, c)| c != '"') {},
            '[' => while letters.next().is_some_and(|(_, c)| c != ']') {},
            '\\' | '_' | '*' => drop(letters.next()),
            ';' => {
                parts.push(&code[start..at]);
                start = at + 1;
            }
            _ => (),
        }
    }
    parts.push(&code[start..]);
    parts
}

/// `[=0]`, `[<1]`, `[>=100]`: the first of a section's brackets that compares.
fn condition(section: &str) -> Option<(&str, f64)> {
    section.split('[').skip(1).find_map(|part| {
        let inside = part.split(']').next()?;
        let number = inside.trim_start_matches(['<', '>', '=']);
        let sign = &inside[..inside.len() - number.len()];
        (!sign.is_empty()).then_some((sign, number.trim().parse().ok()?))
    })
}

fn holds(condition: (&str, f64), value: f64) -> bool {
    match condition.0 {
        "=" => value == condition.1,
        "<>" => value != condition.1,
        "<" => value < condition.1,
        "<=" => value <= condition.1,
        ">" => value > condition.1,
        ">=" => value >= condition.1,
        _ => false,
    }
}

/// Whether the value decides what the format makes of it, and a moment is among the answers.
pub fn has_condition(code: &str) -> bool {
    let parts = sections(code);
    parts.len() > 1
        && condition(parts[0]).is_some()
        && parts.iter().any(|part| strictly_shows(part) != Strictly::Number)
}

/// The section that shows `value`: the first whose condition holds, else the first that has none.
pub fn section_for(code: &str, value: f64) -> &str {
    let parts = sections(code);
    let numbers = &parts[..parts.len().min(3)];
    let chosen = numbers.iter().find(|part| condition(part).map_or(true, |condition| holds(condition, value)));
    chosen.or(numbers.last()).copied().unwrap_or_default()
}

pub fn strictly_shows(section: &str) -> Strictly {
    let mut plain = String::new();
    let mut letters = section.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => while letters.next().is_some_and(|c| c != '"') {},
            '[' => {
                let inside: String = letters.by_ref().take_while(|c| *c != ']').collect();
                if !inside.is_empty() && inside.chars().all(|c| "hmsHMS".contains(c)) {
                    return Strictly::Duration;
                }
            }
            '\\' | '_' | '*' => drop(letters.next()),
            _ => plain.push(letter),
        }
    }
    if is_word(&plain) || plain.eq_ignore_ascii_case("General") || !plain.contains(|c| "ymdhsYMDHS".contains(c)) {
        return Strictly::Number;
    }
    Strictly::Moment(shows(&plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for code in ["Standard", "Standaard", "Allmänt", "Normál", "Yleinen", "Standard;-Standard", "Standard\\ "] {
            assert!(is_word(code), "{code}");
        }
        for code in ["General", "yyyy-mm-dd", "yyyymmdd", "JJJJMMTT", "mmmmm", "dddd", "d/m/y", "aaaa", "\"yes\"", ""] {
            assert!(!is_word(code), "{code}");
        }
    }

    #[test]
    fn the_value_chooses_a_section() {
        let code = "[=0]\"\";dd/mm/yyyy";
        assert!(has_condition(code));
        assert_eq!(strictly_shows(section_for(code, 45292.0)), Strictly::Moment(Shows::Date));
        assert_eq!(strictly_shows(section_for(code, 0.0)), Strictly::Number);
        let code = "[<1]\"-\";[>=60000]0;h:mm;@";
        assert_eq!(strictly_shows(section_for(code, 0.5)), Strictly::Number);
        assert_eq!(strictly_shows(section_for(code, 70000.0)), Strictly::Number);
        assert_eq!(strictly_shows(section_for(code, 2.5)), Strictly::Moment(Shows::Time));
        assert_eq!(strictly_shows(section_for("[=0]0;[h]:mm", 2.5)), Strictly::Duration);
        for code in ["[Red]0;0", "[>=1000]0.0,\"K\";0", "dd/mm/yyyy;@", "[$-409]d\\-mmm\\-yy;@", "[=1]\"day\";0\" days\""] {
            assert!(!has_condition(code), "{code}");
        }
    }
}
