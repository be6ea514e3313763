#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/ascii.h"
#include "ingest/bytes/other_formats.h"

namespace sluice::ingest {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view unpack = "Unpack it and upload the table inside.";
constexpr std::string_view repack =
    "Unpack it, or pack it with gzip, zstd, bzip2 or xz, which are read.";
constexpr std::string_view as_csv = "Export the table as CSV or Parquet.";
constexpr std::string_view as_parquet = "Convert it to Parquet.";
constexpr std::string_view as_workbook = "Open it in a spreadsheet program and save it as .xlsx.";
constexpr std::string_view from_r = "Read it in R and write it as CSV or Parquet (write.csv).";
constexpr std::string_view from_python =
    "Load it where it was made, and write it as CSV or Parquet (to_csv, to_parquet).";
constexpr std::string_view from_statistics = "Export it as CSV from the program that wrote it.";
constexpr std::string_view no_table = "Upload a table: CSV, Excel, JSON or Parquet.";
constexpr std::string_view decrypt = "Decrypt it and upload the table inside.";

struct Magic {
  std::size_t at;
  std::string_view bytes;
  OtherFormat format;
  bool may_be_text = false;  ///< A table could begin so: `ORCID,name`. Then the bytes behind tell.
};

constexpr Magic magics[] = {
    // Archives and packed files.
    {0, "PK\x05\x06"sv, {"an empty zip archive", unpack}},
    {0, "\x04\x22\x4D\x18"sv, {"an lz4 file", repack}},
    {0, "\xFF\x06\0\0sNaPpY"sv, {"a snappy file", repack}},
    {0, "LZIP\x01"sv, {"an lzip file", repack}},
    {0, "\x89LZO\0"sv, {"an lzop file", repack}},
    {0, "\x1F\x9D"sv, {"a file of Unix' compress (.Z)", repack}},
    {0, "\x5D\0\0\x80\0"sv, {"an lzma file", repack}},
    {0, "7z\xBC\xAF"sv, {"a 7z archive", unpack}},
    {0, "Rar!\x1A"sv, {"a RAR archive", unpack}},
    {0, "MSCF\0\0\0\0"sv, {"a cabinet archive", unpack}},
    {0, "!<arch>\n"sv, {"an ar archive", unpack}},
    // Tables in formats of other engines.
    {0, "SQLite format 3\0"sv, {"a SQLite database", as_csv}},
    {8, "DUCK"sv, {"a DuckDB database", "Export the table as Parquet (COPY … TO)."}, true},
    {4, "Standard Jet DB\0"sv, {"a database of Microsoft Access", as_csv}},
    {4, "Standard ACE DB\0"sv, {"a database of Microsoft Access", as_csv}},
    {0, "ORC"sv, {"an ORC file", as_parquet}, true},
    {0, "Obj\x01"sv, {"an Avro file", "Convert it to Parquet or JSON."}},
    {0, "ARROW1\0"sv, {"an Arrow file (Feather)", as_parquet}},
    {0, "FEA1"sv, {"a Feather file", as_parquet}, true},
    {0, "\xFF\xFF\xFF\xFF"sv, {"a stream of Arrow", as_parquet}},
    {0, "\x89HDF\r\n\x1A\n"sv, {"an HDF5 file", from_python}},
    {0, "CDF\x01"sv, {"a NetCDF file", from_python}},
    {0, "CDF\x02"sv, {"a NetCDF file", from_python}},
    {0, "CDF\x05"sv, {"a NetCDF file", from_python}},
    {0, "\x93NUMPY"sv, {"an array of NumPy", "Load it in Python and write it as CSV or Parquet."}},
    {0, "MATLAB 5.0 MAT-file"sv, {"a file of MATLAB", "Write it as CSV (writetable)."}},
    {0, "X\n\0\0\0"sv, {"a file of R (RDS)", from_r}},
    {0, "RDX2\n"sv, {"a file of R (RData)", from_r}, true},
    {0, "RDX3\n"sv, {"a file of R (RData)", from_r}, true},
    {0, "RDA2\nA\n"sv, {"a file of R (RData)", from_r}},
    {0, "RDA3\nA\n"sv, {"a file of R (RData)", from_r}},
    {12,
     "\xC2\xEA\x81\x60\xB3\x14\x11\xCF\xBD\x92\x08\0\x09\xC7\x31\x8C"sv,
     {"a SAS data set", from_statistics}},
    {0, "HEADER RECORD*******LIB"sv, {"a SAS transport file (XPORT)", from_statistics}},
    {0, "$FL2"sv, {"an SPSS file", from_statistics}},
    {0, "$FL3"sv, {"an SPSS file", from_statistics}},
    {0, "<stata_dta>"sv, {"a Stata file", from_statistics}},
    {0, "HyPe"sv, {"a Tableau extract (.hyper)", as_csv}, true},
    // Spreadsheets from before Excel 97.
    {0, "\x09\0\x04\0"sv, {"a worksheet of Excel 2", as_workbook}},
    {0, "\x09\x02\x06\0"sv, {"a worksheet of Excel 3", as_workbook}},
    {0, "\x09\x04\x06\0"sv, {"a worksheet of Excel 4", as_workbook}},
    {0, "\0\0\x02\0\x06\x04\x06\0"sv, {"a sheet of Lotus 1-2-3", as_workbook}},
    {0, "\0\0\x1A\0"sv, {"a sheet of Lotus 1-2-3", as_workbook}},
    {0, "\0\0\x02\0\x20\x51\x06\0"sv, {"a sheet of Quattro Pro", as_workbook}},
    // Documents, pictures, sound, programs.
    {0, "%PDF-"sv, {"a PDF document", "Export its table as CSV, from where the PDF was made."}},
    {0, "%!PS"sv, {"a PostScript document", no_table}},
    {0,
     "{\\rtf"sv,
     {"an RTF document", "Copy its table into a spreadsheet, and save it as .xlsx."}},
    {0, "\x89PNG"sv, {"a picture (PNG)", no_table}},
    {0, "\xFF\xD8\xFF"sv, {"a picture (JPEG)", no_table}},
    {0, "GIF87a"sv, {"a picture (GIF)", no_table}},
    {0, "GIF89a"sv, {"a picture (GIF)", no_table}},
    {0, "II*\0"sv, {"a picture (TIFF)", no_table}},
    {0, "MM\0*"sv, {"a picture (TIFF)", no_table}},
    {8, "WEBP"sv, {"a picture (WebP)", no_table}, true},
    {4, "ftyp"sv, {"a video or a picture (MPEG-4, HEIC)", no_table}, true},
    {8, "WAVEfmt "sv, {"a sound (WAV)", no_table}, true},
    {8, "AVI LIST"sv, {"a video (AVI)", no_table}, true},
    {0, "OggS\0"sv, {"a sound (Ogg)", no_table}},
    {0, "ID3\x03"sv, {"a sound (MP3)", no_table}},
    {0, "ID3\x04"sv, {"a sound (MP3)", no_table}},
    {0, "fLaC\0"sv, {"a sound (FLAC)", no_table}},
    {0, "\x7F\x45LF"sv, {"a program", no_table}},
    {0, "MZ\x90\0"sv, {"a program", no_table}},
    {0, "\xCA\xFE\xBA\xBE"sv, {"a program", no_table}},
    {0, "bplist0"sv, {"a property list of macOS", no_table}},
    {0,
     "\0\0\0\x01"
     "Bud1"sv,
     {"a .DS_Store of macOS, not the file beside it", no_table}},
    {0,
     "\0\x05\x16\x07"sv,
     {"what macOS keeps beside a file (._name), not the file",
      "Upload the file of the same name without ._ before it."}},
    {0,
     "L\0\0\0\x01\x14\x02\0"sv,
     {"a shortcut of Windows", "Upload the file to which it points."}},
    // Encrypted.
    {0, "Salted__"sv, {"encrypted (openssl)", decrypt}},
    {0, "U2FsdGVkX1"sv, {"encrypted (openssl, in base64)", decrypt}},
    {0, "age-encryption.org/"sv, {"encrypted (age)", decrypt}},
    {0, "-----BEGIN PGP MESSAGE"sv, {"encrypted (PGP)", decrypt}},
    {0, "$ANSIBLE_VAULT;"sv, {"encrypted (Ansible Vault)", decrypt}},
};

std::uint8_t byte_at(std::string_view head, std::size_t at) {
  return at < head.size() ? static_cast<std::uint8_t>(head[at]) : 0;
}

unsigned u16_at(std::string_view head, std::size_t at) {
  return byte_at(head, at) | static_cast<unsigned>(byte_at(head, at + 1)) << 8U;
}

/// Whether there are characters that no text has; a table's first lines are among so many bytes.
bool has_controls(std::string_view head) {
  return std::ranges::any_of(head.substr(0, 512), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && !is_space(c) && c != '\x1B';
  });
}

/// A field of dBASE: its name, padded with NUL, and the letter of its type.
bool is_dbase_field(std::string_view field) {
  constexpr std::size_t name_bytes = 11;
  constexpr std::string_view types = "CNFLDMTIBGPYVWQO@+";
  const std::string_view name = field.substr(0, std::min(field.find('\0'), name_bytes));
  return field.size() > name_bytes && !name.empty() &&
         std::ranges::all_of(name, [](char c) { return c > ' '; }) &&
         types.find(field[name_bytes]) != std::string_view::npos;
}

/// dBASE III to Visual FoxPro: version, the day of the last change, sizes that fit each other or a
/// first field that is one.
bool is_dbase(std::string_view head) {
  constexpr std::string_view versions =
      "\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8B\x8C\xCB\xF5\xFB";
  constexpr std::size_t field_bytes = 32;
  constexpr std::size_t foxpro_bytes = 263;
  constexpr char end_of_fields = '\x0D';
  if (head.size() <= field_bytes || u16_at(head, 12) != 0 ||
      versions.find(head[0]) == std::string_view::npos)
    return false;
  const unsigned month = byte_at(head, 2);
  const unsigned day = byte_at(head, 3);
  if (month > 12 || day > 31) return false;
  const unsigned header = u16_at(head, 8);
  const unsigned record = u16_at(head, 10);
  if (header <= field_bytes || record == 0) return false;
  for (const std::size_t more : {std::size_t{1}, std::size_t{2}, foxpro_bytes + 1}) {
    if (header < more || (header - more) % field_bytes != 0) continue;
    const std::size_t end = header - more;
    if (end < head.size() && head[end] == end_of_fields) return true;
  }
  return is_dbase_field(head.substr(field_bytes, field_bytes));
}

/// What gpg and other programs of OpenPGP write without --armor: a packet for a password or a key,
/// of the length and versions that these have (RFC 4880, 5.1 and 5.3).
bool is_pgp(std::string_view head) {
  const unsigned tag = byte_at(head, 0);
  if (tag == 0x8C) {
    return byte_at(head, 1) < 0x40 && byte_at(head, 2) == 4 && byte_at(head, 3) <= 13 &&
           byte_at(head, 4) <= 3;
  }
  const std::size_t version_at = tag == 0x84 ? 2 : tag == 0x85 ? 3 : 0;
  return version_at > 0 && byte_at(head, version_at) == 3 && has_controls(head);
}

/// Python's, of protocols 2 to 5 by their first bytes, of the older ones by their first words.
bool is_pickle(std::string_view head) {
  if (byte_at(head, 0) == 0x80) {
    const unsigned protocol = byte_at(head, 1);
    return head.size() > 2 && protocol >= 2 && protocol <= 5;
  }
  for (const std::string_view start :
       {"(dp0\n"sv, "(dp1\n"sv, "(lp0\n"sv, "(lp1\n"sv, "ccopy_reg\n"sv, "cpandas."sv, "cnumpy."sv,
        "c__builtin__\n"sv, "}q\0"sv, "]q\0"sv}) {
    if (head.starts_with(start)) return true;
  }
  return false;
}

/// Stata before 13: release, byte order, 1, 0.
bool is_old_stata(std::string_view head) {
  const unsigned release = byte_at(head, 0);
  const unsigned order = byte_at(head, 1);
  return head.size() > 100 && release >= 102 && release <= 115 && (order == 1 || order == 2) &&
         byte_at(head, 2) == 1 && byte_at(head, 3) == 0;
}

/// `BM`, and four bytes that are 0 in every one.
bool is_bitmap(std::string_view head) {
  return head.size() > 14 && head.starts_with("BM") && u16_at(head, 6) == 0 && u16_at(head, 8) == 0;
}

}  // namespace

bool is_tar(std::string_view head) {
  constexpr std::size_t header_bytes = 512;
  constexpr std::size_t sum_at = 148;
  constexpr std::size_t sum_bytes = 8;
  if (head.size() < header_bytes || head[0] == '\0') return false;
  unsigned said = 0;
  std::size_t digits = 0;
  for (const char c : head.substr(sum_at, sum_bytes)) {
    if (c == ' ' && digits == 0) continue;
    if (c < '0' || c > '7') break;
    said = said * 8 + static_cast<unsigned>(c - '0');
    ++digits;
  }
  unsigned sum = 0;
  for (std::size_t i = 0; i < header_bytes; ++i) {
    const bool in_sum = i >= sum_at && i < sum_at + sum_bytes;
    sum += in_sum ? static_cast<unsigned>(' ') : byte_at(head, i);
  }
  return digits > 0 && said == sum;
}

std::optional<OtherFormat> other_binary_format(std::string_view head) {
  for (const Magic& magic : magics) {
    if (head.size() < magic.at || !head.substr(magic.at).starts_with(magic.bytes)) continue;
    if (!magic.may_be_text || has_controls(head)) return magic.format;
  }
  if (is_dbase(head)) return OtherFormat{"a dBASE file (.dbf)", as_workbook};
  if (is_pgp(head)) return OtherFormat{"encrypted (PGP)", decrypt};
  if (is_pickle(head)) return OtherFormat{"a pickle of Python", from_python};
  if (is_old_stata(head)) return OtherFormat{"a Stata file", from_statistics};
  if (is_bitmap(head)) return OtherFormat{"a picture (BMP)", no_table};
  if (head.substr(0, 200).find("SPSS PORT FILE") != std::string_view::npos) {
    return OtherFormat{"a portable SPSS file", from_statistics};
  }
  return std::nullopt;
}

}  // namespace sluice::ingest
