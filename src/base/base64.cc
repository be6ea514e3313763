#include "base/base64.h"

#include <sodium.h>

#include <algorithm>

namespace sluice {
namespace {

int variant_of(Base64 form) {
  switch (form) {
    case Base64::standard:
      return sodium_base64_VARIANT_ORIGINAL;
    case Base64::standard_unpadded:
      return sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    case Base64::url:
      return sodium_base64_VARIANT_URLSAFE;
    case Base64::url_unpadded:
      break;
  }
  return sodium_base64_VARIANT_URLSAFE_NO_PADDING;
}

}  // namespace

std::string base64_encode(std::string_view bytes, Base64 form) {
  const int variant = variant_of(form);
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), variant);
  text.pop_back();  // The NUL that it writes.
  return text;
}

std::optional<std::string> base64_decode(std::string_view text, Base64 form) {
  // libsodium 1.0.18 takes some bytes above 0x7F for digits, where char is signed.
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (!std::all_of(text.begin(), text.end(), is_ascii)) return std::nullopt;
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  // Without a place for the end, all of the text must be base64.
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, nullptr, variant_of(form)) != 0) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace sluice
