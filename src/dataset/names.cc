#include "dataset/names.h"

#include <set>

#include "base/ascii.h"
#include "dataset/name_key.h"

namespace sluice {
namespace {

bool is_wide(char c) { return static_cast<unsigned char>(c) >= 0x80; }

/// Cuts at most to `bytes_max`, never inside a UTF-8 sequence.
std::string cut(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

std::vector<std::string> made_unique(std::vector<std::string> names) {
  std::set<std::string> taken;
  std::vector<std::string> keys;
  for (const std::string& name : names) keys.push_back(name_key(name));
  const std::set<std::string> wanted(keys.begin(), keys.end());
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string suffix;
    std::string begin = names[i];  // What is left of the name before so long a suffix.
    std::string begin_key = keys[i];
    // A numbered name must not take the name of a column that really has it further right.
    for (int n = 2; taken.contains(begin_key + suffix) ||
                    (!suffix.empty() && wanted.contains(begin_key + suffix));
         ++n) {
      suffix = "_" + std::to_string(n);
      if (begin.size() + suffix.size() > column_name_bytes_max) {
        begin = cut(std::move(begin), column_name_bytes_max - suffix.size());
        begin_key = name_key(begin);
      }
    }
    taken.insert(begin_key + suffix);
    names[i] = begin + suffix;
  }
  return names;
}

/// Lower case with `_` between words; characters beyond ASCII are kept, since both engines take
/// them.
std::string snake_case(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_wide(c)) {
      out += c;
    } else if (is_upper(c)) {
      const bool after_word = i > 0 && (is_lower(text[i - 1]) || is_digit(text[i - 1]));
      const bool ends_acronym =
          i > 0 && is_upper(text[i - 1]) && i + 1 < text.size() && is_lower(text[i + 1]);
      if ((after_word || ends_acronym) && !out.empty() && out.back() != '_') out += '_';
      out += to_lower(c);
    } else if (is_lower(c) || is_digit(c)) {
      out += c;
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out;
}

}  // namespace

bool is_tenant_id(std::string_view text) {
  if (text.empty() || text.size() > 40) return false;
  for (const char c : text) {
    if (!is_lower(c) && !is_digit(c) && c != '_') return false;
  }
  return true;
}

std::string table_name_from(std::string_view dataset_name) {
  std::string out;
  for (const char c : dataset_name) {
    if (is_upper(c) || is_lower(c) || is_digit(c)) {
      out += to_lower(c);
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  if (out.empty()) return "dataset";
  if (is_digit(out.front())) out = "t_" + out;
  return cut(std::move(out), table_name_bytes_max);
}

std::string catalog_name(const TenantId& tenant) { return "catalog_tenant_" + tenant.value; }

std::string bronze_name(const TenantId& tenant, std::string_view table_name) {
  return catalog_name(tenant) + ".bronze." + std::string(table_name);
}

std::string silver_name(const TenantId& tenant, std::string_view table_name) {
  return catalog_name(tenant) + ".silver." + std::string(table_name) + "_clean";
}

std::string dotted_name(const std::vector<std::string>& parts) {
  std::string name;
  for (const std::string& part : parts) name += (name.empty() ? "" : ".") + part;
  return name;
}

std::vector<std::string> bronze_column_names(const std::vector<std::string>& headers) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    std::string name;
    for (const char c : headers[i]) {
      const bool forbidden = std::string_view(" ,;{}()\n\t=\r").find(c) != std::string_view::npos ||
                             static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
      name += forbidden ? '_' : c;
    }
    if (is_blank_name(name)) name = "column_" + std::to_string(i + 1);
    // `_batch` is bronze's own column.
    if (name_key(name) == "_batch") name += "_2";
    names.push_back(cut(std::move(name), column_name_bytes_max));
  }
  return made_unique(std::move(names));
}

std::vector<std::string> silver_column_names(const std::vector<std::string>& headers) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    std::string name = snake_case(typable_name(headers[i]));
    if (is_blank_name(name)) name = "column_" + std::to_string(i + 1);
    if (is_digit(name.front())) name = "c_" + name;
    names.push_back(cut(std::move(name), column_name_bytes_max));
  }
  return made_unique(std::move(names));
}

}  // namespace sluice
