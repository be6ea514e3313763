//! How well text fits each encoding, by Mozilla's chardetng, behind a small C interface
//! (src/ingest/bytes/encoding_abi.h).
//!
//! chardetng itself answers with one name. Here all its scores are handed over: what came next, and how near, is part of
//! the answer that Sluice gives.

use std::panic::{catch_unwind, AssertUnwindSafe};

use chardetng::{EncodingDetector, Iso2022JpDetection};
use encoding_rs as e;

/// The order is part of the C interface.
static ENCODINGS: [&e::Encoding; 21] = [
    e::WINDOWS_1250,
    e::WINDOWS_1251,
    e::WINDOWS_1252,
    e::WINDOWS_1253,
    e::WINDOWS_1254,
    e::WINDOWS_1255,
    e::WINDOWS_1256,
    e::WINDOWS_1257,
    e::WINDOWS_1258,
    e::WINDOWS_874,
    e::ISO_8859_2,
    e::ISO_8859_5,
    e::ISO_8859_6,
    e::ISO_8859_7,
    e::KOI8_U,
    e::IBM866,
    e::SHIFT_JIS,
    e::EUC_JP,
    e::GBK,
    e::BIG5,
    e::EUC_KR,
];

/// What the score of an encoding is that the text cannot be in.
const IMPOSSIBLE: i64 = i64::MIN;

fn score_all(text: &[u8], scores: &mut [i64]) {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(text, true);
    for (score, encoding) in scores.iter_mut().zip(ENCODINGS) {
        *score = detector.find_score(encoding).unwrap_or(IMPOSSIBLE);
    }
}

/// # Safety
/// `text` points to `text_bytes` bytes, `scores` to `scores_count` numbers.
#[no_mangle]
pub unsafe extern "C" fn sluice_encoding_scores(
    text: *const u8,
    text_bytes: usize,
    scores: *mut i64,
    scores_count: usize,
) -> i32 {
    let text = std::slice::from_raw_parts(text, text_bytes);
    let scores = std::slice::from_raw_parts_mut(scores, scores_count);
    if scores.len() != ENCODINGS.len() {
        return 1;
    }
    catch_unwind(AssertUnwindSafe(|| score_all(text, scores))).map_or(1, |()| 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(text: &str, encoding: &'static e::Encoding) -> &'static str {
        let (bytes, _, unmappable) = encoding.encode(text);
        assert!(!unmappable);
        let mut scores = [0; ENCODINGS.len()];
        assert_eq!(
            unsafe { sluice_encoding_scores(bytes.as_ptr(), bytes.len(), scores.as_mut_ptr(), scores.len()) },
            0
        );
        let best = (0..scores.len()).max_by_key(|&index| scores[index]).unwrap();
        ENCODINGS[best].name()
    }

    #[test]
    fn text_fits_its_own_encoding_best() {
        for (text, encoding) in [
            ("имя,город\nИван Кузнецов,Нижний Новгород\n", e::WINDOWS_1251),
            ("имя,город\nИван Кузнецов,Нижний Новгород\n", e::IBM866),
            ("jméno,město\nTomáš Dvořák,Šumperk\n", e::WINDOWS_1250),
            ("name,city\nBjörn Schäfer,Lübeck\n", e::WINDOWS_1252),
            ("氏名,都市\n山田太郎,名古屋\n", e::EUC_JP),
        ] {
            assert_eq!(best(text, encoding), encoding.name(), "{text}");
        }
    }

    #[test]
    fn bytes_that_an_encoding_lacks_make_it_impossible() {
        let mut scores = [0; ENCODINGS.len()];
        score_all(b"caf\xE9 \x81 \xFF,", &mut scores);
        for encoding in [e::WINDOWS_1252, e::EUC_JP, e::GBK] {
            let index = ENCODINGS.iter().position(|each| *each == encoding).unwrap();
            assert_eq!(scores[index], IMPOSSIBLE, "{}", encoding.name());
        }
    }

    #[test]
    fn another_number_of_scores_is_refused() {
        let mut scores = [0; 3];
        assert_eq!(unsafe { sluice_encoding_scores(b"".as_ptr(), 0, scores.as_mut_ptr(), scores.len()) }, 1);
    }
}
