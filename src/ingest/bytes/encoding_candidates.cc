#include "ingest/bytes/encoding_candidates.h"

#include <iconv.h>

#include <algorithm>
#include <memory>

namespace sluice::ingest {
namespace {

using Alphabet = std::u32string_view;

// The letters beyond ASCII that Unicode's CLDR lists for a language (main exemplars), and those of
// the loanwords and neighbours' names that its texts are full of.
constexpr Alphabet western[] = {
    U"éèêëïöüçñàâô",      // English
    U"äöüß",              // German
    U"àâæçéèêëîïôùûüÿœ",  // French
    U"áéíñóúüçàèòï",      // Spanish, Catalan
    U"áâãàçéêíóôõúü",     // Portuguese
    U"àèéìíòóùî",         // Italian
    U"áäéèëíïóöúüç",      // Dutch
    U"æøåéóôòäöü",        // Danish, Norwegian
    U"åäöéüàšž",          // Swedish, Finnish
    U"áðéíóúýþæö",        // Icelandic, Faroese
    U"äõöüšž",            // Estonian
    U"çë",                // Albanian
};
constexpr Alphabet icelandic[] = {U"áðéíóúýþæöø"};
constexpr Alphabet central[] = {
    U"áčďéěíňóřšťúůýž",    // Czech
    U"áäčďéíĺľňóôŕšťúýž",  // Slovak
    U"ąćęłńóśźż",          // Polish
    U"áéíóöőúüű",          // Hungarian
    U"čćđšž",              // Croatian, Slovene, Serbian in Latin letters
    U"ăâîşţ",              // Romanian
    U"äöüß",               // German
};
constexpr Alphabet turkish[] = {U"çğıİöşüâîû"};
constexpr Alphabet baltic[] = {
    U"ąčęėįšųūž",      // Lithuanian
    U"āčēģīķļņšūžŗō",  // Latvian
    U"äõöüšž",         // Estonian
};
constexpr Alphabet cyrillic[] = {
    U"абвгдежзийклмнопрстуфхцчшщъыьэюяё",  // Russian
    U"абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",  // Ukrainian
    U"абвгдежзийклмнопрстуфхцчшщъьюя",     // Bulgarian
    U"абвгдђежзијклљмнњопрстћуфхцчџш",     // Serbian
    U"абвгдѓежзѕијклљмнњопрстќуфхцчџш",    // Macedonian
    U"абвгдеёжзійклмнопрстуўфхцчшыьэюя",   // Belarusian
};

// glibc's own shift_jis has a yen sign for the backslash.
constexpr std::string_view wider_japanese[] = {"euc-jp", "eucjp-ms"};
constexpr std::string_view wider_big5[] = {"big5", "cp950", "big5-hkscs"};
constexpr std::string_view wider_korean[] = {"euc-kr", "cp949"};

constexpr EncodingCandidate single(std::string_view name, SluiceEncoding encoding, Use use,
                                   std::span<const Alphabet> alphabets = {}) {
  return {name, encoding, use, true, false, alphabets, {}};
}
constexpr EncodingCandidate like(std::string_view name, SluiceEncoding encoding, Use use,
                                 std::span<const Alphabet> alphabets) {
  return {name, encoding, use, true, true, alphabets, {}};
}
constexpr EncodingCandidate multi(std::string_view name, SluiceEncoding encoding,
                                  std::span<const std::string_view> wider = {}) {
  return {name, encoding, Use::common, false, false, {}, wider};
}

constexpr EncodingCandidate candidates[] = {
    single("windows-1252", SLUICE_WINDOWS_1252, Use::usual, western),
    // chardetng takes ð and þ for a fault of Western text; its letters of ASCII stand in for them.
    like("windows-1252", SLUICE_WINDOWS_1252, Use::usual, icelandic),
    like("iso-8859-15", SLUICE_WINDOWS_1252, Use::usual, western),
    single("windows-1250", SLUICE_WINDOWS_1250, Use::common, central),
    single("iso-8859-2", SLUICE_ISO_8859_2, Use::common, central),
    single("windows-1251", SLUICE_WINDOWS_1251, Use::common, cyrillic),
    single("koi8-u", SLUICE_KOI8_U, Use::common, cyrillic),
    single("iso-8859-5", SLUICE_ISO_8859_5, Use::rare, cyrillic),
    single("ibm866", SLUICE_IBM866, Use::common, cyrillic),
    single("windows-1253", SLUICE_WINDOWS_1253, Use::common),
    single("iso-8859-7", SLUICE_ISO_8859_7, Use::common),
    single("windows-1254", SLUICE_WINDOWS_1254, Use::common, turkish),
    single("windows-1255", SLUICE_WINDOWS_1255, Use::common),
    single("windows-1256", SLUICE_WINDOWS_1256, Use::common),
    single("iso-8859-6", SLUICE_ISO_8859_6, Use::rare),
    single("windows-1257", SLUICE_WINDOWS_1257, Use::common, baltic),
    single("windows-874", SLUICE_WINDOWS_874, Use::common),
    like("cp850", SLUICE_WINDOWS_1252, Use::old, western),
    like("cp437", SLUICE_WINDOWS_1252, Use::old, western),
    like("cp852", SLUICE_WINDOWS_1250, Use::old, central),
    like("macintosh", SLUICE_WINDOWS_1252, Use::old, western),
    multi("cp932", SLUICE_SHIFT_JIS),
    multi("euc-jp", SLUICE_EUC_JP, wider_japanese),
    multi("gb18030", SLUICE_GBK),
    multi("big5", SLUICE_BIG5, wider_big5),
    multi("euc-kr", SLUICE_EUC_KR, wider_korean),
};

}  // namespace

std::span<const EncodingCandidate> encoding_candidates() { return candidates; }

std::optional<UpperHalf> upper_half(std::string_view encoding) {
  const iconv_t raw = iconv_open("UCS-4LE", std::string(encoding).c_str());
  if (raw == reinterpret_cast<iconv_t>(-1)) return std::nullopt;  // NOLINT(*-int-to-ptr)
  const std::unique_ptr<void, int (*)(iconv_t)> converter(raw, iconv_close);
  UpperHalf half{};
  for (std::size_t i = 0; i < half.size(); ++i) {
    char byte = static_cast<char>(0x80 + i);
    char32_t letter = 0;
    char* in = &byte;
    char* out = reinterpret_cast<char*>(&letter);
    std::size_t in_left = 1;
    std::size_t out_left = sizeof(letter);
    iconv(raw, &in, &in_left, &out, &out_left);
    // windows-1255 holds a letter back in case a mark follows.
    iconv(raw, nullptr, nullptr, &out, &out_left);
    half[i] = in_left == 0 && out_left == 0 ? letter : 0;
  }
  return half;
}

std::optional<std::string> rewritten(std::string_view text, const UpperHalf& from,
                                     const UpperHalf& to) {
  std::array<char, 128> bytes{};
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto* const found = from[i] == 0 ? to.end() : std::ranges::find(to, from[i]);
    if (found != to.end()) bytes[i] = static_cast<char>(0x80 + (found - to.begin()));
  }
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) continue;
    c = bytes[byte - 0x80U];
    if (c == '\0') return std::nullopt;
  }
  return out;
}

}  // namespace sluice::ingest
