#pragma once

/// The C interface of rust/sluice_encoding, which asks Mozilla's chardetng. Written by hand: a
/// change here is a change there. Pure, and never unwinds.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum SluiceEncoding {
  SLUICE_WINDOWS_1250,
  SLUICE_WINDOWS_1251,
  SLUICE_WINDOWS_1252,
  SLUICE_WINDOWS_1253,
  SLUICE_WINDOWS_1254,
  SLUICE_WINDOWS_1255,
  SLUICE_WINDOWS_1256,
  SLUICE_WINDOWS_1257,
  SLUICE_WINDOWS_1258,
  SLUICE_WINDOWS_874,
  SLUICE_ISO_8859_2,
  SLUICE_ISO_8859_5,
  SLUICE_ISO_8859_6,
  SLUICE_ISO_8859_7,
  SLUICE_KOI8_U,
  SLUICE_IBM866,
  SLUICE_SHIFT_JIS,
  SLUICE_EUC_JP,
  SLUICE_GBK,
  SLUICE_BIG5,
  SLUICE_EUC_KR,
  SLUICE_ENCODINGS
};

/// What the score of an encoding is that the text cannot be in.
#define SLUICE_ENCODING_IMPOSSIBLE INT64_MIN

/// How well the text fits each encoding, by the frequencies of pairs of letters; comparable only
/// within one text. `scores_count` is SLUICE_ENCODINGS. 0, or 1 where there is no answer.
int32_t sluice_encoding_scores(const uint8_t* text, size_t text_bytes, int64_t* scores,
                               size_t scores_count);

#ifdef __cplusplus
}
#endif
